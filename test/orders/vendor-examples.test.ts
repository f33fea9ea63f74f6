import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { HOLD, lastBody, MOVE, mutate, PLACE, RECORD, writes } from './graph.ts';

/**
 * The examples of InvestSuite's pages "Transactions" and "Synchronize portfolios", through the graph and compared with
 * what InvestSuite gets. Where the pages differ among themselves (the sign of a sale) the form that both show is written.
 */

const P1 = 'P01FGVEKTV86PPKQVRK9CHT31JR';
const O1 = 'O01ARZ3NDEKTSV4RRFFQ69G5FAV';
const ISIN = 'LU78468R1014';
const PLACED_AT = '2022-06-10T07:49:26.341Z';
const EXECUTED_AT = '2022-06-10T07:52:26.341Z';
const SETTLED_AT = '2022-06-12T07:52:26.341Z';

const limit = {
  external_id: 'my-movement-1',
  type: 'BUY',
  status: 'PLACED',
  datetime: '2022-06-08T10:15:53.000000+00:00',
  instrument_id: 'LU2660424076',
  quantity: '3',
  unit_price: '3.49',
};

let world: World;
beforeAll(async () => {
  const portfolio = seedPortfolio({
    id: P1,
    baseCurrency: 'USD',
    linked: false,
    holdings: { $USD: '100' },
    transactions: [
      { id: 'T01G53YQW6E5RH7CA0000000000', externalId: 'my-transaction-1', orderType: 'LIMIT', movements: [limit] },
      {
        id: 'T01FGZK41MJ4NJXKZ27VJC0HGS9',
        externalId: 'your-corporate-action-1',
        movements: [dividend('PENDING', '2021-09-30T00:00:00+00:00')],
      },
    ],
  });
  world = await startWorld({ seed: [portfolio] });
});
afterAll(() => world.stop());
beforeEach(() => world.investSuite.calls.reset());

function dividend(status: string, datetime: string) {
  return {
    type: 'CASH_DIVIDEND',
    status,
    datetime,
    instrument_id: '$USD',
    quantity: '0.0785',
    reference_instrument_id: 'LU78464A6727',
  };
}

const placed = { portfolioId: P1, instrumentId: ISIN, placedAt: PLACED_AT, optimizationId: O1 };
const placedBody = { datetime: PLACED_AT, status: 'PLACED', instrument_id: ISIN };

/** A movement as the graph takes it. */
const movement = (type: string, status: string, datetime: string, instrumentId: string, quantity: string) => ({
  type,
  status,
  datetime,
  instrumentId,
  quantity,
});

describe('placing an order', () => {
  it('to buy by units', async () => {
    const input = { ...placed, side: 'BUY', quantity: '7', externalId: 'your-transaction-id-1' };
    expect(await mutate(world, PLACE, input)).toMatchObject({ __typename: 'RecordOrderSuccess', replayed: false });
    expect(lastBody(world)).toEqual({
      external_id: 'your-transaction-id-1',
      optimization_id: O1,
      movements: [{ type: 'BUY', ...placedBody, quantity: 7 }],
    });
    expect(writes(world).map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /portfolios/${P1}/transactions/`,
    ]);
  });

  it('to buy by amount', async () => {
    const input = { ...placed, side: 'BUY', amount: '1000', currency: 'EUR', externalId: 'your-transaction-id-1' };
    await mutate(world, PLACE, input);
    expect(lastBody(world)).toEqual({
      external_id: 'your-transaction-id-1',
      optimization_id: O1,
      movements: [{ type: 'BUY', ...placedBody, quantity: 1, unit_price: '1000', unit_price_currency: 'EUR' }],
    });
  });

  it('to sell: what leaves is negative', async () => {
    await mutate(world, PLACE, { ...placed, side: 'SELL', quantity: '7', externalId: 'your-transaction-id-1' });
    expect(lastBody(world).movements).toEqual([{ type: 'SELL', ...placedBody, quantity: -7 }]);
  });

  it('with a limit', async () => {
    await mutate(world, PLACE, { ...placed, side: 'BUY', quantity: '3', limitPrice: '3.49', orderType: 'LIMIT' });
    expect(lastBody(world)).toMatchObject({
      order_type: 'LIMIT',
      movements: [{ quantity: 3, unit_price: '3.49', unit_price_currency: 'USD' }],
    });
  });
});

describe('recording', () => {
  const at = '2021-10-06T00:00:00+00:00';
  const cash = (type: string, status: string, datetime: string, quantity: number) => ({
    type,
    status,
    datetime,
    instrument_id: '$USD',
    quantity,
  });
  const record = async (externalId: string, movements: readonly Record<string, unknown>[]) => {
    const answer = await mutate(world, RECORD, { portfolioId: P1, externalId, movements });
    expect(answer, JSON.stringify(answer)).toMatchObject({ __typename: 'RecordTransactionSuccess' });
    return lastBody(world);
  };

  it('a funding and a withdrawal, whichever sign it is given', async () => {
    const id = 'P01FHAR57WS6Q8AV1GH5EATYKP1/14031738752';
    expect(await record(id, [movement('CASH_DEPOSIT', 'EXECUTED', at, '$USD', '500.0')])).toEqual({
      external_id: id,
      movements: [cash('CASH_DEPOSIT', 'EXECUTED', at, 500)],
    });
    expect(writes(world).at(-1)?.requestBody).toContain('"quantity":500.0}');
    for (const quantity of ['-500.0', '500.0']) {
      const body = await record(id, [movement('CASH_WITHDRAWAL', 'SETTLED', at, '$USD', quantity)]);
      expect(body.movements).toEqual([cash('CASH_WITHDRAWAL', 'SETTLED', at, -500)]);
    }
  });

  it.each(['MANAGEMENT_FEE', 'WITHHOLDING_TAX'])('a %s', async (type) => {
    const datetime = '2021-10-03T08:00:16.733954+00:00';
    const given = { ...movement(type, 'SETTLED', datetime, '$USD', '-0.1035719'), externalId: '14031738752' };
    expect(await record('14031738752', [given])).toEqual({
      external_id: '14031738752',
      movements: [{ external_id: '14031738752', ...cash(type, 'SETTLED', datetime, -0.1035719) }],
    });
  });

  it('a dividend', async () => {
    const datetime = '2021-10-01T00:00:00+00:00';
    const given = movement('CASH_DIVIDEND', 'SETTLED', datetime, '$USD', '0.0785');
    expect(await record('your-corporate-action-1', [{ ...given, referenceInstrumentId: 'LU78464A6727' }])).toEqual({
      external_id: 'your-corporate-action-1',
      movements: [{ ...cash('CASH_DIVIDEND', 'SETTLED', datetime, 0.0785), reference_instrument_id: 'LU78464A6727' }],
    });
  });

  it.each([
    ['BUY', 'SELL', 1],
    ['SELL', 'BUY', -1],
  ])('a whole order to %s, placed and settled', async (side, other, sign) => {
    const settledAt = '2022-06-12T07:49:26.341Z';
    const body = await record('your-transaction-id-1', [
      movement(side, 'PLACED', PLACED_AT, ISIN, String(sign)),
      { ...movement(side, 'SETTLED', settledAt, ISIN, String(7 * sign)), unitPrice: '29.51' },
      movement(other, 'SETTLED', settledAt, '$USD', '206.57'),
    ]);
    expect(body.movements).toEqual([
      { type: side, ...placedBody, quantity: sign },
      { type: side, ...placedBody, status: 'SETTLED', datetime: settledAt, unit_price: 29.51, quantity: 7 * sign },
      cash(other, 'SETTLED', settledAt, -206.57 * sign),
    ]);
  });

  it('an execution whose cash, fee and tax name it', async () => {
    const legs = [
      movement('SELL', 'EXECUTED', EXECUTED_AT, '$USD', '206.57'),
      movement('TRANSACTION_FEE', 'EXECUTED', EXECUTED_AT, '$USD', '3'),
      movement('OTHER_TAX', 'EXECUTED', EXECUTED_AT, '$USD', '0.15'),
    ];
    const body = await record('your-transaction-id-1', [
      movement('BUY', 'PLACED', PLACED_AT, ISIN, '7'),
      {
        ...movement('BUY', 'EXECUTED', EXECUTED_AT, ISIN, '7'),
        unitPrice: '29.51',
        externalId: 'instrument-buy-123',
      },
      ...legs,
    ]);
    const named = { reference_external_id: 'instrument-buy-123' };
    expect(body.movements).toEqual([
      { type: 'BUY', ...placedBody, quantity: 7 },
      {
        external_id: 'instrument-buy-123',
        type: 'BUY',
        ...placedBody,
        status: 'EXECUTED',
        datetime: EXECUTED_AT,
        unit_price: 29.51,
        quantity: 7,
      },
      { ...cash('SELL', 'EXECUTED', EXECUTED_AT, -206.57), ...named },
      { ...cash('TRANSACTION_FEE', 'EXECUTED', EXECUTED_AT, -3), ...named },
      { ...cash('OTHER_TAX', 'EXECUTED', EXECUTED_AT, -0.15), ...named },
    ]);
  });
});

/**
 * A body without what the vendor's examples leave out: InvestSuite shows a movement in several forms (numbers as text,
 * fields without a value), and what was not to be changed is written back in the form that it was shown in.
 */
function asInExamples({ movements }: { readonly movements: readonly Record<string, unknown>[] }) {
  const isShown = ([name, value]: readonly [string, unknown]): boolean =>
    value !== null && name !== 'quantity_portfolio_currency';
  const exact = ([name, value]: readonly [string, unknown]) =>
    [name, name === 'quantity' || name === 'unit_price' ? Number(value) : value] as const;
  return { movements: movements.map((each) => Object.fromEntries(Object.entries(each).filter(isShown).map(exact))) };
}

describe('moving an order on', () => {
  const charges = [
    { type: 'TRANSACTION_FEE', amount: '3' },
    { type: 'OTHER_TAX', amount: '0.15' },
  ];
  const legs = (side: 'BUY' | 'SELL', status: string, datetime: string) => {
    const sign = side === 'BUY' ? 1 : -1;
    const common = { status, datetime, instrument_id: '$USD' };
    return [
      { type: side, status, datetime, instrument_id: ISIN, unit_price: 29.51, quantity: 7 * sign },
      { type: side === 'BUY' ? 'SELL' : 'BUY', ...common, quantity: -206.57 * sign },
      { type: 'TRANSACTION_FEE', ...common, quantity: -3 },
      { type: 'OTHER_TAX', ...common, quantity: -0.15 },
    ];
  };

  it.each(['BUY', 'SELL'] as const)('to %s: executed, then settled with what was executed', async (side) => {
    const { transaction } = await mutate(world, PLACE, { ...placed, side, quantity: '7' });
    const order = { portfolioId: P1, transactionId: transaction.id };
    const ordered = { type: side, ...placedBody, quantity: side === 'BUY' ? 7 : -7 };
    const told = { datetime: EXECUTED_AT, quantity: '7', unitPrice: '29.51', charges };
    const executed = await mutate(world, MOVE, { ...order, status: 'EXECUTED', ...told });
    expect(executed).toMatchObject({ replayed: false, warnings: [], transaction: { status: 'EXECUTED', version: 2 } });
    expect(asInExamples(lastBody(world))).toEqual({ movements: [ordered, ...legs(side, 'EXECUTED', EXECUTED_AT)] });
    expect(writes(world).at(-1)).toMatchObject({
      method: 'PATCH',
      path: expect.stringMatching(new RegExp(`^/portfolios/${P1}/transactions/${transaction.id}/?$`)),
    });
    const settled = await mutate(world, MOVE, { ...order, status: 'SETTLED', datetime: SETTLED_AT });
    expect(settled.transaction).toMatchObject({ status: 'SETTLED', optimizationId: O1, version: 3 });
    expect(asInExamples(lastBody(world))).toEqual({ movements: [ordered, ...legs(side, 'SETTLED', SETTLED_AT)] });
  });

  it('to a cancelled one: the placed movement again, with its own datetime', async () => {
    const order = { portfolioId: P1, transactionId: 'T01G53YQW6E5RH7CA0000000000' };
    const datetime = '2022-06-08T11:01:54.000000+00:00';
    const { transaction } = await mutate(world, MOVE, { ...order, status: 'CANCELLED', datetime });
    expect(transaction).toMatchObject({ status: 'CANCELLED', orderType: 'LIMIT', externalId: 'my-transaction-1' });
    const { external_id, ...rest } = { ...limit, quantity: 3, unit_price: 3.49 };
    expect(asInExamples(lastBody(world))).toEqual({
      movements: [
        { external_id, ...rest },
        { ...rest, status: 'CANCELLED', datetime },
      ],
    });
  });

  it('of a dividend that settles, as it is', async () => {
    const order = { portfolioId: P1, transactionId: 'T01FGZK41MJ4NJXKZ27VJC0HGS9' };
    const datetime = '2021-10-01T00:00:00+00:00';
    await mutate(world, MOVE, { ...order, status: 'SETTLED', datetime });
    expect(asInExamples(lastBody(world)).movements).toEqual([
      { ...dividend('PENDING', '2021-09-30T00:00:00+00:00'), quantity: 0.0785 },
      { ...dividend('SETTLED', datetime), quantity: 0.0785 },
    ]);
  });
});

describe('updating holdings', () => {
  const lines = {
    $USD: '208.086729',
    LU78464A6644: '18.78',
    LU4642886612: '9.2243',
    LU46137V2410: '9',
    LU3160923039: '3',
    LU46429B2676: '45.146',
  };
  const inputs = Object.entries(lines).map(([instrumentId, quantity]) => ({ instrumentId, quantity }));

  it('writes the whole map, with every digit as a number', async () => {
    const answer = await mutate(world, HOLD, { portfolioId: P1, holdings: inputs, replaceAll: true });
    expect(answer).toMatchObject({
      __typename: 'UpdateHoldingsSuccess',
      warnings: [],
      portfolio: { holdings: inputs },
    });
    const [write] = writes(world);
    expect(write).toMatchObject({ method: 'PATCH', path: `/portfolios/${P1}/` });
    const numbers = Object.entries(lines).map(([name, quantity]) => `"${name}":${quantity}`);
    expect(write?.requestBody).toBe(`{"portfolio":{${numbers.join(',')}}}`);
  });

  it('keeps the holdings that are not given', async () => {
    await mutate(world, HOLD, { portfolioId: P1, holdings: [{ instrumentId: 'LU46137V2410', quantity: '9.5' }] });
    expect(lastBody(world).portfolio).toEqual({
      $USD: 208.086729,
      LU78464A6644: 18.78,
      LU4642886612: 9.2243,
      LU46137V2410: 9.5,
      LU3160923039: 3,
      LU46429B2676: 45.146,
    });
  });
});
