import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EventItem,
  eventKeys,
  parseEvents,
  readSubject,
  type UpvestEvent,
} from '../../../src/datasources/upvest/index.ts';
import { webhookVector } from './vectors.ts';

const bytes = (content: unknown): Uint8Array =>
  Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));

const WITHDRAWAL = {
  id: '6ffa6b16-2380-4e7a-88b2-ae625c8eef99',
  created_at: '2020-08-24T14:15:22Z',
  updated_at: '2020-08-24T14:15:22Z',
  reference_account_id: '295378ec-036e-4f3f-ae5c-2be85c93e837',
  account_group_id: 'ac1c39e9-2101-46b8-a624-d10a9e351b6c',
  user_id: 'b668282b-cdf3-439a-bda2-3f3c9f655bb7',
  amount: '200.00',
  currency: 'EUR',
  remittance_information: 'Withdrawal',
  status: 'NEW',
};

const event = (type: string, object: unknown, change: object = {}) => ({
  id: '8962b496-8d42-4560-bfab-10490dd1a721',
  created_at: '2021-07-21T14:10:00.00Z',
  type,
  object,
  webhook_id: '9df39835-be87-4243-9018-f2500b39cee6',
  ...change,
});

function items(content: unknown): readonly EventItem[] {
  const batch = parseEvents(bytes(content));
  if (batch.kind !== 'events') throw new Error(batch.reason);
  return batch.items;
}

function only(content: unknown): UpvestEvent {
  const [item] = items(content);
  if (item?.kind !== 'event') throw new Error('no event');
  return item.event;
}

describe("a delivery's body", () => {
  it('is a payload of events', () => {
    const found = items(webhookVector().request.body);
    expect(found.map((item) => item.kind)).toEqual(['event', 'event']);
    expect(found[0]).toMatchObject({ event: { type: 'WITHDRAWAL.CONFIRMED', createdAt: '2026-01-01T00:00:00.00Z' } });
  });

  it('may be one bare event', () => {
    expect(only(event('WITHDRAWAL.NEW', WITHDRAWAL))).toEqual({
      id: '8962b496-8d42-4560-bfab-10490dd1a721',
      createdAt: '2021-07-21T14:10:00.00Z',
      type: 'WITHDRAWAL.NEW',
      object: WITHDRAWAL,
      webhookId: '9df39835-be87-4243-9018-f2500b39cee6',
    });
    expect(only({ payload: event('WITHDRAWAL.NEW', WITHDRAWAL) }).type).toBe('WITHDRAWAL.NEW');
  });

  it('may hold no event at all', () => {
    expect(items({ payload: [] })).toEqual([]);
  });

  it('keeps every digit', () => {
    const body = '{"payload":[{"id":"1","type":"X.Y","object":{"amount":12345678901234.123456789,"far":1e100}}]}';
    expect(only(body).object).toEqual({ amount: '12345678901234.123456789', far: '1e100' });
  });

  it.each([
    ['no object', 'X'],
    ['no id', { type: 'A.B', object: {} }],
    ['an id that is no text', event('A.B', {}, { id: {} })],
    ['an endless id', event('A.B', {}, { id: 'x'.repeat(201) })],
    ['no type', event('', {})],
    ['no object inside', event('A.B', [])],
    ['null', null],
  ])('with one poison event has the others still: %s', (_name, poison) => {
    const found = items({ payload: [event('A.B', {}), poison, event('C.D', {})] });
    expect(found.map((item) => item.kind)).toEqual(['event', 'poison', 'event']);
    expect(found[1]).toMatchObject({ kind: 'poison', content: JSON.parse(JSON.stringify(poison)) });
  });

  it('keeps the id of a poison event that has one', () => {
    expect(items({ payload: [event('A.B', 'x', { id: 'e1' })] })[0]).toMatchObject({ kind: 'poison', id: 'e1' });
  });

  it.each(['', 'null', '[]', '{}', '"x"', '{"payload":1}', '{"payload":', '\u0000', '{"data":[]}'])(
    'that is none is told as such: %j',
    (body) => {
      expect(parseEvents(bytes(body)).kind).toBe('unreadable');
    },
  );

  it('that is not UTF-8 is reported as such', () => {
    expect(parseEvents(Buffer.from('{"payload":[],"x":"\xff"}', 'latin1')).kind).toBe('unreadable');
  });

  it('of any kind is read without a throw', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.constantFrom('WITHDRAWAL.NEW', 'ORDER.FILLED', 'CASH_BALANCE.UPDATED', '.'),
        (json, type) => {
          const body = `{"payload":[${json},{"id":"1","type":"${type}","object":{"x":${json}}},${json}]}`;
          const batch = parseEvents(bytes(body));
          if (batch.kind !== 'events') throw new Error(batch.reason);
          expect(batch.items).toHaveLength(3);
          for (const item of batch.items) if (item.kind === 'event') readSubject(item.event);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('nested too deeply is reported as such', () => {
    const deep = `{"payload":[{"id":"1","type":"A.B","object":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}]}`;
    expect(['events', 'unreadable']).toContain(parseEvents(bytes(deep)).kind);
  });
});

describe('what an event is about', () => {
  const subject = (type: string, object: unknown) => readSubject(only(event(type, object)));
  const virtualCash = { ...WITHDRAWAL, status: 'QUEUED' };

  it.each(['NEW', 'PROCESSING', 'CONFIRMED', 'CANCELLED'])('WITHDRAWAL.%s is a withdrawal', (status) => {
    expect(subject(`WITHDRAWAL.${status}`, { ...WITHDRAWAL, status })).toMatchObject({
      kind: 'withdrawal',
      withdrawal: { id: WITHDRAWAL.id, status, amount: '200.00' },
    });
  });

  it('takes the status of the type where the object has none, and the object where both differ', () => {
    const { status: _none, ...bare } = WITHDRAWAL;
    expect(subject('WITHDRAWAL.CONFIRMED', bare)).toMatchObject({ withdrawal: { status: 'CONFIRMED' } });
    expect(subject('WITHDRAWAL.CONFIRMED', WITHDRAWAL)).toMatchObject({ withdrawal: { status: 'NEW' } });
    expect(subject('WITHDRAWAL.MISLAID', bare)).toMatchObject({ withdrawal: { status: 'UNKNOWN' } });
  });

  it('may be virtual cash, of either direction', () => {
    expect(subject('VIRTUAL_CASH_INCREASE.ISSUED', { ...virtualCash, status: 'ISSUED' })).toMatchObject({
      kind: 'virtualCash',
      direction: 'INCREASE',
      virtualCash: { status: 'ISSUED' },
    });
    expect(subject('VIRTUAL_CASH_DECREASE.QUEUED', virtualCash)).toMatchObject({
      kind: 'virtualCash',
      direction: 'DECREASE',
      virtualCash: { status: 'QUEUED', amount: '200.00' },
    });
  });

  it('may be a balance', () => {
    const balance = {
      account_group_id: 'd0fc0305-97b7-4e3b-bddf-66d3c434898c',
      currency: 'EUR',
      balance: '200',
      locked_for_trading: '0',
      pending_settlement: '0',
      available_for_withdrawal: '200',
      available_for_trading: '0',
    };
    expect(subject('CASH_BALANCE.UPDATED', balance)).toMatchObject({
      kind: 'cashBalance',
      balance: { balance: '200', availableForWithdrawal: '200' },
    });
    expect(subject('CASH_BALANCE.UPDATED', { ...balance, balance: 'secret' })).toEqual({
      kind: 'poison',
      reason: 'balance: custom',
    });
  });

  it('may be an order, an execution, a booking', () => {
    const order = { id: 'o1', account_id: 'a1', instrument_id: 'US0378331005', side: 'BUY' };
    expect(subject('ORDER.FILLED', order)).toMatchObject({ kind: 'order', order: { id: 'o1', status: 'FILLED' } });
    const execution = { id: 'e1', order_id: 'o1', share_quantity: '1.5' };
    expect(subject('EXECUTION.SETTLED', execution)).toMatchObject({
      kind: 'execution',
      execution: { id: 'e1', orderId: 'o1', status: 'SETTLED', quantity: '1.5' },
    });
    const booked = { id: 't1', type: 'WITHDRAWAL', account_group_id: 'g1', delta: { amount: '-1', currency: 'EUR' } };
    expect(subject('CASH_TRANSACTION.EXECUTED', booked)).toMatchObject({
      kind: 'cashTransaction',
      transaction: { type: 'WITHDRAWAL', amount: '-1', references: [] },
    });
  });

  it.each([
    'USER.CREATED',
    'ORDER_CANCELLATION.REJECTED',
    'TOPUP.SETTLED',
    'ORDER',
    'SOMETHING.NEW',
    '.',
    'withdrawal.new',
  ])('of a type that we have no use for is other, or poison: %s', (type) => {
    expect(['other', 'poison']).toContain(subject(type, {}).kind);
  });

  it('names its keys, whatever its type', () => {
    expect(eventKeys(only(event('TOPUP.SETTLED', WITHDRAWAL)))).toEqual({
      accountGroupId: WITHDRAWAL.account_group_id,
      accountId: null,
      brokerageUserId: WITHDRAWAL.user_id,
    });
    expect(eventKeys(only(event('ACCOUNT_GROUP.LOCKED', { id: 'g1' })))).toMatchObject({ accountGroupId: 'g1' });
    expect(eventKeys(only(event('ACCOUNT.CLOSED', { id: 'a1', account_group_id: 'g1' })))).toEqual({
      accountGroupId: 'g1',
      accountId: 'a1',
      brokerageUserId: null,
    });
    expect(eventKeys(only(event('USER.CREATED', { id: '../x' })))).toMatchObject({ brokerageUserId: null });
  });
});
