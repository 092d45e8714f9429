// What lies between the basemap and the sites: a further basemap from the settings, and evidence laid over.

import { PMTiles, TileType } from "pmtiles";
import type { LayerSpecification, Map as MapLibre, SourceSpecification } from "maplibre-gl";
import type { Config, ExtraBasemap } from "./config";
import { ABOVE_BASEMAP } from "./layers";
import type { State } from "./state";

const COVER = "cover";

export class Covers {
  private shown = -1;
  private overlay: string | null = null;
  private laid: { remove(): void } | null = null;

  constructor(
    private readonly map: MapLibre,
    private readonly config: Config,
    private readonly edge: () => string,
    private readonly told: (sentence: string) => void,
  ) {}

  /** Puts the chosen basemap in place of the program's own, and the chosen evidence over it. */
  async show(state: State): Promise<void> {
    if (state.basemap !== this.shown) {
      this.shown = state.basemap;
      this.clear(COVER);
      const basemap = this.config.basemaps[state.basemap];
      if (basemap) await this.cover(basemap);
    }
    if (state.overlay !== this.overlay) {
      this.overlay = state.overlay;
      this.laid?.remove();
      this.laid = null;
      if (state.overlay) {
        const { Overlay } = await import("./overlay");
        const laid = await Overlay.lay(this.map, state.overlay, ABOVE_BASEMAP, this.edge(), this.told);
        // Another may have been chosen meanwhile.
        if (this.overlay === state.overlay) this.laid = laid;
        else laid.remove();
      }
    }
  }

  private clear(prefix: string): void {
    for (const layer of this.map.getStyle().layers) if (layer.id.startsWith(`${prefix}-`)) this.map.removeLayer(layer.id);
    if (this.map.getSource(prefix)) this.map.removeSource(prefix);
  }

  private async cover(basemap: ExtraBasemap): Promise<void> {
    const attribution = basemap.attribution ?? "";
    const maxzoom = basemap.maxZoom === null ? {} : { maxzoom: basemap.maxZoom };
    if (basemap.kind === "tiles") {
      this.put({ type: "raster", tiles: [basemap.url], tileSize: 256, attribution, ...maxzoom }, [{ id: "cover-raster", type: "raster", source: COVER }]);
      return;
    }
    const url = new URL(basemap.url, location.href).href;
    const file = new PMTiles(url);
    const [header, about] = await Promise.all([file.getHeader(), file.getMetadata()]);
    const isVector = header.tileType === TileType.Mvt;
    const source = { url: `pmtiles://${url}`, attribution };
    if (isVector) this.put({ type: "vector", ...source }, vectorLayers(about));
    else this.put({ type: "raster", tileSize: 256, ...source }, [{ id: "cover-raster", type: "raster", source: COVER }]);
  }

  private put(source: SourceSpecification, layers: LayerSpecification[]): void {
    this.map.addSource(COVER, source);
    for (const layer of layers) this.map.addLayer(layer, ABOVE_BASEMAP);
  }
}

/** Layers of whatever a vector file has, in one quiet ink: what they mean is the file's. */
function vectorLayers(about: unknown): LayerSpecification[] {
  const named = typeof about === "object" && about !== null && "vector_layers" in about ? about.vector_layers : [];
  const ids = (Array.isArray(named) ? named : []).map((layer: { id?: unknown }) => String(layer.id));
  const kind = (wanted: string): ["==", ["geometry-type"], string] => ["==", ["geometry-type"], wanted];
  return ids.flatMap((id): LayerSpecification[] => {
    const isWater = /water|ocean|sea|lake/.test(id);
    const from = { source: COVER, "source-layer": id };
    return [
      { id: `cover-${id}-fill`, type: "fill", ...from, filter: kind("Polygon"), paint: { "fill-color": isWater ? "#8fb0bf" : "#8d8778", "fill-opacity": isWater ? 0.5 : 0.12 } },
      { id: `cover-${id}-line`, type: "line", ...from, filter: kind("LineString"), paint: { "line-color": isWater ? "#6f9bb0" : "#8d8778", "line-width": 0.8 } },
    ];
  });
}
