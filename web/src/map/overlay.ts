// A GeoTIFF of evidence laid over the map. Only what the reader may open: it is fetched from the
// evidence's own address, which refuses everybody else. What is in view is drawn, and drawn anew when
// the map has moved: memory is that of the screen, however large the file.

import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { open, type Picture } from "./geotiff";
import { boxOf, degrees, shared, type Box, type Ground } from "./ground";

/** Longest side of the drawing, in pixels. */
const LONGEST = 2_048;
/** How far beyond the view is drawn, of its side: so that a small move shows no edge. */
const BEYOND = 0.15;
const OUTLINE = "overlay-edge";

export class Overlay {
  private shown = 0;
  private asked = 0;
  private said = "";
  private readonly draw = (): void => void this.redraw();

  private constructor(
    private readonly map: MapLibre,
    private readonly picture: Picture,
    private readonly ground: Ground,
    private readonly told: (sentence: string) => void,
  ) {}

  /** Lays evidence over the map, below the layer named, and goes where it lies. `told` is given what hinders it later. */
  static async lay(map: MapLibre, evidence: string, below: string, colour: string, told: (sentence: string) => void): Promise<Overlay> {
    const picture = await open(`/evidence/${encodeURIComponent(evidence)}/file`);
    const ground = await picture.ground();
    const overlay = new Overlay(map, picture, ground, told);
    map.addSource(OUTLINE, { type: "geojson", data: { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: ground.outline() } } });
    map.addLayer({ id: OUTLINE, type: "line", source: OUTLINE, paint: { "line-color": colour, "line-width": 1.2 } }, below);
    const [west, south, east, north] = corners(ground.box);
    map.on("moveend", overlay.draw);
    map.fitBounds([west, south, east, north], { padding: 40, duration: 0 });
    await overlay.redraw();
    return overlay;
  }

  remove(): void {
    this.asked += 1;
    this.map.off("moveend", this.draw);
    this.clear(this.shown);
    if (this.map.getLayer(OUTLINE)) this.map.removeLayer(OUTLINE);
    if (this.map.getSource<GeoJSONSource>(OUTLINE)) this.map.removeSource(OUTLINE);
  }

  private clear(number: number): void {
    const id = `overlay-${number}`;
    if (this.map.getLayer(id)) this.map.removeLayer(id);
    if (this.map.getSource(id)) this.map.removeSource(id);
  }

  private async redraw(): Promise<void> {
    this.asked += 1;
    const turn = this.asked;
    const view = this.view();
    if (!view) return;
    const { box, width, height } = view;
    let sentence = "";
    let canvas: HTMLCanvasElement | null = null;
    try {
      canvas = await this.picture.within(box, width, height);
    } catch (error) {
      sentence = error instanceof Error ? error.message : "The image could not be drawn.";
    }
    // The map has moved on meanwhile, or something else is laid over it.
    if (turn !== this.asked) return;
    const before = this.shown;
    if (canvas) {
      const [west, south, east, north] = corners(box);
      this.shown = turn;
      this.map.addSource(`overlay-${turn}`, { type: "canvas", canvas, coordinates: [[west, north], [east, north], [east, south], [west, south]], animate: false });
      this.map.addLayer({ id: `overlay-${turn}`, type: "raster", source: `overlay-${turn}`, paint: { "raster-opacity": 0.92, "raster-fade-duration": 0, "raster-resampling": "nearest" } }, OUTLINE);
    }
    this.clear(before);
    if (sentence !== this.said) this.told((this.said = sentence));
  }

  /** What of the image is in view, and how many pixels it takes; nothing where none of it is. */
  private view(): { box: Box; width: number; height: number } | null {
    const bounds = this.map.getBounds();
    const seen = boxOf([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
    const [beyondX, beyondY] = [(seen[2] - seen[0]) * BEYOND, (seen[3] - seen[1]) * BEYOND];
    // The map may show the globe more than once, side by side.
    const turns = Math.round((seen[0] + seen[2]) / 2 - (this.ground.box[0] + this.ground.box[2]) / 2);
    const wide: Box = [seen[0] - beyondX - turns, seen[1] - beyondY, seen[2] + beyondX - turns, seen[3] + beyondY];
    const box = shared(wide, this.ground.box);
    if (!box) return null;
    const perUnit = (this.map.getContainer().clientWidth / (seen[2] - seen[0])) * devicePixelRatio;
    const scale = Math.min(perUnit, LONGEST / Math.max(box[2] - box[0], box[3] - box[1]));
    return { box, width: Math.max(1, Math.round((box[2] - box[0]) * scale)), height: Math.max(1, Math.round((box[3] - box[1]) * scale)) };
  }
}

function corners(box: Box): [west: number, south: number, east: number, north: number] {
  const [[west, north], [east, south]] = [degrees([box[0], box[1]]), degrees([box[2], box[3]])];
  return [west, south, east, north];
}
