// Without JavaScript: items linked by rule and undone, a sample shown and drawn, the list to take along.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, serve, signIn, stele } from './stele.mjs';

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

const figures = () => JSON.parse(stele('list', '--data', server.data, 'aggregates', '--json'));

/** Two verifiers publish that the first site was damaged; the others were not reached, as a report says. */
async function found(plan) {
  const accounts = JSON.parse(stele('user', '--data', server.data, 'list', '--json'));
  const [author, reviewer] = ['verifier-1', 'verifier-2'].map((name) => accounts.find((one) => one.email.startsWith(name)));
  const list = (kind) => JSON.parse(stele('list', '--data', server.data, kind, '--json'));
  const record = (as, ...records) => {
    const file = join(tmpdir(), `stele-sampling-${process.pid}.json`);
    writeFileSync(file, JSON.stringify(records));
    return JSON.parse(stele('record', '--data', server.data, file, '--as', as.email, '--json')).recorded.flatMap((one) => one.ids);
  };
  const desk = list('parties').find((one) => one.title === 'UNESCO').id;
  const [first, ...rest] = plan.sites.map((one) => one.site);
  const seen = { organisation: desk, observed: '2027-01-10', method: 'on_site', certainty: 'high', observers: 2 };
  const [report] = record(author, { type: 'source', data: { title: 'Report of the visit', kind: 'report', publisher: desk, published: '2027-02-01' } });
  for (const site of rest) record(author, { type: 'assessment', data: { ...seen, site, examined: 'nothing; the road was closed', grade: 'not_examined', source: report } });
  const [assessment] = record(author, { type: 'assessment', data: { ...seen, site: first, examined: 'walls and roof', grade: 'severe' } });
  const [finding] = record(author, { type: 'finding', data: { site: first, conclusion: 'damaged', rationale: 'Two people saw it on site and agree.', standard: 'reasonable_grounds', window: '2026-12/2027-01-10', as_at: '2027-01-10', assessments: [assessment], author: author.id, interest: { interest: 'none' } } });
  record(reviewer, { type: 'review', data: { finding, reviewer: reviewer.id, decision: 'approve', reason: 'I saw the same.', interest: { interest: 'none' } } });
  record(reviewer, { type: 'publication', data: { finding, on: '2027-02-02', policy: '@policy' } });
}

test('items are linked by rule, a sample is drawn from them, and the links are undone', async () => {
  const figure = figures().find((one) => one.title === '88 religious sites');
  const { page, problems } = await openPage(browser, { javaScriptEnabled: false });
  await signIn(page, server.url, 'recorder@demo.example');
  await page.goto(server.url + figure.address);
  await page.getByRole('link', { name: 'Link items by rule' }).click();
  const shown = await page.locator('table.table tbody tr').count();
  assert.ok(shown >= 3);
  await page.getByRole('button', { name: `Link ${shown} sites as items` }).click();
  await page.waitForURL(server.url + figure.address);
  assert.equal(figures().find((one) => one.id === figure.id).coverage.itemised, shown);

  await page.getByRole('link', { name: 'Identity not confirmed' }).click();
  assert.equal(await page.locator('table.table tbody tr').count(), shown);

  await page.goto(server.url + figure.address);
  await page.getByRole('link', { name: 'Draw a sample' }).click();
  await page.getByLabel('Or a number of sites').fill('none');
  await page.getByRole('button', { name: 'Draw and record' }).click();
  await page.getByText('is not a whole number of sites').waitFor();
  await page.getByLabel('Or a number of sites').fill('3');
  await page.getByLabel('Seed', { exact: true }).fill('lottery of 24 November');
  await page.getByRole('button', { name: 'Show how many in each part' }).click();
  await page.getByText(`3 of ${shown} sites would be drawn`).waitFor();
  assert.equal(JSON.parse(stele('list', '--data', server.data, 'sampling-plans', '--json')).length, 1, 'that of the dossier alone');
  await page.getByRole('button', { name: 'Draw and record' }).click();
  await page.waitForURL(/\/sampling_plan\//);
  await page.getByText('Drawn again from the recorded list and seed: the same sites.').waitFor();
  await page.getByText('lottery of 24 November').waitFor();
  const plan = page.url();
  await page.getByRole('link', { name: 'List to take along' }).click();
  assert.equal(await page.locator('table.visit tbody tr').count(), 3);

  // Nobody outside learns where the mission goes, on any address.
  const outside = await openPage(browser);
  for (const address of [plan, `${plan}/visit`, `${plan}/estimate.json`, `${plan}.json`]) {
    assert.equal((await outside.context.request.get(address)).status(), 404, address);
  }
  assert.equal((await outside.context.request.get(`${server.url}${figure.address}/missing`)).status(), 403);
  assert.equal((await outside.context.request.get(`${server.url}${figure.address}/by-rule`)).status(), 403);
  const list = await (await outside.context.request.get(`${server.url}/sampling-plans`)).text();
  assert.ok(!list.includes(plan.split('/').pop()));
  const table = await outside.context.request.get(`${server.url}${figure.address}/items.csv`);
  assert.match(table.headers()['content-type'], /text\/csv/);
  assert.equal((await table.text()).trim().split('\r\n').length, shown + 1);

  // One site is found damaged, two were not reached: no share, but bounds that hold whatever they are.
  await found(JSON.parse(stele('estimate', '--data', server.data, plan.split('/').pop(), '--json')));
  await page.goto(plan);
  // Which sites are drawn differs from run to run, and one may have been concluded on before.
  const { tally } = JSON.parse(stele('estimate', '--data', server.data, plan.split('/').pop(), '--json')).estimate.combined;
  assert.ok(tally.not_reached >= 1 && tally.pending === 0 && tally.holds + tally.holds_not + tally.not_reached === 3, JSON.stringify(tally));
  const are = tally.not_reached === 1 ? 'has' : 'have';
  await page.getByText(`Not representative: of 3 drawn sites ${tally.not_reached} ${are} no conclusion (${tally.not_reached} not reached)`).waitFor();
  assert.equal(await page.getByText('It holds for about').count(), 0);
  // Now that every site is accounted for, anybody may read it.
  const open = await openPage(browser);
  assert.equal((await open.context.request.get(plan)).status(), 200);

  await page.goto(`${server.url}${figure.address}/by-rule`);
  await page.getByRole('button', { name: /^Undo the act/ }).click();
  await page.waitForURL(/by-rule$/);
  assert.equal(figures().find((one) => one.id === figure.id).coverage.itemised, 0);
  assert.equal(JSON.parse(stele('verify', '--data', server.data, '--json')).ok, true);
  assert.deepEqual(problems, []);
});
