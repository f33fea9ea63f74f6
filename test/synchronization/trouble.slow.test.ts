import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import type { World } from '../helpers/world.ts';
import { writes } from '../orders/graph.ts';
import { startLate } from './late.ts';
import { arrives, emptyPortfolio, startFollowing, synchronizationOf, synchronize } from './world.ts';
import { ISINS } from './year.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const TRANSACTIONS = /\/portfolios\/P\w+\/transactions\//;

describe('each line is one transaction', () => {
  it.each<[string, FaultRule]>([
    ['answers are lost', { kind: 'reset-after', match: { method: 'POST', path: TRANSACTIONS }, times: 3 }],
    ['requests are lost', { kind: 'reset-before', match: { method: 'POST', path: TRANSACTIONS }, times: 3 }],
    [
      'InvestSuite answers 409',
      { kind: 'status', status: 409, match: { method: 'POST', path: TRANSACTIONS }, times: 3 },
    ],
    [
      'InvestSuite answers 502 after it has made them',
      { kind: 'status', status: 502, work: 'done', match: { method: 'POST', path: TRANSACTIONS }, times: 3 },
    ],
    [
      'InvestSuite refuses the gateway for a while',
      { kind: 'status', status: 403, match: { method: 'POST' }, times: 3 },
    ],
  ])('where %s', async (_what, fault) => {
    world = await startFollowing();
    world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
    const portfolio = emptyPortfolio(world);
    const { accountGroupId } = portfolio.broker;
    world.investSuite.faults.add(fault);
    const lines = ['100.00', '-3.00', '7.25'].map(
      (amount) => world?.upvest.bookCashLine({ accountGroupId, type: 'BALANCE_CORRECTION', amount }).id ?? '',
    );
    await arrives(world, portfolio, lines);
  });
});

it('an order whose transaction InvestSuite shows seconds after it was made has one', async () => {
  const standins = { investSuiteSettings: { uniqueExternalIds: false } };
  world = await startFollowing({}, standins, (url) => startLate(url, 3_000));
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
  const portfolio = emptyPortfolio(world);
  const { accountGroupId, accountId } = portfolio.broker;
  const line = world.upvest.bookCashLine({ accountGroupId, type: 'BALANCE_CORRECTION', amount: '100.00' });
  const order = world.upvest.placeOrder(accountId ?? '', { quantity: '1', instrument_id: ISINS[1] });
  world.upvest.fillOrder(order.id, { quantity: '1', price: '10.25', complete: true });
  await arrives(world, portfolio, [line.id, order.id]);
});

describe('with PORTFOLIO_SYNC=off', () => {
  it('nothing is written, a dry run says what would be, and a run is refused', async () => {
    world = await startFollowing({ portfolioSync: false });
    world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
    const portfolio = emptyPortfolio(world);
    const { accountGroupId, accountId } = portfolio.broker;
    const line = world.upvest.bookCashLine({ accountGroupId, type: 'CREDIT_FUNDING', amount: '100.00' });
    world.upvest.bookUnitsLine({ accountId: accountId ?? '', type: 'STOCK_DIVIDEND', isin: ISINS[0], amount: '1' });
    const order = world.upvest.placeOrder(accountId ?? '', { quantity: '1', instrument_id: ISINS[1] });
    await eventually(() => expect(world?.upvest.webhooks.idle).toBe(true));
    expect(await synchronizationOf(world, portfolio)).toEqual({ state: 'OFF', checkedAt: null, problems: [] });
    const { changes } = await synchronize(world, portfolio, { dryRun: true });
    expect(changes.map(({ externalId }: { externalId: string | null }) => externalId)).toEqual(
      expect.arrayContaining([line.id, order.id, null]),
    );
    expect(await synchronize(world, portfolio)).toMatchObject({
      __typename: 'UpstreamRefusedError',
      code: 'SYNCHRONIZATION_OFF',
      retryable: false,
    });
    expect(writes(world)).toEqual([]);
  });
});
