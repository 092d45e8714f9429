// The slider of time, a month at a step; the last step is today, which hides nothing.

import { part } from "./config";
import { dateOf, today, type By, type State } from "./state";

/** Time a month is shown while it plays, in milliseconds. */
const BEAT_MS = 450;
/** Years that the slider reaches back before anything older was seen. */
const YEARS = 15;

const words = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

const monthOf = (day: number): number => {
  const date = new Date(dateOf(day));
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
/** The last day of a month. */
const lastDay = (month: number): number => Math.floor(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0) / 86_400_000);

export class Time {
  private readonly slider = part<HTMLInputElement>("map-date");
  private readonly says = part<HTMLOutputElement>("map-date-says");
  private readonly by = part<HTMLSelectElement>("map-by");
  private readonly now = part<HTMLButtonElement>("map-today");
  private readonly play = part<HTMLButtonElement>("map-play");
  private timer = 0;

  constructor(
    state: State,
    private readonly changed: (day: number | null, by: By) => void,
  ) {
    const now = monthOf(today());
    this.slider.max = String(now);
    this.slider.min = String(Math.min(now - YEARS * 12, state.day === null ? now : monthOf(state.day) - 12));
    this.by.value = state.by;
    this.slider.value = String(state.day === null ? now : monthOf(state.day));
    this.show(state.day);
    this.slider.addEventListener("input", () => this.choose());
    this.by.addEventListener("change", () => this.choose());
    this.play.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    this.now.addEventListener("click", () => {
      this.stop();
      this.slider.value = this.slider.max;
      this.choose();
    });
  }

  /** Reaches back to the first day of anything seen. */
  sawDay(day: number): void {
    const month = monthOf(day) - 1;
    if (month < Number(this.slider.min)) this.slider.min = String(Math.floor(month / 12) * 12);
  }

  private get day(): number | null {
    return this.slider.value === this.slider.max ? null : lastDay(Number(this.slider.value));
  }

  private choose(): void {
    this.show(this.day);
    const by = this.by.value;
    this.changed(this.day, by === "assessed" || by === "verified" ? by : "claimed");
  }

  private show(day: number | null): void {
    const said = day === null ? "today" : words.format(new Date(dateOf(day)));
    this.says.textContent = said;
    this.slider.setAttribute("aria-valuetext", said);
    this.now.disabled = day === null;
  }

  private start(): void {
    if (this.slider.value === this.slider.max) this.slider.value = this.slider.min;
    this.timer = window.setInterval(() => {
      this.slider.value = String(Number(this.slider.value) + 1);
      this.choose();
      if (this.slider.value === this.slider.max) this.stop();
    }, BEAT_MS);
    this.tellPlaying(true);
  }

  private stop(): void {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.tellPlaying(false);
  }

  private tellPlaying(isPlaying: boolean): void {
    this.play.setAttribute("aria-pressed", String(isPlaying));
    this.play.textContent = isPlaying ? "Pause" : "Play";
  }
}
