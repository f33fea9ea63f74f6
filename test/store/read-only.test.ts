import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { countWorkflows, openForReading, openStore, type Store } from '../../src/store/index.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';

type Where = { readonly databaseUrl?: string; readonly dataDir: string };

function suite(where: () => Where): void {
  let writer: Store;
  beforeAll(async () => {
    writer = await openStore(where());
  });
  afterAll(() => writer.close());

  it('sees what a running gateway commits', async () => {
    const reader = await openForReading(where());
    const names = () => reader.read(({ db }) => db.selectFrom('locks').select('name').execute());
    expect(await names()).toEqual([]);
    await writer.write(({ db }) => sql`insert into locks (name, fence) values ('one', 1)`.execute(db));
    expect(await names()).toEqual([{ name: 'one' }]);
    expect(await reader.read(countWorkflows)).toBe(0);
    await reader.close();
  });

  it('cannot write', async () => {
    const reader = await openForReading(where());
    await expect(reader.read(({ db }) => sql`delete from locks`.execute(db))).rejects.toThrow(/read-?only/);
    await reader.close();
  });

  it('refuses tables that a newer program has yet to bring up to date', async () => {
    await writer.write(({ db }) => sql`update kysely_migration set name = 'x' where name = '0001_begin'`.execute(db));
    const opened = openForReading(where());
    await expect(opened).rejects.toThrow(StoreUnavailableError);
    await expect(opened).rejects.toThrow('start the gateway of this version once');
    await writer.write(({ db }) => sql`update kysely_migration set name = '0001_begin' where name = 'x'`.execute(db));
  });
}

describe('looking at the embedded database', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  suite(() => ({ dataDir }));
});

describe.skipIf(!hasPostgres)('looking at PostgreSQL', () => {
  let server: TestPostgres;
  let databaseUrl: string;
  beforeAll(async () => {
    server = await startPostgres();
    databaseUrl = await server.createDatabase();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);
  suite(() => ({ databaseUrl, dataDir: '' }));
});
