// While the columns of a list are being said, its first rows are read anew at each change and shown. The form works
// without it: "Look at it again" does the same.

/** Rest after the last change before asking, in milliseconds. */
const REST_MS = 250;

class FirstRows {
  private timer = 0;
  private asking: AbortController | null = null;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly address: string,
    private readonly place: HTMLElement,
  ) {
    form.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.ask(), REST_MS);
    });
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    this.place.setAttribute("aria-busy", "true");
    try {
      const fields = new URLSearchParams();
      for (const [name, value] of new FormData(this.form)) if (typeof value === "string") fields.append(name, value);
      const answer = await fetch(this.address, { method: "POST", body: fields, signal: asking.signal });
      const text = await answer.text();
      if (asking.signal.aborted) return;
      if (answer.ok) {
        const read = new DOMParser().parseFromString(text, "text/html");
        this.place.replaceChildren(...read.body.childNodes);
      } else {
        this.place.replaceChildren("The first rows could not be read anew just now. \u201cTry it\u201d reads the whole list.");
      }
    } catch {
      // Asked anew meanwhile, or the connection is gone: what is shown stays.
    }
    if (this.asking === asking) this.place.removeAttribute("aria-busy");
  }
}

/** Shows the first rows with the form of a list's columns. */
export function showFirstRows(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-first-rows]")) {
    const place = form.querySelector<HTMLElement>(".columns__first");
    if (place && form.dataset["firstRows"]) new FirstRows(form, form.dataset["firstRows"], place);
  }
}
