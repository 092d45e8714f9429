// Images of evidence over the map and under the divider: placed where GDAL places them, in any system, and read
// only as far as they are seen.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openMapBrowser, openPage, serve, signIn } from './stele.mjs';

const gdal = ['/usr/bin', '/usr/local/bin'].find((folder) => existsSync(join(folder, 'gdalwarp')));
const skip = gdal ? false : 'gdalwarp is not here (apt install gdal-bin)';
const folder = mkdtempSync(join(tmpdir(), 'stele-images-'));
const at = (name) => join(folder, name);
const run = (program, ...args) => execFileSync(join(gdal, program), ['-q', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });

/** An image of the zone of UTM by its geotransform: origin, and the steps of a column and of a row. */
function turn(image, vrt, [x, columnX, rowX, y, columnY, rowY]) {
  run('gdal_translate', '-of', 'VRT', '-a_srs', 'EPSG:32638', image, vrt);
  const placed = `<GeoTransform>${[x, columnX, rowX, y, columnY, rowY].join(', ')}</GeoTransform>`;
  writeFileSync(vrt, readFileSync(vrt, 'utf8').replace('</SRS>', `</SRS>${placed}`));
}

/** A picture of fields, each of one grey, with noise in them that no packing makes small. */
function fields(side, noise) {
  const bytes = Buffer.alloc(side * side);
  const random = randomBytes(side * side);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const field = (Math.floor((x * 8) / side) * 3 + Math.floor((y * 8) / side) * 5) % 16;
      bytes[y * side + x] = 8 + field * 15 + (noise ? random[y * side + x] % noise : 0);
    }
  }
  return Buffer.concat([Buffer.from(`P5 ${side} ${side} 255\n`), bytes]);
}

let server;
let browser;
before(async () => {
  if (skip) return;
  writeFileSync(at('small.pgm'), fields(512, 0));
  writeFileSync(at('large.pgm'), fields(4096, 15));
  // 20 km a side near Shusha, in the zone of UTM.
  const utm = ['-a_srs', 'EPSG:32638', '-a_ullr', '640000', '4410000', '660000', '4390000'];
  run('gdal_translate', ...utm, at('small.pgm'), at('utm.tif'));
  run('gdalwarp', '-t_srs', 'EPSG:4326', '-r', 'near', '-dstalpha', at('utm.tif'), at('degrees.tif'));
  run('gdalwarp', '-t_srs', 'EPSG:28408', '-r', 'near', '-dstalpha', at('utm.tif'), at('gauss.tif'));
  run('gdal_translate', ...utm, '-of', 'COG', '-co', 'COMPRESS=DEFLATE', at('large.pgm'), at('large.tif'));
  run('gdal_translate', ...utm.slice(2), '-a_srs', '+proj=aea +lat_1=38 +lat_2=42 +lon_0=47', at('small.pgm'), at('own.tif'));
  run('gdal_translate', at('small.pgm'), at('nowhere.tif'));
  // The same ground photographed askew: rows run to the north-east.
  const [sin, cos] = [Math.sin(0.5), Math.cos(0.5)].map((n) => n * 40);
  turn(at('small.pgm'), at('turned.vrt'), [641_000, cos, sin, 4_399_000, sin, -cos]);
  run('gdal_translate', at('turned.vrt'), at('turned.tif'));
  run('gdalwarp', '-t_srs', 'EPSG:32638', '-r', 'near', '-dstalpha', at('turned.vrt'), at('straight.tif'));
  // Nothing in the west half, said in three ways.
  writeFileSync(at('east.pgm'), Buffer.concat([Buffer.from('P5 512 512 255\n'), Buffer.alloc(512 * 512).map((_, i) => (i % 512 < 256 ? 0 : 255))]));
  run('gdalbuildvrt', '-separate', at('both.vrt'), at('small.pgm'), at('east.pgm'));
  run('gdal_translate', ...utm, '-b', '1', '-mask', '2', '--config', 'GDAL_TIFF_INTERNAL_MASK', 'YES', at('both.vrt'), at('masked.tif'));
  run('gdal_translate', ...utm, '-colorinterp_2', 'alpha', '-co', 'ALPHA=YES', at('both.vrt'), at('alpha.tif'));
  writeFileSync(at('bare.pgm'), fields(512, 0).map((value, i, all) => (i >= all.length - 512 * 512 && (i - (all.length - 512 * 512)) % 512 < 256 ? 3 : value)));
  run('gdal_translate', ...utm, '-a_nodata', '3', at('bare.pgm'), at('nodata.tif'));
  server = await serve({ demo: true });
  browser = await openMapBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function record(page, name) {
  await page.goto(`${server.url}/record/evidence`);
  await page.getByLabel('File').setInputFiles({ name, mimeType: 'image/tiff', buffer: readFileSync(at(name)) });
  await page.getByLabel('Who may open it').selectOption('public');
  await page.getByRole('main').getByRole('button', { name: /Record/ }).click();
  await page.waitForURL(/\/evidence\/[0-9a-z]+/);
  return new URL(page.url()).pathname.split('/')[2];
}

/** Counts the bytes of files of evidence that a page is sent. */
function counted(page) {
  const told = { bytes: 0, whole: 0 };
  page.on('response', (response) => {
    if (!response.url().endsWith('/file')) return;
    told.bytes += Number(response.headers()['content-length'] ?? 0);
    if (response.status() === 200) told.whole += 1;
  });
  return told;
}

/** How many pixels the first of two images under the divider has, how many of them the second has, and how many alike. */
async function compared(page, ids, [one, other]) {
  await page.goto(`${server.url}/evidence/${ids[one]}/compare/${ids[other]}`);
  await page.getByText('cut to the ground they share').waitFor();
  return page.evaluate(() => {
    const [a, b] = [...document.querySelectorAll('#compare-stage canvas')].map((c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data);
    let [first, both, alike] = [0, 0, 0];
    for (let i = 0; i < a.length; i += 4) {
      if (a[i + 3] === 0) continue;
      first += 1;
      if (b[i + 3] === 0) continue;
      both += 1;
      if (a[i] === b[i]) alike += 1;
    }
    return { first, both, alike };
  });
}

test('an image lies where GDAL puts it, in degrees, zones, or turned', { skip }, async () => {
  const { page, problems } = await openPage(browser);
  page.setDefaultTimeout(40_000);
  await signIn(page, server.url, 'recorder@demo.example');
  const ids = {};
  for (const name of ['utm.tif', 'degrees.tif', 'gauss.tif', 'turned.tif', 'straight.tif']) ids[name] = await record(page, name);
  for (const pair of [['utm.tif', 'degrees.tif'], ['utm.tif', 'gauss.tif'], ['turned.tif', 'straight.tif']]) {
    const { first, both, alike } = await compared(page, ids, pair);
    assert.ok(first > 1_000_000 && both > 0.97 * first, `${pair}: ${both} of ${first} pixels have both`);
    // At the edges of fields a pixel of one falls beside that of the other.
    assert.ok(alike / both > 0.97, `${pair}: ${alike} of ${both} are alike`);
  }
  assert.deepEqual(problems, []);
});

test('where an image holds nothing, nothing is drawn', { skip }, async () => {
  const { page, problems } = await openPage(browser);
  page.setDefaultTimeout(40_000);
  await signIn(page, server.url, 'recorder@demo.example');
  const ids = {};
  for (const name of ['utm.tif', 'masked.tif', 'alpha.tif', 'nodata.tif']) ids[name] = await record(page, name);
  for (const other of ['masked.tif', 'alpha.tif', 'nodata.tif']) {
    const { first, both, alike } = await compared(page, ids, ['utm.tif', other]);
    assert.ok(Math.abs(both / first - 0.5) < 0.01, `${other}: ${both} of ${first} pixels are drawn`);
    assert.ok(alike / both > 0.97, `${other}: ${alike} of ${both} are alike`);
  }
  assert.deepEqual(problems, []);
});

test('of a large file only what is seen is fetched', { skip }, async () => {
  const { page, problems } = await openPage(browser, { viewport: { width: 1200, height: 800 } });
  page.setDefaultTimeout(40_000);
  await signIn(page, server.url, 'recorder@demo.example');
  const id = await record(page, 'large.tif');
  const size = statSync(at('large.tif')).size;
  assert.ok(size > 6_000_000, `${size} bytes`);
  const told = counted(page);
  await page.goto(`${server.url}/map?overlay=${id}`);
  await page.waitForFunction(() => location.hash.includes('/39.7'));
  await page.waitForLoadState('networkidle');
  assert.equal(told.whole, 0, 'never the whole file');
  assert.ok(told.bytes > 0 && told.bytes < size / 4, `${told.bytes} of ${size} bytes from afar`);
  const afar = told.bytes;
  // The page has been idle once and counts as that for good: what it fetches for a nearer look is waited for.
  const more = page.waitForResponse((response) => response.url().endsWith('/file') && response.status() === 206);
  await page.evaluate(() => { location.hash = location.hash.replace(/map=[^/]+/, 'map=15'); });
  await more;
  assert.ok(told.bytes > afar && told.bytes < size / 2, `${told.bytes} of ${size} bytes from near`);
  assert.deepEqual(problems, []);
});

test('what cannot be laid over the map says why', { skip }, async () => {
  const { page } = await openPage(browser);
  page.setDefaultTimeout(40_000);
  await signIn(page, server.url, 'recorder@demo.example');
  for (const [name, reason] of [['own.tif', /coordinate system of its own/], ['nowhere.tif', /does not say/]]) {
    const id = await record(page, name);
    await page.goto(`${server.url}/map?overlay=${id}`);
    await page.locator('#map-notice', { hasText: reason }).waitFor();
  }
});

test('a file is served in parts, to who may open it', { skip }, async () => {
  const { page } = await openPage(browser);
  await signIn(page, server.url, 'recorder@demo.example');
  const id = await record(page, 'utm.tif');
  const file = `${server.url}/evidence/${id}/file`;
  const whole = await fetch(file);
  const tag = whole.headers.get('etag');
  assert.equal(whole.headers.get('accept-ranges'), 'bytes');
  const bytes = Buffer.from(await whole.arrayBuffer());
  assert.deepEqual(bytes, readFileSync(at('utm.tif')));
  const part = await fetch(file, { headers: { range: 'bytes=4-7' } });
  assert.equal(part.status, 206);
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(4, 8));
  assert.equal((await fetch(file, { headers: { 'if-none-match': tag } })).status, 304);
  assert.equal((await fetch(file, { headers: { range: 'bytes=999999999-' } })).status, 416);
});
