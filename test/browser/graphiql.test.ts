import { existsSync, mkdirSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const installed = existsSync(CHROMIUM);
// A machine that must have a browser says so; elsewhere one line tells what was left out.
if (!installed && process.env['CI'] === 'true') throw new Error(`there is no browser at ${CHROMIUM}`);
if (!installed)
  process.stderr.write(`left out: GraphiQL in a browser (no Chromium at ${CHROMIUM}; set CHROMIUM_PATH)\n`);

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.skipIf(!installed)('GraphiQL in a browser', () => {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    world = await startWorld({ gateway: { graphiql: true } });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  it('opens with a first query that works, and asks nobody but the gateway', async () => {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const requested: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    page.on('pageerror', (error) => complaints.push(error.message));
    // What the page's own policy forbids is told on the console.
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${world.url}/graphql`);
    await page.locator('button[aria-label^="Execute"]').click();
    await page.getByText('"cashBalance"').first().waitFor();
    // The editors' helpers run as workers, which the policy has to let in.
    await expect.poll(() => page.workers().length, { timeout: 10_000 }).toBeGreaterThan(0);
    const tabs = (await page.getByRole('tab').allTextContents()).join();
    for (const name of ['Portfolios', 'Differences', 'Me', 'Deposit', 'Withdrawal', 'Live'])
      expect(tabs).toContain(name);
    expect(await page.locator('.graphiql-response').textContent()).not.toContain('"errors"');
    const elsewhere = requested.filter((url) => !/^(blob|data):/.test(url) && !url.startsWith(world.url));
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
    mkdirSync('test-results', { recursive: true });
    await page.screenshot({ path: 'test-results/graphiql.png' });
  });

  it('shows what happens while it happens: a deposit made in another window', async () => {
    const live = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await live.goto(`${world.url}/graphql`);
    await live.getByRole('tab', { name: 'Live' }).click();
    await live.locator('.graphiql-query-editor').getByText('notifications').first().waitFor();
    await live.locator('button[aria-label^="Execute"]').click();
    // It follows from now on: what is to be seen has to come after it was heard.
    await eventually(async () => expect(await subscribers()).toBe(1));

    const other = await browser.newPage();
    await other.goto(`${world.url}/graphql?query=${encodeURIComponent(await depositMutation())}`);
    await other.locator('button[aria-label^="Execute"]').click();
    await other.getByText('"REQUESTED"').first().waitFor();

    const response = live.locator('.graphiql-response');
    await response.getByText('"DEPOSIT.COMPLETED"').waitFor();
    expect(await response.textContent()).toContain('"321.00"');
    mkdirSync('test-results', { recursive: true });
    await live.screenshot({ path: 'test-results/graphiql-live.png' });

    await live.locator('button[aria-label^="Stop"]').click();
    await eventually(async () => expect(await subscribers()).toBe(0));
  });

  async function subscribers(): Promise<number> {
    const metrics = await world.gateway.metrics.registry.metrics();
    return Number(/^gateway_live_subscribers (\d+)$/m.exec(metrics)?.[1]);
  }

  async function depositMutation(): Promise<string> {
    const { data } = await world.ask('{ portfolios(first: 1) { edges { node { id baseCurrency } } } }');
    const { portfolios } = data as {
      portfolios: { edges: { node: { id: string; baseCurrency: string } }[] };
    };
    const { id, baseCurrency } = portfolios.edges[0]?.node ?? {};
    return `mutation {
  registerDeposit(input: { portfolioId: "${id}", amount: "321.00", currency: "${baseCurrency}", idempotencyKey: "live" }) {
    ... on RegisterDepositSuccess { deposit { id state } }
  }
}`;
  }
});
