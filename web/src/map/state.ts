// What the reader chose: all of it stands in the address, so that a map can be sent to somebody.
// The position stands behind `#map=`, which the map itself keeps.

import { NONE, type Config } from "./config";

/** Fields of the search, as the form and `/search` name them. */
export const FIELDS = ["q", "category", "status", "area", "party", "from", "to", "near", "bbox"] as const;
export type Field = (typeof FIELDS)[number];
export type By = "claimed" | "assessed" | "verified";

export interface State {
  fields: Record<Field, string>;
  /** Statuses shown; all of them and `none` when nothing is narrowed. */
  statuses: ReadonlySet<string>;
  /** Days since 1970; today and everything when null. */
  day: number | null;
  by: By;
  heat: boolean;
  areas: boolean;
  missions: boolean;
  lines: boolean;
  names: boolean;
  /** Number of a further basemap, or -1. */
  basemap: number;
  site: string | null;
  overlay: string | null;
}

const DAY_MS = 86_400_000;

export const today = (): number => Math.floor(Date.now() / DAY_MS);
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

function dayOf(text: string | null): number | null {
  const at = text ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) ? null : Math.floor(at / DAY_MS);
}

/** Every status, and that of sites nothing is claimed of. */
export function allStatuses(config: Config): Set<string> {
  return new Set([...config.statuses.map((status) => status.id), NONE]);
}

export function readState(config: Config, address: URL): State {
  const said = address.searchParams;
  const list = (name: string): string[] => (said.get(name) ?? "").split(",").filter(Boolean);
  const all = allStatuses(config);
  const statuses = list("status").filter((status) => all.has(status));
  const by = said.get("by");
  const basemap = Number(said.get("basemap") ?? "-1");
  return {
    fields: Object.fromEntries(FIELDS.map((name) => [name, said.get(name)?.trim() ?? ""])) as Record<Field, string>,
    statuses: statuses.length > 0 ? new Set(statuses) : all,
    day: dayOf(said.get("at")),
    by: by === "assessed" || by === "verified" ? by : "claimed",
    heat: said.get("as") === "heat",
    areas: list("show").includes("areas"),
    missions: list("show").includes("missions"),
    lines: !list("hide").includes("lines"),
    names: !list("hide").includes("names"),
    basemap: Number.isInteger(basemap) && config.basemaps[basemap] ? basemap : -1,
    site: said.get("site"),
    overlay: said.get("overlay"),
  };
}

/** The query of the address, without a question mark; what is as usual is left out. */
export function query(state: State): URLSearchParams {
  const said = searchQuery(state);
  const put = (name: string, value: string | null | false): void => {
    if (value) said.set(name, value);
  };
  put("at", state.day !== null && dateOf(state.day));
  put("by", state.by !== "claimed" && state.by);
  put("as", state.heat && "heat");
  put("show", [state.areas && "areas", state.missions && "missions"].filter(Boolean).join(","));
  put("hide", [!state.lines && "lines", !state.names && "names"].filter(Boolean).join(","));
  put("basemap", state.basemap >= 0 && String(state.basemap));
  put("site", state.site);
  put("overlay", state.overlay);
  return said;
}

/** What the search is narrowed by. */
export function searchQuery(state: State): URLSearchParams {
  const said = new URLSearchParams();
  for (const name of FIELDS) if (state.fields[name]) said.set(name, state.fields[name]);
  return said;
}

/** Whether the words, area, party and so on have to be searched for; a category or status alone is in the tiles. */
export function isSearch(state: State): boolean {
  return FIELDS.some((name) => name !== "category" && name !== "status" && state.fields[name] !== "");
}
