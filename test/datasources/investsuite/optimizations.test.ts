import { afterEach, describe, expect, it } from 'vitest';
import type { DroppedRows, InvestSuiteOptions } from '../../../src/datasources/investsuite/index.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import { type Handler, until } from '../fake-upstream.ts';
import {
  type FakeInvestSuite,
  notFound,
  portfolioId,
  startFakeInvestSuite,
  wirePortfolio,
} from './fake-investsuite.ts';

const P = portfolioId(1);
const AT = `/portfolios/${P}/optimizations/`;

let fake: FakeInvestSuite;
afterEach(() => fake.stop());

async function start(handler: Handler, options: Partial<InvestSuiteOptions> = {}): Promise<FakeInvestSuite> {
  fake = await startFakeInvestSuite(handler, options);
  return fake;
}

const latest = () => fake.investSuite.optimization(P);
const paths = () => fake.calls().map(({ path }) => path.slice(AT.length));
const optimization = (more: Readonly<Record<string, unknown>> = {}) => ({
  id: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV',
  portfolio_update: { is_recommended: true, orders: {} },
  ...more,
});
const computing = {
  status: 202,
  body: { message: 'Optimization is not available (yet).', details: 'x', optimization_hash: '8b22' },
};

describe('the latest optimization', () => {
  it('has its orders digit for digit', async () => {
    await start(() => ({
      body: `{"id":"O01ARZ3NDEKTSV4RRFFQ69G5FAV","owner_choice":"ACCEPT","status":"SUCCESS",
        "optimal_solution":{"objective_value":-2.3899945188058256e-05},"portfolio_update":{"is_recommended":true,"orders":{
        "LU78464A6644":{"shares":3.7190000000000003,"expected_share_price":"14.769862844999981",
          "expected_transaction_cost":0,"quantity_type":"UNITS","quantity":3.719},
        "LU46137V2410":{"shares":-2}}}}`,
    }));
    expect(await latest()).toEqual({
      inProgress: false,
      id: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV',
      isRecommended: true,
      ownerChoice: 'ACCEPT',
      orders: [
        {
          instrumentId: 'LU78464A6644',
          shares: '3.7190000000000003',
          quantityType: 'UNITS',
          quantity: '3.719',
          expectedSharePrice: '14.769862844999981',
          expectedTransactionCost: '0',
        },
        {
          instrumentId: 'LU46137V2410',
          shares: '-2',
          quantityType: 'UNITS',
          quantity: '-2',
          expectedSharePrice: null,
          expectedTransactionCost: null,
        },
      ],
    });
  });

  it('has orders by amount, with or without the estimate in units', async () => {
    await start(() => ({
      body: `{"id":"O01ARZ3NDEKTSV4RRFFQ69G5FAV","portfolio_update":{"is_recommended":true,"orders":{
        "LU78464A6644":{"shares":3.7190000000000003,"quantity_type":"AMOUNT","quantity":250.50},
        "LU46137V2410":{"quantity_type":"AMOUNT","quantity":"-1e3","expected_share_price":10},
        "LU78468R1014":{"shares":null,"quantity":4},
        "US0378331005":{"shares":1,"quantity_type":"LOTS","quantity":2}}}}`,
    }));
    expect((await latest()) as { orders: unknown }).toMatchObject({
      orders: [
        { instrumentId: 'LU78464A6644', shares: '3.7190000000000003', quantityType: 'AMOUNT', quantity: '250.50' },
        { instrumentId: 'LU46137V2410', shares: null, quantityType: 'AMOUNT', quantity: '-1000' },
        { instrumentId: 'LU78468R1014', shares: null, quantityType: 'UNITS', quantity: '4' },
        { instrumentId: 'US0378331005', shares: '1', quantityType: 'UNKNOWN', quantity: '2' },
      ],
    });
  });

  it('is in progress on 202', async () => {
    await start(() => computing);
    expect(await latest()).toEqual({ inProgress: true });
  });

  it('is asked for by its newer name, then by the older one, and the one that works is remembered', async () => {
    await start(({ path }) => (path === `${AT}current/` ? { body: optimization() } : notFound));
    expect(await latest()).toMatchObject({ isRecommended: true });
    expect(await latest()).toMatchObject({ isRecommended: true });
    fake.handle(() => notFound);
    expect(await latest()).toBeNull();
    expect(paths()).toEqual(['latest/', 'current/', 'current/', 'current/']);
  });

  it('is null where neither name has one', async () => {
    await start(() => notFound);
    expect(await latest()).toBeNull();
    expect(paths()).toEqual(['latest/', 'current/']);
  });

  it('keeps to the newer name once that has answered', async () => {
    await start(() => computing);
    await latest();
    fake.handle(() => notFound);
    expect(await latest()).toBeNull();
    expect(paths()).toEqual(['latest/', 'latest/']);
  });

  it('leaves out an order that cannot be read, and reports it', async () => {
    const dropped: DroppedRows[] = [];
    // By amount the estimate in units does not say what to order.
    const orders = { A: { shares: 1 }, B: { shares: 'some' }, C: null, D: { shares: 1, quantity_type: 'AMOUNT' } };
    await start(() => ({ body: optimization({ portfolio_update: { is_recommended: 'yes', orders } }) }), {
      onDropped: (rows) => dropped.push(rows),
    });
    expect(await latest()).toMatchObject({ isRecommended: null, orders: [{ instrumentId: 'A' }] });
    expect(dropped).toEqual([{ resource: 'order', count: 3, details: ['portfolio_update.orders.*'] }]);
  });

  it('is shared while under way, until the portfolio is changed', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await start(async ({ method }) => {
      if (method === 'PATCH') return { body: wirePortfolio(1) };
      await held;
      return computing;
    });
    const before = [latest(), latest()];
    await until(() => paths().length === 1);
    await fake.investSuite.patchPortfolio(P, { divestAmount: decimal('5') });
    const after = latest();
    release();
    await Promise.all([...before, after]);
    expect(fake.calls().filter(({ method }) => method === 'GET')).toHaveLength(2);
  });

  it.each([403, 400])('is an error when it is refused with %i', async (status) => {
    await start(() => ({ status, body: {} }));
    await expect(latest()).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED', status });
  });
});
