import { beforeEach, expect, test } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { send } from './support/http.ts';
import { type UpvestClient, upvestClient } from './support/upvest-client.ts';

const APPLE = 'US0378331005';
const DAY_MS = 86_400_000;
const one = seedPortfolio({ key: 'clock', manager: 'USER_MANAGED', holdings: { $EUR: '1000.00', [APPLE]: '10' } });
const robo = seedPortfolio({ key: 'clock-robo' });
const { accountGroupId: group, accountId: account } = one.broker;

let standins: Standins;
let upvest: UpvestClient;
beforeEach(async () => {
  standins = await startStandins({ seed: combineSeeds(one, robo), settleDelayMs: 'manual' });
  upvest = await upvestClient(standins.upvest);
  return () => standins.stop();
});

const forward = (days: number) => standins.upvest.passTime(days * DAY_MS);
const withdraw = (key: string) => {
  const [reference = ''] = one.broker.referenceAccountIds;
  const body = {
    account_group_id: group,
    user_id: one.broker.userId,
    reference_account_id: reference,
    amount: '10.00',
  };
  return upvest.post('/payments/withdrawals', body, key);
};
const KEY = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const eventsOf = (type: string) => standins.upvest.webhooks.events().filter((event) => event.type === type);
const today = () => new Date().toISOString().slice(0, 10);

test('what is due happens, with the dates of then', async () => {
  const { id } = (await withdraw(KEY)).json();
  const { now, nights } = forward(30);
  expect([nights, Math.round((Date.parse(now) - Date.now()) / DAY_MS)]).toEqual([30, 30]);
  expect(standins.upvest.withdrawal(id)?.status).toBe('CONFIRMED');
  const { created_at: at } = standins.upvest.placeOrder(account, { side: 'SELL', quantity: '1' });
  expect([now.slice(0, 10), now.slice(0, 10) > today()]).toEqual([at.slice(0, 10), true]);
});

test('valuations of each day are there, and the event of the last night', async () => {
  const until = new Date(Date.now() + 40 * DAY_MS).toISOString().slice(0, 10);
  const path = `/accounts/${account}/valuations?start_date=${today()}&end_date=${until}`;
  forward(30);
  const reader = await upvestClient(standins.upvest, 'valuations:read');
  expect((await reader.get(`${path}&limit=100`)).json().data.length).toBeGreaterThanOrEqual(30);
  expect(eventsOf('ACCOUNT_VALUATION.CREATED')).toHaveLength(2);
});

test('tokens, signatures and idempotency keys stay in real time', async () => {
  const { id } = (await withdraw(KEY)).json();
  forward(30);
  const again = await withdraw(KEY);
  expect([again.status, again.json().id]).toEqual([200, id]);
  expect(standins.upvest.withdrawals(group)).toHaveLength(1);
});

test('a savings plan pays in, buys, is charged and earns dividends', () => {
  standins.upvest.addPlan({ id: 'plan', account_id: account, instrument_id: APPLE, cash_amount: '100.00' });
  forward(100);
  const orders = standins.upvest.orders(account);
  expect(orders.length).toBeGreaterThanOrEqual(3);
  expect(new Set(orders.map((order) => [order.initiation_flow, order.status].join()))).toEqual(
    new Set(['SAVINGS_PLAN,FILLED']),
  );
  const lines = standins.upvest.cashTransactions(group);
  expect(new Set(lines.map(({ type }) => type))).toEqual(
    new Set(['SEPA_DIRECT_DEBIT', 'ORDER_EXECUTION', 'FEE_COLLECTION', 'CASH_DIVIDEND']),
  );
  const dividend = lines.find(({ type }) => type === 'CASH_DIVIDEND');
  expect(Number(dividend?.taxes[0]?.amount)).toBeGreaterThan(0);
});

test('an order ends after its last day, and stays until then', () => {
  standins.upvest.force({ of: 'order', how: 'stay' });
  const last = new Date(Date.now() + 2 * DAY_MS).toISOString().slice(0, 10);
  const { id } = standins.upvest.placeOrder(account, { side: 'SELL', quantity: '1', expiry_date: last });
  forward(1);
  expect(standins.upvest.order(id)?.status).toBe('NEW');
  forward(3);
  expect(standins.upvest.order(id)?.status).toBe('CANCELLED');
});

test('InvestSuite computes what is due, and optimizes robo portfolios after a night', async () => {
  const url = `${standins.investSuite.url}/__standin/clock`;
  const answer = await send('POST', url, {}, JSON.stringify({ ms: DAY_MS }));
  expect(answer.status).toBe(200);
  const optimization = standins.investSuite.optimization(robo.portfolioId);
  expect(optimization?.status).toBe('SUCCESS');
  expect(String(optimization?.creation_datetime).slice(0, 10) > today()).toBe(true);
});

test.each(['-1', '999999999999', 'x'])('a time of %s is refused', async (ms) => {
  const answer = await send('POST', `${standins.upvest.url}/__standin/clock`, {}, JSON.stringify({ ms }));
  expect(answer.status).toBe(400);
});

test('events are sent again with the ids that they had', () => {
  standins.upvest.cashArrives(group, '1.00');
  const [first] = eventsOf('CASH_BALANCE.UPDATED').slice(-1);
  standins.upvest.webhooks.register('http://127.0.0.1:9/');
  standins.upvest.webhooks.pause();
  expect(standins.upvest.webhooks.resend({ type: 'CASH_BALANCE.UPDATED', last: 1 })).toEqual([first]);
  expect(standins.upvest.webhooks.waiting).toBe(1);
});
