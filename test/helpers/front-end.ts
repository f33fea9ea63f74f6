import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { combineSeeds, type PartialSeed, type Standins, startStandins } from '../../src/standins/index.ts';
import { launchChromium, type Watched, watch } from './browser.ts';
import { build } from './build.ts';
import { upstreamSettings } from './command.ts';
import { type ServingProgram, serveProgram } from './production.ts';

/** The app, served by a gateway before stand-ins whose steps a test takes itself, in a browser. */
export interface FrontEnd {
  readonly standins: Standins;
  readonly program: ServingProgram;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly watched: Watched;
  open(path: string): Promise<Page>;
  stop(): Promise<void>;
}

export const WIDE = { width: 1280, height: 900 };

export async function startFrontEnd(...seeds: readonly PartialSeed[]): Promise<FrontEnd> {
  build();
  const standins = await startStandins({ seed: combineSeeds(...seeds), settleDelayMs: 'manual' });
  const program = await serveProgram({ NODE_ENV: '', ...upstreamSettings(standins) });
  standins.upvest.webhooks.register(`${program.url}/webhooks/upvest`);
  const browser = await launchChromium();
  const context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce' });
  context.setDefaultTimeout(60_000);
  mkdirSync('test-results', { recursive: true });
  return {
    ...{ standins, program, browser, context, watched: watch(context) },
    open: async (path) => {
      const page = await context.newPage();
      await page.goto(`${program.url}/${path}`);
      return page;
    },
    stop: async () => {
      await browser.close();
      await program.end();
      await standins.stop();
    },
  };
}

/** Violations that axe finds in a page. Its context must be made with `bypassCSP`. */
export async function axeFindings(page: Page): Promise<readonly unknown[]> {
  await page.addScriptTag({ path: 'node_modules/axe-core/axe.min.js' });
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
  return found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}
