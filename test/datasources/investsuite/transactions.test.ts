import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { DroppedRows, InvestSuiteOptions } from '../../../src/datasources/investsuite/index.ts';
import { BadUserInputError, UpstreamInvalidAnswerError } from '../../../src/errors.ts';
import type { Handler } from '../fake-upstream.ts';
import {
  badRequest,
  type FakeInvestSuite,
  notFound,
  page,
  portfolioId,
  startFakeInvestSuite,
  transactionId,
  wireTransaction,
} from './fake-investsuite.ts';

const P = portfolioId(1);
const LIST = `/portfolios/${P}/transactions/`;

let fake: FakeInvestSuite;
afterEach(() => fake.stop());

async function start(handler: Handler, options: Partial<InvestSuiteOptions> = {}): Promise<FakeInvestSuite> {
  fake = await startFakeInvestSuite(handler, options);
  return fake;
}

const targets = (): string[] => fake.calls().map(({ target }) => target);
const list = async (): Promise<string[]> => (await fake.investSuite.transactions(P)).map(({ id }) => id);

/** A portfolio with so many transactions, listed and looked for, but without a path for each. */
const listing =
  (count: number, more: Readonly<Record<string, unknown>> = {}): Handler =>
  ({ path, query }) => {
    if (path !== LIST) return notFound;
    const wanted = /^external_id eq '(.*)'$/.exec(query.get('query') ?? '')?.[1];
    const rows = Array.from({ length: count }, (_, index) => wireTransaction(index + 1, more));
    const found = wanted === undefined ? rows : rows.filter(({ external_id }) => external_id === wanted);
    const offset = Number(query.get('offset') ?? '0');
    const limit = Number(query.get('limit'));
    const next =
      offset + limit < found.length ? `http://x.invalid${path}?limit=${limit}&offset=${offset + limit}` : null;
    return page(found.slice(offset, offset + limit), { next });
  };

describe('the transactions of a portfolio', () => {
  it('are read page by page, to the last', async () => {
    await start(listing(250));
    const ids = await list();
    expect([ids.length, ids[0], ids[249]]).toEqual([250, transactionId(1), transactionId(250)]);
    expect(targets()).toEqual(
      [0, 100, 200].map((offset) => `${LIST}?limit=100${offset === 0 ? '' : `&offset=${offset}`}`),
    );
  });

  it('are read once for all who ask at the same time, and anew after a write', async () => {
    await start(async (call) => {
      if (call.method === 'POST') return { body: wireTransaction(9) };
      await sleep(20);
      return listing(2)(call);
    });
    await Promise.all(Array.from({ length: 20 }, list));
    expect(fake.calls()).toHaveLength(1);
    const before = list();
    await fake.investSuite.createTransaction(P, { movements: [] });
    await Promise.all([before, list()]);
    expect(fake.calls().filter(({ method }) => method === 'GET')).toHaveLength(3);
  });

  it('are an error where `next` leads back: the rest is not known', async () => {
    await start(() => page([wireTransaction(1)], { next: `${LIST}?limit=100&offset=100` }));
    await expect(list()).rejects.toThrow(UpstreamInvalidAnswerError);
    expect(fake.calls()).toHaveLength(2);
    fake.handle(({ query }) => {
      const next = query.get('offset') === '1' ? '2' : '1';
      return page([wireTransaction(Number(next))], { next: `${LIST}?offset=${next}` });
    });
    await expect(list()).rejects.toThrow(UpstreamInvalidAnswerError);
    expect(fake.calls()).toHaveLength(5);
  });

  it('end where `next` leads to nothing new', async () => {
    await start(() => page([]));
    let offset = 0;
    fake.handle(() => {
      offset += 100;
      return page(offset === 300 ? [] : [wireTransaction(offset)], { next: `${LIST}?offset=${offset}` });
    });
    expect(await list()).toEqual([transactionId(100), transactionId(200)]);
  });

  it('may come as a bare list or a bare entity', async () => {
    await start(() => ({ body: [wireTransaction(1), wireTransaction(2)] }));
    expect(await list()).toHaveLength(2);
    fake.handle(() => ({ body: wireTransaction(1) }));
    expect(await list()).toHaveLength(1);
  });

  it('leave out deleted ones, another portfolio’s, and those that cannot be read, which are reported', async () => {
    const dropped: DroppedRows[] = [];
    const movement = {
      type: 'BUY',
      status: 'PLACED',
      datetime: '2022-06-10T07:49:26.341Z',
      instrument_id: 'LU78468R1014',
    };
    await start(
      () =>
        page([
          wireTransaction(1, { portfolio_id: P }),
          wireTransaction(2, { deleted: true }),
          wireTransaction(3, { portfolio_id: portfolioId(2) }),
          wireTransaction(4, { movements: [{ ...movement, quantity: 'many' }] }),
          wireTransaction(5, { movements: [movement, { ...movement, quantity: 1, datetime: 'yesterday' }] }),
          { id: 'T1', movements: [] },
        ]),
      { onDropped: (rows) => dropped.push(rows) },
    );
    const { rows, unreadable } = await fake.investSuite.transactionListing(P);
    expect(rows.map(({ id }) => id)).toEqual([transactionId(1)]);
    // Values that have not the form of an id are not named.
    expect(unreadable.map(({ id }) => id)).toEqual([transactionId(4), transactionId(5), null]);
    await expect(list()).rejects.toMatchObject({ code: 'UPSTREAM_ROW_UNREADABLE', rows: 3, system: 'INVESTSUITE' });
    expect(dropped.slice(0, 1)).toEqual([
      {
        resource: 'transaction',
        count: 3,
        details: [
          'transaction: movements.0.quantity',
          'transaction: movements.0.quantity, movements.1.datetime',
          'transaction: id',
        ],
      },
    ]);
  });

  it.each([404, 405, 403])('are not taken for none when the list is refused with %i', async (status) => {
    await start(() => ({ status, body: {} }));
    await expect(list()).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED', status });
  });
});

describe('the fields of a transaction', () => {
  it('keeps digits, signs and times, in either form of numbers', async () => {
    const text = `{"id":"${transactionId(1)}","external_id":"mine","portfolio_id":"${P}","type":"ORDER","order_type":"LIMIT",
      "optimization_id":"O01ARZ3NDEKTSV4RRFFQ69G5FAV","creation_datetime":"2021-10-07T06:11:22.217585+00:00","version":"2",
      "new_field":{"x":1},"status":"COMPLETED","movements":[
      {"external_id":"m1","type":"BUY","status":"PLACED","datetime":"2022-06-08T10:15:53.000000+00:00",
       "instrument_id":"LU2660424076","quantity":"3","unit_price":"3.49","unit_price_currency":"EUR"},
      {"type":"SELL","status":"EXECUTED","datetime":"2022-06-08T10:15:54","instrument_id":"$USD",
       "quantity":-12345678901234.1234567890,"reference_external_id":"m1","trade_type":"CORRECTION","description":"d",
       "reference_instrument_id":"LU2660424076"}]}`;
    await start(() => ({ body: text }));
    const [transaction] = await fake.investSuite.transactions(P);
    const placed = {
      externalId: 'm1',
      referenceExternalId: null,
      type: 'BUY',
      status: 'PLACED',
      datetime: '2022-06-08T10:15:53.000000+00:00',
      instrumentId: 'LU2660424076',
      quantity: '3',
      unitPrice: '3.49',
      unitPriceCurrency: 'EUR',
      tradeType: null,
      description: null,
      referenceInstrumentId: null,
    };
    expect(transaction).toEqual({
      id: transactionId(1),
      portfolioId: P,
      externalId: 'mine',
      type: 'ORDER',
      status: 'EXECUTED',
      orderType: 'LIMIT',
      optimizationId: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV',
      primaryMovement: placed,
      movements: [
        placed,
        {
          externalId: null,
          referenceExternalId: 'm1',
          type: 'SELL',
          status: 'EXECUTED',
          datetime: '2022-06-08T10:15:54+00:00',
          instrumentId: '$USD',
          quantity: '-12345678901234.1234567890',
          unitPrice: null,
          unitPriceCurrency: null,
          tradeType: 'CORRECTION',
          description: 'd',
          referenceInstrumentId: 'LU2660424076',
        },
      ],
      createdAt: '2021-10-07T06:11:22.217585+00:00',
      version: 2,
    });
  });

  it('is derived where it is not sent, and UNKNOWN where it is not known', async () => {
    const strange = { type: 'AIRDROP', status: 'DREAMT', trade_type: 'SWAP', datetime: '2022-06-08', quantity: 1 };
    await start(() =>
      page([
        wireTransaction(1),
        wireTransaction(2, { type: 'GIFT', order_type: 'ICEBERG', movements: [{ ...strange, instrument_id: 'X' }] }),
        wireTransaction(3, { movements: null, version: null, creation_datetime: 'soon' }),
      ]),
    );
    const [derived, unknown, empty] = await fake.investSuite.transactions(P);
    expect(derived).toMatchObject({ type: 'CASH_TRANSFER', status: 'SETTLED', primaryMovement: { quantity: '500.5' } });
    expect(unknown).toMatchObject({
      type: 'UNKNOWN',
      status: 'UNKNOWN',
      orderType: 'UNKNOWN',
      movements: [{ type: 'UNKNOWN', status: 'UNKNOWN', tradeType: 'UNKNOWN', datetime: '2022-06-08T00:00:00+00:00' }],
    });
    expect(empty).toMatchObject({ movements: [], primaryMovement: null, version: null, createdAt: null });
  });

  it('takes the primary movement that is sent', async () => {
    const sent = {
      type: 'SELL',
      status: 'PLACED',
      datetime: '2022-06-08T10:15:53Z',
      instrument_id: 'X',
      quantity: '7',
    };
    await start(() =>
      page([wireTransaction(1, { primary_movement: sent }), wireTransaction(2, { primary_movement: 7 })]),
    );
    const [first, second] = await fake.investSuite.transactions(P);
    expect(first?.primaryMovement).toMatchObject({ type: 'SELL', quantity: '7' });
    expect(second?.primaryMovement).toMatchObject({ type: 'CASH_DEPOSIT' });
  });
});

describe('one transaction', () => {
  const item = `${LIST}${transactionId(2)}`;
  const withItems: Handler = (call) => (call.path === item ? { body: wireTransaction(2) } : listing(3)(call));
  const one = (number: number) => fake.investSuite.transaction(P, transactionId(number));

  it('is read at its own path, once for all who ask at the same time', async () => {
    await start(withItems);
    const found = await Promise.all([one(2), one(2), one(2)]);
    expect(found.map((transaction) => transaction?.id)).toEqual([2, 2, 2].map(transactionId));
    expect(targets()).toEqual([item]);
  });

  it('is missing where its path answers 404, once such paths are known to exist', async () => {
    await start(withItems);
    await one(2);
    expect(await one(3)).toBeNull();
    expect(fake.calls()).toHaveLength(2);
  });

  it.each([404, 405])(
    'is found in the list where there are no such paths (%i), which is remembered',
    async (status) => {
      await start((call) => (call.path === LIST ? listing(3)(call) : { status, body: {} }));
      expect((await one(2))?.id).toBe(transactionId(2));
      expect((await one(3))?.id).toBe(transactionId(3));
      expect(await one(4)).toBeNull();
      expect(targets()).toEqual([item, ...Array.from({ length: 3 }, () => `${LIST}?limit=100`)]);
    },
  );

  it('is null in a portfolio that does not exist, deleted, or of another portfolio', async () => {
    await start(() => notFound);
    expect(await one(2)).toBeNull();
    fake.handle(() => ({ body: wireTransaction(2, { deleted: true }) }));
    expect(await one(2)).toBeNull();
    fake.handle(() => ({ body: wireTransaction(2, { portfolio_id: portfolioId(7) }) }));
    expect(await one(2)).toBeNull();
  });

  it('that is in the list but cannot be read is an error, not absent', async () => {
    await start((call) => (call.path === LIST ? page([wireTransaction(2, { movements: 'x' })]) : notFound));
    await expect(one(2)).rejects.toMatchObject({ detail: 'transaction: movements' });
    expect(await one(3)).toBeNull();
  });

  it('is read anew when it must be fresh', async () => {
    await start(withItems);
    const fresh = () => fake.investSuite.transactionFresh(P, transactionId(2));
    await Promise.all([one(2), fresh(), fresh()]);
    expect(targets()).toEqual([item, item, item]);
  });
});

describe('transactions by external id', () => {
  const find = (externalId: string) => fake.investSuite.findTransactionsByExternalId(P, externalId);

  it('are looked for', async () => {
    await start(listing(3));
    expect((await find('external-2')).map(({ id }) => id)).toEqual([transactionId(2)]);
    expect(await find('external-9')).toEqual([]);
    expect(fake.calls()[0]?.query.get('query')).toBe("external_id eq 'external-2'");
  });

  it('are all given, and only those, whatever the query did', async () => {
    await start(() =>
      page([wireTransaction(1, { external_id: 'a' }), wireTransaction(2), wireTransaction(3, { external_id: 'a' })]),
    );
    expect((await find('a')).map(({ id }) => id)).toEqual([transactionId(1), transactionId(3)]);
  });

  it('are found by listing where that cannot be asked, which is remembered', async () => {
    await start((call) => (call.query.has('query') ? badRequest('query') : listing(150)(call)));
    expect(await find('external-150')).toHaveLength(1);
    expect(await find('external-1')).toHaveLength(1);
    expect(fake.calls()).toHaveLength(5);
  });

  it('are found by listing where a query is answered with 404, and are not taken for absent when the list is, too', async () => {
    await start((call) => (call.query.has('query') ? notFound : listing(2)(call)));
    expect(await find('external-2')).toHaveLength(1);
    fake.handle(() => notFound);
    await expect(find('external-2')).rejects.toMatchObject({ status: 404 });
  });

  it('are not known to be absent while a row that may be one cannot be read', async () => {
    await start(() => page([wireTransaction(1, { movements: 'x' })]));
    await expect(find('external-1')).rejects.toMatchObject({ code: 'UPSTREAM_INVALID_ANSWER' });
    expect(await find('external-2')).toEqual([]);
    fake.handle(() => page([{}]));
    await expect(find('external-2')).rejects.toMatchObject({ code: 'UPSTREAM_INVALID_ANSWER' });
  });

  it('never join a call that began before', async () => {
    await start(async (call) => {
      await sleep(10);
      return listing(1)(call);
    });
    await Promise.all([list(), find('external-1'), find('external-1')]);
    expect(fake.calls()).toHaveLength(3);
  });

  it.each(["x' or id neq 'y", '*', 'a\tb', ''])('are not looked for by %j', async (externalId) => {
    await start(listing(1));
    await expect(find(externalId)).rejects.toBeInstanceOf(BadUserInputError);
    expect(fake.calls()).toHaveLength(0);
  });
});
