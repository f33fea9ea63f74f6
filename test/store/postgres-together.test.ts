import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  appendAudit,
  callerKey,
  recall,
  type Store,
  takeKey,
  verifyAudit,
  type Writing,
} from '../../src/store/index.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';

const CALLER = callerKey('issuer', 'subject');
const TOGETHER = { together: true };
const names = Array.from({ length: 20 }, (_, index) => `key-${index}`);

describe.skipIf(!hasPostgres)('transactions that share a commit on PostgreSQL', () => {
  let server: TestPostgres;
  let store: Store;
  beforeAll(async () => {
    server = await startPostgres();
    store = await openPostgres({ url: await server.createDatabase(), connections: 2 });
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  const write = async (tx: Writing, key: string, subjectId = key): Promise<string> => {
    await takeKey(tx, { caller: CALLER, key, mutation: 'm', inputHash: 'h', subjectId });
    await appendAudit(tx, { actor: 'a', action: 'act', subjectId, content: {} });
    const { rows } = await sql<{ xid: string }>`select pg_current_xact_id()::text as xid`.execute(tx.db);
    return rows[0]?.xid ?? '';
  };
  const kept = (key: string) => store.read((reading) => recall(reading, CALLER, key));

  it('are those that wait while one is under way', async () => {
    const xids = await Promise.all(names.map((name) => store.write((tx) => write(tx, name), TOGETHER)));
    expect(new Set(xids).size).toBe(2);
    for (const name of names) expect(await kept(name)).toMatchObject({ subject_id: name });
    expect((await store.read((reading) => verifyAudit(reading))).findings).toEqual([]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('not this one'))],
    ['breaks its transaction', ({ db }: Writing) => sql`select 1 / 0`.execute(db)],
  ] as const)('are all committed but the one that %s', async (how, fail) => {
    const ended = await Promise.allSettled(
      names.map((name, index) =>
        store.write(async (tx) => {
          await write(tx, `${how} ${name}`);
          if (index === 7) await fail(tx);
        }, TOGETHER),
      ),
    );
    expect(ended.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([7]);
    const found = await Promise.all(names.map((name) => kept(`${how} ${name}`)));
    expect(found.map((row) => row !== undefined)).toEqual(names.map((_, index) => index !== 7));
    expect((await store.read((reading) => verifyAudit(reading))).findings).toEqual([]);
  });

  it('give a key to one of those that ask for it at the same time', async () => {
    const taken = await Promise.all(
      names.map((name) =>
        store.write(
          (tx) => takeKey(tx, { caller: CALLER, key: 'one', mutation: 'm', inputHash: 'h', subjectId: name }),
          TOGETHER,
        ),
      ),
    );
    expect(taken.filter((row) => row === undefined)).toHaveLength(1);
    expect(new Set(taken.map((row) => row?.subject_id ?? names[taken.indexOf(undefined)])).size).toBe(1);
  });
});

describe.skipIf(!hasPostgres)('statements that PostgreSQL has planned', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  it.each([
    ['a newer release adds a column', 'alter table idempotency_keys add column added_later text'],
    ['a pooler gives another connection', 'deallocate all'],
  ])('are planned again when %s', async (_what, statement) => {
    const store = await openPostgres({ url: await server.createDatabase(), connections: 1 });
    const look = () => store.read((reading) => recall(reading, CALLER, 'key'));
    for (let uses = 0; uses < 5; uses += 1) await look();
    const planned = await store.read(({ db }) =>
      sql`select name from pg_prepared_statements where statement like '%from "idempotency_keys"%'`.execute(db),
    );
    expect(planned.rows).toHaveLength(1);
    await store.read(({ db }) => sql.raw(statement).execute(db));
    expect(await look()).toBeUndefined();
    await store.write((tx) =>
      takeKey(tx, { caller: CALLER, key: 'key', mutation: 'm', inputHash: 'h', subjectId: 's' }),
    );
    expect(await look()).toMatchObject({ subject_id: 's' });
    await store.close();
  });
});
