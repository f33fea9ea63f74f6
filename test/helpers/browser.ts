import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

export const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A machine that must have a browser says so; elsewhere one line tells what was left out. */
export function checkChromium(what: string): void {
  if (hasChromium) return;
  if (process.env['CI'] === 'true') throw new Error(`there is no browser at ${CHROMIUM}`);
  process.stderr.write(`left out: ${what} (no Chromium at ${CHROMIUM}; set CHROMIUM_PATH)\n`);
}

export const launchChromium = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: ARGS });

/** The requests of a page and the complaints of its browser: errors and violations of its policy. */
export interface Watched {
  readonly requested: string[];
  readonly complaints: string[];
}

export function watch(page: Page | BrowserContext): Watched {
  const watched: Watched = { requested: [], complaints: [] };
  const follow = (one: Page): void => {
    one.on('request', (request) => watched.requested.push(request.url()));
    one.on('websocket', (socket) => watched.requested.push(socket.url().replace(/^ws/, 'http')));
    one.on('pageerror', (error) => watched.complaints.push(error.message));
    one.on('console', (message) => {
      if (message.type() === 'error') watched.complaints.push(message.text());
    });
  };
  if ('pages' in page) page.on('page', follow);
  else follow(page);
  return watched;
}

/** Requests to anywhere but one address. */
export const elsewhere = ({ requested }: Watched, url: string): readonly string[] =>
  requested.filter((each) => !/^(blob|data):/.test(each) && !each.startsWith(url));
