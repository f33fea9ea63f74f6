import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../src/commands/audit.ts';
import { appendAudit, openStore } from '../../src/store/index.ts';
import { build } from '../helpers/build.ts';
import { runCommand } from '../helpers/command.ts';
import { runTool } from './programs.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
const heads = join(dataDir, 'heads.json');
/** The export, a line each: the rows of one chain, its head; the row of another, its head. */
let lines: readonly string[];

beforeAll(async () => {
  const store = await openStore({ dataDir });
  const append = (action: string, subjectId: string) =>
    store.write((writing) => appendAudit(writing, { actor: 'a', action, subjectId, content: { amount: '1.00' } }));
  for (const action of ['one', 'two', 'three', 'fünf']) await append(action, 'dep_1');
  await append('one', 'dep_2');
  await store.close();
  const { stdout } = await runCommand(audit, ['export'], { DATA_DIR: dataDir });
  lines = stdout.trimEnd().split('\n');
  writeFileSync(heads, (await runCommand(audit, ['verify', '--json'], { DATA_DIR: dataDir })).stdout);
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const check = (changed: readonly string[], ...args: readonly string[]) =>
  runTool('audit-check', args, `${changed.join('\n')}\n`);

/** The row with other content, and a hash that fits it. */
function forged(line: string, content: string, previousHash?: string): string {
  const row = { ...JSON.parse(line), content, ...(previousHash !== undefined && { previous_hash: previousHash }) };
  const { chain, sequence, at, actor, action, subject_id, previous_hash } = row;
  const hashed = JSON.stringify([chain, sequence, at, actor, action, subject_id, content, previous_hash]);
  return JSON.stringify({ ...row, hash: createHash('sha256').update(hashed).digest('hex') });
}

describe('an exported audit, checked by a program that is not ours', () => {
  it('is sound as it was exported, also against heads that were kept', () => {
    expect(check(lines)).toEqual({ code: 0, stdout: 'ok    5 rows in 2 chains\n', stderr: '' });
    expect(check(lines, heads).code).toBe(0);
  });

  it.each<[string, (all: readonly string[]) => readonly string[], string]>([
    ['altered', ([a = '', ...rest]) => [a.replace('1.00', '9.00'), ...rest], 'its hash is not that of its content'],
    [
      'altered, with a hash of its own',
      ([a = '', ...rest]) => [forged(a, '{}'), ...rest],
      'does not follow the row before it',
    ],
    ['removed', ([a = '', _, ...rest]) => [a, ...rest], 'row 2 was expected'],
    ['swapped', ([a = '', b = '', ...rest]) => [b, a, ...rest], 'row 1 was expected'],
    ['doubled', ([a = '', ...rest]) => [a, a, ...rest], 'row 2 was expected'],
    [
      'cut off at the end',
      (all) => all.filter((line) => JSON.parse(line).action !== 'fünf'),
      'does not end with its head',
    ],
    ['cut off with its head', (all) => all.slice(0, 3), 'has no head'],
    ['no JSON', ([, ...rest]) => ['{', ...rest], 'cannot be read'],
  ])('is found out where a row is %s', (_what, change, finding) => {
    const { code, stdout } = check(change(lines));
    expect(stdout).toContain(finding);
    expect(code).toBe(1);
  });

  it('is checked by the commands that the page names', () => {
    build();
    const page = readFileSync('docs/proof.md', 'utf8');
    const [, commands = ''] = /^```sh\n(npx invest-gateway audit[\s\S]*?)^```$/m.exec(page) ?? [];
    symlinkSync(join(process.cwd(), 'tools'), join(dataDir, 'tools'));
    const program = `"${process.execPath}" "${join(process.cwd(), 'dist', 'cli.js')}"`;
    const { stdout, stderr } = spawnSync('sh', ['-ec', commands.replaceAll('npx invest-gateway', program)], {
      cwd: dataDir,
      env: { ...process.env, DATA_DIR: dataDir },
      encoding: 'utf8',
    });
    expect([stdout, stderr]).toEqual(['ok    5 rows in 2 chains\n', '']);
  });

  it('is found out against kept heads where a whole chain was written anew', () => {
    let previousHash = '';
    const anew = lines.map((line) => {
      const row = JSON.parse(line);
      if (!('previous_hash' in row)) return JSON.stringify({ ...row, hash: previousHash });
      const made = forged(line, '{"amount":"9.00"}', row.sequence === 1 ? '' : previousHash);
      previousHash = JSON.parse(made).hash;
      return made;
    });
    expect(check(anew).code).toBe(0);
    expect(check(anew, heads)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('is not the one that was kept'),
    });
  });
});
