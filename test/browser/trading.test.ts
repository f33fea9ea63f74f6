import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoSeed, seedPortfolio } from '../../src/standins/index.ts';
import { checkChromium, elsewhere, hasChromium } from '../helpers/browser.ts';
import { type FrontEnd, startFrontEnd } from '../helpers/front-end.ts';

checkChromium('orders in a browser');

const SAP = 'DE0007164600';
const own = seedPortfolio({
  key: 'web/trading',
  name: 'Trading, on the web',
  manager: 'USER_MANAGED',
  holdings: { $EUR: '5000.00', [SAP]: '12' },
});

describe.skipIf(!hasChromium)('orders in a browser', () => {
  let front: FrontEnd;
  beforeAll(async () => {
    front = await startFrontEnd(demoSeed({ portfolios: 20 }), own);
  });
  afterAll(() => front?.stop());
  afterEach(async () => {
    for (const page of front.context.pages()) await page.close();
  });

  const openOwn = async (): Promise<Page> => {
    const page = await front.open(`#/portfolios/${own.portfolioId}`);
    await page.locator('.connection[data-state="live"]').waitFor();
    return page;
  };
  const choose = async (page: Page): Promise<void> => {
    await page.getByLabel('Instrument', { exact: true }).fill('sap');
    await page
      .getByRole('list', { name: 'Instruments found' })
      .getByRole('button', { name: new RegExp(SAP) })
      .click();
  };
  const atBroker = () => front.standins.upvest.orders(own.broker.accountId ?? '');
  const advance = (): unknown => front.standins.upvest.schedule.advance({ kind: 'order' });

  it('goes from the ticket to SETTLED on the screen', async () => {
    const page = await openOwn();
    await choose(page);
    await page.getByLabel('Number of units').fill('2');
    await page.getByText('Costs about').waitFor();
    await page.getByRole('button', { name: /^Buy 2 SAP/ }).click();
    await page.getByText(/^Buy 2 SAP.*: ordered\.$/).waitFor();
    await page.locator('.order[data-state="SUBMITTED"]').waitFor();
    for (const state of ['WORKING', 'FILLED', 'SETTLED']) {
      advance();
      await page.locator(`.order[data-state="${state}"]`).waitFor();
    }
    await page.getByText(/^2 filled at [\d.,]+\u00a0EUR/).waitFor();
    await page.screenshot({ path: 'test-results/web-order.png', fullPage: true });
  });

  it('says before it is sent why an order would be refused', async () => {
    const page = await openOwn();
    await choose(page);
    await page.getByRole('radio', { name: 'Amount' }).check();
    await page.getByLabel('Order amount in EUR').fill('999999');
    await page
      .locator('.preview-problem')
      .getByText(/^Only [\d.]+ EUR/)
      .waitFor();
    await page.getByRole('radio', { name: 'Sell' }).check();
    await page
      .locator('.preview-problem')
      .getByText(/units can be sold now/)
      .waitFor();
  });

  it('orders once when the answer is lost and the page is loaded again; the order can be cancelled', async () => {
    const page = await openOwn();
    const before = atBroker().length;
    let isOffline = true;
    await page.route('**/graphql', async (route) => {
      const isOrder = (route.request().postData() ?? '').includes('mutation PlaceOrder');
      if (!isOrder || !isOffline) return await route.continue();
      await route.fetch();
      await route.abort();
    });
    await choose(page);
    await page.getByRole('radio', { name: 'Limit' }).check();
    await page.getByLabel('Number of units').fill('3');
    await page.getByLabel('Limit price of one unit').fill('1.50');
    await page.getByRole('button', { name: /^Buy 3 SAP/ }).click();
    await page.getByText(`Buy 3 ${SAP}: sending …`).waitFor();
    // Not by taking the route away: a request that it holds then would never be answered.
    isOffline = false;
    await page.reload();
    await page.getByText(/^Buy 3 SAP.*: was already ordered; it is carried out once\.$/).waitFor();
    const card = page.locator('.order', { hasText: 'Buy 3' });
    await page.locator('.order[data-state="SUBMITTED"]', { hasText: 'Buy 3' }).waitFor();
    expect(atBroker()).toHaveLength(before + 1);
    await card.getByRole('button', { name: /^Cancel/ }).click();
    await page.locator('.order[data-state="CANCELLED"]', { hasText: 'Buy 3' }).waitFor();
  });

  it('shows a rebalancing under way with its orders, and what was not sent', async () => {
    const page = await front.open('#/');
    await page.getByRole('link', { name: 'Ready to be rebalanced' }).click();
    await page.getByText('The robo advisor recommends:').waitFor();
    await page.getByRole('button', { name: 'Carry it out' }).click();
    const card = page.locator('.rebalancing');
    await page.locator('.rebalancing[data-state="SELLING"]').waitFor();
    await card
      .getByText(/^Sell /)
      .first()
      .waitFor();
    await expect
      .poll(async () => {
        advance();
        return await card.getAttribute('data-state');
      })
      .toBe('COMPLETED');
    expect(await card.locator('.trades > [data-state="SETTLED"]').count()).toBe(4);
    expect(await card.locator('.trades > [data-state="SKIPPED"]').count()).toBe(1);
    await page.screenshot({ path: 'test-results/web-rebalancing.png', fullPage: true });
  });

  it('called only the gateway', () => {
    expect(elsewhere(front.watched, front.program.url)).toEqual([]);
  });
});
