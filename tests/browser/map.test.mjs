// The map: from the address and back into it, by pointer and by keyboard, with protected places as their
// cells, with nothing asked of another origin; and what is left of it without a script or WebGL.
import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openMapBrowser, openPage, serve, signIn } from './stele.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const ELSEWHERE = 'https://tiles.example.org';

/** A file of tiles within the folder, and an address elsewhere. */
function furtherBasemaps(data) {
  mkdirSync(join(data, 'maps'));
  copyFileSync(resolve(import.meta.dirname, '../../web/dist/basemap/world.pmtiles'), join(data, 'maps/own.pmtiles'));
  appendFileSync(join(data, 'stele.toml'), `
[[basemap]]
name = "File of tiles"
file = "maps/own.pmtiles"
attribution = "Natural Earth"

[[basemap]]
name = "Survey office"
tiles = "${ELSEWHERE}/{TileMatrix}/{TileRow}/{TileCol}.png"
attribution = "Survey office of nowhere"
`);
}

let server;
let browser;
before(async () => {
  server = await serve({ demo: true, prepare: furtherBasemaps });
  browser = await openMapBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A page with the map drawn and the list beside it filled. */
async function openMap(address, options = {}) {
  const opened = await openPage(browser, options);
  const elsewhere = [];
  opened.page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
  });
  opened.page.setDefaultTimeout(40_000);
  await opened.page.goto(server.url + address);
  await opened.page.locator('#map canvas').first().waitFor();
  await opened.page.locator('#map-list-says', { hasText: /in view|lies here/ }).waitFor();
  return { ...opened, elsewhere };
}

async function looked(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const wrong = found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 1) wrong.push(`scrolls sideways by ${sideways} pixels`);
  return wrong;
}

/** Ids of sites from the program's own search, by a word of their names. */
async function siteId(word) {
  const answer = await fetch(`${server.url}/map/hits?q=${encodeURIComponent(word)}`);
  const { features } = await answer.json();
  assert.ok(features.length > 0, `no site is found by ${word}`);
  return features[0].id;
}

test('the map draws, asks no other origin, and the script before it is small', async () => {
  const { page, problems, elsewhere } = await openMap('/map#map=7/39.8/46.8');
  await page.waitForFunction(() => performance.getEntriesByType('resource').some((r) => r.name.includes('world.pmtiles')));
  const sizes = await page.evaluate(() => performance.getEntriesByType('resource').filter((r) => r.initiatorType === 'script').map((r) => [r.name.split('/').pop(), r.decodedBodySize]));
  const before = sizes.filter(([name]) => ['review.js', 'map.js', 'preload-helper.js'].includes(name)).reduce((sum, [, size]) => sum + size, 0);
  assert.ok(before > 0 && before < 40_000, `script before the map: ${before} bytes`);
  // Something other than one colour was drawn.
  const shot = await page.locator('#map').screenshot();
  assert.ok(shot.length > 8_000, 'the map is not empty');
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(problems, []);
});

test('by keyboard: a site of the list is shown with its claims, and the address keeps it', async () => {
  const { page, problems } = await openMap('/map#map=10/39.76/46.75');
  const row = page.locator('#map-list button', { hasText: 'Yukhari Govhar Agha Mosque' });
  await row.focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('complementary', { name: 'Chosen on the map' });
  await panel.getByRole('heading', { level: 2 }).waitFor();
  await panel.getByRole('link', { name: 'Open the record' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'map-panel', 'the focus follows');
  assert.match(new URL(page.url()).searchParams.get('site') ?? '', /^[0-9a-z]+$/);
  assert.equal(await row.getAttribute('aria-current'), 'true');
  assert.deepEqual(await looked(page), []);
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'hidden' });
  assert.equal(new URL(page.url()).searchParams.get('site'), null);
  assert.equal(await row.evaluate((element) => element === document.activeElement), true, 'the focus comes back');
  assert.deepEqual(problems, []);
});

test('an address brings back words, statuses, date, switches and place', async () => {
  const { page, problems } = await openMap('/map?q=mosque&at=2021-06-30&by=claimed&show=areas&hide=lines&status=reported,verified#map=6/39.5/46.5');
  assert.equal(await page.getByLabel('Words, in any script').inputValue(), 'mosque');
  await page.locator('#map-notice', { hasText: /\d+ sites? found/ }).waitFor();
  assert.equal(await page.locator('#map-date-says').textContent(), '30 June 2021');
  assert.equal(await page.locator('#map-areas').isChecked(), true);
  assert.equal(await page.locator('#map-lines').isChecked(), false);
  assert.equal(await page.locator('#map-status-refuted').isChecked(), false);
  await page.getByText('Areas, itineraries, basemap').click();
  await page.locator('#map-lines').check();
  await page.locator('#map-today').click();
  const said = new URL(page.url()).searchParams;
  assert.equal(said.get('hide'), null);
  assert.equal(said.get('at'), null);
  assert.equal(said.get('status'), 'reported,verified');
  assert.match(page.url(), /#map=6\//);
  assert.deepEqual(problems, []);
});

test('the slider of time hides what was not yet claimed, and plays', async () => {
  const { page, problems } = await openMap('/map?q=mosque#map=4/35/40');
  const inView = async () => Number(/^(\d+)/.exec((await page.locator('#map-list-says').textContent()) ?? '')?.[1] ?? 0);
  const all = await inView();
  await page.locator('#map-date').focus();
  await page.keyboard.press('Home');
  await page.locator('#map-list-says', { hasText: /lies here|^[0-9]+ sites? in view/ }).waitFor();
  await page.waitForFunction((n) => Number(/^(\d+)/.exec(document.querySelector('#map-list-says')?.textContent ?? '')?.[1] ?? 0) < n, all);
  const play = page.locator('#map-play');
  await play.click();
  assert.equal(await play.getAttribute('aria-pressed'), 'true');
  await page.waitForFunction((was) => document.querySelector('#map-date')?.value !== was, await page.locator('#map-date').getAttribute('min'));
  await play.click();
  assert.equal(await play.getAttribute('aria-pressed'), 'false');
  assert.match(new URL(page.url()).searchParams.get('at') ?? '', /^\d{4}-\d\d-\d\d$/);
  assert.deepEqual(problems, []);
});

test('the picture follows the slider by every milestone', async () => {
  const { page, problems } = await openMap('/map?at=2021-06-30&by=assessed#map=4/40/46');
  await page.locator('#map-by').selectOption('verified');
  await page.waitForFunction(() => document.querySelector('#map-print').href.includes('by=verified'));
  assert.match(await page.locator('#map-print').getAttribute('href'), /at=2021-06-30&by=verified/);
  // The same day as a picture: nothing of the dossier was verified by then, and more than that was claimed.
  const total = async (query) => Number(/([\d,]+) sites?/.exec(await (await fetch(`${server.url}/map/picture.svg?bbox=20,30,70,50&${query}`)).text())?.[1]?.replace(',', '') ?? 0);
  const [all, claimed, verified] = [await total(''), await total('at=2021-06-30'), await total('at=2021-06-30&by=verified')];
  assert.ok(all > claimed && claimed > verified, `${all} ${claimed} ${verified}`);
  assert.deepEqual(problems, []);
});

test('what is in view, or in a box drawn by hand, is listed and can be taken along', async () => {
  const { page, problems } = await openMap('/map#map=8/39.8/46.8');
  await page.getByRole('button', { name: 'Choose what is in view' }).click();
  const panel = page.getByRole('complementary', { name: 'Chosen on the map' });
  await panel.getByRole('heading', { name: /\d+ sites? chosen/ }).waitFor();
  const csv = await panel.getByRole('link', { name: 'Export as CSV' }).getAttribute('href');
  const said = new URL(csv, server.url).searchParams;
  assert.match(said.get('filter'), /^S_INTERSECTS\(geometry,POLYGON\(\(.+\)\)\)$/);
  assert.equal(said.get('filter-lang'), 'cql2-text');
  const taken = await (await fetch(server.url + (await panel.getByRole('link', { name: 'Export as GeoJSON' }).getAttribute('href')))).json();
  const table = await fetch(server.url + csv);
  assert.match(table.headers.get('content-type'), /^text\/csv/);
  const lines = (await table.text()).trim().split(/\r?\n/);
  assert.match(lines[0], /^id,title,.*,lon,lat,WKT$/);
  assert.ok(lines.length > taken.features.length, 'a row for each site');
  const listed = await panel.getByRole('listitem').count();
  assert.ok(listed > 10 && taken.features.length === listed, `${listed} listed, ${taken.features.length} taken along`);
  await panel.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Choose by box' }).click();
  const box = await page.locator('#map').boundingBox();
  await page.mouse.move(box.x + 60, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 60, box.y + box.height - 60, { steps: 4 });
  await page.mouse.up();
  await panel.getByRole('heading', { name: /\d+ sites? chosen/ }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Choose by box' }).getAttribute('aria-pressed'), 'false');
  assert.deepEqual(problems, []);
});

test('statuses ticked off leave the map and the list', async () => {
  const { page, problems } = await openMap('/map#map=7/39.8/46.8');
  const says = page.locator('#map-list-says');
  const all = await says.textContent();
  await page.locator('#map-status-none').uncheck();
  await says.filter({ hasNotText: all }).waitFor();
  const rows = await page.locator('#map-list .map-row__about').allTextContents();
  assert.ok(rows.length > 0 && rows.every((row) => !row.includes('nothing is claimed')), rows.join('; '));
  assert.ok(!new URL(page.url()).searchParams.get('status').split(',').includes('none'));
  assert.deepEqual(problems, []);
});

test('a protected place is its cell, on the map, in its panel and in the picture', async () => {
  const id = await siteId('Taghlar');
  const hits = await (await fetch(`${server.url}/map/hits?q=Taghlar`)).json();
  const site = hits.features.find((f) => f.properties.place === 'generalised');
  assert.ok(site, 'the demo has a protected place');
  const { page, problems } = await openMap(`/map?site=${site.id}#map=10/${site.geometry.coordinates[1]}/${site.geometry.coordinates[0]}`);
  const panel = page.getByRole('complementary', { name: 'Chosen on the map' });
  await panel.getByText('Lies somewhere within the square').waitFor();
  const svg = await (await fetch(`${server.url}/map/picture.svg?bbox=46.5,39.3,47.4,40&width=800&height=600`)).text();
  assert.match(svg, /protected place lies somewhere within/);
  assert.ok(id);
  assert.deepEqual(problems, []);
});

for (const [name, options] of [
  ['wide and light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['very wide and dark', { viewport: { width: 2560, height: 1300 }, colorScheme: 'dark' }],
  ['narrow and dark', { viewport: { width: 320, height: 740 }, colorScheme: 'dark' }],
  ['narrow and light', { viewport: { width: 360, height: 740 }, colorScheme: 'light' }],
]) {
  test(`axe finds nothing on the map, ${name}`, async () => {
    const { page, problems } = await openMap('/map?q=church&show=areas,missions#map=5/41/44', options);
    await page.getByText('Areas, itineraries, basemap').click();
    await page.getByText('What the signs within mean').click();
    assert.deepEqual(await looked(page), []);
    assert.deepEqual(problems, []);
  });
}

test('without a script the form narrows and the server draws', async () => {
  const { page, problems } = await openPage(browser, { javaScriptEnabled: false });
  await page.goto(`${server.url}/map`);
  await page.getByLabel('Words, in any script').fill('mosque');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.waitForURL(/\/map\?.*q=mosque/);
  const picture = page.getByRole('img', { name: /Sites on the map/ });
  await picture.waitFor();
  assert.match(await picture.getAttribute('src'), /picture\.svg\?q=mosque&bbox=/);
  await page.getByRole('link', { name: 'a list' }).waitFor();
  assert.deepEqual(problems, []);
});

test('without WebGL the picture and the list remain', async () => {
  const { page, problems } = await openPage(browser);
  await page.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = new Proxy(HTMLCanvasElement.prototype.getContext, { apply: (get, canvas, args) => (String(args[0]).startsWith('webgl') ? null : Reflect.apply(get, canvas, args)) });
  });
  await page.goto(`${server.url}/map?q=mosque`);
  await page.getByText('This browser has no WebGL').waitFor();
  await page.getByRole('img', { name: /Sites on the map/ }).waitFor();
  await page.locator('#map-list button').first().waitFor();
  assert.deepEqual(await looked(page), []);
  assert.deepEqual(problems, []);
});

test('a picture refuses what it cannot draw, with the reason', async () => {
  for (const [query, reason] of [
    ['bbox=50,38,44,42', 'goes from west to east'],
    ['bbox=44,38,50', 'is four numbers'],
    ['bbox=NaN,0,1,1', 'is four numbers'],
    ['width=1', 'from 100 to 4000'],
    ['height=99999999999', 'from 100 to 4000'],
    ['at=someday', 'is a date'],
    ['area=nowhere%20at%20all', 'nowhere at all'],
  ]) {
    const answer = await fetch(`${server.url}/map/picture.svg?${query}`);
    assert.equal(answer.status, 400, query);
    assert.match((await answer.json()).detail, new RegExp(reason, 'i'), query);
  }
});

test('further basemaps: a file of the folder, and an address whose origin alone is allowed', async () => {
  const policy = (await fetch(`${server.url}/map`)).headers.get('content-security-policy');
  assert.match(policy, new RegExp(`connect-src 'self' ${ELSEWHERE};`));
  assert.match(policy, /worker-src 'self'$/);
  assert.ok(!policy.includes('blob:') && !policy.includes('unsafe'), policy);
  const other = (await fetch(`${server.url}/search`)).headers.get('content-security-policy');
  assert.ok(!other.includes(ELSEWHERE) && !other.includes('worker-src'), other);
  const part = await fetch(`${server.url}/map/basemap/0`, { headers: { range: 'bytes=0-6' } });
  assert.equal(part.status, 206);
  assert.equal(await part.text(), 'PMTiles');
  assert.equal((await fetch(`${server.url}/map/basemap/1`)).status, 404);
  assert.equal((await fetch(`${server.url}/map/basemap/..%2Fnode.key`)).status, 400);
  const { page, problems, context } = await openPage(browser);
  page.setDefaultTimeout(40_000);
  const asked = [];
  let hear;
  const first = new Promise((heard) => { hear = heard; });
  const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVQYV2NgAAIAAAUAAarVyFEAAAAASUVORK5CYII=', 'base64');
  await context.route(`${ELSEWHERE}/**`, (route) => {
    asked.push(new URL(route.request().url()).pathname);
    hear();
    return route.fulfill({ contentType: 'image/png', body: pixel, headers: { 'access-control-allow-origin': '*' } });
  });
  await page.goto(`${server.url}/map#map=4/40/45`);
  await page.getByText('Areas, itineraries, basemap').click();
  await page.getByLabel('Basemap', { exact: true }).selectOption('File of tiles');
  await page.getByText('Natural Earth', { exact: true }).last().waitFor();
  await page.getByLabel('Basemap', { exact: true }).selectOption('Survey office');
  await page.locator('.maplibregl-ctrl-attrib', { hasText: 'Survey office of nowhere' }).waitFor();
  assert.match(page.url(), /basemap=1/);
  await first;
  assert.ok(asked.every((path) => /^\/\d+\/\d+\/\d+\.png$/.test(path)), asked.join(' '));
  assert.deepEqual(problems, []);
});

/** A small GeoTIFF in degrees: each pixel of this grey. */
async function geotiff(grey) {
  const web = resolve(import.meta.dirname, '../../web/node_modules/geotiff/dist-module/geotiff.js');
  const { writeArrayBuffer } = await import(pathToFileURL(web));
  const [width, height] = [16, 12];
  const about = { width, height, GeographicTypeGeoKey: 4326, ModelPixelScale: [0.01, 0.01, 0], ModelTiepoint: [0, 0, 0, 46.7, 39.8, 0] };
  return Buffer.from(await writeArrayBuffer(new Uint8Array(width * height).fill(grey), about));
}

async function record(page, name, bytes, restriction) {
  await page.goto(`${server.url}/record/evidence`);
  await page.getByLabel('File').setInputFiles({ name, mimeType: name.endsWith('.tif') ? 'image/tiff' : 'image/png', buffer: bytes });
  await page.getByLabel('Who may open it').selectOption(restriction);
  await page.getByRole('main').getByRole('button', { name: /Record/ }).click();
  await page.waitForURL(/\/evidence\/[0-9a-z]+/);
  return new URL(page.url()).pathname.split('/')[2];
}

test('images of evidence: compared under a divider, laid over the map, and only for who may open them', async () => {
  const member = await openPage(browser);
  member.page.setDefaultTimeout(40_000);
  await signIn(member.page, server.url, 'recorder@demo.example');
  const before = await record(member.page, 'before.tif', await geotiff(40), 'public');
  const later = await record(member.page, 'after.tif', await geotiff(200), 'public');
  const kept = await record(member.page, 'photo.png', await member.page.screenshot({ clip: { x: 0, y: 0, width: 80, height: 60 } }), 'members');
  await member.page.goto(`${server.url}/evidence/${before}/compare`);
  await member.page.getByRole('link', { name: 'photo.png' }).waitFor();
  await member.page.getByRole('link', { name: 'after.tif' }).click();
  await member.page.getByText('cut to the ground they share').waitFor();
  const divider = member.page.getByRole('slider', { name: 'Divider' });
  await divider.focus();
  await member.page.keyboard.press('Home');
  assert.match(await divider.getAttribute('aria-valuetext'), /^0 percent first/);
  const greys = await member.page.evaluate(() => [...document.querySelectorAll('#compare-stage canvas')].map((c) => c.getContext('2d').getImageData(2, 2, 1, 1).data[0]));
  assert.deepEqual(greys, [40, 200]);
  assert.deepEqual(await looked(member.page), []);
  await member.page.getByLabel('Side by side').check();
  assert.deepEqual(member.problems, []);

  const visitor = await openMap(`/map?overlay=${before}`);
  await visitor.page.waitForFunction(() => location.hash.includes('/39.7') && location.hash.includes('/46.7'));
  assert.deepEqual(visitor.problems, []);
  for (const address of [`/evidence/${before}/compare/${kept}`, `/evidence/${kept}/compare`, `/evidence/${kept}/file`]) {
    const answer = await fetch(server.url + address);
    assert.ok([403, 404].includes(answer.status), `${address}: ${answer.status}`);
    assert.ok(!(await answer.text()).includes('photo.png'), address);
  }
});
