// What is beside the map: the list of what is in view, and the record that was chosen.

import { NONE, part, statusLabel, type Config } from "./config";
import { make, said } from "./make";
import { ringAddress, type Found, type Ring, type Site } from "./sites";
import { colours, drawInto } from "./signs";

/** Claims shown of a site. */
const CLAIMS = 3;

interface Twin {
  readonly record: {
    readonly id: string;
    readonly title: string;
    readonly address: string;
    readonly status?: string;
    readonly data: { readonly category?: string; readonly names?: readonly { readonly text: string; readonly lang: string }[] };
    readonly place?: { readonly shown: string; readonly centre?: [number, number]; readonly grid_m?: number; readonly geometry?: { readonly coordinates: unknown }; readonly uncertainty_m?: number | null };
  };
  readonly related: Readonly<Record<string, { readonly count: number; readonly rows: readonly { readonly address: string; readonly title: string; readonly status?: string; readonly data: { readonly words?: string } }[] }>>;
}

function sign(config: Config, site: { readonly category: string; readonly status: string | undefined }): HTMLCanvasElement {
  const canvas = make("canvas", { class: "map-sign", "aria-hidden": "true" });
  drawInto(canvas, 24, site.status ?? NONE, config.categories[site.category]?.group ?? "other", colours());
  return canvas;
}

function about(config: Config, site: { readonly category: string; readonly status: string | undefined }): string {
  const category = config.categories[site.category]?.label ?? site.category.replaceAll("_", " ");
  return `${category}, ${statusLabel(config, site.status ?? NONE)}`;
}

/** A row of a list: a button that chooses the site on the map. */
function row(config: Config, site: Site, choose: (site: Site) => void): HTMLLIElement {
  const button = make("button", { type: "button", class: "map-row", "data-site": site.id }, sign(config, site), make("span", { class: "map-row__text" }, make("span", { class: "map-row__title" }, said(site.title)), make("span", { class: "map-row__about" }, about(config, site), site.gridMetres ? ", place protected" : null)));
  button.addEventListener("click", () => choose(site));
  return make("li", {}, button);
}

/** The list beside the map: what a reader hears who does not see it. */
export class List {
  private readonly rows = part<HTMLOListElement>("map-list");
  private readonly says = part("map-list-says");

  constructor(
    private readonly config: Config,
    private readonly choose: (site: Site) => void,
  ) {}

  show(found: Found): void {
    this.rows.replaceChildren(...found.sites.map((site) => row(this.config, site, this.choose)));
    const n = found.sites.length;
    const all = found.matched !== undefined && found.matched > n ? ` of ${found.matched.toLocaleString("en")}` : "";
    const rest = found.more || all ? " Zoom in for the rest." : "";
    this.says.textContent = n === 0 ? "No site with a place that is shown lies here. Zoom out to see more." : `${n}${all} ${n === 1 && !all ? "site" : "sites"} in view.${rest}`;
  }

  failed(sentence: string): void {
    this.rows.replaceChildren();
    this.says.textContent = sentence;
  }

  mark(id: string | null): void {
    for (const button of this.rows.querySelectorAll<HTMLElement>("button[data-site]")) {
      const isChosen = button.dataset["site"] === id;
      if (isChosen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      if (isChosen) button.scrollIntoView({ block: "nearest" });
    }
  }
}

/** What was chosen: a record, several at one place, or what lies within a lasso. */
export class Panel {
  private readonly box = part("map-panel");
  private cameFrom: Element | null = null;
  private asked = 0;

  constructor(
    private readonly config: Config,
    private readonly closed: () => void,
  ) {
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  /** Whether the focus goes to what is opened: not where the page itself opens it. */
  private takesFocus = true;

  private open(title: Node | string, ...content: Node[]): void {
    if (this.box.hidden) this.cameFrom = document.activeElement;
    const button = make("button", { type: "button", class: "button button--quiet map-panel__close" }, "Close");
    button.addEventListener("click", () => this.close());
    this.box.replaceChildren(make("div", { class: "map-panel__head" }, make("h2", {}, title), button), ...content);
    this.box.hidden = false;
    if (this.takesFocus) this.box.focus({ preventScroll: true });
    this.takesFocus = true;
  }

  close(): void {
    if (this.box.hidden) return;
    this.asked += 1;
    this.box.hidden = true;
    this.box.replaceChildren();
    if (this.cameFrom instanceof HTMLElement && this.cameFrom.isConnected) this.cameFrom.focus({ preventScroll: true });
    this.closed();
  }

  /** A record from its JSON twin; gives the site for the map, or null where it is not to be had. */
  async record(id: string, takesFocus = true): Promise<Site | null> {
    this.asked += 1;
    this.takesFocus = takesFocus;
    const asked = this.asked;
    const answer = await fetch(`/site/${encodeURIComponent(id)}.json`).catch(() => null);
    const twin = answer?.ok ? ((await answer.json()) as Twin) : null;
    if (asked !== this.asked) return null;
    if (!twin) {
      this.open("Not here", make("p", {}, "This record could not be fetched."));
      return null;
    }
    const { record, related } = twin;
    const inLanguage = this.config.lang === "en" ? undefined : record.data.names?.find((one) => one.lang.split("-")[0] === this.config.lang);
    const name = inLanguage?.text ?? record.title;
    const kind = { category: record.data.category ?? "other", status: record.status };
    const claims = related["claims"];
    const findings = related["findings"]?.rows ?? [];
    const quotes = (claims?.rows ?? []).slice(0, CLAIMS).map((claim) => make("li", {}, make("a", { class: "map-claim", href: claim.address }, said(`“${claim.data.words ?? claim.title}”`))));
    this.open(
      make("a", { href: record.address }, said(name)),
      make("p", { class: "map-panel__about" }, sign(this.config, kind), make("span", {}, about(this.config, kind))),
      make("p", { class: "muted" }, placeInWords(record.place)),
      ...(findings.length > 0 ? [make("h3", {}, "Findings"), make("ul", { class: "plain" }, ...findings.map((finding) => make("li", {}, make("a", { href: finding.address }, said(finding.title)))))] : []),
      ...(quotes.length > 0 ? [make("h3", {}, `Claims (${claims?.count ?? quotes.length})`), make("ul", { class: "plain map-panel__claims" }, ...quotes)] : [make("p", { class: "muted" }, "No claim about it alone is recorded.")]),
      make("p", {}, make("a", { class: "button", href: record.address }, "Open the record")),
    );
    return siteOf(twin, name);
  }

  /** Several to choose from. */
  several(title: string, sites: readonly Site[], choose: (site: Site) => void, more: readonly Node[] = []): void {
    this.asked += 1;
    this.open(title, ...more, make("ol", { class: "map-list__rows" }, ...sites.map((site) => row(this.config, site, choose))));
  }

  /** What lies within a ring, with the ways to take it along. */
  within(ring: Ring, found: Found, choose: (site: Site) => void, isSearched: boolean): void {
    const n = found.matched ?? found.sites.length;
    const link = (format: "csv" | "json", label: string): HTMLElement => make("a", { class: "button", href: ringAddress(ring, format, 10_000), download: format === "csv" ? "sites.csv" : "sites.geojson" }, label);
    const count = `${n.toLocaleString("en")}${found.more && found.matched === undefined ? "+" : ""} ${n === 1 ? "site" : "sites"} chosen`;
    this.several(count, found.sites, choose, [
      make("p", { class: "map-panel__export" }, link("csv", "Export as CSV"), " ", link("json", "Export as GeoJSON")),
      ...(isSearched ? [make("p", { class: "muted" }, "The export holds every site within what was drawn, whatever the words of the search.")] : []),
      ...(found.sites.length < n || found.more ? [make("p", { class: "muted" }, `The first ${found.sites.length} are listed.`)] : []),
    ]);
  }

  wait(title: string): void {
    this.open(title, make("p", { class: "muted" }, "One moment …"));
  }

  failed(sentence: string): void {
    this.open("This could not be shown", make("p", {}, sentence));
  }
}

function placeInWords(place: Twin["record"]["place"]): string {
  if (!place) return "Its place is not recorded.";
  if (place.shown === "withheld") return "Its place is protected and not shown.";
  if (place.shown === "grid") return `Lies somewhere within the square of ${(place.grid_m ?? 0) / 1000} km that is shown; the exact place is protected.`;
  return place.uncertainty_m ? `Known to within ${place.uncertainty_m} m.` : "Shown as recorded.";
}

function siteOf({ record }: Twin, title: string): Site | null {
  let at: unknown = record.place?.centre ?? record.place?.geometry?.coordinates;
  while (Array.isArray(at) && Array.isArray(at[0])) at = at[0];
  if (!Array.isArray(at) || typeof at[0] !== "number" || typeof at[1] !== "number") return null;
  return { id: record.id, title, category: record.data.category ?? "other", status: record.status, address: record.address, at: [at[0], at[1]], gridMetres: record.place?.grid_m, properties: {} };
}
