import { afterEach, expect, test } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { compared, minus } from '../../src/standins/values/exact.ts';
import { eventually } from './support/http.ts';
import { investSuiteClient } from './support/invest-suite-client.ts';

const seeded = seedPortfolio({ key: 'payouts', holdings: { $EUR: '100.00', US0378331005: '200', LU78468R1014: '7' } });
let standins: Standins;
afterEach(() => standins.stop());

const ask = async (amount: string) => {
  const client = await investSuiteClient(standins.investSuite);
  const body = `{"config":{"manager_settings":{"divest_amount":${amount}}}}`;
  expect((await client.patch(`/portfolios/${seeded.portfolioId}/`, body)).status).toBe(200);
};
const free = () => standins.upvest.balance(seeded.broker.accountGroupId).available_for_withdrawal;

test('what is to be paid out is sold until the cash is there, in both systems alike', async () => {
  standins = await startStandins({ seed: combineSeeds(seeded), settleDelayMs: 1, sellsForPayouts: true });
  await ask('150.50');
  await eventually(() => compared(free(), '150.50') >= 0, 'the cash');
  await ask('900');
  await eventually(() => compared(free(), '900') >= 0, 'more cash');
  await eventually(() => compared(standins.investSuite.cash(seeded.portfolioId), free()) === 0, 'the booking');
  const [position] = standins.upvest.positions(seeded.broker.accountId);
  const held = standins.investSuite.holdings(seeded.portfolioId)['US0378331005'] ?? '';
  expect(minus(held, position?.quantity ?? '0').replace(/0|\./g, '')).toBe('');
});

test('what is asked for while a sale is on its way is looked at again after it', async () => {
  standins = await startStandins({ seed: combineSeeds(seeded), settleDelayMs: 'manual', sellsForPayouts: true });
  await ask('150');
  standins.investSuite.schedule.advance();
  await ask('900');
  standins.investSuite.schedule.advance();
  expect(standins.upvest.schedule.pending).toHaveLength(1);
  standins.upvest.schedule.advanceAll();
  expect(compared(free(), '900')).toBe(-1);
  standins.investSuite.schedule.advance();
  standins.upvest.schedule.advanceAll();
  expect(compared(free(), '900')).toBe(1);
});

test('nothing is sold unless asked for', async () => {
  standins = await startStandins({ seed: combineSeeds(seeded), settleDelayMs: 1 });
  await ask('900');
  await eventually(() => standins.investSuite.optimization(seeded.portfolioId)?.status === 'SUCCESS', 'the advice');
  expect(free()).toBe('100.00');
  expect(standins.upvest.webhooks.events()).toEqual([]);
});
