// A token for a program: made by a person, shown once, accepted by the API, revoked; by keyboard, without a script.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, serve, signIn } from './stele.mjs';

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

const ask = (token) => fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${token}` } });

test('a token is made, shown once, used and revoked', async () => {
  const { page, problems } = await openPage(browser, { javaScriptEnabled: false });
  await signIn(page, server.url, 'recorder@demo.example');
  await page.getByRole('link', { name: 'Dana (documentation)' }).click();
  await page.getByRole('heading', { name: 'Tokens', exact: true }).waitFor();
  assert.equal(await page.getByRole('radio').count(), 2, 'no more is offered than a recorder may do');
  await page.getByRole('textbox', { name: 'Name' }).fill('QGIS on the laptop');
  await page.getByRole('radio', { name: 'read and record' }).check();
  assert.equal(await page.getByLabel('Days it holds').inputValue(), '90');
  await page.getByLabel('Days it holds').press('Enter');
  const token = await page.locator('.token').textContent();
  assert.match(token, /^stele_[0-9a-f]{56}$/);
  assert.equal((await (await ask(token)).json()).account.role, 'recorder');
  await page.goto(`${server.url}/tokens`);
  assert.ok(!(await page.content()).includes(token), 'shown once');
  await page.getByRole('button', { name: 'Revoke QGIS on the laptop' }).click();
  await page.getByText('No token holds.').waitFor();
  assert.equal((await ask(token)).status, 401);
  assert.deepEqual(problems, []);
});

test('an example of the page of the API runs as it stands', async () => {
  const { page, problems } = await openPage(browser);
  await page.goto(`${server.url}/api`);
  const example = await page.locator('#get_record .operation__example').textContent();
  const address = example.match(/"(http[^"]+)"/)[1];
  assert.ok(address.startsWith(server.url) && !address.includes('$'), example);
  assert.equal((await (await fetch(address)).json()).record.type, 'site');
  assert.deepEqual(problems, []);
});
