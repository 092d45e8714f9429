// Starts the command with a registry in a folder of its own, and a browser to look at it with.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '../..');
const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
const binary = process.env.STELE_BINARY ?? join(target, 'debug', 'stele');
const chromiumPath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export const password = 'demo demo demo';

/** Runs the command to its end and gives what it printed. */
export function stele(...args) {
  return execFileSync(binary, args, { cwd: root, encoding: 'utf8' });
}

/** A served registry: the demo dossier, or an empty one; `prepare` may change its folder before it is served. */
export async function serve({ demo = false, prepare = () => {} } = {}) {
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run cargo build first`);
  const folder = mkdtempSync(join(tmpdir(), 'stele-browser-'));
  const data = join(folder, 'data');
  let link;
  if (demo) stele('demo', '--data', data, '--no-serve');
  else link = JSON.parse(stele('init', data, '--name', 'Test registry', '--admin', 'admin@test.example', '--json')).sign_in;
  prepare(data);
  const server = spawn(binary, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--json'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const first = await new Promise((done, failed) => {
    createInterface({ input: server.stdout }).once('line', done);
    server.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
  });
  const url = JSON.parse(first).listening.replace(/\/$/, '');
  return {
    url,
    data,
    link,
    async stop() {
      server.kill('SIGTERM');
      await new Promise((done) => server.once('exit', done));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function openBrowser() {
  if (!chromiumPath) throw new Error('chromium is missing: apt-get install chromium, or set CHROMIUM to its path');
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A browser that draws WebGL without a graphics card. */
export async function openMapBrowser() {
  if (!chromiumPath) throw new Error('chromium is missing: apt-get install chromium, or set CHROMIUM to its path');
  const args = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];
  return chromium.launch({ executablePath: chromiumPath, args });
}

/** A page that fails the test on any error of the console or the Content-Security-Policy. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const problems = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const expected = /status of (400|401|403|404|422)/.test(message.text());
    if (message.type() === 'error' && !expected) problems.push(`console: ${message.text()}`);
  });
  return { page, context, problems };
}

export async function signIn(page, url, email) {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/`);
}
