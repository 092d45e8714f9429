// A list is sent with a bar that shows how much of it is there; what is wrong with it is told beside the form, which
// stays as it was filled in. Without a script the form sends itself.

/** How often the pace is told anew, in milliseconds. */
const TOLD_MS = 500;

/** What the server answers: where the list is, or what is wrong. */
interface Answer {
  at?: string;
  detail?: string;
}

class Upload {
  private readonly status: HTMLElement;
  private readonly pace: HTMLElement;
  private readonly bar: HTMLProgressElement;
  private request: XMLHttpRequest | null = null;
  private begun = 0;
  private told = 0;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly place: HTMLElement,
    private readonly file: HTMLInputElement,
  ) {
    this.status = place.querySelector<HTMLElement>("[role=status]")!;
    this.pace = place.querySelector<HTMLElement>(".upload__pace")!;
    this.bar = place.querySelector("progress")!;
    place.querySelector("button")!.addEventListener("click", () => this.request?.abort());
    form.addEventListener("submit", (event) => {
      const file = this.file.files?.[0];
      if (!file) return;
      event.preventDefault();
      if (this.request) return;
      const largest = Number(form.dataset["largestBytes"]);
      if (file.size > largest) this.fail(`The file has ${size(file.size)}; at most ${form.dataset["largest"]} are taken here. Larger ones are read in by the command stele import.`);
      else this.send();
    });
  }

  private send(): void {
    this.clear();
    const request = new XMLHttpRequest();
    this.request = request;
    this.begun = performance.now();
    this.told = 0;
    this.show("Being sent.", 0);
    request.upload.addEventListener("progress", (event) => this.sent(event));
    request.upload.addEventListener("load", () => {
      this.show("Sent. It is being looked at.", null);
      this.pace.textContent = "";
    });
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.fail("The connection broke off; nothing was kept. Send it again."));
    request.addEventListener("abort", () => this.fail("It was stopped; nothing was kept."));
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(new FormData(this.form));
  }

  private sent(event: ProgressEvent): void {
    if (!event.lengthComputable) return;
    this.bar.value = event.loaded / event.total;
    const now = performance.now();
    if (now - this.told < TOLD_MS) return;
    this.told = now;
    const rate = event.loaded / Math.max(now - this.begun, 1);
    this.pace.textContent = `${size(event.loaded)} of ${size(event.total)}, ${size(rate * 1000)} a second, ${time((event.total - event.loaded) / rate)} left`;
  }

  private answered(request: XMLHttpRequest): void {
    let answer: Answer = {};
    try {
      answer = JSON.parse(request.responseText) as Answer;
    } catch {
      // A proxy in between may answer in its own words.
    }
    if (answer.at) window.location.assign(answer.at);
    else this.fail(answer.detail ?? `The list was not taken (${request.status}); nothing was kept.`);
  }

  private show(text: string, value: number | null): void {
    this.place.hidden = false;
    this.status.textContent = text;
    if (value === null) this.bar.removeAttribute("value");
    else this.bar.value = value;
  }

  /** Says what is wrong above the form, as the server does where there is no script. */
  private fail(text: string): void {
    this.request = null;
    this.place.hidden = true;
    this.pace.textContent = "";
    const notice = document.createElement("div");
    notice.className = "notice notice--error";
    notice.setAttribute("role", "alert");
    const line = document.createElement("p");
    line.textContent = text;
    notice.append(line);
    this.clear();
    this.form.before(notice);
    notice.scrollIntoView({ block: "center" });
  }

  private clear(): void {
    this.form.parentElement?.querySelectorAll(".notice--error").forEach((notice) => notice.remove());
  }
}

function size(bytes: number): string {
  const steps: [number, string][] = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]];
  for (const [unit, name] of steps) if (bytes >= unit) return `${(bytes / unit).toFixed(bytes < 10 * unit ? 1 : 0)} ${name}`;
  return `${Math.round(bytes)} bytes`;
}

function time(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** Shows how much of a list is sent. */
export function showSending(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-largest-bytes]")) {
    const place = form.querySelector<HTMLElement>(".upload__sending");
    const file = form.querySelector<HTMLInputElement>("input[type=file]");
    if (place && file) new Upload(form, place, file);
  }
}
