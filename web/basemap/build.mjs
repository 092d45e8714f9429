// Makes the basemap that the program carries, from Natural Earth (public domain) and CLDR:
//   dist/basemap/world.pmtiles   land, lakes, rivers and boundary lines in vector tiles, zoom 0 to 6
//   dist/basemap/labels.json     countries and places: where their names stand
//   dist/basemap/names/LANG.json what places are called in a language
//   dist/basemap/outlines.json   land and lines at low resolution, for the pictures that the server draws
// Fetches once; the result is kept in the user's cache under a hash of everything it is made from.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { GeoJSONVT } from "@maplibre/geojson-vt";
import { fromGeojsonVt } from "@maplibre/vt-pbf";
import { archive } from "./pmtiles.mjs";

const HERE = import.meta.dirname;
const DIST = join(HERE, "../dist/basemap");
const MAX_ZOOM = 6;
/** Which scale of the data a zoom is drawn from. */
const SCALE_OF_ZOOM = ["110m", "110m", "110m", "50m", "50m", "10m", "10m"];
const LAYERS = ["land", "lakes", "rivers", "boundaries"];
const EXTENT = 4096;

const read = (folder, name) => JSON.parse(readFileSync(join(folder, name), "utf8"));

function* addresses(lowest, highest) {
  for (let z = lowest; z <= highest; z += 1) {
    for (let x = 0; x < 2 ** z; x += 1) for (let y = 0; y < 2 ** z; y += 1) yield [z, x, y];
  }
}

function tiles(folder) {
  const made = new Map();
  for (const scale of new Set(SCALE_OF_ZOOM)) {
    const lowest = SCALE_OF_ZOOM.indexOf(scale);
    const highest = SCALE_OF_ZOOM.lastIndexOf(scale);
    for (const name of LAYERS) {
      const index = new GeoJSONVT(read(folder, `${name}-${scale}.json`), { maxZoom: highest, extent: EXTENT, buffer: 64 });
      for (const [z, x, y] of addresses(lowest, highest)) {
        const tile = index.getTile(z, x, y);
        if (!tile || tile.features.length === 0) continue;
        const key = `${z}/${x}/${y}`;
        made.set(key, { ...made.get(key), [name]: tile });
      }
    }
  }
  return [...made].map(([key, layers]) => {
    const [z, x, y] = key.split("/").map(Number);
    return { z, x, y, bytes: fromGeojsonVt(layers, { version: 2, extent: EXTENT }) };
  });
}

/** Where names stand. A country: code, English name, longitude, latitude, zooms; a place: English name, longitude, latitude, rank, capital. */
function labels(folder) {
  const at = (degrees) => Number(degrees.toFixed(3));
  const countries = read(folder, "countries.json").map((c) => [c.code, c.name, at(c.lon), at(c.lat), c.from, c.to]);
  const places = read(folder, "places.json").features;
  places.sort((a, b) => a.properties.rank - b.properties.rank || b.properties.people - a.properties.people);
  return {
    countries,
    places: places.map(({ properties: p, geometry: g }) => [p.name, at(g.coordinates[0]), at(g.coordinates[1]), p.rank, p.capital ? 1 : 0]),
  };
}

/** For each language, the names of places that it writes otherwise than the list does. */
function names(folder, places) {
  const byLanguage = read(folder, "cities.json");
  const zoneOf = new Map(Object.entries(byLanguage.en).map(([zone, city]) => [city, zone]));
  const largest = new Set();
  const known = places.filter(([name, , , rank]) => rank <= 7 && zoneOf.has(name) && !largest.has(name) && largest.add(name));
  return Object.entries(byLanguage).map(([language, cities]) => {
    const said = known.map(([name]) => [name, cities[zoneOf.get(name)]]).filter(([name, word]) => word && word !== name);
    return [language, Object.fromEntries(said)];
  });
}

/** Rings and lines in hundredths of a degree, each point after the first as the step from the one before. */
function outlines(folder) {
  const steps = (points) => {
    const flat = [];
    let [x, y] = [0, 0];
    for (const [lon, lat] of points) {
      const [nx, ny] = [Math.round(lon * 100), Math.round(lat * 100)];
      if (flat.length > 0 && nx === x && ny === y) continue;
      flat.push(nx - x, ny - y);
      [x, y] = [nx, ny];
    }
    return flat;
  };
  const parts = ({ type, coordinates }) => (type === "MultiPolygon" ? coordinates.flat() : type === "LineString" ? [coordinates] : coordinates);
  const all = (name, keep = () => true) => read(folder, name).features.filter(keep).flatMap((f) => parts(f.geometry)).map(steps);
  return {
    land: all("land-50m.json").filter((ring) => ring.length >= 8),
    lakes: all("lakes-50m.json", (f) => f.properties.rank <= 1).filter((ring) => ring.length >= 8),
    boundaries: all("boundaries-50m.json", (f) => f.properties.kind === "boundary"),
    disputed: all("boundaries-50m.json", (f) => f.properties.kind === "disputed"),
  };
}

function make(out) {
  const folder = mkdtempSync(join(tmpdir(), "stele-basemap-"));
  try {
    execFileSync("python3", [join(HERE, "gather.py"), folder], { stdio: ["ignore", "ignore", "inherit"] });
    mkdirSync(join(out, "names"), { recursive: true });
    const layers = LAYERS.map((id) => ({ id, fields: {} }));
    const about = { name: "World", attribution: "Natural Earth (public domain)", vector_layers: layers };
    writeFileSync(join(out, "world.pmtiles"), archive(tiles(folder), about, MAX_ZOOM));
    const label = labels(folder);
    writeFileSync(join(out, "labels.json"), JSON.stringify(label));
    for (const [language, said] of names(folder, label.places)) {
      if (Object.keys(said).length > 0) writeFileSync(join(out, "names", `${language}.json`), JSON.stringify(said));
    }
    writeFileSync(join(out, "outlines.json"), JSON.stringify(outlines(folder)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const from = ["build.mjs", "gather.py", "pmtiles.mjs", "sources.txt", "../package-lock.json"].map((name) => readFileSync(join(HERE, name)));
const hash = from.reduce((sum, bytes) => sum.update(bytes), createHash("sha256")).digest("hex").slice(0, 16);
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "stele");
const ready = join(cache, `basemap-${hash}`);
if (!existsSync(ready)) {
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, "draft-"));
  make(draft);
  // Another build may have been quicker; both made the same.
  if (existsSync(ready)) rmSync(draft, { recursive: true });
  else renameSync(draft, ready);
}
cpSync(ready, DIST, { recursive: true });
