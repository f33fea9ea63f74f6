import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringifyExactJson } from '../../src/datasources/upstream/exact-json.ts';
import { parseWritableJson } from '../../src/datasources/upstream/writable-json.ts';
import { type InvestSuiteEntities, seedPortfolio } from '../../src/standins/index.ts';
import { num } from '../../src/standins/values/json.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { investSuiteClient } from '../standins/support/invest-suite-client.ts';
import { lastBody, MOVE, mutate, writes } from './graph.ts';

/**
 * InvestSuite's PATCH replaces the whole list of movements. What a movement carries besides what the gateway knows is lost
 * unless it is written back.
 */

const ISIN = 'LU78468R1014';
const AT = '2022-06-10T07:49:26.341474+00:00';
const LATER = '2022-06-12T07:52:26.341Z';

/** Fields unknown to every version of the gateway, one of each JSON type. */
const FURTHER = {
  sub_type: 'Best execution',
  original_external_id: '1389',
  ex_dividend_date: null,
  venue: { code: 'XETR', fees: [num('1.10'), '1.10', num('-1e-7')] },
  weight: num('0.30000000000000004'),
  amended: false,
};

type Movement = InvestSuiteEntities.Movement & Readonly<Record<string, unknown>>;
const movement = (more: Partial<Movement> = {}): Movement => ({
  type: 'BUY',
  status: 'PLACED',
  datetime: AT,
  instrument_id: ISIN,
  quantity: num('7.000'),
  description: null,
  ...FURTHER,
  ...more,
});
const cash = (more: Partial<Movement> = {}): Movement =>
  movement({ type: 'SELL', instrument_id: '$EUR', quantity: num('-206.570'), sub_type: 'Cash leg', ...more });

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [] });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.investSuite.calls.reset();
  world.investSuite.faults.clear();
  world.investSuite.settings.movementFields = 'keep';
});

let seeded = 0;
function seed(movements: readonly Movement[]): { readonly portfolioId: string; readonly transactionId: string } {
  seeded += 1;
  const portfolio = seedPortfolio({ key: `kept-${seeded}`, linked: false, transactions: [{ movements }] });
  world.investSuite.add(portfolio.investSuite ?? {});
  return { portfolioId: portfolio.portfolioId, transactionId: portfolio.transactionIds[0] ?? '' };
}

const move = (ids: object, change: object) => mutate(world, MOVE, { ...ids, ...change });

/** Each movement's JSON text as InvestSuite shows it. */
async function shown(ids: { readonly portfolioId: string; readonly transactionId: string }): Promise<string[]> {
  const client = await investSuiteClient(world.investSuite);
  return textsOf((await client.get(`/portfolios/${ids.portfolioId}/transactions/${ids.transactionId}`)).text);
}
/** And as it was written last. */
const written = (): string[] => textsOf(writes(world).at(-1)?.requestBody ?? '');
function textsOf(body: string): string[] {
  const { movements } = parseWritableJson(body) as { movements: readonly never[] };
  return movements.map((each) => stringifyExactJson(each));
}
const fields = (text: string | undefined): Record<string, unknown> => JSON.parse(text ?? '{}');

describe('a movement that was not to be changed', () => {
  it.each(Array.from({ length: 6 }, (_, index) => index))(
    'is written back digit for digit, in whichever form InvestSuite shows it (%i)',
    async () => {
      const ids = seed([movement({ unit_price: null, external_id: 'mine' })]);
      const before = await shown(ids);
      const result = await move(ids, { status: 'EXECUTED', datetime: LATER, quantity: '7', unitPrice: '29.51' });
      expect(result).toMatchObject({ __typename: 'UpdateOrderStatusSuccess' });
      expect(written()[0]).toBe(before[0]);
      expect(written()[0]).toContain('"weight":0.30000000000000004');
      expect(written()[0]).toContain('"fees":[1.10,"1.10",-1e-7]');
      // A new row has none of these fields.
      expect(lastBody(world).movements).toHaveLength(3);
      expect(written()[1]).not.toContain('sub_type');
    },
  );

  it('keeps the sign that it came with', async () => {
    const ids = seed([movement({ type: 'SELL', quantity: '7' })]);
    const before = await shown(ids);
    await move(ids, { status: 'EXECUTED', datetime: LATER, quantity: '7', unitPrice: '1' });
    expect(written()[0]).toBe(before[0]);
    expect(lastBody(world).movements[1]).toMatchObject({ type: 'SELL', quantity: -7 });
  });

  it('keeps its index', async () => {
    const executed = { status: 'EXECUTED', datetime: LATER } as const;
    const fee = cash({ ...executed, type: 'TRANSACTION_FEE', quantity: num('-3'), sub_type: 'Fee' });
    const ids = seed([fee, cash(executed), movement({ ...executed, unit_price: num('29.51') }), movement()]);
    const before = await shown(ids);
    await move(ids, { status: 'SETTLED', datetime: '2022-06-14T00:00:00Z' });
    expect(lastBody(world).movements).toMatchObject([
      { type: 'TRANSACTION_FEE', status: 'SETTLED', sub_type: 'Fee' },
      { type: 'SELL', status: 'SETTLED', sub_type: 'Cash leg' },
      { type: 'BUY', status: 'SETTLED' },
      { type: 'BUY', status: 'PLACED' },
    ]);
    expect(written()[3]).toBe(before[3]);
  });

  it('is written back too where transactions can only be listed', async () => {
    // Another gateway: this one knows that they can be read one by one.
    const other = await startWorld({ seed: [] });
    try {
      const portfolio = seedPortfolio({ key: 'listed', linked: false, transactions: [{ movements: [movement()] }] });
      const transactionId = portfolio.transactionIds[0] ?? '';
      other.investSuite.add(portfolio.investSuite ?? {});
      other.investSuite.faults.add({ kind: 'status', status: 404, match: { method: 'GET', path: transactionId } });
      const change = { status: 'EXECUTED', datetime: LATER, quantity: '7', unitPrice: '29.51' };
      await mutate(other, MOVE, { portfolioId: portfolio.portfolioId, transactionId, ...change });
      expect(lastBody(other).movements[0]).toMatchObject({ sub_type: 'Best execution', venue: { code: 'XETR' } });
      expect(writes(other).at(-1)?.requestBody).toContain('"weight":0.30000000000000004');
    } finally {
      await other.stop();
    }
  });
});

describe('a movement that was to be changed', () => {
  const executed = { status: 'EXECUTED', datetime: AT } as const;

  it('keeps what the change is not about', async () => {
    const ids = seed([movement({ ...executed, unit_price: num('29.510'), external_id: 'fill-1' }), cash(executed)]);
    const before = await shown(ids);
    await move(ids, { status: 'SETTLED', datetime: LATER });
    const after = written().map(fields);
    expect(after).toEqual(
      before.map(fields).map((each) => ({ ...each, status: 'SETTLED', datetime: LATER, ...reference(each) })),
    );
    expect(written()[0]).toContain('"fees":[1.10,"1.10",-1e-7]');
  });

  it('does not keep what InvestSuite computed from what it was', async () => {
    const computed = { quantity_portfolio_currency: num('7.7'), instrument_name: 'A fund' };
    const ids = seed([movement({ ...executed, ...computed, unit_price: num('29.51') }), cash(executed)]);
    await move(ids, { status: 'SETTLED', datetime: LATER, quantity: '6' });
    const [security, leg] = lastBody(world).movements;
    expect(security).toMatchObject({ quantity: 6, instrument_name: 'A fund', sub_type: 'Best execution' });
    expect(security).not.toHaveProperty('quantity_portfolio_currency');
    expect(leg).toMatchObject({ quantity: -177.06, sub_type: 'Cash leg', amended: false });
  });

  it('and is executed anew is the same movement still', async () => {
    const ids = seed([movement(), movement({ ...executed, unit_price: num('29.51') }), cash(executed)]);
    await move(ids, { status: 'EXECUTED', datetime: LATER, quantity: '8', unitPrice: '29' });
    expect(lastBody(world).movements).toMatchObject([
      { status: 'PLACED', quantity: expect.anything() },
      { status: 'EXECUTED', quantity: 8, unit_price: 29, sub_type: 'Best execution' },
      { status: 'EXECUTED', quantity: -232, sub_type: 'Cash leg' },
    ]);
  });
});

describe('a movement that repeats another one', () => {
  it('of an order that is cancelled has its further fields, and no id of it', async () => {
    const ids = seed([movement({ external_id: 'mine' })]);
    const before = await shown(ids);
    await move(ids, { status: 'CANCELLED', datetime: LATER });
    const [placed, cancelled] = written().map(fields);
    expect(written()[0]).toBe(before[0]);
    const { external_id: _, original_external_id: __, ...rest } = { ...placed };
    expect(cancelled).toEqual({ ...rest, status: 'CANCELLED', datetime: LATER });
  });

  it('of a dividend that settles has its date', async () => {
    const dividend = movement({
      type: 'CASH_DIVIDEND',
      status: 'PENDING',
      instrument_id: '$EUR',
      ex_dividend_date: '2022-06-01',
    });
    const ids = seed([dividend]);
    await move(ids, { status: 'SETTLED', datetime: LATER });
    expect(lastBody(world).movements).toMatchObject([
      { status: 'PENDING', ex_dividend_date: '2022-06-01', original_external_id: '1389' },
      { status: 'SETTLED', ex_dividend_date: '2022-06-01' },
    ]);
    expect(lastBody(world).movements[1]).not.toHaveProperty('original_external_id');
  });
});

describe('fields that InvestSuite shows and does not take', () => {
  it('are left out once it has refused them, and are not tried with the next change', async () => {
    world.investSuite.settings.movementFields = 'refuse';
    const ids = seed([movement()]);
    const result = await move(ids, { status: 'EXECUTED', datetime: LATER, quantity: '7', unitPrice: '29.51' });
    expect(result).toMatchObject({ __typename: 'UpdateOrderStatusSuccess' });
    expect(writes(world)).toHaveLength(2);
    expect(Object.keys(lastBody(world).movements[0])).not.toContain('sub_type');
    await move(ids, { status: 'SETTLED', datetime: '2022-06-14T00:00:00Z' });
    expect(writes(world)).toHaveLength(3);
  });
});

describe('read-only fields that are set wrongly', () => {
  const EXECUTED = { status: 'EXECUTED', datetime: LATER, quantity: '7', unitPrice: '29.51' };
  const SUCCESS = { __typename: 'UpdateOrderStatusSuccess' };

  /** One change by a gateway with this setting, and what was written for it. */
  async function changedWith(readOnly: string, takes: 'keep' | 'refuse') {
    const portfolio = seedPortfolio({ key: readOnly, linked: false, transactions: [{ movements: [movement()] }] });
    const other = await startWorld({
      seed: [portfolio],
      standins: { investSuiteSettings: { movementFields: takes } },
      gateway: { tenantProfile: { set: { 'investsuite.transactions.readOnly': readOnly } } },
    });
    try {
      const ids = { portfolioId: portfolio.portfolioId, transactionId: portfolio.transactionIds[0] ?? '' };
      const result = await mutate(other, MOVE, { ...ids, ...EXECUTED });
      return { result, count: writes(other).length, placed: lastBody(other).movements[0] };
    } finally {
      await other.stop();
    }
  }

  it('to one that InvestSuite does not show: nothing is left out', async () => {
    const { result, count, placed } = await changedWith('no_such_field', 'keep');
    expect(result).toMatchObject(SUCCESS);
    expect(count).toBe(1);
    expect(placed).toMatchObject({ sub_type: 'Best execution', amended: false });
  });

  it('to one that a write needs: it is written nevertheless', async () => {
    const { result, count, placed } = await changedWith('status quantity', 'keep');
    expect(result).toMatchObject(SUCCESS);
    expect(count).toBe(1);
    expect(placed).toMatchObject({ status: 'PLACED', quantity: 7, sub_type: 'Best execution' });
  });

  it('to a part of them: the refusal names the others, and the change goes on without them', async () => {
    const { result, count, placed } = await changedWith('sub_type', 'refuse');
    expect(result).toMatchObject(SUCCESS);
    expect(count).toBe(2);
    expect(Object.keys(placed)).not.toContain('venue');
  });

  it('to one that InvestSuite takes: it is left out, as the setting says', async () => {
    const { result, count, placed } = await changedWith('sub_type', 'keep');
    expect(result).toMatchObject(SUCCESS);
    expect(count).toBe(1);
    expect(placed).toMatchObject({ amended: false });
    expect(placed).not.toHaveProperty('sub_type');
  });
});

const reference = (each: Record<string, unknown>) =>
  each['instrument_id'] === '$EUR' ? { reference_external_id: 'fill-1' } : {};
