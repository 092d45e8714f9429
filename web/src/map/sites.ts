// Sites as the server tells of them: in the list beside the map, in hits of a search, within a lasso.

import { NONE, withFiner, type Config } from "./config";
import { dateOf, searchQuery, type State } from "./state";

export type Box = readonly [west: number, south: number, east: number, north: number];
export type Ring = readonly (readonly [number, number])[];

export interface Site {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  readonly status: string | undefined;
  readonly address: string;
  readonly at: readonly [number, number];
  readonly gridMetres: number | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface Found {
  readonly sites: readonly Site[];
  /** How many there are in all, where that is known. */
  readonly matched: number | undefined;
  readonly more: boolean;
}

interface Feature {
  readonly id?: string | number;
  readonly geometry: { readonly type: string; readonly coordinates: unknown } | null;
  readonly properties: Readonly<Record<string, unknown>> | null;
}

interface Collection {
  readonly features: readonly Feature[];
  readonly numberMatched?: number;
  readonly links?: readonly { readonly rel: string }[];
  readonly cut?: boolean;
  readonly without_place?: number;
}

/** What the server answered that is not an answer: its own sentence. */
export class Refused extends Error {}

async function get(address: string, signal?: AbortSignal): Promise<Collection> {
  const answer = await fetch(address, { headers: { accept: "application/geo+json" }, ...(signal ? { signal } : {}) });
  if (answer.ok) return (await answer.json()) as Collection;
  const said: unknown = await answer.json().catch(() => null);
  const detail = typeof said === "object" && said !== null && "detail" in said ? String(said.detail) : "";
  throw new Refused(detail || `The server answered ${answer.status}.`);
}

function siteOf(feature: Feature): Site | null {
  const p = feature.properties ?? {};
  const at = firstPosition(feature.geometry?.coordinates);
  const id = String(feature.id ?? p["id"] ?? "");
  if (!at || !id) return null;
  const grid = Number(p["grid_m"]);
  return {
    id,
    title: String(p["title"] ?? id),
    category: String(p["category"] ?? "other"),
    status: typeof p["status"] === "string" && p["status"] !== "" ? p["status"] : undefined,
    address: String(p["address"] ?? `/site/${id}`),
    at,
    gridMetres: grid > 0 ? grid : undefined,
    properties: p,
  };
}

/** A position of a geometry, to point at. */
function firstPosition(coordinates: unknown): readonly [number, number] | null {
  let at = coordinates;
  while (Array.isArray(at) && Array.isArray(at[0])) at = at[0];
  return Array.isArray(at) && typeof at[0] === "number" && typeof at[1] === "number" ? [at[0], at[1]] : null;
}

function found(collection: Collection): Found {
  return {
    sites: collection.features.map(siteOf).filter((site) => site !== null),
    matched: collection.numberMatched,
    more: collection.links?.some((link) => link.rel === "next") ?? false,
  };
}

const ITEMS = "/ogc/collections/sites/items";

/** One of these statuses, in CQL2; `none` is where no status is. */
function among(statuses: readonly string[]): string {
  const named = statuses.filter((status) => status !== NONE).map((status) => `'${status}'`);
  const parts = [named.length > 0 ? `status IN (${named.join(",")})` : "", statuses.includes(NONE) ? "status IS NULL" : ""].filter(Boolean);
  return parts.length > 0 ? parts.join(" OR ") : "status IN ('')";
}

/** What items are narrowed by: what the tiles are. */
function narrowed(config: Config, state: State, isAll: boolean): URLSearchParams {
  const said = new URLSearchParams();
  if (state.fields.category) said.set("category", withFiner(config, state.fields.category).join(","));
  const filters: string[] = [];
  if (!isAll) filters.push(among([...state.statuses]));
  if (state.day !== null) filters.push(`${state.by}_since <= DATE('${dateOf(state.day)}')`);
  if (filters.length > 0) {
    said.set("filter", filters.map((one) => `(${one})`).join(" AND "));
    said.set("filter-lang", "cql2-text");
  }
  return said;
}

/** Sites in a box. */
export async function inBox(config: Config, state: State, isAll: boolean, box: Box, signal: AbortSignal): Promise<Found> {
  const said = narrowed(config, state, isAll);
  said.set("bbox", box.map((n) => n.toFixed(6)).join(","));
  said.set("limit", "50");
  said.set("f", "json");
  return found(await get(`${ITEMS}?${said}`, signal));
}

/** The address of what lies within a ring, in a format. */
export function ringAddress(ring: Ring, format: "json" | "csv", limit: number): string {
  const positions = ring.map(([lon, lat]) => `${lon.toFixed(5)} ${lat.toFixed(5)}`).join(",");
  const said = new URLSearchParams({ filter: `S_INTERSECTS(geometry,POLYGON((${positions})))`, "filter-lang": "cql2-text", limit: String(limit) });
  said.set("f", format);
  return `${ITEMS}?${said}`;
}

/** Sites within a ring. */
export async function inRing(ring: Ring, limit: number): Promise<Found> {
  return found(await get(ringAddress(ring, "json", limit)));
}

/** One site; null where it is not to be had. */
export async function item(id: string): Promise<Site | null> {
  const answer = await fetch(`${ITEMS}/${encodeURIComponent(id)}?f=json`).catch(() => null);
  return answer?.ok ? siteOf((await answer.json()) as Feature) : null;
}

export interface Hits extends Found {
  readonly cut: boolean;
  readonly withoutPlace: number;
}

/** Sites that a search finds, at most ten thousand. Statuses are chosen on the map, not asked for. */
export async function hits(state: State): Promise<Hits> {
  const said = searchQuery(state);
  said.delete("status");
  const collection = await get(`/map/hits?${said}`);
  return { ...found(collection), cut: collection.cut ?? false, withoutPlace: collection.without_place ?? 0 };
}

/** Whether a position lies in a ring. */
export function isWithin([x, y]: readonly [number, number], ring: Ring): boolean {
  let inside = false;
  ring.forEach(([ax, ay], i) => {
    const [bx, by] = ring[(i + ring.length - 1) % ring.length] ?? [ax, ay];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

/** The square of the fixed grid that a protected place is shown as, from its centre. */
export function squareRing([lon, lat]: readonly [number, number], gridMetres: number): [number, number][] {
  const half = gridMetres / 111_320 / 2;
  const wide = half / Math.max(Math.cos((lat * Math.PI) / 180), 0.01);
  return [
    [lon - wide, lat - half],
    [lon + wide, lat - half],
    [lon + wide, lat + half],
    [lon - wide, lat + half],
    [lon - wide, lat - half],
  ];
}
