// Stands in for the tiles and items of sites while they are not built: made from what /map/hits answers.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = resolve(import.meta.dirname, '../../web/node_modules/@maplibre');
const { GeoJSONVT } = await import(pathToFileURL(`${modules}/geojson-vt/dist/geojson-vt.mjs`));
const { fromGeojsonVt } = await import(pathToFileURL(`${modules}/vt-pbf/dist/index.es.js`));

export async function standIn(page, url) {
  const answer = await fetch(`${url}/map/hits?kind=site`);
  const { features } = await answer.json();
  const all = { type: 'FeatureCollection', features };
  const index = new GeoJSONVT(all, { maxZoom: 14, buffer: 0 });
  await page.route(/\/ogc\/collections\/(sites|areas)\/tiles\//, async (route) => {
    const [, id, z, y, x] = /collections\/(\w+)\/tiles\/WebMercatorQuad\/(\d+)\/(\d+)\/(\d+)/.exec(route.request().url());
    const tile = id === 'sites' ? index.getTile(Number(z), Number(x), Number(y)) : null;
    if (!tile) return route.fulfill({ status: 204 });
    if (Number(z) < 8 && tile.features.length > 3) {
      const n = tile.features.length;
      const tally = {};
      for (const { tags } of tile.features) tally[`n_${tags.status ?? 'none'}`] = (tally[`n_${tags.status ?? 'none'}`] ?? 0) + 1;
      const mean = (i) => Math.round(tile.features.reduce((sum, f) => sum + f.geometry[0][i], 0) / n);
      tile.features = [{ type: 1, geometry: [[mean(0), mean(1)]], tags: { count: n, ...tally } }];
    }
    return route.fulfill({ status: 200, contentType: 'application/vnd.mapbox-vector-tile', body: Buffer.from(fromGeojsonVt({ sites: tile }, { version: 2, extent: 4096 })) });
  });
  await page.route(/\/ogc\/collections\/(\w+)\/items/, async (route) => {
    const at = new URL(route.request().url());
    if (at.pathname.includes('missions')) return route.fulfill({ json: { type: 'FeatureCollection', features: [] } });
    const one = /items\/([^/?]+)/.exec(at.pathname);
    if (one) return route.fulfill({ json: features.find((f) => f.id === one[1]) });
    let kept = features;
    const bbox = at.searchParams.get('bbox')?.split(',').map(Number);
    if (bbox) kept = kept.filter(({ geometry: { coordinates: [x, y] } }) => x >= bbox[0] && y >= bbox[1] && x <= bbox[2] && y <= bbox[3]);
    const status = at.searchParams.get('status')?.split(',');
    if (status) kept = kept.filter((f) => status.includes(f.properties.status ?? 'none'));
    const limit = Number(at.searchParams.get('limit') ?? 10);
    return route.fulfill({ json: { type: 'FeatureCollection', features: kept.slice(0, limit), numberMatched: kept.length, links: [] } });
  });
}
