import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { PortfolioId } from '../../../src/domain/ids.ts';
import {
  changeWorkflow,
  claimWorkflows,
  commitStep,
  lockWorkflow,
  workflowOfSubject,
} from '../../../src/store/index.ts';
import { followOrder } from '../../../src/workflows/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { describeStores } from '../../helpers/stores.ts';

const P1 = 'P01ARZ3NDEKTSV4RRFFQ69G5FAV' as PortfolioId;
const P2 = 'P01ARZ3NDEKTSV4RRFFQ69G5FAW' as PortfolioId;

describeStores('an order whose account group belongs to another portfolio now', (kind, name) => {
  it.skipIf(name === 'SQLite')('is left while a step of it is being committed, and that step stays', async () => {
    const store = await kind.open();
    await store.write((writing) => followOrder(writing, 'order-1', P1));
    const row = await store.read((reading) => workflowOfSubject(reading, 'upvest:order:order-1'));
    if (row === undefined) throw new Error('nothing follows the order');
    const waitsForLock = (): Promise<void> =>
      eventually(async () => {
        const { rows } = await store.read(({ db }) =>
          sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
            db,
          ),
        );
        expect(rows).toHaveLength(1);
      });
    let left: Promise<void> | undefined;
    await store.write(async (writing) => {
      const locked = await lockWorkflow(writing, row.id);
      if (locked === undefined) throw new Error('the row is gone');
      const states = [{ state: 'FOLLOWED', reason: null } as const];
      await changeWorkflow(writing, locked, { state: 'FOLLOWED' }, { states, events: [], audit: [] });
      left ??= store.write((other) => followOrder(other, 'order-1', P2));
      await waitsForLock();
    });
    await left;
    const rows = await store.read(({ db }) => db.selectFrom('workflows').selectAll().orderBy('created_at').execute());
    expect(rows.map(({ portfolio_id: of, version, step }) => [of, version, step])).toEqual([
      [P1, row.version + 1, null],
      [P2, 1, 'look'],
    ]);
  });

  it('is not taken up again by a worker that had the row', async () => {
    const store = await kind.open();
    await store.write((writing) => followOrder(writing, 'order-2', P1));
    const claim = { owner: 'worker', until: store.now() + 60_000, limit: 10 };
    const [leased] = await store.write((writing) => claimWorkflows(writing, claim));
    if (leased === undefined) throw new Error('nothing is due');
    await store.write((writing) => followOrder(writing, 'order-2', P2));
    const step = { patch: { step: 'move', due_at: store.now() }, lease: 'release' } as const;
    const nothing = { states: [], events: [], audit: [] };
    expect(await store.write((writing) => commitStep(writing, leased, { ...step, ...nothing }))).toBeUndefined();
    const rows = await store.read(({ db }) => db.selectFrom('workflows').selectAll().execute());
    expect(rows.map(({ portfolio_id: of, step: at }) => [of, at]).sort()).toEqual([
      [P1, null],
      [P2, 'look'],
    ]);
  });
});
