import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resolveReview } from '../../../src/workflows/index.ts';
import { OPERATOR } from '../orders/harness.ts';
import { APPLE, advice, BONDS, Rebalanced, WORLD } from './rebalanced.ts';

/** Answers that are lost or refuse, upstreams that are away, a closed market: each order once, in both systems, or nowhere. */

/** All cases: `EVERY_CASE=1`. They differ in the write, in what becomes of it, and in the status that follows. */
const EVERY_CASE = process.env['EVERY_CASE'] !== undefined;
const STATUSES = [400, 401, 403, 404, 406, 408, 409, 410, 415, 422, 426, 429, 500, 502, 503, 504] as const;
const WRITES = [
  ['the order', 'upvest', { method: 'POST', path: /^\/orders$/ }],
  ['the transaction', 'investSuite', { method: 'POST', path: /^\/portfolios\/[^/]+\/transactions/ }],
  ['the holdings', 'investSuite', { method: 'PATCH', path: /^\/portfolios\/[^/]+\/?$/ }],
] as const;
const FATES = ['not lost', 'reset-before', 'reset-after'] as const;

const cases = WRITES.flatMap(([what, at, match], write) =>
  FATES.flatMap((fate, of) =>
    STATUSES.filter((_, index) => EVERY_CASE || index % 16 === (write * 5 + of * 7) % 16).map((status) => ({
      ...{ what, at, match, fate, status },
    })),
  ),
);

let world: Rebalanced;
beforeAll(async () => {
  world = await Rebalanced.start({ attemptTimeoutMs: 10_000 });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.begin();
  return () => expect(world.orders.errors).toEqual([]);
});

const recommended = (): string =>
  world.recommend({ [APPLE]: advice('-4'), [BONDS]: advice('2'), [WORLD]: advice('100', 'AMOUNT') });

/** Orders of the rebalancing, as the store has them. */
const orderRows = () =>
  world.orders.store.read(({ db }) =>
    db
      .selectFrom('workflows')
      .selectAll()
      .where('kind', '=', 'order')
      .where('portfolio_id', '=', world.portfolioId)
      .execute(),
  );

/** Goes on until the rebalancing is over, with an operator who tries again what needs one, then says that it was done. */
async function finish(id: string): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    await world.until(async () => {
      world.orders.upvest.schedule.advance({ kind: 'order' });
      const rows = [await world.row(id), ...(await orderRows())];
      expect(rows.some(({ state }) => state === 'NEEDS_REVIEW' || state === 'COMPLETED')).toBe(true);
    });
    if ((await world.row(id)).state === 'COMPLETED') return;
    for (const row of [await world.row(id), ...(await orderRows())]) {
      if (row.state !== 'NEEDS_REVIEW') continue;
      const outcome = round < 2 ? 'RETRY' : 'DONE';
      const answer = { id: row.id, outcome, note: 'Seen to.', idempotencyKey: `${row.id}-${round}` } as const;
      expect(await resolveReview(world.orders.ordering, OPERATOR, answer)).toMatchObject({ kind: 'success' });
    }
  }
  throw new Error(`${id} did not end`);
}

/** An order that ended without the broker is not there; any other is there once, and each has at most one transaction. */
async function expectOnceOrNowhere(): Promise<void> {
  const broker = world.atBroker();
  const rows = await orderRows();
  for (const { id, state } of rows) {
    const there = broker.filter(({ client_reference: of }) => of === id);
    expect(there.length, `${id} is ${state}`).toBe(state === 'REJECTED' || state === 'EXPIRED' ? 0 : 1);
  }
  expect(broker.length).toBe(broker.filter(({ client_reference: of }) => rows.some(({ id }) => id === of)).length);
  for (const isin of [APPLE, BONDS, WORLD]) {
    const recorded = world.transactions().filter(({ movements }) => movements[0]?.instrument_id === isin);
    expect(recorded.length, isin).toBeLessThanOrEqual(1);
    for (const { movements } of recorded)
      expect(
        movements.some(({ status }) => ['EXECUTED', 'SETTLED', 'CANCELLED', 'NOT_EXECUTED'].includes(String(status))),
      ).toBe(true);
  }
}

describe('a rebalancing', () => {
  it.each(cases)('of which the answer to $what is $fate, then $status', async ({ at, match, fate, status }) => {
    const { faults } = world.orders[at];
    if (fate !== 'not lost') faults.add({ kind: fate, times: 1, match });
    faults.add({ kind: 'status', status, times: 1, match });
    await finish(await world.executed(recommended()));
    await expectOnceOrNowhere();
  });

  it('waits while the market is closed, and goes on where the broker cancels a sell', async () => {
    const id = await world.executed(recommended());
    await world.until(() => expect(world.atBroker()).toMatchObject([{ side: 'SELL', status: 'NEW' }]));
    const looks = (await world.row(id)).attempts;
    world.orders.pass(3 * 86_400_000);
    await world.until(async () => expect((await world.row(id)).attempts).toBeGreaterThan(looks));
    expect(await world.row(id)).toMatchObject({ state: 'SELLING' });
    expect(world.atBroker()).toHaveLength(1);
    world.orders.upvest.cancelOrder(world.atBroker()[0]?.id ?? '', 'CANCELLED_BY_TRADING_PARTNER');
    await world.goesOn(id);
    expect(world.atBroker().map(({ side, status }) => `${side} ${status}`)).toEqual([
      ...['SELL CANCELLED', 'BUY FILLED', 'BUY FILLED'],
    ]);
    await expectOnceOrNowhere();
    world.expectSame();
  });

  it.each(['SETTLED', 'REJECTED'])('tells what an order waits for that is %s and not recorded', async (state) => {
    const { investSuite, upvest } = world.orders;
    const [recording, sending] = [WRITES[1][2], WRITES[0][2]];
    investSuite.faults.add({ kind: 'status', status: 503, match: recording });
    if (state === 'REJECTED') upvest.faults.add({ kind: 'status', status: 422, match: sending });
    const id = await world.executed(world.recommend({ [APPLE]: advice('-4') }));
    await world.until(async () => {
      upvest.schedule.advance({ kind: 'order' });
      expect((await orderRows()).map((row) => row.state)).toEqual([state]);
    });
    for (const each of [investSuite, upvest]) each.faults.add({ kind: 'status', status: 503 });
    await world.until(async () => {
      const [order] = await orderRows();
      expect(order?.attempts).toBeGreaterThan(3);
      expect(['upvest', 'investsuite']).toContain(order?.waiting_for);
    });
    for (const each of [investSuite, upvest]) each.faults.clear();
    await world.goesOn(id);
    await expectOnceOrNowhere();
  });

  it.each(['upvest', 'investSuite'] as const)(
    'waits for %s that is away between the sells and the buys',
    async (away) => {
      const id = await world.executed(recommended());
      await world.until(() => expect(world.atBroker()).toHaveLength(1));
      world.orders[away].faults.add({ kind: 'status', status: 503 });
      world.orders.upvest.schedule.advanceAll({ kind: 'order' });
      const [sell] = world.atBroker();
      expect(sell?.status).toBe('FILLED');
      world.orders.pass(30_000);
      if (away === 'investSuite') await world.until(() => expect(world.atBroker()).toHaveLength(3));
      else expect(world.atBroker()).toHaveLength(1);
      expect((await world.row(id)).state).not.toBe('COMPLETED');
      world.orders[away].faults.clear();
      await world.goesOn(id);
      expect(world.atBroker()).toHaveLength(3);
      await expectOnceOrNowhere();
      world.expectSame();
    },
  );
});
