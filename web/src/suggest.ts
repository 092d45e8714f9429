// Suggestions while a search is typed: a combobox with a list (ARIA Authoring Practices, "editable combobox with list
// autocomplete"). The form works without it; Enter without a choice sends the form as ever.

interface Suggestion {
  readonly address: string;
  readonly title: string;
  readonly kind: string;
  readonly area: string | null;
  readonly matched: { readonly text: string; readonly lang: string; readonly dir: "ltr" | "rtl" } | null;
}

/** Rest after the last key before asking, in milliseconds. */
const REST_MS = 120;

let made = 0;

class Suggester {
  private readonly list = document.createElement("ul");
  private readonly says = document.createElement("p");
  private shown: readonly Suggestion[] = [];
  private active = -1;
  private timer = 0;
  private asking: AbortController | null = null;

  constructor(private readonly input: HTMLInputElement) {
    made += 1;
    this.list.id = `suggestions-${made}`;
    this.list.className = "suggestions";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Records that match");
    this.list.hidden = true;
    this.says.className = "visually-hidden";
    this.says.setAttribute("role", "status");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", this.list.id);
    const box = document.createElement("div");
    box.className = "suggests";
    input.replaceWith(box);
    box.append(input, this.list, this.says);
    input.addEventListener("input", () => this.later());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    // The input keeps the focus, so that a click on the list does not close it first.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  private later(): void {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    const text = this.input.value.trim();
    if (text.length < 2) {
      this.close();
      return;
    }
    this.timer = window.setTimeout(() => void this.ask(this.input.value), REST_MS);
  }

  private async ask(text: string): Promise<void> {
    const asking = new AbortController();
    this.asking = asking;
    try {
      const answer = await fetch(`/search/suggest?q=${encodeURIComponent(text)}`, { signal: asking.signal });
      if (!answer.ok) return;
      const found = (await answer.json()) as readonly Suggestion[];
      // What was typed since has been asked for; this is stale.
      if (this.asking === asking && document.activeElement === this.input) this.show(found);
    } catch {
      // Aborted, or no connection: the form still works.
    }
  }

  private show(found: readonly Suggestion[]): void {
    this.shown = found;
    this.list.replaceChildren(...found.map((one, i) => this.option(one, i)));
    this.list.hidden = found.length === 0;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    this.makeActive(-1);
    this.says.textContent = found.length === 0 ? "No suggestions." : `${found.length} suggestions. Use the arrow keys.`;
  }

  private option(one: Suggestion, index: number): HTMLLIElement {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const title = document.createElement("bdi");
    title.className = "suggestions__title";
    title.dir = "auto";
    title.textContent = one.title;
    const note = document.createElement("span");
    note.className = "suggestions__note";
    note.textContent = one.area === null ? one.kind : `${one.kind}, ${one.area}`;
    option.append(title, " ", note);
    if (one.matched) {
      const name = document.createElement("mark");
      name.textContent = one.matched.text;
      name.dir = one.matched.dir;
      if (one.matched.lang !== "und") name.lang = one.matched.lang;
      option.append(" ", name);
    }
    option.addEventListener("click", () => this.goTo(index));
    return option;
  }

  private makeActive(index: number): void {
    this.active = index;
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    const option = this.list.children[index];
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  private goTo(index: number): void {
    const one = this.shown[index];
    if (one) location.assign(one.address);
  }

  private close(): void {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.makeActive(-1);
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.shown.length - 1;
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) {
        this.later();
        return;
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = this.active + step;
      this.makeActive(next > last ? -1 : next < -1 ? last : next);
    } else if (event.key === "Enter" && isOpen && this.active >= 0) {
      event.preventDefault();
      this.goTo(this.active);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.close();
    }
  }
}

/** Adds suggestions to every field that wants them. */
export function offerSuggestions(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[data-suggest]")) new Suggester(input);
}
