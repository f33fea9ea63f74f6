import { afterEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { nudge, portfolioLock, releaseLocks, type Store, takeLock, verifyAudit } from '../../src/store/index.ts';
import {
  cancelVirtualCashDecrease,
  decreaseVirtualCash,
  registerDeposit,
  requestWithdrawal,
} from '../../src/workflows/index.ts';
import { OPERATOR, P1, World, worlds } from './world.ts';

const open = worlds();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function setUp() {
  const { store, clock, world } = await open();
  stores.push(store);
  world.upvest.fund('1000');
  return { store, clock, world };
}

const input = (idempotencyKey: string) => ({ portfolioId: P1, amount: decimal('10'), currency: 'EUR', idempotencyKey });
const idOf = (result: { readonly kind: string; readonly value?: { readonly id: string } }): string => {
  if (result.value === undefined) throw new Error(result.kind);
  return result.value.id;
};

describe('a commit', () => {
  it('that ends a row answers a cancellation that was asked for meanwhile', async () => {
    const { world } = await setUp();
    const id = idOf(await decreaseVirtualCash(world.services, OPERATOR, input('decrease')));
    const cancel = () =>
      cancelVirtualCashDecrease({ ...world.services, answerWithinMs: 0 }, OPERATOR, { id, idempotencyKey: 'cancel' });
    await world.runDue();
    world.upvest.tick();
    world.onPoint = async (point, row) => {
      if (point !== 'begun' || row.step !== 'await') return;
      world.onPoint = () => undefined;
      await cancel();
    };
    await world.settle();
    expect((await world.row(id)).state).toBe('CONFIRMED');
    expect(await cancel()).toMatchObject({ kind: 'notCancellable' });
  });

  it('of a gateway that has lost the row leaves no lock', async () => {
    const { store, world } = await setUp();
    const id = idOf(await requestWithdrawal(world.services, OPERATOR, input('withdrawal')));
    world.onPoint = async (point, row) => {
      if (point !== 'begun' || row.step !== 'submit') return;
      world.onPoint = () => undefined;
      await store.write(({ db }) =>
        db
          .updateTable('workflows')
          .set({ fence: row.fence + 1, lease_owner: 'another' })
          .where('id', '=', id)
          .execute(),
      );
    };
    await world.runDue();
    const held = await store.read(({ db }) =>
      db.selectFrom('locks').where('owner', 'is not', null).selectAll().execute(),
    );
    expect(held).toEqual([]);
  });

  it.each([
    ['deposit', registerDeposit, 'book'],
    ['withdrawal', requestWithdrawal, 'tell'],
  ] as const)('of holdings waits while InvestSuite books a %s', async (_kind, command, step) => {
    const { store, world } = await setUp();
    const id = idOf(await command(world.services, OPERATOR, input('key')));
    const held: (string | null)[] = [];
    world.onPoint = async (point, row) => {
      if (point !== 'marked' || row.step !== step) return;
      const locks = await store.read(({ db }) =>
        db.selectFrom('locks').where('name', '=', portfolioLock(P1)).select('owner').execute(),
      );
      held.push(...locks.map(({ owner }) => owner));
    };
    await world.settle();
    expect(held).toEqual([id]);
  });

  it('of a step that took longer than its lock lasts is not made where another row has had the lock', async () => {
    const { store, clock, world } = await setUp();
    world.investSuite.change(P1, { manager: 'ROBO_ADVISOR_DISCRETIONARY' });
    const slow = idOf(await requestWithdrawal(world.services, OPERATOR, input('slow')));
    world.onPoint = async (point, row) => {
      if (point !== 'prepared' || row.step !== 'reserve') return;
      world.onPoint = () => undefined;
      clock.ms += 61_000;
      // Its gateway has renewed the lease all the while.
      const lease = { lease_until: clock.ms + 6_000 };
      await store.write(({ db }) => db.updateTable('workflows').set(lease).where('id', '=', slow).execute());
      await requestWithdrawal(world.services, OPERATOR, input('quick'));
      await world.runDue();
    };
    await world.runDue();
    expect(world.investSuite.divested(P1)).toBe('20');
  });

  it('of a step that sends nothing is not made either where another row has had the lock', async () => {
    const { store, clock, world } = await setUp();
    world.investSuite.change(P1, { manager: 'ROBO_ADVISOR_DISCRETIONARY', divestment: { kind: 'everything' } });
    const slow = idOf(await requestWithdrawal(world.services, OPERATOR, input('slow')));
    const read = world.investSuite.portfolioFresh.bind(world.investSuite);
    world.investSuite.portfolioFresh = async (portfolioId) => {
      world.investSuite.portfolioFresh = read;
      const shown = await read(portfolioId);
      clock.ms += 61_000;
      await store.write(async (writing) => {
        await writing.db
          .updateTable('workflows')
          .set({ lease_until: clock.ms + 6_000 })
          .where('id', '=', slow)
          .execute();
        await takeLock(writing, portfolioLock(P1), 'another', clock.ms + 1);
        await releaseLocks(writing, 'another');
      });
      world.investSuite.change(P1, { divestment: null });
      return shown;
    };
    await world.runDue();
    expect(world.investSuite.divested(P1)).toBe('10');
  });

  it('that marks a step has the time of its own transaction', async () => {
    const { store, clock } = await setUp();
    let isSlow = false;
    const slow: Store = Object.create(store, {
      write: {
        value: async <T>(...how: Parameters<Store['write']>) => {
          if (isSlow) clock.ms += 9_000;
          isSlow = false;
          return (await store.write(...how)) as T;
        },
      },
      read: { value: store.read.bind(store) },
      onWake: { value: store.onWake.bind(store) },
    });
    const world = new World(slow, clock);
    world.investSuite.add({ id: P1 });
    const late: Record<string, number> = {};
    world.onPoint = (point, row) => {
      isSlow = point === 'prepared';
      if (point === 'marked') late[row.step ?? ''] = clock.ms - (row.sent_at ?? 0);
    };
    await registerDeposit(world.services, OPERATOR, input('deposit'));
    await world.settle({ steps: 60 });
    expect(late).toEqual({ fund: 0, book: 0 });
  });

  it('that a power cut may undo has no entry in the audit, whose heads are told at once', async () => {
    const { store, world } = await setUp();
    const id = idOf(await registerDeposit(world.services, OPERATOR, input('deposit')));
    await world.runDue();
    // As a row that an earlier release has made: its first change puts it into the audit as a whole.
    await store.write(({ db }) => db.updateTable('workflows').set({ audited: null }).where('id', '=', id).execute());
    await store.write((writing) => nudge(writing, { workflowId: id }));
    await world.runDue();
    expect(world.troubles).toEqual([]);
    expect(await world.row(id)).toMatchObject({ step: 'await-funded', audited: 1 });
  });

  it('that the store could not confirm and does again changes and audits the row once', async () => {
    const { store, clock } = await setUp();
    let isTwice = false;
    const twice: Store = Object.create(store, {
      write: {
        value: async <T>(work: Parameters<Store['write']>[0]) => {
          const value = await store.write(work);
          clock.ms += 40;
          // Claims are another matter: what is claimed twice is claimed once.
          return (isTwice && !Array.isArray(value) ? await store.write(work) : value) as T;
        },
      },
      read: { value: store.read.bind(store) },
      onWake: { value: store.onWake.bind(store) },
    });
    const world = new World(twice, clock);
    world.investSuite.add({ id: P1 });
    world.upvest.fund('1000');
    const id = idOf(await registerDeposit(world.services, OPERATOR, input('deposit')));
    world.onPoint = () => {
      isTwice = true;
    };
    await world.settle({ steps: 60 });
    expect(world.troubles).toEqual([]);
    expect(await world.states(id)).toEqual(['REQUESTED', 'FUNDING', 'FUNDED', 'BOOKING', 'COMPLETED']);
    expect((await store.read((reading) => verifyAudit(reading))).findings).toEqual([]);
  });

  it('that was rolled back is made again, however short ago the one before was', async () => {
    const { store, clock } = await setUp();
    class RolledBack extends Error {}
    const again: Store = Object.create(store, {
      write: {
        value: async <T>(work: Parameters<Store['write']>[0]) => {
          const first = store.write(async (writing) => {
            const value = await work(writing);
            // Claims are another matter: what is claimed twice is claimed once.
            if (Array.isArray(value)) return value;
            throw new RolledBack();
          });
          const claimed = await first.catch((error: unknown) => {
            if (!(error instanceof RolledBack)) throw error;
          });
          return (claimed ?? (await store.write(work))) as T;
        },
      },
      read: { value: store.read.bind(store) },
      onWake: { value: store.onWake.bind(store) },
    });
    const world = new World(again, clock);
    world.investSuite.add({ id: P1 });
    world.upvest.fund('1000');
    const id = idOf(await registerDeposit({ ...world.services, store }, OPERATOR, input('deposit')));
    const marks: (number | null)[] = [];
    world.onPoint = async (point) => {
      if (point === 'marked') marks.push((await world.row(id)).sent_at);
    };
    await world.settle({ steps: 60 });
    expect(marks).toEqual([expect.any(Number), expect.any(Number)]);
    expect(await world.states(id)).toEqual(['REQUESTED', 'FUNDING', 'FUNDED', 'BOOKING', 'COMPLETED']);
    expect((await store.read((reading) => verifyAudit(reading))).findings).toEqual([]);
  });
});
