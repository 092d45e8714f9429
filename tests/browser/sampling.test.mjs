// Without JavaScript: items linked by rule and undone, a sample shown and drawn, the list to take along.
import assert from 'node:assert/strict';
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
  assert.equal(JSON.parse(stele('list', '--data', server.data, 'sampling-plans', '--json')).length, 0);
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

  await page.goto(`${server.url}${figure.address}/by-rule`);
  await page.getByRole('button', { name: /^Undo the act/ }).click();
  await page.waitForURL(/by-rule$/);
  assert.equal(figures().find((one) => one.id === figure.id).coverage.itemised, 0);
  assert.equal(JSON.parse(stele('verify', '--data', server.data, '--json')).ok, true);
  assert.deepEqual(problems, []);
});
