// Chromium as the test wants it: the machine's own, alone, and watched for everything a good page does not do.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

const applications = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

/** The Chromium of this machine: what CHROMIUM names, else what is found where Debian, Homebrew and people put it. */
function findChromium() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const found =
    process.env.CHROMIUM || [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...applications].find(existsSync);
  if (!found || !existsSync(found))
    throw new Error(`There is no Chromium${found ? ` at ${found}` : ''}. Install it, or set CHROMIUM to its path.`);
  return found;
}

/** Opens Chromium with a fresh profile; `close` ends it and takes the profile away. */
export async function openBrowser() {
  const executablePath = findChromium();
  const profile = mkdtempSync(join(tmpdir(), 'heddle-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: flags,
    viewport: { width: 1360, height: 820 },
    locale: 'en-GB',
  });
  context.setDefaultTimeout(20_000);
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Writes down what the page should not do: errors on the console, uncaught ones, missing files, requests to other origins. */
export function watch(page, origin) {
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    const refusedOperation = message.location().url === `${origin}/graphql` && message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !refusedOperation) complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('requestfailed', (request) => {
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}: ${request.failure()?.errorText}`);
  });
  page.on('request', (request) => complain(request.url()));
  page.on('websocket', (socket) => complain(socket.url().replace(/^ws/, 'http')));
  const complain = (url) => {
    if (/^https?:/.test(url) && new URL(url).origin !== origin) complaints.push(`another origin: ${url}`);
  };
  return complaints;
}

/** Takes numbered screenshots into the folder that SCREENSHOTS names; none when it names none. */
export function camera(page) {
  const folder = process.env.SCREENSHOTS;
  if (folder) mkdirSync(folder, { recursive: true });
  let count = 0;
  return async (name) => {
    count += 1;
    if (folder) await page.screenshot({ path: join(folder, `${String(count).padStart(2, '0')}-${name}.png`) });
  };
}
