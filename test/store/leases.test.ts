import { CompiledQuery, type KyselyPlugin, RawNode, sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Store, Writing } from '../../src/store/index.ts';
import { claimDue, giveBackLeases, nextDueAt, renewLeases } from '../../src/store/leases.ts';
import { describeStores } from '../helpers/stores.ts';

/** How PostgreSQL would run what `work` asks of it. */
async function planOf(s: Store, work: (writing: Writing) => Promise<unknown>): Promise<string> {
  const plans: unknown[] = [];
  await s.write(async (tx) => {
    // An empty table would be read whole.
    await sql`set local enable_seqscan = off`.execute(tx.db);
    const explain: KyselyPlugin = {
      transformQuery: ({ node }) => RawNode.create(['explain ', ''], [node]),
      transformResult: ({ result }) => {
        plans.push(...result.rows);
        return Promise.resolve({ ...result, rows: [] });
      },
    };
    // Statements that were compiled before pass by plugins.
    const executeQuery = async (query: CompiledQuery): Promise<{ rows: never[] }> => {
      const plan = await tx.db.executeQuery(CompiledQuery.raw(`explain ${query.sql}`, [...query.parameters]));
      plans.push(...plan.rows);
      return { rows: [] };
    };
    await work({ ...tx, db: Object.assign(tx.db.withPlugin(explain), { executeQuery }) });
  });
  return JSON.stringify(plans);
}

describeStores('leases', (kind, name) => {
  // The statements of both databases are the same; libsql's driver can't explain them.
  it.skipIf(name === 'SQLite').each(['workflows', 'inbox'] as const)('of %s are found by indexes', async (table) => {
    const s = await kind.open();
    const claim = { owner: 'w', until: 60_000, limit: 10 };
    const ids = table === 'inbox' ? { ids: [1, 2] } : {};
    const plans = [
      await planOf(s, (tx) => claimDue(tx, table, claim)),
      await planOf(s, (tx) => nextDueAt(tx, table)),
      await planOf(s, (tx) => giveBackLeases(tx, table, 'w')),
      await planOf(s, (tx) => giveBackLeases(tx, table, undefined)),
      await planOf(s, (tx) => renewLeases(tx, table, { ...claim, ...ids })),
    ];
    for (const plan of plans) expect(plan).not.toContain('Seq Scan');
    for (const plan of plans.slice(0, 2)) expect(plan).toContain(`${table}_due`);
  });
});
