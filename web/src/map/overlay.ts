// A GeoTIFF of evidence laid over the map. Only what the reader may open: it is fetched from the
// evidence's own address, which refuses everybody else.

import type { Map as MapLibre } from "maplibre-gl";
import { readImage } from "./geotiff";

/** Lays evidence over the map, below the layer named. */
export async function overlay(map: MapLibre, evidence: string, below: string): Promise<void> {
  const picture = await readImage(`/evidence/${encodeURIComponent(evidence)}/file`);
  if (!picture.corners) throw new Error("This image does not say where on the globe it lies, so it cannot be laid over the map.");
  // As a canvas: an address of the image would have to be allowed by the page's policy.
  map.addSource("overlay", { type: "canvas", canvas: picture.canvas, coordinates: picture.corners, animate: false });
  map.addLayer({ id: "overlay-image", type: "raster", source: "overlay", paint: { "raster-opacity": 0.92, "raster-fade-duration": 0 } }, below);
  const [[west, north], , [east, south]] = picture.corners;
  map.fitBounds([west, south, east, north], { padding: 40, duration: 0 });
}
