// axe finds nothing on any page of the demo dossier, light and dark, narrow and wide; nothing scrolls sideways.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, serve, signIn, stele } from './stele.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const lists = ['claims', 'sites', 'aggregates', 'areas', 'missions', 'findings', 'assessments', 'sources', 'parties', 'instruments', 'obligations', 'links', 'evidence'];

let server;
let browser;
before(async () => {
  server = await serve({ demo: true });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

// A figure with items, and a sample drawn from them.
let drawn;
function sampled() {
  const of = (plural) => JSON.parse(stele('list', '--data', server.data, plural, '--json'));
  const figure = of('aggregates').find((one) => one.coverage.itemised > 1);
  drawn ??= JSON.parse(stele('sample', '--data', server.data, figure.id, '--size', '2', '--seed', 'axe', '--by', 'category,access', '--json'));
  return { figure: figure.address, plan: drawn.plan.address };
}

function addresses() {
  const of = (plural) => JSON.parse(stele('list', '--data', server.data, plural, '--json'));
  const records = lists.flatMap((plural) => of(plural).slice(0, 1)).map((record) => record.address);
  const linked = of('links').find((link) => link.data.kind === 'restates' || link.data.kind === 'repeats');
  return ['/', '/about', '/api', '/gallery', '/ledger', '/search', '/search?q=shusha', '/search?kind=site', '/search?q=nothingatall', '/sign-in', '/catalogue', '/data', '/vocabulary', '/vocabulary/terms', '/vocabulary/category', '/vocabulary/damage-grade/severe', `${records[0]}?as_of=${of('claims')[0].recorded.stamp}`, ...lists.map((plural) => `/${plural}`), ...records, `/lineage/${linked.data.from}`, sampled().figure, `${sampled().figure}/unlisted`, ...services, `/ogc/collections/sites/items/${of('sites')[0].id}`];
}

const services = ['/ogc', '/ogc/conformance', '/ogc/api', '/ogc/collections', '/ogc/collections/sites', '/ogc/collections/sites/items', '/ogc/collections/claims/items?status=', '/ogc/collections/sites/queryables', '/ogc/collections/sites/sortables', '/ogc/collections/sites/schema'];
const members = ['/tokens', '/read-in', '/read-list', '/record', '/record/site', '/record/claim', '/record/finding', '/record/mission'];

async function look(page, url) {
  await page.goto(url);
  // The page's own policy forbids scripts that are not its own; axe comes in as the browser's.
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const wrong = found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 1) wrong.push(`scrolls sideways by ${sideways} pixels`);
  return wrong;
}

for (const [name, options] of [
  ['wide and light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['narrow and dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
]) {
  test(`axe finds nothing, ${name}`, async () => {
    const { page, problems } = await openPage(browser, options);
    const wrong = [];
    for (const address of addresses()) {
      for (const problem of await look(page, server.url + address)) wrong.push(`${address}: ${problem}`);
    }
    await signIn(page, server.url, 'verifier-1@demo.example');
    const { figure, plan } = sampled();
    const sampling = [`/sample?aggregate=${figure.split('/')[2]}`, plan, `${plan}/visit`, '/sampling-plans', `${figure}/by-rule`, `${figure}/missing?what=finding`];
    for (const address of [...members, ...sampling]) {
      for (const problem of await look(page, server.url + address)) wrong.push(`${address}: ${problem}`);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(problems, []);
  });
}

test('the first page tells what it is for', async () => {
  const { page } = await openPage(browser);
  await page.goto(server.url);
  await page.getByText('One never passes for another.').waitFor();
  const statuses = await page.locator('.steps li').allTextContents();
  assert.equal(statuses.length, 3);
  assert.ok(await page.locator('.party-card').count() >= 4, 'several parties');
  await page.getByText('accounts differ').first().waitFor();
});
