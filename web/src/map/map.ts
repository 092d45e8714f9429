// The script of the map's page: reads the address, listens to the controls, keeps list, panel and map
// alike. The map itself comes in a chunk of its own and only where WebGL is; without it the list and
// the server's picture remain.

import type { MapView } from "./canvas";
import { NONE, part, readConfig } from "./config";
import type { Way } from "./lasso";
import { make } from "./make";
import { List, Panel } from "./panel";
import { Refused, hits, inBox, inRing, isWithin, item, type Box, type Found, type Hits, type Ring, type Site } from "./sites";
import { colours, drawInto } from "./signs";
import { FIELDS, allStatuses, isSearch, query, readState, type State } from "./state";
import { Time } from "./time";

/** Rest after the last move before the list is asked for, in milliseconds. */
const REST_MS = 250;
/** Sites listed in view of a search, and of what was chosen by hand. */
const LISTED = 50;
const CHOSEN = 200;
/** What only the map shows and the server's picture does not. */
const NOT_IN_PICTURE = ["as", "show", "hide", "basemap", "site", "overlay"];

function hasWebGl(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}

class MapPage {
  private readonly config;
  private readonly all;
  private state: State;
  private view: MapView | null = null;
  private box: Box;
  private hits: Hits | null = null;
  private listing: AbortController | null = null;
  private timer = 0;
  private readonly list: List;
  private readonly panel: Panel;
  private readonly notice = part("map-notice");
  private readonly form: HTMLFormElement | null;

  constructor(page: HTMLElement) {
    this.config = readConfig(page);
    this.all = allStatuses(this.config);
    this.state = readState(this.config, new URL(location.href));
    this.box = this.config.bounds;
    this.form = page.querySelector("form.search-form");
    this.list = new List(this.config, (site) => this.choose(site));
    this.panel = new Panel(this.config, () => {
      this.view?.choose(null);
      this.view?.clearDrawn();
      this.set({ site: null });
      this.list.mark(null);
    });
    this.controls();
  }

  async start(): Promise<void> {
    if (isSearch(this.state)) await this.search();
    if (!hasWebGl()) {
      this.withoutMap("This browser has no WebGL, which the map needs. The server drew this picture instead; the list says the same.");
      return;
    }
    for (const element of document.querySelectorAll<HTMLElement>("[data-needs-map], .map-tools")) element.hidden = false;
    const time = new Time(this.state, (day, by) => {
      this.set({ day, by });
      this.later();
    });
    const wasPlaced = location.hash.includes("map=");
    try {
      const { MapView } = await import("./canvas");
      this.view = new MapView(this.config, this.state, part("map"), {
        moved: (box) => this.moved(box),
        picked: (ids) => void this.picked(ids),
        drew: (ring) => void this.drew(ring),
        sawDay: (day) => time.sawDay(day),
        failed: (said) => this.say(said),
      });
    } catch (error) {
      this.withoutMap(`The map could not be started (${error instanceof Error ? error.message : "unknown reason"}). The server drew this picture instead.`);
      return;
    }
    if (this.state.site) void this.open(this.state.site, !wasPlaced, false);
  }

  private withoutMap(said: string): void {
    const fallback = part("map-fallback");
    fallback.textContent = said;
    fallback.hidden = false;
    for (const element of document.querySelectorAll<HTMLElement>("[data-needs-map], .map-tools, #map")) element.hidden = true;
    this.plate(true);
    this.moved(this.box);
  }

  /** The server's picture of what is in view: for print, or in place of the map. */
  private plate(isShown: boolean): void {
    const said = query(this.state);
    for (const name of NOT_IN_PICTURE) said.delete(name);
    said.set("bbox", this.box.map((n) => n.toFixed(4)).join(","));
    const address = `/map/picture.svg?${said}`;
    const plate = part("map-plate");
    plate.hidden = false;
    plate.classList.toggle("map-plate--print", !isShown);
    const image = plate.querySelector("img");
    if (image) {
      image.loading = "eager";
      image.src = address;
    }
    part<HTMLAnchorElement>("map-print").href = address;
  }

  private say(said: string): void {
    this.notice.textContent = said;
  }

  /** Changes what is chosen: in the address, then on the map. */
  private set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    const said = query(this.state).toString();
    history.replaceState(null, "", `${location.pathname}${said ? `?${said}` : ""}${location.hash}`);
    this.view?.update(this.state);
  }

  private controls(): void {
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submitted(event.currentTarget as HTMLFormElement);
    });
    const tick = (id: string, isOn: boolean, change: (isOn: boolean) => Partial<State>): void => {
      const box = part<HTMLInputElement>(id);
      box.checked = isOn;
      box.addEventListener("change", () => this.set(change(box.checked)));
    };
    tick("map-areas", this.state.areas, (areas) => ({ areas }));
    tick("map-missions", this.state.missions, (missions) => ({ missions }));
    tick("map-lines", this.state.lines, (lines) => ({ lines }));
    tick("map-names", this.state.names, (names) => ({ names }));
    tick("map-as-circles", !this.state.heat, () => ({ heat: false }));
    tick("map-as-heat", this.state.heat, () => ({ heat: true }));
    this.legend();
    this.basemaps();
    for (const [id, way] of [["map-box", "box"], ["map-lasso", "lasso"]] as const) {
      const button = part(id);
      button.addEventListener("click", () => this.byHand(button.getAttribute("aria-pressed") === "true" ? null : way));
    }
    part("map-view").addEventListener("click", () => {
      if (this.view) void this.drew(this.view.viewRing());
    });
    part("map-share").addEventListener("click", () => void this.share());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.byHand(null);
    });
  }

  private legend(): void {
    const groups = Object.entries(this.config.categories).filter(([id, category]) => category.group === id);
    const sign = (id: string): HTMLElement => make("canvas", { class: "map-sign", "data-status": "corroborated", "data-group": id, "aria-hidden": "true" });
    part("map-kinds").replaceChildren(...groups.map(([id, category]) => make("li", {}, sign(id), make("span", {}, category.label))));
    const draw = (): void => {
      const colour = colours();
      for (const canvas of document.querySelectorAll<HTMLCanvasElement>("canvas.map-sign[data-status]")) {
        drawInto(canvas, 24, canvas.dataset["status"] ?? NONE, canvas.dataset["group"] ?? "", colour);
      }
    };
    for (const box of this.statusBoxes()) {
      box.checked = this.state.statuses.has(box.value);
      box.addEventListener("change", () => this.statusesChanged());
    }
    draw();
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  }

  private statusBoxes(): HTMLInputElement[] {
    return [...part("map-legend").querySelectorAll("input")];
  }

  private statusesChanged(): void {
    const chosen = this.statusBoxes().filter((box) => box.checked);
    const statuses = new Set(chosen.map((box) => box.value));
    const status = statuses.size === this.all.size ? "" : [...statuses].join(",");
    this.set({ statuses, fields: { ...this.state.fields, status } });
    const select = this.form?.querySelector<HTMLSelectElement>("[name=status]");
    if (select) {
      let several = select.querySelector<HTMLOptionElement>("option[data-several]");
      if (status && ![...select.options].some((option) => option.value === status && !("several" in option.dataset))) {
        several ??= make("option", { "data-several": "" }, "several, as ticked below");
        several.value = status;
        select.append(several);
      } else several?.remove();
      select.value = status;
    }
    this.later();
  }

  private basemaps(): void {
    if (this.config.basemaps.length === 0) return;
    const select = part<HTMLSelectElement>("map-basemap");
    const named = [{ name: "Natural Earth" }, ...this.config.basemaps];
    select.replaceChildren(...named.map(({ name }, i) => make("option", { value: String(i - 1) }, name)));
    select.value = String(this.state.basemap);
    select.addEventListener("change", () => this.set({ basemap: Number(select.value) }));
    part("map-basemap-field").hidden = false;
  }

  private async submitted(form: HTMLFormElement): Promise<void> {
    const sent = new FormData(form);
    const fields = Object.fromEntries(FIELDS.map((name) => [name, String(sent.get(name) ?? "").trim()])) as State["fields"];
    const statuses = fields.status ? new Set(fields.status.split(",")) : this.all;
    for (const box of this.statusBoxes()) box.checked = statuses.has(box.value);
    this.set({ fields, statuses });
    if (isSearch(this.state)) await this.search();
    else {
      this.hits = null;
      this.say("");
    }
    this.later();
  }

  /** Finds what the words, the area or the party narrow to. */
  private async search(): Promise<void> {
    this.say("Searching …");
    try {
      this.hits = await hits(this.state);
      const { sites, withoutPlace, cut } = this.hits;
      this.say(found(sites.length, withoutPlace, cut));
      this.view?.showAll(this.hits.sites);
    } catch (error) {
      this.hits = { sites: [], matched: 0, more: false, cut: false, withoutPlace: 0 };
      this.say(sentence(error));
    }
  }

  private moved(box: Box): void {
    this.box = box;
    this.later();
  }

  private later(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.refresh(), REST_MS);
  }

  private async refresh(): Promise<void> {
    this.listing?.abort();
    const listing = new AbortController();
    this.listing = listing;
    this.plate(this.view === null);
    try {
      this.list.show(await this.inView(listing.signal));
      this.list.mark(this.state.site);
    } catch (error) {
      if (!listing.signal.aborted) this.list.failed(sentence(error));
    }
  }

  private async inView(signal: AbortSignal): Promise<Found> {
    if (!isSearch(this.state)) return inBox(this.config, this.state, this.state.statuses.size === this.all.size, this.box, signal);
    const [west, south, east, north] = this.box;
    return this.shownHits(({ at: [lon, lat] }) => lon >= west && lon <= east && lat >= south && lat <= north, LISTED);
  }

  private shownHits(keep: (site: Site) => boolean, most: number): Found {
    const { day, by } = this.state;
    const isThere = (site: Site): boolean => day === null || Number(site.properties[`since_${by}`] ?? Number.POSITIVE_INFINITY) <= day;
    const kept = (this.hits?.sites ?? []).filter((site) => this.state.statuses.has(site.status ?? NONE) && isThere(site) && keep(site));
    return { sites: kept.slice(0, most), matched: kept.length, more: kept.length > most };
  }

  private choose(site: Site): void {
    this.view?.choose(site);
    void this.open(site.id, false);
  }

  private async open(id: string, isNear: boolean, takesFocus = true): Promise<void> {
    this.set({ site: id });
    this.list.mark(id);
    const site = await this.panel.record(id, takesFocus);
    if (site) this.view?.choose(site, isNear);
  }

  private async picked(ids: readonly string[]): Promise<void> {
    const [first] = ids;
    if (ids.length === 1 && first) {
      await this.open(first, false);
      return;
    }
    const title = `${ids.length} sites at one place`;
    this.panel.wait(title);
    const sites = await Promise.all(ids.slice(0, LISTED).map((id) => item(id)));
    this.panel.several(title, sites.filter((site) => site !== null), (site) => this.choose(site));
  }

  private async drew(ring: Ring): Promise<void> {
    this.byHand(null);
    this.panel.wait("Looking …");
    const searched = isSearch(this.state);
    try {
      const found = searched ? this.shownHits((site) => isWithin(site.at, ring), CHOSEN) : await inRing(ring, CHOSEN);
      this.panel.within(ring, found, (site) => this.choose(site), searched);
    } catch (error) {
      this.panel.failed(sentence(error));
    }
  }

  private byHand(way: Way | null): void {
    this.view?.draw(way);
    part("map-box").setAttribute("aria-pressed", String(way === "box"));
    part("map-lasso").setAttribute("aria-pressed", String(way === "lasso"));
    if (way) this.say(way === "box" ? "Drag a box over the map. Escape ends it." : "Draw around what you mean. Escape ends it.");
    else if (this.notice.textContent?.includes("Escape")) this.say("");
  }

  private async share(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("The address of this map was copied.");
    } catch {
      this.say("The address bar holds the address of this map.");
    }
  }
}

function sentence(error: unknown): string {
  return error instanceof Refused ? error.message : "The server could not be reached.";
}

/** How many sites a search found, and what to do where that is none, or not all. */
function found(n: number, withoutPlace: number, cut: boolean): string {
  const sites = (count: number): string => `${count.toLocaleString("en")} ${count === 1 ? "site" : "sites"}`;
  if (n === 0 && withoutPlace === 0) return "No site is found. Try fewer words, or another category, area or status.";
  if (n === 0) return `${sites(withoutPlace)} found, with no place to show.`;
  const where = withoutPlace > 0 ? ` ${withoutPlace.toLocaleString("en")} more have no place to show.` : "";
  return `${sites(n)} found.${where}${cut ? " These are not all: no more than 10,000 are shown. Narrow the search." : ""}`;
}

const page = document.querySelector<HTMLElement>("[data-map]");
if (page) void new MapPage(page).start();
