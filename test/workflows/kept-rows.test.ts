import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { WORKFLOW_KINDS } from '../../src/domain/workflow-kinds.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { getWorkflow, type NewWorkflowRow, type Store } from '../../src/store/index.ts';
import { keepJson, readKept } from '../../src/workflows/engine/kept-json.ts';
import { findCashRequest } from '../../src/workflows/index.ts';
import { eventually } from '../helpers/eventually.ts';
import type { Orders } from './orders/harness.ts';
import { Rebalanced } from './rebalancing/rebalanced.ts';
import { type World, worlds } from './world.ts';

/**
 * Rows of every kind, at every step: as the last release before kept JSON had a version has written them (1), and those of orders at the
 * broker and rebalancings (2), both of 2026-11-30. They are never changed: a database may have them for ever. A release that changes a
 * form adds a file.
 */
const rows = ['1', '2'].flatMap(
  (file) =>
    JSON.parse(
      readFileSync(join(import.meta.dirname, '..', 'fixtures', `workflow-rows-${file}.json`), 'utf8'),
    ) as NewWorkflowRow[],
);

const TRADING: readonly string[] = ['order', 'rebalancing', 'optimization-news'];
const ORDER_KINDS: readonly string[] = ['transaction-record', 'order-change', 'holdings-change', 'order-sync'];
const isOrder = ({ kind }: NewWorkflowRow): boolean => ORDER_KINDS.includes(kind) || TRADING.includes(kind);
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
    ({ orders } = await Rebalanced.start({ attemptTimeoutMs: 1_000 }));
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

  it('are of every step of an order and of a rebalancing, and can be shown', async () => {
    const of = rows.filter(({ kind }) => TRADING.includes(kind));
    for (const kind of ['order', 'rebalancing', 'optimization-news'] as const) {
      const steps = new Set(of.flatMap((row) => (row.kind === kind ? [row.step ?? null] : [])));
      expect(steps).toEqual(new Set([...WORKFLOW_KINDS[kind].steps, null]));
    }
    for (const [index, row] of of.entries()) {
      if (row.kind === 'optimization-news') continue;
      const id = await insert(orders.store, row, 1_000 + index);
      expect(await findCashRequest(orders.store, id)).toMatchObject({ object: { id, history: [] } });
    }
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
