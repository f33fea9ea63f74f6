import { expect, it } from 'vitest';
import { appendAudit, type Store, verifyAudit, type Writing } from '../../src/store/index.ts';
import { describeStores } from '../helpers/stores.ts';

const entry = (subjectId: string) => ({ actor: 'a', action: 'act', subjectId, content: {} });
const subjectsIn = (s: Store) =>
  s.read(async ({ db }) => {
    const rows = await db.selectFrom('audit').select('subject_id').execute();
    return rows.map(({ subject_id }) => subject_id).sort();
  });
const findings = async (s: Store) => (await s.read((reading) => verifyAudit(reading))).findings;

describeStores('the audit of transactions at the same time', (kind, name) => {
  it('is one chain after the other, whole, with the entries of each transaction that was committed', async () => {
    const s = await kind.open();
    const ids = Array.from({ length: 100 }, (_, index) => `dep_${index}`);
    const writes = ids.map((id, index) =>
      s.write(async (tx) => {
        await appendAudit(tx, entry(id));
        if (index % 10 === 3) throw new Error('not this one');
      }),
    );
    const ended = await Promise.allSettled(writes);
    const kept = ids.filter((_, index) => ended[index]?.status === 'fulfilled');
    expect(kept).toHaveLength(90);
    expect(await subjectsIn(s)).toEqual([...kept].sort());
    expect(await findings(s)).toEqual([]);
  });

  it('fails only those whose own entries cannot be written', async () => {
    const s = await kind.open();
    await s.write((tx) => appendAudit(tx, entry('dep_1')));
    const chain = await s.read(({ db }) => db.selectFrom('audit').select('chain').executeTakeFirstOrThrow());
    // The next entry of this chain would have the number of one that is there.
    await s.write(({ db }) =>
      db.updateTable('audit_heads').set({ sequence: 0, hash: '' }).where('chain', '=', chain.chain).execute(),
    );
    const ids = ['dep_2', 'dep_1', 'dep_3', 'dep_4'];
    const ended = await Promise.allSettled(ids.map((id) => s.write((tx) => appendAudit(tx, entry(id)))));
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await subjectsIn(s)).toEqual(['dep_1', 'dep_2', 'dep_3', 'dep_4']);
  });

  it('never has two transactions wait for each other’s chains', async () => {
    const s = await kind.open();
    let runs = 0;
    // In PostgreSQL both are under way at once; the embedded database has one writer.
    const both = name === 'PostgreSQL' ? 2 : 1;
    let began = 0;
    let meet = (): void => undefined;
    const met = new Promise<void>((resolve) => {
      meet = resolve;
    });
    const about = (first: string, second: string) => async (tx: Writing) => {
      runs += 1;
      await appendAudit(tx, entry(first));
      began += 1;
      if (began >= both) meet();
      await met;
      await appendAudit(tx, entry(second));
    };
    await Promise.all([s.write(about('dep_1', 'dep_2')), s.write(about('dep_2', 'dep_1'))]);
    expect(runs).toBe(2);
    expect(await findings(s)).toEqual([]);
  });
});
