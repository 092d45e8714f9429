// What is drawn, from what the reader chose: a pure function from state to layers. The map compares
// what it has with what is wanted and changes no more than that.

import type { ExpressionSpecification, FilterSpecification, LayerSpecification } from "maplibre-gl";
import { NONE, type Config } from "./config";
import type { Colours } from "./signs";
import { allStatuses, isSearch, type State } from "./state";

type Expression = ExpressionSpecification;

const FONT = ["Stele Sans"];
/** Later than every day there is. */
const NEVER = 1_000_000_000;
/** Statuses that the registry's own findings give. */
const FOUND = ["verified", "refuted", "not_assessable", "disputed"];
/** Sides, in pixels, up to which a protected place's cell is drawn as a sign and not as itself. */
const SMALLEST_SQUARE = 26;
/** Metres of a pixel at zoom 0, in the latitudes where most people live. */
const METRES_AT_ZERO = 58_700;

export interface Drawing {
  readonly config: Config;
  readonly state: State;
  readonly colour: Colours;
  readonly theme: "light" | "dark";
}

const status: Expression = ["coalesce", ["get", "status"], NONE];

/** The status that a site had on the day, as far as its days tell. */
function statusOn(state: State): Expression {
  if (state.day === null) return status;
  const found: Expression = ["in", status, ["literal", FOUND]];
  const later: Expression = [">", ["coalesce", ["get", "since_verified"], NEVER], state.day];
  const claimed: Expression = ["<=", ["coalesce", ["get", "since_claimed"], NEVER], state.day];
  return ["case", ["all", found, later], ["case", claimed, "reported", NONE], status];
}

/** The same of one site's properties, where they are to be had: for what is counted before it is drawn. */
export function statusThen(properties: Readonly<Record<string, unknown>>, day: number): string {
  const since = (name: string): number => Number(properties[`since_${name}`] ?? NEVER);
  if (since("verified") <= day) return String(properties["status"] ?? NONE);
  return since("claimed") <= day ? "reported" : NONE;
}

function isShown(state: State, config: Config): Expression {
  const parts: Expression[] = [];
  if (state.day !== null) parts.push(["<=", ["coalesce", ["get", `since_${state.by}`], NEVER], state.day]);
  if (state.statuses.size < allStatuses(config).size) parts.push(["in", statusOn(state), ["literal", [...state.statuses]]]);
  return parts.length === 0 ? ["literal", true] : ["all", ...parts];
}

/** How many sites of a cell have a status that is shown. */
function countIn(state: State, config: Config, isCluster: boolean): Expression {
  if (state.statuses.size === allStatuses(config).size) return ["get", isCluster ? "point_count" : "count"];
  return ["+", 0, ...[...state.statuses].map((one): Expression => ["coalesce", ["get", `n_${one}`], 0])];
}

function group(config: Config): Expression {
  const pairs = Object.entries(config.categories).flatMap(([id, category]) => [id, category.group]);
  return ["match", ["get", "category"], ...pairs, "other"] as unknown as Expression;
}

/** The layers of the basemap below everything. */
function world({ colour, state }: Drawing, isCovered: boolean): LayerSpecification[] {
  const shown = (on: boolean): { visibility: "visible" | "none" } => ({ visibility: on && !isCovered ? "visible" : "none" });
  const line = (kind: string): FilterSpecification => ["==", ["get", "kind"], kind];
  return [
    { id: "water", type: "background", paint: { "background-color": colour("--map-water") } },
    { id: "land", type: "fill", source: "world", "source-layer": "land", layout: shown(true), paint: { "fill-color": colour("--map-land"), "fill-antialias": false } },
    { id: "lakes", type: "fill", source: "world", "source-layer": "lakes", layout: shown(true), paint: { "fill-color": colour("--map-water"), "fill-outline-color": colour("--map-shore") } },
    {
      id: "rivers", type: "line", source: "world", "source-layer": "rivers", minzoom: 3, layout: { ...shown(true), "line-join": "round", "line-cap": "round" },
      filter: ["<=", ["get", "rank"], ["step", ["zoom"], 3, 4, 5, 5, 7, 6, 12]],
      paint: { "line-color": colour("--map-river"), "line-width": ["interpolate", ["linear"], ["zoom"], 3, 0.5, 7, 1.1, 12, 2] },
    },
    { id: "shore", type: "line", source: "world", "source-layer": "land", layout: shown(true), paint: { "line-color": colour("--map-shore"), "line-width": ["interpolate", ["linear"], ["zoom"], 2, 0.4, 8, 1] } },
    {
      id: "boundaries", type: "line", source: "world", "source-layer": "boundaries", filter: line("boundary"), layout: { ...shown(state.lines), "line-join": "round" },
      paint: { "line-color": colour("--map-boundary"), "line-width": ["interpolate", ["linear"], ["zoom"], 2, 0.5, 8, 1.1] },
    },
    {
      id: "disputed", type: "line", source: "world", "source-layer": "boundaries", filter: line("disputed"), layout: { ...shown(state.lines), "line-join": "round", "line-cap": "round" },
      paint: { "line-color": colour("--map-boundary"), "line-width": ["interpolate", ["linear"], ["zoom"], 2, 1, 8, 1.8], "line-dasharray": [0.01, 2.4] },
    },
  ];
}

function areas({ colour, state }: Drawing): LayerSpecification[] {
  const visibility = state.areas ? "visible" : "none";
  const source = { source: "areas", "source-layer": "areas" } as const;
  return [
    { id: "areas-fill", type: "fill", ...source, filter: ["==", ["geometry-type"], "Polygon"], layout: { visibility }, paint: { "fill-color": colour("--map-area"), "fill-opacity": 0.08 } },
    { id: "areas-line", type: "line", ...source, filter: ["!=", ["geometry-type"], "Point"], layout: { visibility, "line-join": "round" }, paint: { "line-color": colour("--map-area"), "line-width": 1.4 } },
    {
      id: "areas-name", type: "symbol", ...source,
      layout: { visibility, "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-letter-spacing": 0.06, "text-max-width": 8 },
      paint: { "text-color": colour("--map-area"), "text-halo-color": colour("--map-halo"), "text-halo-width": 1.5 },
    },
  ];
}

function missions({ colour, state }: Drawing): LayerSpecification[] {
  const visibility = state.missions ? "visible" : "none";
  return [
    {
      id: "missions-line", type: "line", source: "missions", filter: ["!=", ["geometry-type"], "Point"], layout: { visibility, "line-join": "round", "line-cap": "round" },
      paint: { "line-color": colour("--map-mission"), "line-width": 2.5, "line-dasharray": [1, 1.6], "line-opacity": 0.9 },
    },
    { id: "missions-stop", type: "circle", source: "missions", layout: { visibility }, paint: { "circle-radius": 4, "circle-color": colour("--map-halo"), "circle-stroke-color": colour("--map-mission"), "circle-stroke-width": 2 } },
    {
      id: "missions-name", type: "symbol", source: "missions",
      layout: { visibility, "text-field": ["get", "title"], "text-font": FONT, "text-size": 11, "text-offset": [0, -1.2], "text-max-width": 14, "text-optional": true },
      paint: { "text-color": colour("--map-mission"), "text-halo-color": colour("--map-halo"), "text-halo-width": 1.5 },
    },
  ];
}

function names({ colour, state }: Drawing): LayerSpecification[] {
  const visibility = state.names ? "visible" : "none";
  const here: FilterSpecification = ["all", [">=", ["zoom"], ["get", "from"]], ["<", ["zoom"], ["get", "to"]]];
  const halo = { "text-halo-color": colour("--map-halo"), "text-halo-width": 1.4 };
  return [
    {
      id: "places", type: "symbol", source: "labels", filter: ["all", ["==", ["get", "kind"], "place"], here],
      layout: {
        visibility, "text-field": ["get", "name"], "text-font": FONT, "text-max-width": 8, "symbol-sort-key": ["get", "rank"],
        "text-size": ["interpolate", ["linear"], ["zoom"], 3, ["-", 12, ["*", 0.25, ["get", "rank"]]], 10, ["-", 16, ["*", 0.4, ["get", "rank"]]]],
      },
      paint: { "text-color": colour("--map-name"), ...halo },
    },
    {
      id: "countries", type: "symbol", source: "labels", filter: ["all", ["==", ["get", "kind"], "country"], here],
      layout: { visibility, "text-field": ["get", "name"], "text-font": FONT, "text-max-width": 7, "text-letter-spacing": 0.09, "text-size": ["interpolate", ["linear"], ["zoom"], 2, 10.5, 6, 15], "symbol-sort-key": ["get", "rank"] },
      paint: { "text-color": colour("--map-country"), ...halo },
    },
  ];
}

/** Sites of one source: cells of several, and single ones. */
function sitesOf(drawing: Drawing, id: "sites" | "hits", isOn: boolean): LayerSpecification[] {
  const { config, state, colour, theme } = drawing;
  const source = id === "sites" ? ({ source: id, "source-layer": "sites" } as const) : ({ source: id } as const);
  const visibility: "visible" | "none" = isOn ? "visible" : "none";
  const several: Expression = ["has", id === "sites" ? "count" : "point_count"];
  const count = countIn(state, config, id === "hits");
  const cells: FilterSpecification = ["all", several, [">", count, 0]];
  const shown = isShown(state, config);
  const isExact: Expression = ["!=", ["get", "place"], "generalised"];
  const side: Expression = ["/", ["*", ["coalesce", ["get", "grid_m"], 1], ["^", 2, ["zoom"]]], METRES_AT_ZERO];
  const drawnAs = (suffix: string): Expression => ["concat", `${theme}/`, statusOn(state), "/", group(config), suffix];
  const symbols = { visibility, "icon-allow-overlap": true, "icon-size": ["interpolate", ["linear"], ["zoom"], 4, 0.72, 10, 1] as Expression };
  const weight: Expression = ["case", several, count, ["case", shown, 1, 0]];
  return [
    {
      id: `${id}-heat`, type: "heatmap", ...source, maxzoom: 15, layout: { visibility: isOn && state.heat ? "visible" : "none" },
      paint: {
        "heatmap-weight": ["interpolate", ["linear"], weight, 0, 0, 1, 0.5, 100, 1.2, 10_000, 3],
        "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 2, 1.4, 12, 1],
        "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 2, 14, 10, 34],
        "heatmap-opacity": ["interpolate", ["linear"], ["zoom"], 10, 0.85, 14, 0.2],
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, colour("--map-heat-1").replace("rgb(", "rgba(").replace(")", ", 0)"), 0.15, colour("--map-heat-1"), 0.5, colour("--map-heat-2"), 1, colour("--map-heat-3")],
      },
    },
    {
      id: `${id}-squares`, type: "symbol", ...source, filter: ["all", ["!", several], ["!", isExact], ["<", side, SMALLEST_SQUARE], shown], layout: { ...symbols, "icon-image": drawnAs("/cell") },
    },
    {
      id: `${id}-single`, type: "symbol", ...source, filter: ["all", ["!", several], isExact, shown], layout: { ...symbols, "icon-image": drawnAs("") },
      paint: { "icon-opacity": state.heat ? (["interpolate", ["linear"], ["zoom"], 9, 0, 12, 1] as Expression) : 1 },
    },
    {
      id: `${id}-cells`, type: "circle", ...source, filter: cells, layout: { visibility: isOn && !state.heat ? "visible" : "none", "circle-sort-key": count },
      paint: {
        "circle-color": colour("--map-cell"), "circle-opacity": 0.88, "circle-stroke-color": colour("--map-halo"), "circle-stroke-width": 2,
        "circle-radius": ["interpolate", ["linear"], ["ln", ["max", count, 1]], 0, 8, 2.3, 10, 4.6, 13, 6.9, 15, 9.2, 18, 13.8, 24],
      },
    },
    {
      id: `${id}-count`, type: "symbol", ...source, filter: cells,
      layout: {
        visibility: isOn && !state.heat ? "visible" : "none", "text-font": FONT, "text-padding": 0, "symbol-sort-key": ["-", 0, count], "text-size": ["interpolate", ["linear"], ["ln", ["max", count, 1]], 0, 11, 7, 13],
        "text-field": ["case", [">=", count, 1_000_000], ["concat", ["number-format", ["/", count, 1_000_000], { "max-fraction-digits": 1 }], "M"], [">=", count, 1_000], ["concat", ["number-format", ["/", count, 1_000], { "max-fraction-digits": 1 }], "k"], ["to-string", count]],
      },
      paint: { "text-color": colour("--map-on-cell") },
    },
  ];
}

/** Cells of protected places that are large enough on the screen to be seen as such. */
function squares({ colour, config, state }: Drawing): LayerSpecification[] {
  const shown = isShown(state, config);
  return [
    { id: "squares-fill", type: "fill", source: "squares", filter: shown as FilterSpecification, paint: { "fill-pattern": "hatch", "fill-opacity": 0.8 } },
    { id: "squares-line", type: "line", source: "squares", filter: shown as FilterSpecification, paint: { "line-color": colour("--map-square"), "line-width": 1.6 } },
  ];
}

function shapes({ colour, config, state }: Drawing): LayerSpecification[] {
  const source = { source: "sites", "source-layer": "site_shapes" } as const;
  const visibility = isSearch(state) ? "none" : "visible";
  const filter: FilterSpecification = state.statuses.size < allStatuses(config).size ? ["in", status, ["literal", [...state.statuses]]] : ["literal", true];
  return [
    { id: "shapes-fill", type: "fill", ...source, minzoom: 11, filter, layout: { visibility }, paint: { "fill-color": colour("--map-cell"), "fill-opacity": 0.14 } },
    { id: "shapes-line", type: "line", ...source, minzoom: 11, filter, layout: { visibility }, paint: { "line-color": colour("--map-cell"), "line-width": 1.5 } },
  ];
}

function chosen({ colour }: Drawing): LayerSpecification[] {
  return [
    { id: "drawn-fill", type: "fill", source: "drawn", paint: { "fill-color": colour("--map-chosen"), "fill-opacity": 0.1 } },
    { id: "drawn-line", type: "line", source: "drawn", paint: { "line-color": colour("--map-chosen"), "line-width": 2, "line-dasharray": [2, 1.5] } },
    { id: "chosen-square", type: "line", source: "chosen", filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": colour("--map-chosen"), "line-width": 3.5 } },
    {
      id: "chosen-ring", type: "circle", source: "chosen", filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 19, "circle-opacity": 0, "circle-stroke-color": colour("--map-chosen"), "circle-stroke-width": 3.5 },
    },
  ];
}

/** Every layer of the program, from the lowest; further basemaps and overlays are put between by `cover`. */
export function layers(drawing: Drawing, isCovered: boolean): LayerSpecification[] {
  const searched = isSearch(drawing.state);
  return [
    ...world(drawing, isCovered),
    ...areas(drawing),
    ...shapes(drawing),
    ...squares(drawing),
    ...names(drawing),
    ...missions(drawing),
    ...sitesOf(drawing, "sites", !searched),
    ...sitesOf(drawing, "hits", searched),
    ...chosen(drawing),
  ];
}

/** Layers whose features a reader can choose. */
export const PICKED = ["sites-single", "sites-squares", "hits-single", "hits-squares", "squares-fill"];
export const CELLS = ["sites-cells", "hits-cells"];
/** The lowest layer that a further basemap goes below. */
export const ABOVE_BASEMAP = "areas-fill";
