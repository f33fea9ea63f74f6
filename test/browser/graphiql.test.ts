import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkChromium, elsewhere, hasChromium, launchChromium, watch } from '../helpers/browser.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

checkChromium('GraphiQL in a browser');

describe.skipIf(!hasChromium)('GraphiQL in a browser', () => {
  let world: World;
  let browser: Browser;
  beforeAll(async () => {
    world = await startWorld({ instruments: true, gateway: { graphiql: true } });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  it('opens with a first query that works, and calls only the gateway', async () => {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const watched = watch(page);
    await page.goto(`${world.url}/graphql`);
    await page.locator('button[aria-label^="Execute"]').click();
    await page.getByText('"valuation"').first().waitFor();
    const tabs = (await page.getByRole('tab').allTextContents()).join();
    for (const name of ['Portfolios', 'Differences', 'Me', 'Deposit', 'Withdrawal', 'Live'])
      expect(tabs).toContain(name);
    expect(await page.locator('.graphiql-response').textContent()).not.toContain('"errors"');
    expect(elsewhere(watched, world.url)).toEqual([]);
    expect(watched.complaints).toEqual([]);
    mkdirSync('test-results', { recursive: true });
    await page.screenshot({ path: 'test-results/graphiql.png' });
  });

  it('shows what happens while it happens: a deposit made in another window', async () => {
    const live = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await live.goto(`${world.url}/graphql`);
    await live.getByRole('tab', { name: 'Live' }).click();
    await live.locator('.graphiql-query-editor').getByText('notifications').first().waitFor();
    // It follows from now on: what is to be seen has to come after it was heard. On a busy machine the editor shows the tab before
    // the button knows its document; while it runs, the button is to stop it.
    await eventually(async () => {
      const execute = live.locator('button[aria-label^="Execute"]');
      if (await execute.isVisible()) await execute.click();
      expect(await subscribers()).toBe(1);
    });

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
