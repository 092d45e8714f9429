// What the page tells its script: words with their labels, addresses, where to open.

export interface Category {
  readonly label: string;
  readonly group: string;
}

export interface ExtraBasemap {
  readonly name: string;
  readonly kind: "pmtiles" | "tiles";
  readonly url: string;
  readonly attribution: string | null;
  readonly maxZoom: number | null;
}

export interface Config {
  readonly lang: string;
  /** Where the program's own files are, with a slash at the end. */
  readonly assets: string;
  readonly bounds: readonly [number, number, number, number];
  readonly categories: Readonly<Record<string, Category>>;
  readonly statuses: readonly { readonly id: string; readonly label: string }[];
  readonly basemaps: readonly ExtraBasemap[];
}

/** The status of a site that nothing is claimed of. */
export const NONE = "none";

export function readConfig(page: HTMLElement): Config {
  return JSON.parse(page.dataset["map"] ?? "{}") as Config;
}

export function statusLabel(config: Config, id: string): string {
  return config.statuses.find((status) => status.id === id)?.label ?? "nothing is claimed";
}

/** A category with the finer ones under it, as tiles and items take them. */
export function withFiner(config: Config, id: string): string[] {
  const finer = Object.entries(config.categories).filter(([, category]) => category.group === id);
  return [...new Set([id, ...finer.map(([key]) => key)])];
}

/** An element of the page that is there. */
export function part<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}
