import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { verifyAudit } from '../../src/store/index.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { HOLD, MOVE, mutate, newKey, PLACE, RECORD, type Result, writes } from './graph.ts';

const P1 = 'P01FGVEKTV86PPKQVRK9CHT31JR';
const ISIN = 'LU78468R1014';
const T = {
  placed: 'T01G53YQW6E5RH7CA0000000001',
  settled: 'T01G53YQW6E5RH7CA0000000002',
  cancelled: 'T01G53YQW6E5RH7CA0000000003',
};
const at = '2022-06-10T07:49:26.341Z';
const buy = { type: 'BUY', status: 'PLACED', datetime: at, instrument_id: ISIN, quantity: '7' };
const done = { ...buy, unit_price: '10' };

let world: World;
let issuer: TestIssuer;
let operator: Record<string, string>;
beforeAll(async () => {
  issuer = await startIssuer();
  operator = { authorization: `Bearer ${await issuer.token({ sub: 'ops', scope: 'operator' })}` };
  const portfolio = seedPortfolio({
    id: P1,
    linked: false,
    transactions: [
      { id: T.placed, movements: [buy] },
      { id: T.settled, movements: [buy, { ...done, status: 'SETTLED' }] },
      { id: T.cancelled, movements: [buy, { ...buy, status: 'CANCELLED' }] },
    ],
  });
  world = await startWorld({ seed: [portfolio], gateway: { auth: issuer.settings } });
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});
beforeEach(() => world.investSuite.calls.reset());

const ask = (document: string, input: Record<string, unknown>, headers = operator): Promise<Result> =>
  mutate(world, document, input, headers);

const order = { portfolioId: P1, side: 'BUY', instrumentId: ISIN, quantity: '7' };
const deposit = { type: 'CASH_DEPOSIT', status: 'SETTLED', datetime: at, instrumentId: '$EUR', quantity: '1' };
const fill = { type: 'BUY', status: 'EXECUTED', datetime: at, instrumentId: ISIN, quantity: '7', unitPrice: '10' };
const record = (...movements: Record<string, unknown>[]) => ({ portfolioId: P1, movements });
const move = { portfolioId: P1, transactionId: T.placed, status: 'EXECUTED', quantity: '7', unitPrice: '10' };
const hold = (instrumentId: string, quantity: string) => ({ portfolioId: P1, holdings: [{ instrumentId, quantity }] });
const inTwoMinutes = () => new Date(Date.now() + 120_000).toISOString();

describe('invalid input is refused with its field, and nothing is sent', () => {
  it.each<[string, string, () => Record<string, unknown>]>([
    ['instrumentId', PLACE, () => ({ ...order, instrumentId: 'Apple' })],
    ['instrumentId', PLACE, () => ({ ...order, instrumentId: '$EUR' })],
    ['quantity', PLACE, () => ({ ...order, quantity: null })],
    ['amount', PLACE, () => ({ ...order, amount: '100' })],
    ['quantity', PLACE, () => ({ ...order, quantity: '0' })],
    ['limitPrice', PLACE, () => ({ ...order, orderType: 'LIMIT' })],
    ['orderType', PLACE, () => ({ ...order, orderType: 'UNKNOWN' })],
    ['externalId', PLACE, () => ({ ...order, externalId: "it's" })],
    ['externalId', PLACE, () => ({ ...order, externalId: 'all*' })],
    ['externalId', PLACE, () => ({ ...order, externalId: 'x'.repeat(65) })],
    ['optimizationId', PLACE, () => ({ ...order, optimizationId: P1 })],
    ['placedAt', PLACE, () => ({ ...order, placedAt: inTwoMinutes() })],
    ['movements', RECORD, () => record()],
    ['movements', RECORD, () => record(...Array.from({ length: 1_000 }, () => deposit))],
    ['movements[0].instrumentId', RECORD, () => record({ ...deposit, instrumentId: 'EUR' })],
    ['movements[0].instrumentId', RECORD, () => record({ ...deposit, instrumentId: ISIN })],
    ['movements[1].quantity', RECORD, () => record(deposit, { ...deposit, quantity: '0.00' })],
    ['movements[0].datetime', RECORD, () => record({ ...deposit, datetime: inTwoMinutes() })],
    ['movements[0].type', RECORD, () => record({ ...deposit, type: 'UNKNOWN' })],
    ['movements[0].unitPrice', RECORD, () => record({ ...fill, unitPrice: null })],
    [
      'movements[1].instrumentId',
      RECORD,
      () =>
        record({ ...fill, unitPriceCurrency: 'EUR' }, { ...fill, type: 'SELL', instrumentId: '$USD', unitPrice: null }),
    ],
    ['status', MOVE, () => ({ ...move, status: 'UNKNOWN' })],
    ['quantity', MOVE, () => ({ ...move, quantity: '-7' })],
    ['datetime', MOVE, () => ({ ...move, datetime: inTwoMinutes() })],
    ['charges[0].type', MOVE, () => ({ ...move, charges: [{ type: 'BUY', amount: '1' }] })],
    ['cashAmount', MOVE, () => ({ ...move, status: 'PLACED', cashAmount: '70' })],
    ['unitPrice', MOVE, () => ({ ...move, unitPrice: null })],
    ['quantity', MOVE, () => ({ ...move, status: 'SETTLED', quantity: null })],
    ['holdings', HOLD, () => ({ portfolioId: P1, holdings: [], replaceAll: true })],
    ['holdings[0].instrumentId', HOLD, () => hold('EUR', '1')],
    ['holdings[0].quantity', HOLD, () => hold(ISIN, '-1')],
    ['idempotencyKey', PLACE, () => ({ ...order, idempotencyKey: '' })],
    ['idempotencyKey', HOLD, () => ({ ...hold(ISIN, '1'), idempotencyKey: 'a\nkey' })],
  ])('%s', async (field, document, input) => {
    expect(await ask(document, input())).toMatchObject({ __typename: 'InvalidInputError', field, retryable: false });
    expect(writes(world)).toEqual([]);
  });

  it('an instrument of the right form whose check digit is wrong is taken: so are the vendor’s own', async () => {
    expect(await ask(PLACE, { ...order, instrumentId: 'LU78468R1014' })).toMatchObject({
      __typename: 'RecordOrderSuccess',
    });
  });
});

describe('an illegal status change is refused with from and to, and nothing is sent', () => {
  it.each([
    ['settled', 'PLACED', 'SETTLED'],
    ['settled', 'CANCELLED', 'SETTLED'],
    ['cancelled', 'SETTLED', 'CANCELLED'],
    ['cancelled', 'EXECUTED', 'CANCELLED'],
    ['placed', 'PENDING', 'PLACED'],
  ] as const)('a %s order to %s', async (which, to, from) => {
    const numbers = to === 'SETTLED' || to === 'EXECUTED' ? { quantity: '7', unitPrice: '10' } : {};
    const input = { portfolioId: P1, transactionId: T[which], status: to, ...numbers };
    expect(await ask(MOVE, input)).toMatchObject({
      __typename: 'IllegalStatusChangeError',
      code: 'ILLEGAL_STATUS_CHANGE',
      from,
      to,
    });
    expect(writes(world)).toEqual([]);
  });

  it('a change that is there already is a success, and nothing is sent', async () => {
    const input = { portfolioId: P1, transactionId: T.cancelled, status: 'CANCELLED', datetime: at };
    expect(await ask(MOVE, input)).toMatchObject({ __typename: 'UpdateOrderStatusSuccess', replayed: false });
    expect(writes(world)).toEqual([]);
  });
});

describe('authorization, and the order of failures', () => {
  it.each([
    ['recordTransaction', RECORD, record({ ...deposit, quantity: '0' })],
    ['recordOrder', PLACE, { ...order, quantity: '0' }],
    ['updateOrderStatus', MOVE, { ...move, quantity: '0' }],
    ['updateHoldings', HOLD, hold('EUR', '1')],
  ])('%s is for operators; that comes before anything about the input', async (_name, document, input) => {
    const token = await issuer.token({ sub: 'U01ERYVVSZTKKYEEVX3Y6JECE83', scope: 'portfolios:read cash:withdraw' });
    const customer = { authorization: `Bearer ${token}` };
    expect(await ask(document, input, customer)).toMatchObject({ __typename: 'ForbiddenError' });
    expect(await ask(document, input)).toMatchObject({ __typename: 'InvalidInputError' });
  });

  it.each([
    ['recordTransaction', RECORD, { ...record(deposit), portfolioId: 'P01FGVEKTV86PPKQVRK9CHT31JX' }],
    ['recordOrder', PLACE, { ...order, portfolioId: 'nothing' }],
    ['updateOrderStatus', MOVE, { ...move, portfolioId: 'P01FGVEKTV86PPKQVRK9CHT31JX' }],
    ['updateOrderStatus of a transaction', MOVE, { ...move, transactionId: 'T01FGVEKTV86PPKQVRK9CHT31JX' }],
    ['updateHoldings', HOLD, { ...hold(ISIN, '1'), portfolioId: 'P01FGVEKTV86PPKQVRK9CHT31JX' }],
  ])('%s: what is not there is NotFound', async (_name, document, input) => {
    expect(await ask(document, input)).toMatchObject({ __typename: 'NotFoundError' });
    expect(writes(world)).toEqual([]);
  });

  it('nothing is recorded while InvestSuite cannot be asked', async () => {
    const [fault = 0] = world.investSuite.faults.add({ kind: 'status', status: 500, match: { method: 'GET' } });
    const idempotencyKey = newKey();
    const down = await world.ask(PLACE, { input: { ...order, idempotencyKey } }, operator);
    expect(down.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE', retryable: true } }]);
    world.investSuite.faults.remove(fault);
    expect(await ask(PLACE, { ...order, idempotencyKey })).toMatchObject({ replayed: false });
  });
});

describe('a key', () => {
  it('used again answers the same, once done and for good, with no second effect', async () => {
    const input = { ...order, externalId: 'once', idempotencyKey: newKey() };
    const first = await ask(PLACE, input);
    const again = await Promise.all(Array.from({ length: 5 }, () => ask(PLACE, { ...input, quantity: '7.0' })));
    for (const answer of again) expect(answer).toEqual({ ...first, replayed: true });
    expect(writes(world)).toHaveLength(1);
  });

  it('asked fifty times at once is one request', async () => {
    const input = { ...record(deposit), idempotencyKey: newKey() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(RECORD, input)));
    expect(new Set(answers.map(({ transaction }) => transaction.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(writes(world)).toHaveLength(1);
  });

  it('shows what has become of the transaction since', async () => {
    const placed = { ...order, idempotencyKey: newKey() };
    const { transaction } = await ask(PLACE, placed);
    await ask(MOVE, { ...move, transactionId: transaction.id });
    expect(await ask(PLACE, placed)).toMatchObject({ replayed: true, transaction: { status: 'EXECUTED', version: 2 } });
    const [fault = 0] = world.investSuite.faults.add({ kind: 'status', status: 500, match: { method: 'GET' } });
    expect(await ask(PLACE, placed)).toMatchObject({ replayed: true, transaction: { status: 'PLACED', version: 1 } });
    world.investSuite.faults.remove(fault);
  });

  it('with another input, or for another mutation, is refused', async () => {
    const idempotencyKey = newKey();
    await ask(PLACE, { ...order, idempotencyKey });
    const reused = { __typename: 'IdempotencyKeyReusedError' };
    expect(await ask(PLACE, { ...order, quantity: '8', idempotencyKey })).toMatchObject(reused);
    expect(await ask(RECORD, { ...record(deposit), idempotencyKey })).toMatchObject(reused);
    // Recall comes before any check.
    expect(await ask(PLACE, { ...order, quantity: '-8', idempotencyKey })).toMatchObject(reused);
    expect(writes(world)).toHaveLength(1);
  });

  it('of a refusal may be used again when its cause is gone', async () => {
    const idempotencyKey = newKey();
    const refused = { ...move, transactionId: T.settled, idempotencyKey };
    expect(await ask(MOVE, refused)).toMatchObject({ __typename: 'IllegalStatusChangeError' });
    const { transaction } = await ask(PLACE, order);
    expect(await ask(MOVE, { ...refused, transactionId: transaction.id })).toMatchObject({ replayed: false });
  });
});

it('every mutation and every end of one is in the audit, which holds', async () => {
  const { transaction } = await ask(PLACE, order);
  await ask(MOVE, { ...move, transactionId: transaction.id });
  await ask(HOLD, hold(ISIN, '8'));
  const { store } = world.gateway;
  const rows = await store.read((reading) =>
    reading.db.selectFrom('audit').select(['action', 'actor']).orderBy('at').execute(),
  );
  const actions = rows.map(({ action }) => action);
  expect(actions).toEqual(expect.arrayContaining(['recordOrder', 'transaction-record COMPLETED']));
  expect(actions).toEqual(expect.arrayContaining(['updateOrderStatus', 'order-change COMPLETED']));
  expect(actions).toEqual(expect.arrayContaining(['updateHoldings', 'holdings-change COMPLETED']));
  expect((await store.read(verifyAudit)).findings).toEqual([]);
});
