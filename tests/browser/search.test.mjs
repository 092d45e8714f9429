// Suggestions while a search is typed: by keyboard, read out, accessible; and the search without a script.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, serve } from './stele.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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

test('a name in another script leads to its record by keyboard alone', async () => {
  const { page, problems } = await openPage(browser);
  await page.goto(`${server.url}/search`);
  const field = page.getByRole('combobox', { name: 'Words, in any script' });
  await field.focus();
  await page.keyboard.type('Шуша');
  const list = page.getByRole('listbox', { name: 'Records that match' });
  await list.waitFor();
  assert.equal(await field.getAttribute('aria-expanded'), 'true');
  await page.keyboard.press('ArrowDown');
  const option = list.getByRole('option', { selected: true });
  assert.equal(await field.getAttribute('aria-activedescendant'), await option.getAttribute('id'));
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes[0].html}`), []);
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'hidden' });
  assert.equal(await field.inputValue(), 'Шуша', 'Escape closes the list and keeps the words');
  await page.keyboard.type(' ');
  await list.waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/(site|area|claim|source|party|mission|aggregate|instrument)\//);
  assert.deepEqual(problems, []);
});

test('Enter without a choice searches, and facets keep the words', async () => {
  const { page, problems } = await openPage(browser);
  await page.goto(`${server.url}/`);
  const field = page.getByRole('combobox', { name: 'Search names in any script' });
  await field.fill('museum');
  await field.press('Enter');
  await page.waitForURL(/\/search\?q=museum/);
  await page.getByRole('navigation', { name: 'Narrow the search' }).getByRole('link', { name: /^sites/ }).click();
  await page.waitForURL(/q=museum&kind=site/);
  assert.ok((await page.locator('.hits li').count()) > 0);
  assert.deepEqual(problems, []);
});

test('without a script the search is a form, a slip is forgiven and the match is marked', async () => {
  const { page, problems } = await openPage(browser, { javaScriptEnabled: false });
  await page.goto(`${server.url}/search`);
  await page.getByText('What are you looking for?').waitFor();
  await page.getByLabel('Words, in any script').fill('Шушша');
  await page.getByRole('main').getByRole('button', { name: 'Search' }).click();
  const mark = page.locator('.hits__names mark').first();
  await mark.waitFor();
  assert.ok(await mark.locator('bdi[dir]').count());
  await page.goto(`${server.url}/search?q=x&near=here`);
  await page.getByText('is three numbers').first().waitFor();
  assert.deepEqual(problems, []);
});
