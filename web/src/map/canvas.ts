// The map itself, in a chunk of its own: MapLibre GL JS over vector tiles, with what the page chose.
// Knows the page only through what it is given; tells it what happened through `Told`.

import maplibre from "./maplibre";
import type { GeoJSONSource, LayerSpecification, Map as MapLibre, MapGeoJSONFeature, StyleSpecification, VectorTileSource } from "maplibre-gl";
import { withFiner, type Config } from "./config";
import { Covers } from "./covers";
import { CELLS, PICKED, layers, statusThen, type Drawing } from "./layers";
import { labels } from "./labels";
import { Lasso, type Way } from "./lasso";
import { colours, image, type Colours } from "./signs";
import { squareRing, type Box, type Ring, type Site } from "./sites";
import { dateOf, isSearch, searchQuery, type State } from "./state";

const SIGN = 28;
const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

/** What the map tells the page. */
export interface Told {
  moved(box: Box, zoom: number): void;
  picked(ids: readonly string[]): void;
  drew(ring: Ring): void;
  /** First day of anything seen, in days since 1970. */
  sawDay(day: number): void;
  failed(sentence: string): void;
}

type Theme = "light" | "dark";

function themeNow(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** The scripts of names on the map, from the fonts that the pages use. */
function fonts(assets: string): NonNullable<StyleSpecification["font-faces"]> {
  const face = (file: string, ...ranges: string[]): { url: string; "unicode-range": string[] } => ({ url: new URL(`${assets}fonts/${file}-wght-normal.woff2`, location.href).href, "unicode-range": ranges });
  return {
    "Stele Sans": [
      face("noto-sans-latin", "U+0020-00FF", "U+0131", "U+0152-0153", "U+2013-2014", "U+2018-201D", "U+2026"),
      face("noto-sans-latin-ext", "U+0100-024F", "U+1E00-1EFF"),
      face("noto-sans-cyrillic", "U+0400-045F", "U+0490-0491", "U+2116"),
      face("noto-sans-cyrillic-ext", "U+0460-048F", "U+0492-052F"),
      face("noto-sans-greek", "U+0370-03FF"),
      face("noto-sans-arabic-arabic", "U+0600-06FF", "U+0750-077F", "U+08A0-08FF", "U+FB50-FDFF", "U+FE70-FEFC"),
      face("noto-sans-armenian-armenian", "U+0530-058F", "U+FB13-FB17"),
      face("noto-sans-georgian-georgian", "U+10A0-10FF", "U+1C90-1CBF", "U+2D00-2D2F"),
      face("noto-sans-hebrew-hebrew", "U+0590-05FF", "U+FB1D-FB4F"),
    ],
  };
}

export class MapView {
  private readonly map: MapLibre;
  private readonly covers: Covers;
  private readonly lasso: Lasso;
  private drawn: LayerSpecification[];
  private theme: Theme = themeNow();
  private colour: Colours = colours();
  private tiles = "";
  private hitsAddress = "";
  private hits: GeoJSON.FeatureCollection = EMPTY;
  private state: State;

  constructor(
    private readonly config: Config,
    state: State,
    container: HTMLElement,
    private readonly told: Told,
  ) {
    this.state = state;
    maplibre.setWorkerUrl(new URL(`${config.assets}maplibre-worker.js`, location.href).href);
    this.drawn = layers(this.drawing(), false);
    this.tiles = this.siteTiles();
    const world = new URL(`${config.assets}basemap/world.pmtiles`, location.href).href;
    const empty = (extra: object = {}): { type: "geojson"; data: GeoJSON.FeatureCollection } => ({ type: "geojson", data: EMPTY, ...extra });
    const counted = Object.fromEntries([...config.statuses.map((s) => s.id), "none"].map((id) => [`n_${id}`, ["+", ["case", ["==", ["coalesce", ["get", "status"], "none"], id], 1, 0]]]));
    this.map = new maplibre.Map({
      container,
      style: {
        version: 8,
        "font-faces": fonts(config.assets),
        sources: {
          world: { type: "vector", url: `pmtiles://${world}`, attribution: "" },
          labels: empty(),
          areas: { type: "vector", tiles: [this.address("/ogc/collections/areas/tiles/WebMercatorQuad/{z}/{y}/{x}")], maxzoom: 14 },
          sites: { type: "vector", tiles: [this.tiles], maxzoom: 14 },
          hits: empty({ cluster: true, clusterMaxZoom: 13, clusterRadius: 44, clusterProperties: counted }),
          squares: empty(),
          missions: empty(),
          chosen: empty(),
          drawn: empty(),
        },
        layers: this.drawn,
      },
      bounds: [config.bounds[0], config.bounds[1], config.bounds[2], config.bounds[3]],
      fitBoundsOptions: { padding: 60, maxZoom: 8 },
      hash: "map",
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      renderWorldCopies: true,
      maxZoom: 18,
      locale: { "Map.Title": "Map of sites. Arrow keys move it, plus and minus zoom; the list beside it says what is in view." },
    });
    this.covers = new Covers(this.map, config, () => this.colour("--map-chosen"), (sentence) => this.told.failed(sentence));
    this.lasso = new Lasso(this.map, (ring) => {
      this.source("drawn").setData({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring.map(([lon, lat]) => [lon, lat])] } });
      this.told.drew(ring);
    });
    this.start();
  }

  private start(): void {
    const { map } = this;
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new maplibre.NavigationControl({ showCompass: false }), "bottom-right");
    map.addControl(new maplibre.ScaleControl({ maxWidth: 120 }), "bottom-left");
    map.addControl(new maplibre.AttributionControl({ compact: false }), "bottom-right");
    map.setMissingStyleImageResolver((id) => this.addImage(id));
    map.on("load", () => {
      void labels(this.config.assets, this.config.lang).then((data) => this.source("labels").setData(data));
      this.update(this.state, true);
      this.tellMoved();
    });
    map.on("moveend", () => this.tellMoved());
    map.on("idle", () => this.lookAtSingles());
    map.on("error", (event) => this.told.failed(String(event.error?.message ?? event.error)));
    map.on("click", (event) => this.clicked(event.point));
    const overSite = (on: boolean) => (): void => {
      if (!this.lasso.isActive) map.getCanvas().style.cursor = on ? "pointer" : "";
    };
    for (const layer of [...PICKED, ...CELLS]) {
      map.on("mouseenter", layer, overSite(true));
      map.on("mouseleave", layer, overSite(false));
    }
    const rethemed = (): void => {
      if (themeNow() === this.theme) return;
      this.theme = themeNow();
      this.colour = colours();
      if (map.hasImage("hatch")) map.removeImage("hatch");
      this.sync();
    };
    new MutationObserver(rethemed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", rethemed);
  }

  private drawing(): Drawing {
    return { config: this.config, state: this.state, colour: this.colour, theme: this.theme };
  }

  private address(path: string): string {
    return `${location.origin}${path}`;
  }

  private siteTiles(): string {
    const said = new URLSearchParams();
    const { category } = this.state.fields;
    if (category) said.set("category", withFiner(this.config, category).join(","));
    if (this.state.day !== null) {
      said.set("asof", dateOf(this.state.day));
      said.set("by", this.state.by);
    }
    const query = said.size > 0 ? `?${said}` : "";
    return this.address(`/ogc/collections/sites/tiles/WebMercatorQuad/{z}/{y}/{x}${query}`);
  }

  private source(id: string): GeoJSONSource {
    const found = this.map.getSource<GeoJSONSource>(id);
    if (!found) throw new Error(`the map has no source ${id}`);
    return found;
  }

  private addImage(id: string): void {
    if (this.map.hasImage(id)) return;
    if (id === "hatch") {
      const drawn = hatch(this.colour("--map-square"));
      if (drawn) this.map.addImage(id, drawn, { pixelRatio: 2 });
      return;
    }
    const [theme, status, group, cell] = id.split("/");
    if (theme !== "light" && theme !== "dark") return;
    const drawn = image(SIGN, status ?? "", group ?? "", cell === "cell", this.colour);
    if (drawn) this.map.addImage(id, drawn, { pixelRatio: 2 });
  }

  /** Draws what was chosen. Tiles are asked for anew only when their address changes. */
  update(state: State, isFirst = false): void {
    const before = this.state;
    this.state = state;
    if (!isFirst && !this.map.isStyleLoaded() && !this.map.getSource("sites")) return;
    const tiles = this.siteTiles();
    if (tiles !== this.tiles) {
      this.tiles = tiles;
      this.map.getSource<VectorTileSource>("sites")?.setTiles([tiles]);
    }
    const said = searchQuery(state);
    said.delete("status");
    const hits = isSearch(state) ? this.address(`/map/hits?${said}`) : "";
    if (hits !== this.hitsAddress) {
      this.hitsAddress = hits;
      void this.find(hits);
    } else if (state.day !== before.day || state.by !== before.by) {
      this.showHits();
    }
    if (state.missions && (isFirst || !before.missions)) {
      this.source("missions").setData(this.address("/ogc/collections/missions/items?limit=1000&f=json"));
    }
    void this.covers.show(state).catch((error: unknown) => this.told.failed(String(error instanceof Error ? error.message : error)));
    this.sync();
  }

  /** Fetches what a search found. */
  private async find(address: string): Promise<void> {
    this.hits = EMPTY;
    if (address) {
      const answer = await fetch(address).catch(() => null);
      if (address !== this.hitsAddress) return;
      // What a search refuses the list beside the map says in words.
      if (answer?.ok) this.hits = (await answer.json()) as GeoJSON.FeatureCollection;
    }
    this.showHits();
  }

  /** What was found, as it stood on the day: signs of several are counted of what is given here. */
  private showHits(): void {
    const { day, by } = this.state;
    if (day === null) return void this.source("hits").setData(this.hits);
    const come = this.hits.features.filter(({ properties }) => Number(properties?.[`since_${by}`] ?? Number.POSITIVE_INFINITY) <= day);
    const features = come.map((feature) => ({ ...feature, properties: { ...feature.properties, status: statusThen(feature.properties ?? {}, day) } }));
    this.source("hits").setData({ type: "FeatureCollection", features });
  }

  /** Changes of the drawn layers what differs from the wanted ones. */
  private sync(): void {
    const wanted = layers(this.drawing(), this.state.basemap >= 0);
    wanted.forEach((layer, i) => {
      const had = this.drawn[i];
      if (!had || had.id !== layer.id) return;
      const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
      const [filter, hadFilter] = [part(layer, "filter"), part(had, "filter")];
      if (differs(filter, hadFilter)) this.map.setFilter(layer.id, filter as never, { validate: false });
      for (const kind of ["layout", "paint"] as const) {
        const [now, then] = [part(layer, kind) ?? {}, part(had, kind) ?? {}] as [Record<string, unknown>, Record<string, unknown>];
        for (const name of Object.keys(now)) {
          if (!differs(now[name], then[name])) continue;
          if (kind === "layout") this.map.setLayoutProperty(layer.id, name as never, now[name] as never, { validate: false });
          else this.map.setPaintProperty(layer.id, name as never, now[name] as never, { validate: false });
        }
      }
    });
    this.drawn = wanted;
  }

  private tellMoved(): void {
    const b = this.map.getBounds();
    const within = (n: number, most: number): number => Math.min(Math.max(n, -most), most);
    this.told.moved([within(b.getWest(), 180), within(b.getSouth(), 85), within(b.getEast(), 180), within(b.getNorth(), 85)], this.map.getZoom());
  }

  /** Protected places among the tiles become the squares they are; the first day of all is told. */
  private lookAtSingles(): void {
    const source = isSearch(this.state) ? "hits" : "sites";
    const seen = this.map.querySourceFeatures(source, source === "sites" ? { sourceLayer: "sites" } : {});
    const squares = new Map<string, GeoJSON.Feature>();
    let first = Number.POSITIVE_INFINITY;
    for (const { geometry, properties } of seen) {
      for (const name of ["since_claimed", "since_assessed", "since_verified"]) {
        const day = Number(properties[name] ?? Number.NaN);
        if (day < first) first = day;
      }
      if (properties["place"] !== "generalised" || geometry.type !== "Point") continue;
      const [lon, lat] = geometry.coordinates;
      const id = String(properties["id"]);
      if (lon === undefined || lat === undefined || squares.has(id)) continue;
      // Tiles round positions; the grid does not.
      const at: [number, number] = [Number(lon.toFixed(4)), Number(lat.toFixed(4))];
      // A tile's properties have no prototype, which the worker cannot take.
      squares.set(id, { type: "Feature", properties: { ...properties }, geometry: { type: "Polygon", coordinates: [squareRing(at, Number(properties["grid_m"]))] } });
    }
    const key = [...squares.keys()].sort().join();
    if (key !== this.squaresShown) {
      this.squaresShown = key;
      this.source("squares").setData({ type: "FeatureCollection", features: [...squares.values()] });
    }
    if (Number.isFinite(first)) this.told.sawDay(first);
  }

  private squaresShown = "";

  private clicked(point: { x: number; y: number }): void {
    if (this.lasso.isActive) return;
    const around: [[number, number], [number, number]] = [[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]];
    const picked = this.map.queryRenderedFeatures(around, { layers: PICKED });
    const ids = [...new Set(picked.map((feature) => String(feature.properties["id"])))];
    if (ids.length > 0) {
      this.told.picked(ids);
      return;
    }
    const cell = this.map.queryRenderedFeatures(around, { layers: CELLS })[0];
    if (cell) this.into(cell);
  }

  /** Closer to a cell of several. */
  private into(cell: MapGeoJSONFeature): void {
    if (cell.geometry.type !== "Point") return;
    const [lon, lat] = cell.geometry.coordinates;
    if (lon === undefined || lat === undefined) return;
    this.map.easeTo({ center: [lon, lat], zoom: Math.min(this.map.getZoom() + 2.5, 18), duration: this.calm(600) });
  }

  private calm(ms: number): number {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : ms;
  }

  /** Rings a site; moves there where it is out of sight, or where asked to. */
  choose(site: Site | null, isNear = false): void {
    const ring = site?.gridMetres ? squareRing(site.at, site.gridMetres) : null;
    const geometry: GeoJSON.Geometry | null = !site ? null : ring ? { type: "Polygon", coordinates: [ring] } : { type: "Point", coordinates: [...site.at] };
    this.source("chosen").setData(geometry ? { type: "Feature", properties: {}, geometry } : EMPTY);
    if (!site) return;
    const isSeen = this.map.getBounds().contains([site.at[0], site.at[1]]);
    const zoom = Math.max(this.map.getZoom(), isNear ? 11 : 0);
    // Beside the panel, not under it.
    const wide = this.map.getContainer().clientWidth;
    const offset: [number, number] = wide > 700 ? [-Math.min(190, wide / 6), 0] : [0, -90];
    if (!isSeen || isNear) this.map.easeTo({ center: [site.at[0], site.at[1]], zoom, offset, duration: this.calm(500) });
  }

  /** Moves so that all of these are in view. */
  showAll(sites: readonly Site[]): void {
    const [first] = sites;
    if (!first) return;
    const box = sites.reduce((all, { at }) => all.extend([at[0], at[1]]), new maplibre.LngLatBounds([...first.at], [...first.at]));
    this.map.fitBounds(box, { padding: 60, maxZoom: 11, duration: this.calm(600) });
  }

  /** Begins or ends choosing by hand. */
  draw(way: Way | null): void {
    if (way) this.clearDrawn();
    this.lasso.begin(way);
  }

  clearDrawn(): void {
    this.source("drawn").setData(EMPTY);
  }

  /** The ring of what is in view. */
  viewRing(): Ring {
    const b = this.map.getBounds();
    const [w, s, e, n] = [Math.max(b.getWest(), -180), Math.max(b.getSouth(), -85), Math.min(b.getEast(), 180), Math.min(b.getNorth(), 85)];
    return [[w, s], [e, s], [e, n], [w, n], [w, s]];
  }

  resize(): void {
    this.map.resize();
  }
}

function part(layer: LayerSpecification, name: "filter" | "layout" | "paint"): unknown {
  return (layer as unknown as Record<string, unknown>)[name];
}

function hatch(colour: string): ImageData | null {
  const side = 16;
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.strokeStyle = colour;
  context.lineWidth = 2;
  for (const offset of [-side, 0, side]) {
    context.beginPath();
    context.moveTo(offset, side);
    context.lineTo(offset + side, 0);
    context.stroke();
  }
  return context.getImageData(0, 0, side, side);
}
