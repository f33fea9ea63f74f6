import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio, startUpvestStandin, type UpvestStandin } from '../../src/standins/index.ts';
import { type UpvestClient, upvestClient } from '../standins/support/upvest-client.ts';
import { BROKERS, type Broker, type Group, must } from './brokers.ts';

/*
 * The bytes of Upvest's calls (docs/upstream-contract.md, "Payments of Upvest", "Orders of Upvest", "Lists of Upvest"), asked
 * over a socket of all that have one, by a client that shares no code with the gateway.
 */

const onTheWire = Object.entries(BROKERS).filter(([name]) => !name.includes('in the process'));

describe.each(onTheWire)('payments on the wire, played by %s', (_name, start) => {
  let broker: Broker;
  let group: Group;
  let client: UpvestClient;
  beforeAll(async () => {
    broker = await start();
    const { baseUrl: url, ...credentials } = must(broker.connection);
    client = await upvestClient({ url, credentials });
  });
  beforeEach(async () => {
    group = await broker.group();
  });
  afterAll(() => broker.stop());

  const withdrawal = (change: Readonly<Record<string, unknown>> = {}) => ({
    reference_account_id: group.referenceAccountId,
    account_group_id: group.id,
    user_id: group.user,
    amount: '200.00',
    currency: 'EUR',
    ...change,
  });
  const virtualCash = () => ({ account_group_id: group.id, amount: '200.00', currency: 'EUR' });
  const listed = async () =>
    (await client.get(`/account_groups/${group.id}/payments/withdrawals`)).json().data.length as number;

  it('a withdrawal is answered whole, with 2xx', async () => {
    const reply = await client.post('/payments/withdrawals', withdrawal());
    expect(reply.status).toBe(200);
    expect(reply.json()).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      created_at: expect.any(String),
      updated_at: expect.any(String),
      reference_account_id: group.referenceAccountId,
      account_group_id: group.id,
      amount: '200.00',
      currency: 'EUR',
      status: 'NEW',
    });
    const read = await client.get(`/payments/withdrawals/${reply.json().id}`);
    expect([read.status, read.json()]).toEqual([200, reply.json()]);
  });

  it('a repeated request is answered with the same bytes', async () => {
    const key = randomUUID();
    for (const [path, body] of [
      ['/payments/withdrawals', withdrawal()],
      ['/virtual_cash_balances/increases', virtualCash()],
      ['/virtual_cash_balances/decreases', virtualCash()],
    ] as const) {
      const first = await client.post(path, body, key);
      group.step();
      const again = await client.post(path, body, key);
      expect([again.status, again.text]).toEqual([first.status, first.text]);
    }
  });

  it.each(['200.5', '200.123', '-1.00', '1000000000', '1e2', '', ' 1', 200])(
    'an amount of %j is refused with 400, and nothing is done',
    async (amount) => {
      expect((await client.post('/payments/withdrawals', withdrawal({ amount }))).status).toBe(400);
      expect((await client.post('/virtual_cash_balances/increases', { ...virtualCash(), amount })).status).toBe(400);
      expect([await listed(), group.events()]).toEqual([0, []]);
    },
  );

  it.each(['200', '200.00', '0.01', '999.99'])('an amount of %j is taken', async (amount) => {
    expect((await client.post('/virtual_cash_balances/increases', { ...virtualCash(), amount })).status).toBe(202);
  });

  it('cancelling answers 2xx without a state, and 422 when it comes too late', async () => {
    const { id } = (await client.post('/payments/withdrawals', withdrawal())).json();
    expect((await client.delete(`/payments/withdrawals/${id}`)).status).toBe(204);
    const decrease = (await client.post('/virtual_cash_balances/decreases', virtualCash())).json();
    expect([202, 204]).toContain((await client.delete(`/virtual_cash_balances/decreases/${decrease.id}`)).status);
    for (const path of [`/payments/withdrawals/${id}`, `/virtual_cash_balances/decreases/${decrease.id}`]) {
      const reply = await client.delete(path);
      expect(reply.status).toBe(422);
      expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
  });

  it('virtual cash cannot be read, listed, nor an increase cancelled', async () => {
    const { id } = (await client.post('/virtual_cash_balances/increases', virtualCash())).json();
    for (const path of ['increases', 'decreases', `increases/${id}`, `decreases/${id}`]) {
      expect([404, 405]).toContain((await client.get(`/virtual_cash_balances/${path}`)).status);
    }
    expect([404, 405]).toContain((await client.delete(`/virtual_cash_balances/increases/${id}`)).status);
  });

  it('a group that is not there can neither be paid from nor be read', async () => {
    const account_group_id = randomUUID();
    expect((await client.post('/payments/withdrawals', withdrawal({ account_group_id }))).status).toBe(404);
    expect((await client.get(`/account_groups/${account_group_id}/payments/cash_balances`)).status).toBe(404);
  });

  it('balances have all seven fields, each a decimal text', async () => {
    const [balance] = (await client.get(`/account_groups/${group.id}/payments/cash_balances`)).json().data;
    const amounts = [
      'balance',
      'locked_for_trading',
      'pending_settlement',
      'available_for_withdrawal',
      'available_for_trading',
    ];
    expect(Object.keys(balance).sort()).toEqual([...amounts, 'account_group_id', 'currency'].sort());
    for (const name of amounts) expect(balance[name]).toMatch(/^-?\d{1,63}(\.\d{1,27})?$/);
  });
});

/** Only the stand-in plays these. */
describe('the stand-in of Upvest', () => {
  const seeded = seedPortfolio({ holdings: { $EUR: '1000.00', US0378331005: '10' }, referenceAccounts: 1 });
  const groupId = seeded.broker.accountGroupId ?? '';
  const accountId = seeded.upvest?.accounts?.[0]?.id ?? '';
  const userId = seeded.broker.userId ?? '';
  let standIn: UpvestStandin;
  let client: UpvestClient;
  let now = Date.now();
  beforeEach(async () => {
    now = Date.now();
    standIn = await startUpvestStandin({
      seed: seeded.upvest ?? {},
      // Its clock is turned on by tests; the client signs by the machine's.
      settings: { settleDelayMs: 'manual', clockToleranceSeconds: 200_000 },
      clock: () => new Date(now),
    });
    client = await upvestClient(standIn);
    return () => standIn.stop();
  });

  const order = (change: Readonly<Record<string, unknown>> = {}) => ({
    user_id: userId,
    account_id: accountId,
    side: 'BUY',
    currency: 'EUR',
    instrument_id: 'US0378331005',
    instrument_id_type: 'ISIN',
    order_type: 'MARKET',
    cash_amount: '100.00',
    ...change,
  });
  const place = async (change?: Readonly<Record<string, unknown>>) => {
    const reply = await client.post('/orders', order(change));
    expect(reply.status).toBe(202);
    return reply.json().id as string;
  };
  const statusOf = async (id: string) => (await client.get(`/orders/${id}`)).json().status;
  /** Balance, locked, pending, withdrawable, tradable. */
  const cash = async () => {
    const [balance] = (await client.get(`/account_groups/${groupId}/payments/cash_balances`)).json().data;
    return [
      balance.balance,
      balance.locked_for_trading,
      balance.pending_settlement,
      balance.available_for_withdrawal,
      balance.available_for_trading,
    ].map(Number);
  };
  const types = () => standIn.webhooks.events().map(({ type }) => type);

  it('an order by amount locks its money, and spends it when it is filled', async () => {
    const id = await place();
    expect([await statusOf(id), await cash()]).toEqual(['NEW', [1_000, 100, 0, 900, 900]]);
    standIn.schedule.advance();
    expect(await statusOf(id)).toBe('PROCESSING');
    standIn.schedule.advance();
    const filled = (await client.get(`/orders/${id}`)).json();
    expect(filled).toMatchObject({ status: 'FILLED', executions: [{ status: 'FILLED', order_id: id, side: 'BUY' }] });
    standIn.schedule.advance();
    const { executions } = (await client.get(`/orders/${id}`)).json();
    expect(executions).toMatchObject([{ status: 'SETTLED' }]);
    expect(types().filter((type) => /^(ORDER|EXECUTION)\./.test(type))).toEqual([
      'ORDER.NEW',
      'ORDER.PROCESSING',
      'ORDER.FILLED',
      'EXECUTION.FILLED',
      'EXECUTION.SETTLED',
    ]);
  });

  it("a sale's money can be traded at once, and paid out once it has settled", async () => {
    const id = await place({ side: 'SELL', cash_amount: undefined, quantity: '2' });
    standIn.fillOrder(id, { quantity: '2', price: '50', complete: true });
    expect(await cash()).toEqual([1_100, 0, 100, 1_000, 1_100]);
    const [execution] = (await client.get(`/orders/${id}`)).json().executions;
    standIn.settleExecution(id, execution.id);
    expect(await cash()).toEqual([1_100, 0, 0, 1_100, 1_100]);
  });

  it('an order can be cancelled while it is NEW; later the refusal comes as an event', async () => {
    const id = await place();
    const reply = await client.delete(`/orders/${id}`);
    expect([reply.status, reply.json()]).toEqual([202, { id }]);
    expect((await client.get(`/orders/${id}`)).json()).toMatchObject({
      status: 'CANCELLED',
      cancellation_reason: 'CANCELLED_BY_CLIENT',
    });
    expect(await cash()).toEqual([1_000, 0, 0, 1_000, 1_000]);
    const late = await place();
    standIn.schedule.advance();
    expect((await client.delete(`/orders/${late}`)).status).toBe(202);
    expect(await statusOf(late)).toBe('PROCESSING');
    expect(types().at(-1)).toBe('ORDER_CANCELLATION.REJECTED');
  });

  it('an order is placed once for each key', async () => {
    const key = randomUUID();
    const first = await client.post('/orders', order(), key);
    standIn.schedule.advance();
    const again = await client.post('/orders', order(), key);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect((await client.get(`/accounts/${accountId}/orders?status=PROCESSING`)).json().data).toHaveLength(1);
  });

  it.each([
    ['both an amount and a quantity', { quantity: '1' }, 400],
    ['neither', { cash_amount: undefined }, 400],
    ['an amount with one decimal', { cash_amount: '1.5' }, 400],
    ['an account that is not there', { account_id: randomUUID() }, 422],
  ])('an order with %s is refused', async (_which, change, status) => {
    expect((await client.post('/orders', order(change))).status).toBe(status);
  });

  it('orders are listed by status and by when they were made', async () => {
    const first = await place();
    standIn.schedule.advanceAll();
    now += 60_000;
    const second = await place({ cash_amount: '50.00' });
    const from = new Date(now - 30_000).toISOString();
    const ids = async (query: string) =>
      (await client.get(`/accounts/${accountId}/orders${query}`)).json().data.map(({ id }: { id: string }) => id);
    expect(await ids('?status=FILLED')).toEqual([first]);
    expect(await ids('?status=NEW')).toEqual([second]);
    expect(await ids(`?status=NEW&date_created_from=${from}`)).toEqual([second]);
    expect(await ids(`?status=FILLED&date_created_from=${from}`)).toEqual([]);
    expect(await ids(`?status=FILLED&date_created_to=${from}`)).toEqual([first]);
    expect((await client.get(`/accounts/${accountId}/orders?status=OPEN`)).status).toBe(400);
    standIn.settings.orderList = 'filled-by-default';
    expect(await ids('')).toEqual([first]);
    for (const orderList of ['all-by-default', 'no-filter'] as const) {
      standIn.settings.orderList = orderList;
      expect(await ids('')).toEqual([first, second]);
    }
    expect(await ids('?status=NEW')).toEqual([first, second]);
  });

  it('cash transactions are listed by account group and by day', async () => {
    standIn.cashArrives(groupId, '5.00');
    const day = new Date(now).toISOString().slice(0, 10);
    const count = async (query: string) => (await client.get(`/transactions/cash${query}`)).json().data.length;
    expect(await count(`?account_group_id=${groupId}&start_date=${day}&end_date=${day}`)).toBe(1);
    expect(await count(`?account_group_id=${groupId}&start_date=2999-01-01`)).toBe(0);
    expect(await count(`?account_group_id=${groupId}&end_date=2000-01-01`)).toBe(0);
    expect(await count(`?account_group_id=${randomUUID()}`)).toBe(0);
  });

  it('lists may show a new payment later than it can be read', async () => {
    standIn.settings.readLagMs = 5_000;
    const { id } = (
      await client.post('/payments/withdrawals', {
        reference_account_id: seeded.upvest?.referenceAccounts?.[0]?.id ?? '',
        account_group_id: groupId,
        user_id: userId,
        amount: '1.00',
      })
    ).json();
    const listed = async () => (await client.get(`/account_groups/${groupId}/payments/withdrawals`)).json().data.length;
    expect([(await client.get(`/payments/withdrawals/${id}`)).status, await listed()]).toEqual([200, 0]);
    now += 6_000;
    expect(await listed()).toBe(1);
  });

  it('a token without the scope is refused with 403', async () => {
    const reader = await upvestClient(standIn, 'payments:read');
    const reply = await reader.post('/virtual_cash_balances/increases', { account_group_id: groupId });
    expect(reply.status).toBe(403);
  });

  it('keys are kept for a day, and forgotten then', async () => {
    const key = randomUUID();
    const increase = { account_group_id: groupId, amount: '5.00', currency: 'EUR' };
    const first = (await client.post('/virtual_cash_balances/increases', increase, key)).json();
    const again = async () => {
      const later = await upvestClient(standIn);
      return (await later.post('/virtual_cash_balances/increases', increase, key)).json().id;
    };
    now += 23 * 3_600_000;
    expect(await again()).toBe(first.id);
    now += 2 * 3_600_000;
    expect(await again()).not.toBe(first.id);
  });
});
