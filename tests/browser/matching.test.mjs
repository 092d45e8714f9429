// The queue of pairs: a search from the page, decisions by button and by key, undo; axe finds nothing.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, password, serve, signIn, stele } from './stele.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const places = [
  ['Ghazanchetsots Cathedral', 'Собор Казанчецоц', 46.7472, 39.7583],
  ['Govhar Agha Mosque', 'Мечеть Говхар-аги', 46.751, 39.757],
  ['Gandzasar', 'Гандзасар', 46.531, 40.057],
  ['Tigranakert', 'Тигранакерт', 46.906, 40.065],
  ['Dadivank', 'Дадиванк', 46.288, 40.161],
  ['Amaras', 'Амарас', 47.057, 39.684],
];

let server;
let browser;
before(async () => {
  server = await serve();
  browser = await openBrowser();
  const site = (name, lang, lon, lat) => ({
    type: 'site',
    data: { kind: 'place', names: [{ text: name, lang }], category: 'monument', location: { geometry: { type: 'Point', coordinates: [lon, lat] }, uncertainty_m: 200 } },
  });
  const records = places.flatMap(([latin, cyrillic, lon, lat], k) => [
    { id: `@a-${k}`, ...site(latin, 'en', lon, lat) },
    { id: `@b-${k}`, ...site(cyrillic, 'ru', lon + 0.001, lat) },
  ]);
  const file = join(server.data, '..', 'sites.json');
  writeFileSync(file, JSON.stringify(records));
  stele('record', '--data', server.data, file);
  stele('match', '--data', server.data, '--duplicates', '--json');
  const { page, context } = await openPage(browser);
  await page.goto(server.url + server.link);
  await page.getByLabel(/password/i).first().fill(password);
  await page.getByRole('main').getByRole('button').first().click();
  await page.waitForURL(`${server.url}/`);
  await context.close();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function look(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const wrong = found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 1) wrong.push(`scrolls sideways by ${sideways} pixels`);
  return wrong;
}

const standing = (kind) => JSON.parse(stele('list', '--data', server.data, 'links', '--json')).filter((l) => l.data.kind === kind && l.status !== 'undone' && !l.data.undoes).length;

for (const [name, options] of [
  ['wide and light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['narrow and dark', { viewport: { width: 320, height: 740 }, colorScheme: 'dark' }],
]) {
  test(`axe finds nothing in the queue and on a pair, ${name}`, async () => {
    const { page, problems } = await openPage(browser, options);
    await signIn(page, server.url, 'admin@test.example');
    await page.goto(`${server.url}/matching`);
    await page.getByText('What may be expected').click();
    assert.deepEqual(await look(page), []);
    await page.goto(`${server.url}/matching/next`);
    await page.getByRole('heading', { name: 'Are these the same?' }).waitFor();
    assert.deepEqual(await look(page), []);
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `matching-${name.replaceAll(' ', '-')}.png`), fullPage: true });
    assert.deepEqual(problems, []);
  });
}

test('pairs are decided by button and by key, and a decision is undone', async () => {
  const { page, problems } = await openPage(browser);
  await signIn(page, server.url, 'admin@test.example');
  await page.goto(`${server.url}/matching/next`);
  const first = page.url();
  await page.getByRole('button', { name: 'The same', exact: true }).click();
  await page.waitForURL((url) => url.href !== first);
  assert.equal(standing('same_as'), 1);
  const second = page.url();
  await page.keyboard.press('d');
  await page.waitForURL((url) => url.href !== second);
  assert.equal(standing('different_from'), 1);
  // What was decided says so and offers no decision.
  await page.goto(first);
  await page.getByText('decided on').waitFor();
  assert.equal(await page.getByRole('button', { name: 'The same', exact: true }).count(), 0);
  await page.goto(`${server.url}/matching`);
  await page.getByRole('listitem').filter({ hasText: ': the same' }).getByRole('button').click();
  await page.getByText(/^undone /).waitFor();
  assert.equal(standing('same_as'), 0);
  assert.deepEqual(problems, []);
});

test('without scripts the queue works as forms', async () => {
  const { page } = await openPage(browser, { javaScriptEnabled: false });
  await signIn(page, server.url, 'admin@test.example');
  await page.goto(`${server.url}/matching/next`);
  const before = standing('different_from');
  await page.getByRole('button', { name: 'Not the same', exact: true }).click();
  assert.equal(standing('different_from'), before + 1);
});
