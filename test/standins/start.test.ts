import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { investSuiteClient } from './support/invest-suite-client.ts';
import { upvestClient } from './support/upvest-client.ts';

const one = seedPortfolio({ key: 'one', holdings: { $EUR: '12345678901234.123456789', US0378331005: '0.1035719' } });
let standins: Standins;

beforeAll(async () => {
  standins = await startStandins({ seed: combineSeeds(one) });
});
afterAll(() => standins.stop());

describe('both stand-ins over HTTP', () => {
  test('a portfolio is answered with every digit of its numbers', async () => {
    const client = await investSuiteClient(standins.investSuite);
    const { status, text } = await client.get(`/portfolios/${one.portfolioId}`);
    expect(status).toBe(200);
    expect(text).toContain('"$EUR":12345678901234.123456789');
    expect(text).toContain('"US0378331005":0.1035719');
  });

  test('its account group has the same money and positions at the broker', async () => {
    const client = await upvestClient(standins.upvest);
    const balances = await client.get(`/account_groups/${one.broker.accountGroupId}/payments/cash_balances`);
    expect(balances.json().data[0].balance).toBe('12345678901234.123456789');
    const positions = await client.get(`/accounts/${one.broker.accountId}/positions`);
    expect(positions.json().data[0].quantity).toBe('0.1035719');
  });
});
