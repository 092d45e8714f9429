// A list is looked at, tried, read in and taken back; every step is reachable by axe and by keyboard.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, serve, signIn, stele } from './stele.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const list = `Nr;Name;Название;Вид;Район;Coordinates;Состояние
1;Bridge of Khoda Afarin;Мост Худаферин;мост;Jabrayil;39°08'51"N 46°55'15"E;повреждён
2;Village library;Сельская библиотека;библиотека;Jabrayil;;разрушена
3;"<script>document.title='run'</script>";;;Jabrayil;95, 200;
`;

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

async function clean(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  const wrong = found.violations.map((v) => `${page.url()} ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.deepEqual(wrong, []);
  assert.ok(sideways <= 1, `${page.url()} scrolls sideways by ${sideways} pixels`);
}

for (const [name, options] of [
  ['wide and light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['narrow and dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ['narrow and dark, without a script', { viewport: { width: 360, height: 740 }, colorScheme: 'dark', javaScriptEnabled: false }],
]) {
  test(`a list is read in and taken back, ${name}`, async () => {
    const sites = () => JSON.parse(stele('list', '--data', server.data, 'sites', '--json')).length;
    const before = sites();
    const scripted = options.javaScriptEnabled !== false;
    const { page, problems } = await openPage(browser, options);
    await signIn(page, server.url, 'recorder@demo.example');
    await page.goto(`${server.url}/read-list`);
    if (scripted) await clean(page);
    await page.getByLabel('File').setInputFiles({ name: 'north.csv', mimeType: 'text/csv', buffer: Buffer.from(list) });
    await page.getByLabel('Whose list it is').fill('Office of the North');
    await page.getByLabel('claims on sites').check();
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.waitForURL(/\/read-list\/[0-9a-z]{26}$/);
    assert.notEqual(await page.title(), 'run');

    // What the columns seem to be; one is said otherwise.
    assert.equal(await page.getByLabel('Вид', { exact: true }).inputValue(), 'category');
    assert.equal(await page.getByLabel('Coordinates', { exact: true }).inputValue(), 'coordinates');
    assert.equal(await page.getByLabel('Состояние', { exact: true }).inputValue(), 'condition');
    await page.getByLabel('Language of Название').fill('ru');
    // What the first rows say is shown with the form, and follows each choice.
    const first = page.getByRole('region', { name: 'The first rows as they are read' });
    await first.getByRole('cell', { name: 'bridge', exact: true }).waitFor();
    await page.getByText(/Row 4, Coordinates:.*is not on the globe/).waitFor();
    await page.getByLabel('Coordinates', { exact: true }).selectOption('own');
    if (!scripted) await page.getByRole('button', { name: 'Look at it again' }).click();
    await page.getByText('Of the first 3 rows, none is refused').waitFor();
    await page.getByLabel('Coordinates', { exact: true }).selectOption('coordinates');
    if (!scripted) await page.getByRole('button', { name: 'Look at it again' }).click();
    await page.getByText(/Of the first 3 rows, 1 is refused/).waitFor();
    if (scripted) await clean(page);
    await page.getByRole('button', { name: 'Try it, record nothing' }).click();
    await page.getByRole('heading', { name: 'What would come of it' }).waitFor();
    await page.getByRole('cell', { name: /is not on the globe/ }).waitFor();
    assert.equal(sites(), before, 'a trial records nothing');
    if (scripted) await clean(page);
    await page.getByRole('button', { name: 'Read it in' }).click();
    await page.getByRole('heading', { name: 'Read in', exact: true }).waitFor();
    assert.equal(sites(), before + 2);
    const csv = await page.getByRole('link', { name: 'all refused rows as CSV' }).getAttribute('href');
    const refused = await page.request.get(server.url + csv);
    assert.match(await refused.text(), /^row,column,reason,cells\r\n4,Coordinates,/);

    await page.getByRole('link', { name: 'The import as a record' }).click();
    if (scripted) await clean(page);
    await page.getByRole('link', { name: 'Take it back' }).click();
    await page.getByLabel('Why').fill('a trial');
    if (scripted) await clean(page);
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.waitForURL(/\/import\//);
    assert.equal(sites(), before);
    assert.deepEqual(problems, []);
    await page.context().close();
  });
}

test('whose list it is has to be said', async () => {
  const { page } = await openPage(browser);
  await signIn(page, server.url, 'recorder@demo.example');
  await page.goto(`${server.url}/read-list`);
  await page.getByLabel('File').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from('') });
  await page.getByLabel('Whose list it is').fill('Somebody');
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByRole('alert').waitFor();
  await page.context().close();
});

test('a large list is sent with a bar that moves; what is too large or breaks off is told and leaves nothing', async () => {
  const incoming = () => readdirSync(join(server.data, 'evidence', 'incoming')).length;
  const { page } = await openPage(browser);
  await signIn(page, server.url, 'recorder@demo.example');
  await page.goto(`${server.url}/read-list`);
  const megabytes = (n) => {
    const file = join(server.data, '..', `large-${n}.csv`);
    writeFileSync(file, 'Name;District\n' + 'Village library;Jabrayil\n'.repeat((n * 1_000_000) / 25));
    return file;
  };
  const form = page.locator('form.upload');
  const send = async (file) => {
    await page.getByLabel('File').setInputFiles(file);
    await page.getByLabel('Whose list it is').fill('Office of the East');
    await page.getByRole('button', { name: 'Look at it' }).click();
  };

  // Larger than is taken: told before it is sent, and the form stays as it was filled in.
  await form.evaluate((one) => { one.dataset.largestBytes = '1000000'; one.dataset.largest = '1 MB'; });
  await send(megabytes(2));
  await page.getByRole('alert').filter({ hasText: 'at most 1 MB are taken here' }).waitFor();
  assert.equal(await page.getByLabel('Whose list it is').inputValue(), 'Office of the East');
  await form.evaluate((one) => { one.dataset.largestBytes = '2000000000'; });

  // Sent slowly, stopped in the middle.
  const devtools = await page.context().newCDPSession(page);
  const pace = (bytes) => devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes });
  await devtools.send('Network.enable');
  await pace(4_000_000);
  await send(megabytes(20));
  await page.getByText(/MB of 20 MB, .* a second, \d+ s left/).waitFor();
  assert.ok((await page.getByRole('progressbar', { name: 'Sent' }).evaluate((bar) => bar.value)) < 1);
  await clean(page);
  await page.getByRole('button', { name: 'Stop sending' }).click();
  await page.getByRole('alert').filter({ hasText: 'nothing was kept' }).waitFor();
  await assert.doesNotReject(async () => { while (incoming() > 0) await page.evaluate(() => fetch('/')); });

  await pace(-1);
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.waitForURL(/\/read-list\/[0-9a-z]{26}$/);
  await page.getByLabel('Name', { exact: true }).waitFor();
  assert.equal(incoming(), 0);
  await page.context().close();
});

test('a list of figures is asked of what it counts and read in as statements', async () => {
  const daily = [
    { day: '2023-10-07', museums: { looted: 1 }, libraries_destroyed: 5, homes: 80 },
    { day: '2023-10-08', museums: { looted: 1 }, libraries_destroyed: 5, homes: 90 },
    { day: '2023-10-09', museums: { looted: 1 }, libraries_destroyed: 9, homes: 90 },
  ];
  const { page, problems } = await openPage(browser, { viewport: { width: 360, height: 740 } });
  await signIn(page, server.url, 'recorder@demo.example');
  await page.goto(`${server.url}/read-list`);
  await page.getByLabel('File').setInputFiles({ name: 'daily.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(daily)) });
  await page.getByLabel('Whose list it is').fill('Office of the South');
  await page.getByLabel('figures: how many').check();
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.waitForURL(/\/read-list\/[0-9a-z]{26}$/);
  assert.equal(await page.getByLabel('museums.looted', { exact: true }).inputValue(), 'count');
  assert.equal(await page.getByLabel('museums.looted: of what').inputValue(), 'museum');
  assert.equal(await page.getByLabel('day', { exact: true }).inputValue(), 'stated');
  await clean(page);
  // A column that counts has to say what.
  await page.getByLabel('homes', { exact: true }).selectOption('count');
  await page.getByRole('button', { name: 'Try it, record nothing' }).click();
  await page.getByRole('alert').filter({ hasText: 'say of what it counts' }).waitFor();
  await page.getByRole('button', { name: 'Read it in' }).click();
  await page.getByRole('heading', { name: 'Read in', exact: true }).waitFor();
  const claims = JSON.parse(stele('list', '--data', server.data, 'claims', '--json')).map((claim) => claim.data.words);
  assert.deepEqual(claims.filter((words) => /looted: |_destroyed: /.test(words)).sort(), ['libraries_destroyed: 5', 'libraries_destroyed: 9', 'museums.looted: 1']);
  assert.deepEqual(problems, []);
  await page.context().close();
});
