// From an article to a verified finding, as a documentation officer and two verifiers walk it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openPage, password, serve, signIn, stele } from './stele.mjs';

const article = `Ministry lists damaged heritage
12 May 2023

KHARTOUM. The Sudanese Ministry of Culture said on Thursday that 14 museums with more than 20,000 artefacts and three libraries were damaged. The Khalifa House Museum in Omdurman was destroyed, the ministry said.

Sudan invited a UNESCO mission. Sudan said that it was awaiting a response from UNESCO.
<script>document.title = 'run'</script>`;

let server;
let browser;
before(async () => {
  server = await serve();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function account(email, role, name) {
  const made = JSON.parse(stele('user', '--data', server.data, 'add', email, '--name', name, '--role', role, '--json'));
  const opened = await openPage(browser);
  await opened.page.goto(server.url + made.sign_in);
  await opened.page.getByLabel('Password').fill(password);
  await opened.page.getByRole('button', { name: 'Set the password and sign in' }).click();
  await opened.page.waitForURL(`${server.url}/`);
  return opened;
}

test('an article becomes claims, and a claim a verified finding', async () => {
  const recorder = await account('rec@test.example', 'recorder', 'Rana Recorder');
  const page = recorder.page;

  // The empty registry says what to do.
  await page.goto(server.url);
  await page.getByRole('main').getByRole('link', { name: 'reading in an article or statement' }).click();

  // Upload, without a publisher: asked for where it is missing.
  await page.getByLabel('File').setInputFiles({ name: 'article.txt', mimeType: 'text/plain', buffer: Buffer.from(article) });
  await page.getByRole('button', { name: 'Read it in' }).click();
  await page.waitForURL(/\/read-in\/[0-9a-z]{26}$/);
  assert.equal(await page.title(), 'Proposals · Test registry', 'no script of the article runs');
  const proposals = page.locator('article.proposal');
  const titles = await proposals.locator('h2').allTextContents();
  assert.ok(titles.some((t) => t.startsWith('14 museums with more than 20,000 artefacts')), titles.join('\n'));
  assert.ok(titles.some((t) => t.startsWith('Khalifa House Museum')), titles.join('\n'));

  // Keyboard: the first is accepted, the next rejected, taken back, and accepted.
  await page.locator('h1').click();
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await page.keyboard.press('j');
  await page.keyboard.press('r');
  await page.keyboard.press('u');
  await assert.doesNotReject(page.locator('[data-live]').filter({ hasText: /Proposal 2 of/ }).waitFor());
  await page.keyboard.press('a');
  await page.getByRole('button', { name: 'Accept all that are left' }).click();
  await page.locator('.error-summary').getByText('Published by').or(page.locator('.error-summary').getByText('Publisher')).first().waitFor();
  await page.getByLabel('Published by').fill('The Test Gazette');
  await page.getByRole('button', { name: 'Accept all that are left' }).click();
  await page.waitForURL(/\/source\//);
  await page.locator('.source-text mark').first().waitFor();
  assert.ok((await page.locator('.source-text').textContent()).includes('<script>'), 'the text is shown, not run');

  // The claim stands attributed, and is not a finding.
  await page.goto(`${server.url}/claims`);
  const card = page.locator('article.claim-card', { hasText: 'Khalifa House Museum' });
  await card.getByText('According to').first().waitFor();
  await card.getByText('claim, not a finding').waitFor();
  await page.goto(`${server.url}/sites`);
  await page.getByRole('main').getByRole('link', { name: 'Khalifa House Museum' }).click();
  await page.getByText('Reported: claims by one origin only.').waitFor();
  const site = page.url();

  // An organisation that observed, and its assessment by hand; an error stands at its field.
  await page.goto(`${server.url}/record/party`);
  await page.getByRole('group', { name: 'Names 1' }).getByLabel('Name', { exact: true }).fill('Heritage Observatory');
  await page.getByRole('group', { name: 'Names 1' }).getByLabel(/^Language/).fill('en');
  await page.getByLabel('What it is', { exact: true }).selectOption('academic');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.waitForURL(/\/party\//);

  const verifier = await account('v1@test.example', 'verifier', 'Vera Verifier');
  const v = verifier.page;
  await v.goto(site);
  await v.getByRole('link', { name: 'Record an assessment' }).click();
  await v.getByLabel('Observed on').fill('last week');
  await v.getByLabel('Method').selectOption('satellite');
  await v.getByLabel('For whom the assessors worked').fill('Heritage Observatory');
  await v.getByLabel('How many people observed it').fill('2');
  await v.getByLabel('What was looked at').fill('roof and outer walls');
  await v.getByLabel('Damage grade').selectOption('destroyed');
  await v.getByLabel('Compared with a state of').fill('2023-03-01');
  await v.getByLabel('Certainty of the grade').selectOption('high');
  await v.getByRole('button', { name: 'Record', exact: true }).click();
  await v.locator('.field--wrong', { hasText: 'Observed on' }).locator('.field__error').waitFor();
  assert.equal(await v.getByLabel('What was looked at').inputValue(), 'roof and outer walls', 'nothing that was written is lost');
  await v.getByLabel('Observed on').fill('2023-05-20');
  await v.getByRole('button', { name: 'Record', exact: true }).click();
  await v.waitForURL(/\/assessment\//);

  // The finding, a draft until another person approved it.
  await v.goto(site);
  await v.getByRole('link', { name: 'Write a finding' }).click();
  await v.getByLabel('Conclusion').selectOption('destroyed');
  await v.getByLabel('How it was reached').fill('The roof is missing and the walls are down in the picture of 20 May 2023.');
  await v.getByLabel('Standard of proof').selectOption('reasonable_grounds');
  await v.getByLabel('Holds as of').fill('2023-05-20');
  await v.getByLabel('The condition arose between').fill('2023-03-01/2023-05-20');
  await v.getByLabel('Interest', { exact: true }).selectOption('none');
  await v.getByRole('button', { name: 'Record', exact: true }).click();
  await v.waitForURL(/\/finding\//);
  const finding = v.url();
  await v.getByText('Before it is published').waitFor();
  await v.getByText('another verifier reviews it').waitFor();

  // Nobody outside sees the draft.
  const public_ = await openPage(browser);
  assert.equal((await public_.page.goto(finding)).status(), 404);

  const second = await account('v2@test.example', 'verifier', 'Sam Second');
  const s = second.page;
  await s.goto(finding);
  await s.getByRole('link', { name: 'Review this finding' }).click();
  await s.getByLabel('Decision').selectOption('approve');
  await s.getByLabel('Why').fill('I see the same in the picture.');
  await s.getByLabel('Interest', { exact: true }).selectOption('none');
  await s.getByRole('button', { name: 'Record', exact: true }).click();
  await s.waitForURL(/\/review\//);
  await s.goto(finding);
  await s.getByText('Nothing stands between this finding and its publication.').waitFor();
  await s.getByRole('link', { name: 'Publish it' }).click();
  await s.getByRole('button', { name: 'Record', exact: true }).click();
  await s.waitForURL(/\/publication\//);

  // Now everybody sees it, and that it names nobody responsible.
  await public_.page.goto(site);
  await public_.page.getByText('Verified: a finding on observation, reviewed by a second person, says so.').waitFor();
  await public_.page.locator('article.finding-card').waitFor();
  await public_.page.goto(server.url);
  await public_.page.locator('.steps__verified', { hasText: '1' }).waitFor();

  // The proof can be taken along; the ledger verifies.
  const proof = await (await public_.context.request.get(`${finding.replace('/finding/', '/ledger/proof/')}.json`)).json();
  assert.ok(proof);
  assert.equal(JSON.parse(stele('verify', '--data', server.data, '--json')).ok, true);

  for (const opened of [recorder, verifier, second, public_]) assert.deepEqual(opened.problems, []);
});

test('the same text is recognised', async () => {
  const opened = await openPage(browser);
  await signIn(opened.page, server.url, 'rec@test.example');
  await opened.page.goto(`${server.url}/read-in`);
  await opened.page.getByLabel('Text', { exact: true }).fill(article);
  await opened.page.getByLabel('Published by').fill('Another Gazette');
  await opened.page.getByRole('button', { name: 'Read it in' }).click();
  await opened.page.getByText('This very text was read in before').waitFor();
  assert.deepEqual(opened.problems, []);
});

test('what cannot be read is said at the form', async () => {
  const opened = await openPage(browser);
  await signIn(opened.page, server.url, 'rec@test.example');
  for (const [bytes, message] of [[Buffer.alloc(0), 'The file is empty'], [Buffer.from('%PDF-1.7'), 'a PDF'], [Buffer.from([0, 1, 2, 3, 255, 254, 0, 9]), 'not a text']]) {
    await opened.page.goto(`${server.url}/read-in`);
    await opened.page.getByLabel('File').setInputFiles({ name: 'x.bin', mimeType: 'application/octet-stream', buffer: bytes });
    await opened.page.getByRole('button', { name: 'Read it in' }).click();
    await opened.page.getByRole('alert').getByText(message).waitFor();
  }
});

test('pages work without JavaScript', async () => {
  const opened = await openPage(browser, { javaScriptEnabled: false });
  await signIn(opened.page, server.url, 'rec@test.example');
  await opened.page.goto(`${server.url}/search?q=khalifa`);
  await opened.page.getByRole('main').getByRole('link', { name: 'Khalifa House Museum', exact: true }).first().click();
  await opened.page.getByRole('heading', { level: 1, name: 'Khalifa House Museum' }).waitFor();
});
