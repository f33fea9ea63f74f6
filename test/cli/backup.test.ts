import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backup } from '../../src/commands/backup.ts';
import { appendAudit, openStore, verifyAudit } from '../../src/store/index.ts';
import { runCommand } from '../helpers/command.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runCommand(backup, args, { DATA_DIR: join(folder, 'data') });

describe('backup', () => {
  it('copies what is committed while the gateway goes on writing, and a gateway starts on the copy', async () => {
    const store = await openStore({ dataDir: join(folder, 'data') });
    const append = (index: number) =>
      store.write((writing) =>
        appendAudit(writing, { actor: 'a', action: 'test', subjectId: `dep_${index}`, content: {} }),
      );
    for (let index = 0; index < 20; index += 1) await append(index);
    const file = join(folder, 'copy.db');
    const writes = Array.from({ length: 50 }, (_, index) => append(index));
    expect(await run(file)).toEqual({ code: 0, stdout: `${file}\n`, stderr: '' });
    await Promise.all(writes);
    await store.close();
    expect(readdirSync(folder).sort()).toEqual(['copy.db', 'data']);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    mkdirSync(join(folder, 'restored'));
    renameSync(file, join(folder, 'restored', 'gateway.db'));
    const restored = await openStore({ dataDir: join(folder, 'restored') });
    const verdict = await restored.read(verifyAudit);
    expect(verdict.findings).toEqual([]);
    expect(verdict.rows).toBeGreaterThanOrEqual(20);
    await restored.close();
  });

  it('overwrites nothing, and reports the reason', async () => {
    const store = await openStore({ dataDir: join(folder, 'data') });
    const file = join(folder, 'copy.db');
    expect((await run(file)).code).toBe(0);
    expect(await run(file)).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });
    const nowhere = join(folder, 'no', 'such', 'folder.db');
    expect(await run(nowhere)).toMatchObject({ code: 1, stderr: expect.stringContaining('could not be made') });
    await store.close();
  });

  it('reports a missing database, and one of PostgreSQL', async () => {
    expect(await run(join(folder, 'copy.db'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no database'),
    });
    const postgres = await runCommand(backup, ['x.db'], { DATABASE_URL: 'postgres://somewhere/db' });
    expect(postgres).toMatchObject({ code: 1, stderr: expect.stringContaining('its own tools') });
  });

  it.each([[[]], [['--fast']], [['a', 'b']]])('refuses %j with exit code 2', async (args) => {
    expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage:') });
  });
});
