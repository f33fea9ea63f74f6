import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KyselyPlugin } from 'kysely';
import Libsql from 'libsql';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { audit } from '../../src/commands/audit.ts';
import { appendAudit, openForReading, openStore, type Store, verifyAudit } from '../../src/store/index.ts';
import { runCommand } from '../helpers/command.ts';

const folders: string[] = [];
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
  folders.push(dataDir);
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const append = (store: Store, action: string, subjectId = 'dep_1') =>
  store.write((writing) => appendAudit(writing, { actor: 'a', action, subjectId, content: { amount: '1.00' } }));

/** A database with an audit of three rows in one chain, changed by hand afterwards. */
async function tampered(...statements: string[]): Promise<void> {
  const store = await openStore({ dataDir });
  for (const action of ['one', 'two', 'three']) await append(store, action);
  await store.close();
  const database = new Libsql(join(dataDir, 'gateway.db'));
  for (const statement of statements) database.exec(statement);
  database.close();
}

const verify = (...flags: string[]) => runCommand(audit, ['verify', ...flags], { DATA_DIR: dataDir });
const COPY = `insert into audit (chain, sequence, at, actor, action, subject_id, content, previous_hash, hash)
  select chain, sequence + 1, at, actor, action, subject_id, content, hash, hash from audit where sequence = 3`;

describe('audit verify', () => {
  it('reports ok where nothing was changed, beside a running gateway too', async () => {
    await tampered();
    const gateway = await openStore({ dataDir });
    expect(await verify()).toEqual({ code: 0, stdout: 'ok    3 rows\n', stderr: '' });
    await gateway.close();
    const { code, stdout } = await verify('--json');
    const { sequence, hash } = JSON.parse(stdout).heads[0];
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { rows: 3, findings: [], heads: [{}] }]);
    expect([sequence, hash]).toEqual([3, expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it.each([
    ['altered', 2, 'is not what was written', `update audit set content = '{"amount":"9.00"}' where sequence = 2`],
    ['altered', 3, 'is not what was written', `update audit set actor = 'b' where sequence = 3`],
    ['removed', 1, 'is gone', 'delete from audit where sequence = 1'],
    ['removed', 2, 'is gone', 'delete from audit where sequence = 2'],
    ['cut off', 3, 'and whatever followed it is gone', 'delete from audit where sequence = 3'],
    ['inserted', 4, 'was put in afterwards', COPY],
  ])('says which row was %s: %i', async (problem, sequence, meaning, statement) => {
    await tampered(statement);
    const { code, stdout } = await verify();
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^WRONG chain \\d+, row ${sequence} ${meaning} \\(${problem}\\)$`, 'm'));
  });

  it('reports a row that was replaced by one with a hash of its own', async () => {
    await tampered('delete from audit where sequence = 2', COPY.replace('sequence + 1', '2'));
    expect((await verify()).code).toBe(1);
  });

  it('reports an added chain, and a head that was set back', async () => {
    await tampered(COPY.replace('select chain', 'select 99'));
    expect((await verify()).stdout).toContain('WRONG chain 99 was put in afterwards');
    await tampered("update audit_heads set sequence = 2, hash = 'x' where sequence = 6");
    expect(await verify()).toMatchObject({ code: 1 });
  });

  it('takes what is written meanwhile for what it is', async () => {
    const gateway = await openStore({ dataDir });
    const reader = await openForReading({ dataDir });
    let written = 0;
    // A row is added after every query, to the chain that is read.
    const busy: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        for (let subject = 0; subject < 20 && written < 400; subject += 1) {
          written += 1;
          await append(gateway, 'meanwhile', `dep_${subject}`);
        }
        return result;
      },
    };
    const verdict = await reader.read((reading) => verifyAudit({ ...reading, db: reading.db.withPlugin(busy) }));
    await Promise.all([reader.close(), gateway.close()]);
    expect(written).toBe(400);
    expect(verdict.findings).toEqual([]);
  });

  it.each([[[]], [['check']], [['verify', '--fast']], [['verify', '--against']]])(
    'refuses %j with exit code 2',
    async (args) => {
      const { code, stderr } = await runCommand(audit, args, { DATA_DIR: dataDir });
      expect(code).toBe(2);
      expect(stderr).toContain('Usage: invest-gateway audit verify');
    },
  );

  it('shows against heads that were kept what the database alone cannot: an audit that was written anew', async () => {
    await tampered();
    const kept = join(dataDir, 'kept.json');
    writeFileSync(kept, (await verify('--json')).stdout);
    const store = await openStore({ dataDir });
    await append(store, 'four');
    await store.close();
    expect(await verify('--against', kept)).toMatchObject({ code: 0, stdout: 'ok    4 rows\n' });
    // Turned back with its head, then gone on with: each row fits the one before it.
    const database = new Libsql(join(dataDir, 'gateway.db'));
    database.exec('delete from audit where sequence >= 3');
    database.exec(
      'update audit_heads set sequence = 2, hash = (select hash from audit where sequence = 2) where sequence = 4',
    );
    database.close();
    const again = await openStore({ dataDir });
    await append(again, 'another three');
    await again.close();
    expect(await verify()).toMatchObject({ code: 0, stdout: 'ok    3 rows\n' });
    const { code, stdout } = await verify('--against', kept);
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^WRONG chain \d+, row 3 is not the one .*\(rewritten\)$/m),
    ]);
    writeFileSync(kept, '[]');
    expect(await verify('--against', kept)).toMatchObject({ code: 1, stdout: '' });
  });

  it('says so where there is no database', async () => {
    const { code, stderr } = await verify();
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is no database in')]);
  });
});
