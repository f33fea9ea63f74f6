import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seedPortfolio } from '../../src/standins/index.ts';
import { getWorkflow, type NewWorkflowRow, type Store } from '../../src/store/index.ts';
import { keepJson, readKept } from '../../src/workflows/engine/kept-json.ts';
import { findCashRequest } from '../../src/workflows/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { Orders } from './orders/harness.ts';
import { type World, worlds } from './world.ts';

/**
 * Rows of every kind, at every step, as the last release before kept JSON had a version has written them (2026-11-30). They are
 * never changed: a database may have them for ever. A release that changes a form adds a file.
 */
const rows = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'workflow-rows-1.json'), 'utf8'),
) as NewWorkflowRow[];

const ORDER_KINDS: readonly string[] = ['transaction-record', 'order-change', 'holdings-change', 'order-sync'];
const isOrder = ({ kind }: NewWorkflowRow): boolean => ORDER_KINDS.includes(kind);
const named = (all: readonly NewWorkflowRow[]) =>
  all.map((row, index) => [`${row.kind} ${row.step ?? 'at rest'} ${row.state} ${index}`, row] as const);

/** Under an id of its own: several of the rows were one, at several times. */
async function insert(store: Store, row: NewWorkflowRow, index: number): Promise<string> {
  const id = `${row.id.slice(0, 4)}${String(index).padStart(26, '0')}`;
  const kept = { attempts: 0, nudges: 0, fence: 0, caller: 'c', idempotency_key: id, upstream_key: randomUUID() };
  const due = row.step === null ? null : store.now();
  const subject = row.subject == null ? null : `${row.subject}${index}`;
  await store.write(({ db }) =>
    db
      .insertInto('workflows')
      .values({ ...row, ...kept, id, subject, due_at: due })
      .execute(),
  );
  return id;
}

describe('rows of deposits, withdrawals and virtual cash', () => {
  const open = worlds();
  let store: Store;
  let world: World;
  beforeAll(async () => {
    ({ store, world } = await open());
    world.upvest.fund('1000');
  });
  afterAll(() => store.close());

  it.each(named(rows.filter((row) => !isOrder(row))))('%s', async (name, row) => {
    const id = await insert(store, row, Number(name.split(' ').at(-1)));
    expect(await findCashRequest(store, id)).toMatchObject({ object: { id, state: row.state, amount: row.amount } });
    await world.runDue();
    expect(world.troubles).toEqual([]);
    expect(await findCashRequest(store, id)).toMatchObject({ object: { id } });
  });
});

describe('rows of orders, transactions and holdings', () => {
  let orders: Orders;
  beforeAll(async () => {
    orders = await Orders.start({ seed: [], attemptTimeoutMs: 1_000 });
    orders.fresh(seedPortfolio({ key: 'fixtures', manager: 'USER_MANAGED', holdings: { $EUR: '100' } }));
  });
  afterAll(() => orders.stop());

  it.each(named(rows.filter(isOrder)))('%s', async (name, row) => {
    const id = await insert(orders.store, row, Number(name.split(' ').at(-1)));
    await orders.hurry(
      eventually(async () => {
        const now = await orders.store.read((reading) => getWorkflow(reading, id));
        expect(now?.step === null || (now?.fence ?? 0) > 0).toBe(true);
        expect(now?.lease_owner).toBeNull();
      }),
    );
    expect(orders.errors).toEqual([]);
  });
});

describe('kept JSON', () => {
  const form = z.object({ total: z.string() });

  it('has a version, and is read with it and without', () => {
    expect(keepJson({ total: '1' })).toBe('{"v":1,"total":"1"}');
    expect(readKept(form, '{"v":1,"total":"1"}')).toEqual({ total: '1' });
    expect(readKept(form, '{"total":"1"}')).toEqual({ total: '1' });
    expect(readKept(z.null(), keepJson(null))).toBeNull();
  });

  it('of a later version, or of another form, is refused', () => {
    expect(() => readKept(form, '{"v":2,"total":"1"}')).toThrow(z.ZodError);
    expect(() => readKept(form, '{"v":1,"total":1}')).toThrow(z.ZodError);
  });
});
