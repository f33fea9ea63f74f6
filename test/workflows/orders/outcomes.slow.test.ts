import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dateTime } from '../../../src/domain/datetime.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import type { FaultRule } from '../../../src/standins/index.ts';
import { type InvestSuiteEntities, seedPortfolio } from '../../../src/standins/index.ts';
import {
  type OrderServices,
  type Point,
  recordOrder,
  recordTransaction,
  updateHoldings,
  updateOrderStatus,
} from '../../../src/workflows/index.ts';
import { eventually } from '../../helpers/gateway.ts';
import { OPERATOR, Orders } from './harness.ts';

const ISIN = 'LU78468R1014';
const PLACED_AT = '2022-06-10T07:49:26.341Z';
let orders: Orders;
let services: OrderServices;
let portfolioId: string;
let transactionId: string;
let portfolios = 0;

beforeAll(async () => {
  orders = await Orders.start({ seed: [], attemptTimeoutMs: 300 });
});
afterAll(() => orders.stop());

/** Each test has a portfolio of its own. */
beforeEach(() => {
  const portfolio = seedPortfolio({
    key: `orders/${++portfolios}`,
    manager: 'USER_MANAGED',
    holdings: { $EUR: '100', US0378331005: '10' },
    transactions: [
      {
        externalId: 'mine',
        movements: [{ type: 'BUY', status: 'PLACED', datetime: PLACED_AT, instrument_id: ISIN, quantity: '7' }],
      },
    ],
  });
  portfolioId = portfolio.portfolioId;
  transactionId = portfolio.transactionIds[0] ?? '';
  orders.fresh(portfolio);
  services = orders.services;
  return () => expect(orders.errors).toEqual([]);
});

let keys = 0;
const record = (more: { externalId?: string; idempotencyKey?: string } = {}) =>
  recordTransaction(services, OPERATOR, {
    portfolioId,
    movements: [
      {
        type: 'CASH_DEPOSIT',
        status: 'SETTLED',
        datetime: dateTime(new Date('2021-10-06T00:00:00Z')),
        instrumentId: '$EUR',
        quantity: decimal('500.0'),
      },
    ],
    idempotencyKey: `key-${++keys}`,
    ...more,
  });
const place = (idempotencyKey = `key-${++keys}`) =>
  recordOrder(services, OPERATOR, {
    portfolioId,
    side: 'BUY',
    instrumentId: ISIN,
    quantity: decimal('7'),
    idempotencyKey,
  });
const execute = (idempotencyKey = `key-${++keys}`) =>
  updateOrderStatus(services, OPERATOR, {
    portfolioId,
    transactionId,
    status: 'EXECUTED',
    quantity: decimal('7'),
    unitPrice: decimal('10'),
    datetime: dateTime(new Date('2022-06-11T00:00:00Z')),
    idempotencyKey,
  });
const hold = (idempotencyKey = `key-${++keys}`, instrumentId = ISIN, quantity = '7') =>
  updateHoldings(services, OPERATOR, {
    portfolioId,
    holdings: [{ instrumentId, quantity: decimal(quantity) }],
    idempotencyKey,
  });

const WRITES = [
  ['recordTransaction', 'POST', record, 'transaction-created'],
  ['recordOrder', 'POST', place, 'transaction-created'],
  ['updateOrderStatus', 'PATCH', execute, 'transaction-patched'],
  ['updateHoldings', 'PATCH', hold, 'holdings-replaced'],
] as const;

/** Not the login. */
const POST = { method: 'POST', path: /^\/portfolios/ };

const done = (kind: string): number =>
  orders.investSuite.ledger().filter((entry) => entry.kind === kind && entry.portfolioId === portfolioId).length;

describe.each(WRITES)('%s', (_name, method, ask, effect) => {
  const spoil = (rule: FaultRule) =>
    orders.investSuite.faults.add({ ...rule, match: { method, path: /^\/portfolios/ } });

  it.each<[string, FaultRule]>([
    ['the connection is reset after the work', { kind: 'reset-after', times: 1 }],
    ['the answer is not what it should be', { kind: 'garbage', times: 1 }],
    ['a server error hides that it was done', { kind: 'status', status: 500, work: 'done', times: 1 }],
    ['no answer ever comes', { kind: 'hang', work: 'done', times: 1 }],
  ])('is done once when %s', async (_what, fault) => {
    spoil(fault);
    expect(await orders.hurry<unknown>(ask())).toMatchObject({ kind: 'success', replayed: false });
    expect(done(effect)).toBe(1);
    expect(orders.writes).toEqual([method]);
  });

  it('is sent again only when it is certain that nothing arrived', async () => {
    spoil({ kind: 'reset-before', times: 1 });
    const asked = ask();
    await eventually(async () => expect(orders.writes).toEqual([method]));
    // It is asked about meanwhile, and may still arrive.
    orders.pass(10_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(orders.writes).toEqual([method]);
    orders.pass(31_000);
    expect(await asked).toMatchObject({ kind: 'success' });
    expect(orders.writes).toEqual([method, method]);
    expect(done(effect)).toBe(1);
  });

  it('is refused with our own message where InvestSuite refuses, also for a repeated key', async () => {
    spoil({ kind: 'status', status: 422, times: 1 });
    const key = `key-${++keys}`;
    const asked = method === 'POST' ? () => record({ idempotencyKey: key }) : () => execute(key);
    const refused = { kind: 'upstreamRefused', code: 'UPSTREAM_REFUSED', status: 422, retryable: false };
    expect(await asked()).toMatchObject(refused);
    expect(await asked()).toMatchObject(refused);
    expect(orders.writes).toEqual([method]);
  });

  it('that takes too long is OUTCOME_PENDING, and the same key gives the result later', async () => {
    services = { ...orders.services, answerWithinMs: 50 };
    spoil({ kind: 'delay', ms: 200, times: 1 });
    const key = `key-${++keys}`;
    const again = () =>
      method === 'POST' ? record({ idempotencyKey: key }) : effect === 'holdings-replaced' ? hold(key) : execute(key);
    expect(await again()).toMatchObject({ kind: 'upstreamRefused', code: 'OUTCOME_PENDING', retryable: true });
    await eventually(async () => expect(await again()).toMatchObject({ kind: 'success', replayed: true }));
    expect(done(effect)).toBe(1);
  });

  it.each<Point>(['begun', 'prepared', 'marked', 'sent', 'committed'])(
    'is done once when the process dies after %s',
    async (at) => {
      let crashes = 0;
      orders.onPoint = (point) => {
        if (point !== at || crashes > 0) return;
        crashes += 1;
        orders.crash();
      };
      const asked = ask();
      await eventually(() => expect(crashes).toBe(1));
      // Marked and not sent looks like sent and lost: that nothing arrives has to be waited for.
      expect(await orders.hurry<unknown>(asked)).toMatchObject({ kind: 'success' });
      expect(done(effect)).toBe(1);
    },
  );
});

describe('a transaction whose making is in doubt', () => {
  it('is looked for by our own id where the client gave none', async () => {
    orders.investSuite.faults.add({ kind: 'reset-after', match: POST, times: 1 });
    const result = await orders.hurry(record());
    if (result.kind !== 'success') throw new Error(result.message);
    const [first] = orders.investSuite
      .transactions(portfolioId)
      .filter(({ external_id: id }) => id?.startsWith('trx_'));
    expect(result.value.value).toMatchObject({ id: first?.id, externalId: first?.external_id });
  });

  it('is not one that had the client’s id before', async () => {
    orders.investSuite.faults.add({ kind: 'reset-before', match: POST, times: 1 });
    const asked = record({ externalId: 'mine' });
    await eventually(() => expect(orders.writes).toEqual(['POST']));
    orders.pass(31_000);
    const result = await asked;
    if (result.kind !== 'success') throw new Error(result.message);
    expect(result.value.value.id).not.toBe(transactionId);
    expect(orders.investSuite.transactions(portfolioId)).toHaveLength(2);
  });

  it('is not another one under the same id that was asked for at the same time', async () => {
    orders.investSuite.faults.add({ kind: 'reset-before', match: POST, times: 1 });
    const results = await orders.hurry(Promise.all([record({ externalId: 'twice' }), record({ externalId: 'twice' })]));
    const ids = results.map((result) => (result.kind === 'success' ? result.value.value.id : result.kind));
    expect(new Set(ids).size).toBe(2);
    expect(done('transaction-created')).toBe(2);
  });

  it('stays so where InvestSuite refuses to list transactions: it is reported, and never sent again', async () => {
    orders.investSuite.settings.transactionsList = false;
    orders.investSuite.faults.add({ kind: 'reset-after', match: POST, times: 1 });
    const key = `key-${++keys}`;
    const unknown = { kind: 'upstreamRefused', code: 'OUTCOME_UNKNOWN', retryable: false };
    expect(await orders.hurry(record({ idempotencyKey: key }))).toMatchObject(unknown);
    orders.pass(60_000);
    expect(await record({ idempotencyKey: key })).toMatchObject(unknown);
    expect(orders.writes).toEqual(['POST']);
    expect(orders.troubles).toMatchObject([{ kind: 'in-doubt' }]);
  });

  it('that InvestSuite answers with 409 is ours where an attempt of ours had arrived late', async () => {
    orders.investSuite.settings.uniqueExternalIds = true;
    orders.investSuite.faults.add({ kind: 'status', status: 409, work: 'done', match: POST, times: 1 });
    expect(await record()).toMatchObject({ kind: 'success' });
    expect(await record({ externalId: 'mine' })).toMatchObject({ kind: 'upstreamRefused', status: 409 });
    expect(orders.investSuite.transactions(portfolioId)).toHaveLength(2);
  });
});

describe('a write of another system in between', () => {
  const foreign = (): void => {
    const found = orders.investSuite.transactions(portfolioId)[0];
    if (found === undefined) throw new Error('no transaction');
    orders.investSuite.add({ transactions: [{ ...found, version: found.version + 1 }] });
  };

  it('to a transaction shows in the version: reported, counted, and the gateway’s write stands', async () => {
    orders.onPoint = (point) => {
      if (point === 'marked') foreign();
    };
    const result = await execute();
    expect(result).toMatchObject({ kind: 'success', value: { warnings: [expect.stringContaining('Another system')] } });
    expect(orders.troubles).toMatchObject([{ kind: 'overwritten', about: { portfolioId, transactionId } }]);
  });

  it('to a portfolio does, too', async () => {
    orders.onPoint = (point) => {
      if (point !== 'marked') return;
      const { version } = orders.investSuite.portfolio(portfolioId) ?? { version: 0 };
      orders.investSuite.change(portfolioId, { version: version + 1 });
    };
    const result = await hold();
    if (result.kind !== 'success') throw new Error(result.message);
    expect(result.value.warnings).toContainEqual(expect.stringContaining('Another system'));
    expect(orders.troubles).toMatchObject([{ kind: 'overwritten', about: { portfolioId } }]);
  });

  it.each([409, 412])('and InvestSuite answers %i: begun again from what is there', async (status) => {
    orders.investSuite.faults.add({ kind: 'status', status, match: { method: 'PATCH' }, times: 1 });
    expect(await orders.hurry(execute())).toMatchObject({ kind: 'success', value: { warnings: [] } });
    expect(orders.writes).toEqual(['PATCH', 'PATCH']);
  });
});

describe('what has become illegal by its turn', () => {
  it('fails with from and to, and so does its key', async () => {
    let cancelled = false;
    orders.onPoint = (point) => {
      if (point !== 'begun' || cancelled) return;
      cancelled = true;
      const [found] = orders.investSuite.transactions(portfolioId);
      const [placed] = found?.movements ?? [];
      if (found === undefined || placed === undefined) throw new Error('no transaction');
      const movements: InvestSuiteEntities.Movement[] = [placed, { ...placed, status: 'CANCELLED' }];
      orders.investSuite.add({ transactions: [{ ...found, version: found.version + 1, movements }] });
    };
    const key = `key-${++keys}`;
    const illegal = { kind: 'illegalStatusChange', from: 'CANCELLED', to: 'EXECUTED' };
    expect(await execute(key)).toMatchObject(illegal);
    expect(await execute(key)).toMatchObject(illegal);
    expect(orders.writes).toEqual([]);
  });
});

it('a request that is sent twice is never refused for what it has done itself', async () => {
  const key = `key-${++keys}`;
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { investSuite } = services;
  let isReading = false;
  const late: OrderServices = {
    ...services,
    investSuite: {
      ...investSuite,
      transactionFresh: async (...asked) => {
        isReading = true;
        await held;
        return await investSuite.transactionFresh(...asked);
      },
    },
  };
  const settle = (using: OrderServices) =>
    updateOrderStatus(using, OPERATOR, {
      portfolioId,
      transactionId,
      status: 'SETTLED',
      quantity: decimal('7'),
      unitPrice: decimal('10'),
      idempotencyKey: key,
    });
  const second = settle(late);
  await eventually(() => expect(isReading).toBe(true));
  expect(await settle(services)).toMatchObject({ kind: 'success', replayed: false });
  // By now the order is settled, which it cannot be again.
  release();
  expect(await second).toMatchObject({ kind: 'success', replayed: true });
  expect(orders.writes).toEqual(['PATCH']);
});

describe('holdings', () => {
  it('that are unchanged are not sent: any PATCH starts an optimization', async () => {
    expect(await hold(undefined, 'US0378331005', '10.0')).toMatchObject({ kind: 'success' });
    expect(orders.writes).toEqual([]);
  });

  it('that differ at the broker are written with a warning for each holding', async () => {
    const warnings = async (quantity: string) => {
      const result = await hold(undefined, 'US0378331005', quantity);
      return result.kind === 'success' ? result.value.warnings : [result.message];
    };
    expect(await warnings('12')).toEqual(['US0378331005: 12 in InvestSuite, 10 at the broker.']);
    expect(await warnings('10')).toEqual([]);
    const [fault = 0] = orders.upvest.faults.add({ kind: 'status', status: 503 });
    expect(await warnings('11')).toEqual(["The holdings could not be compared with the broker's positions."]);
    orders.upvest.faults.remove(fault);
  });

  it('of an update that was held up do not undo a newer one', async () => {
    const [fault = 0] = orders.investSuite.faults.add({ kind: 'status', status: 409, match: { method: 'PATCH' } });
    const held = updateHoldings(services, OPERATOR, {
      portfolioId,
      holdings: [
        { instrumentId: ISIN, quantity: decimal('1') },
        { instrumentId: '$EUR', quantity: decimal('90') },
      ],
      idempotencyKey: `key-${++keys}`,
    });
    await eventually(() => expect(orders.writes.length).toBeGreaterThan(0));
    let isNewerDone = false;
    orders.onPoint = (_point, row) => {
      // The older one sleeps while the newer one is worked on.
      if (!isNewerDone && row.waiting_for === 'rebalancing') throw new Error('held up');
    };
    orders.investSuite.faults.remove(fault);
    expect(await hold(undefined, ISIN, '2')).toMatchObject({ kind: 'success' });
    isNewerDone = true;
    orders.errors.length = 0;
    orders.pass(60_000);
    const result = await held;
    expect(result).toMatchObject({
      kind: 'success',
      value: { warnings: [expect.stringContaining('newer update'), expect.anything(), expect.anything()] },
    });
    orders.errors.length = 0;
    expect(orders.investSuite.holdings(portfolioId)).toMatchObject({ [ISIN]: '2', $EUR: '90' });
  });
});
