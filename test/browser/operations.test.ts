import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { checkChromium, hasChromium } from '../helpers/browser.ts';
import { axeFindings, type FrontEnd, startFrontEnd } from '../helpers/front-end.ts';

checkChromium('the console of operators in a browser');

const self = seedPortfolio({
  key: 'web/operations',
  name: 'To be reviewed, on the web',
  manager: 'USER_MANAGED',
  brokerCash: '1000',
  holdings: { $EUR: '1000' },
});

describe.skipIf(!hasChromium)('the console of operators in a browser', () => {
  let front: FrontEnd;
  beforeAll(async () => {
    front = await startFrontEnd(self);
  });
  afterAll(() => front?.stop());

  const ask = async (query: string, variables: object): Promise<unknown> => {
    const response = await fetch(`${front.program.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return await response.json();
  };

  it('leads from a review to settled in at most five clicks', async () => {
    // A withdrawal that is paid, and whose booking InvestSuite refuses.
    front.standins.investSuite.faults.add({
      kind: 'status',
      status: 422,
      match: { method: 'POST', path: '/events/withdraw' },
    });
    await ask('mutation ($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) { __typename } }', {
      input: { portfolioId: self.portfolioId, amount: '5.00', currency: 'EUR', idempotencyKey: 'console' },
    });
    const state = async (): Promise<unknown> => {
      front.standins.upvest.schedule.advance({ kind: 'withdrawal' });
      return await ask('{ withdrawal(idempotencyKey: "console") { state } }', {});
    };
    await expect.poll(state).toEqual({ data: { withdrawal: { state: 'NEEDS_REVIEW' } } });
    front.standins.investSuite.faults.clear();

    const context = await front.browser.newContext({
      viewport: { width: 1280, height: 900 },
      bypassCSP: true,
      // Entries that fade in have too little contrast.
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    await page.goto(`${front.program.url}/`);
    await page.evaluate(() => {
      addEventListener('click', () => document.body.setAttribute('data-clicks', `${clicks() + 1}`), true);
      const clicks = () => Number(document.body.getAttribute('data-clicks') ?? 0);
    });
    await page.getByRole('link', { name: 'Operations' }).click();
    const card = page.locator('.review', { hasText: 'Withdrawal of 5.00' });
    await card.waitFor();
    await card.getByText('Decide').click();
    await card.getByLabel('Note').fill('The booking was mended.');
    await card.getByRole('button', { name: 'Ask again' }).click();
    await page.getByText('Nothing waits for a person.').waitFor();
    await expect.poll(state).toEqual({ data: { withdrawal: { state: 'COMPLETED' } } });
    expect(Number(await page.locator('body').getAttribute('data-clicks'))).toBeLessThanOrEqual(5);

    await page.getByRole('button', { name: 'Check the audit' }).click();
    await page.getByText('As it was written').waitFor();
    await page.getByText('Valuations').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.screenshot({ path: 'test-results/web-operations.png', fullPage: true });
    await context.close();
  });
});
