// MapLibre GL JS and the reader of PMTiles, in a chunk that only a page with a map fetches.

import * as gl from "maplibre-gl";
import { Protocol } from "pmtiles";

const protocol = new Protocol();
gl.addProtocol("pmtiles", protocol.tile);

export default gl;
