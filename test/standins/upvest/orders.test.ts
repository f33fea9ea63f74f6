import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedPortfolio, startUpvestStandin, type UpvestStandin } from '../../../src/standins/index.ts';
import { type UpvestClient, upvestClient } from '../support/upvest-client.ts';

let standin: UpvestStandin;
let client: UpvestClient;
let count = 0;

beforeAll(async () => {
  standin = await startUpvestStandin({ settings: { settleDelayMs: 'manual' } });
  client = await upvestClient(standin);
});
afterAll(() => standin.stop());

function fresh() {
  const seeded = seedPortfolio({ key: `orders/${++count}`, holdings: { $EUR: '1000', US0378331005: '10' } });
  standin.add(seeded.upvest ?? {});
  const { accountId, accountGroupId, userId } = seeded.broker;
  const order = {
    user_id: userId,
    account_id: accountId,
    currency: 'EUR',
    side: 'BUY',
    instrument_id: 'US0378331005',
    instrument_id_type: 'ISIN',
    order_type: 'MARKET',
    client_reference: 'T01FHCP1CZ9F1S207KJHNA5V244',
  };
  return { accountId, accountGroupId, order };
}
const place = (body: object) => client.post('/orders', body);
const money = (groupId: string) => {
  const { balance, locked_for_trading, pending_settlement, available_for_withdrawal, available_for_trading } =
    standin.balance(groupId);
  return [balance, locked_for_trading, pending_settlement, available_for_withdrawal, available_for_trading].map(Number);
};
const units = (accountId: string) => standin.positions(accountId)[0]?.quantity;

describe('an order', () => {
  test('to buy for an amount locks it, then spends it', async () => {
    const { accountId, accountGroupId, order } = fresh();
    const answer = await place({ ...order, cash_amount: '100.00' });
    expect([answer.status, answer.json().status]).toEqual([202, 'NEW']);
    expect(money(accountGroupId)).toEqual([1000, 100, 0, 900, 900]);
    const { id } = answer.json();
    standin.schedule.advance({ id });
    expect(standin.order(id)?.status).toBe('PROCESSING');
    standin.fillOrder(id, { quantity: '0.5', price: '200', cashAmount: '100.00' });
    expect(standin.order(id)?.status).toBe('FILLED');
    expect(money(accountGroupId)).toEqual([900, 0, 0, 900, 900]);
    expect(units(accountId)).toBe('10.5');
    const read = (await client.get(`/orders/${id}`)).json();
    const execution = read.executions[0];
    expect(execution).toMatchObject({ status: 'FILLED', share_quantity: '0.5', price: '200', cash_amount: '100.00' });
    expect((await client.get(`/orders/${id}/executions/${execution.id}`)).json()).toEqual(execution);
  });

  test('to sell gives money to trade with, and to pay out once settled', async () => {
    const { accountId, accountGroupId, order } = fresh();
    const { id } = (await place({ ...order, side: 'SELL', quantity: '4' })).json();
    standin.schedule.advance({ id });
    const execution = standin.fillOrder(id, { quantity: '4', price: '10.25', taxes: '1.00' });
    expect(money(accountGroupId)).toEqual([1040, 0, 40, 1000, 1040]);
    expect(units(accountId)).toBe('6');
    standin.settleExecution(id, execution.id);
    expect(money(accountGroupId)).toEqual([1040, 0, 0, 1040, 1040]);
    expect(standin.order(id)?.executions[0]?.status).toBe('SETTLED');
    expect(standin.settleExecution(id, execution.id)).toBeUndefined();
  });

  test('to sell holds its units until they are sold, or it is cancelled', async () => {
    const { accountId, order } = fresh();
    const held = () => {
      const [{ quantity, locked_for_trading, available_for_trading } = {}] = standin.positions(accountId);
      return [quantity, locked_for_trading, available_for_trading].map(Number);
    };
    const { id } = (await place({ ...order, side: 'SELL', quantity: '4' })).json();
    expect(held()).toEqual([10, 4, 6]);
    standin.fillOrder(id, { quantity: '1', price: '10' });
    expect(held()).toEqual([9, 3, 6]);
    standin.fillOrder(id, { quantity: '2', price: '10', complete: true });
    expect(held()).toEqual([7, 0, 7]);
    const other = (await place({ ...order, side: 'SELL', quantity: '7' })).json();
    expect(held()).toEqual([7, 7, 0]);
    standin.cancelOrder(other.id);
    expect(held()).toEqual([7, 0, 7]);
  });

  test('is filled by itself in as many parts as the settings say, with fee and taxes, and settled', async () => {
    const { accountId, accountGroupId, order } = fresh();
    Object.assign(standin.settings, { orderFills: 3, orderFee: '0.99', orderTax: '0.25' });
    const { id } = (await place({ ...order, quantity: '1.5', user_instrument_fit_acknowledgement: true })).json();
    for (let step = 0; step < 7; step += 1) standin.schedule.advance({ id });
    Object.assign(standin.settings, { orderFills: 1, orderFee: null, orderTax: null });
    const done = standin.order(id);
    expect(done).toMatchObject({ status: 'FILLED', fee: '0.99' });
    expect(done?.executions.map(({ status, share_quantity }) => `${status} ${share_quantity}`)).toEqual([
      ...['SETTLED 0.5', 'SETTLED 0.5', 'SETTLED 0.5'],
    ]);
    const paid = done?.executions.reduce((sum, { cash_amount }) => sum + Number(cash_amount), 0) ?? 0;
    const [balance = 0, locked] = money(accountGroupId);
    expect(balance).toBeCloseTo(1000 - paid - 0.99 - 3 * 0.25, 2);
    expect(locked).toBe(0);
    expect(units(accountId)).toBe('11.5');
  });

  test('may be filled in parts, and a part may be undone', async () => {
    const { accountId, accountGroupId, order } = fresh();
    const { id } = (await place({ ...order, side: 'SELL', quantity: '4' })).json();
    const first = standin.fillOrder(id, { quantity: '1', price: '10' });
    expect(standin.order(id)?.status).toBe('PROCESSING');
    standin.fillOrder(id, { quantity: '3', price: '11' });
    expect(standin.order(id)?.status).toBe('FILLED');
    expect(money(accountGroupId)[0]).toBe(1043);
    standin.cancelExecution(id, first.id);
    expect(money(accountGroupId)[0]).toBe(1033);
    expect(units(accountId)).toBe('7');
    expect(standin.order(id)?.executions.map(({ status }) => status)).toEqual(['CANCELLED', 'FILLED']);
  });

  test('is filled and settled by itself, with an event for each step', async () => {
    const { order, accountGroupId } = fresh();
    const { id } = (await place({ ...order, quantity: '1' })).json();
    standin.schedule.advanceAll({ id });
    expect(standin.order(id)?.executions[0]?.status).toBe('SETTLED');
    expect(money(accountGroupId)[1]).toBe(0);
    const told = standin.webhooks.events().filter(({ object }) => object['id'] === id || object['order_id'] === id);
    expect(told.map(({ type }) => type)).toEqual([
      'ORDER.NEW',
      'ORDER.PROCESSING',
      'ORDER.FILLED',
      'EXECUTION.FILLED',
      'EXECUTION.SETTLED',
    ]);
  });

  test('without the money ends CANCELLED', async () => {
    const { order, accountGroupId } = fresh();
    const { id } = (await place({ ...order, cash_amount: '1000.01' })).json();
    standin.schedule.advanceAll({ id });
    expect(standin.order(id)).toMatchObject({
      status: 'CANCELLED',
      cancellation_reason: 'CANCELLED_BY_UPVEST_PLATFORM',
    });
    expect(money(accountGroupId)).toEqual([1000, 0, 0, 1000, 1000]);
  });

  test('is cancelled from NEW; later the refusal comes as an event', async () => {
    const { order, accountGroupId } = fresh();
    const first = (await place({ ...order, cash_amount: '100.00' })).json();
    expect((await client.delete(`/orders/${first.id}`)).status).toBe(202);
    expect(standin.order(first.id)?.status).toBe('CANCELLED');
    expect(money(accountGroupId)).toEqual([1000, 0, 0, 1000, 1000]);
    const second = (await place({ ...order, cash_amount: '100.00' })).json();
    standin.schedule.advance({ id: second.id });
    expect((await client.delete(`/orders/${second.id}`)).status).toBe(202);
    expect(standin.order(second.id)?.status).toBe('PROCESSING');
    expect(standin.webhooks.events().at(-1)?.type).toBe('ORDER_CANCELLATION.REJECTED');
  });

  test('is refused with too many or too few fields', async () => {
    const { order } = fresh();
    expect((await place(order)).status).toBe(400);
    expect((await place({ ...order, quantity: '1', cash_amount: '1' })).status).toBe(400);
    expect((await place({ ...order, quantity: '1', account_id: '00000000-0000-4000-8000-000000000000' })).status).toBe(
      422,
    );
  });
});
