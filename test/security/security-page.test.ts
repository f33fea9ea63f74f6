import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { complexityFromQuery } from '@pothos/plugin-complexity';
import { type GraphQLField, isInterfaceType, isObjectType, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '../../src/domain/viewer.ts';
import { DEFAULT_LIMITS } from '../../src/operations/limits.ts';
import { buildSchema } from '../../src/schema/index.ts';
import { settingGroups } from '../../src/settings-help.ts';
import { combineSeeds, type Standins, seedPortfolio, seedUser, startStandins } from '../../src/standins/index.ts';
import { HEADS_MESSAGE, headsSigner } from '../../src/store/index.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type ServingProgram, serveProgram, settingsFor } from '../helpers/production.ts';

const PAGE = readFileSync('docs/security.md', 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => (match[1] ?? '').trim().split('\n'));
/** The rows of tables whose first cell is written as code. */
const ROWS = [...PAGE.matchAll(/^\| `([^|`]+)` \| ([^|]+) \|(?: ([^|]+) \|)?$/gm)].map(
  ([, name = '', second = '', third = '']) => [name, second.trim(), third.trim()] as const,
);

const owner = seedUser({ key: 'page' });
const other = seedUser({ key: 'page-other' });
const mine = seedPortfolio({ key: 'page', owner });
const others = seedPortfolio({ key: 'page-other', owner: other });
const schema = buildSchema({ federation: { sdlForAll: false } });

let standins: Standins;
let issuer: TestIssuer;
let program: ServingProgram;
let environment: Record<string, string>;
const folder = mkdtempSync(join(tmpdir(), 'gateway-page-'));
const dataDir = join(folder, 'data');
beforeAll(async () => {
  issuer = await startIssuer();
  standins = await startStandins({ seed: combineSeeds(mine, others) });
  const settings = { ...settingsFor(standins, issuer), DATA_DIR: dataDir };
  program = await serveProgram(settings);
  environment = {
    ...settings,
    PATH: process.env['PATH'] ?? '',
    GATEWAY: program.url,
    TOKEN: await issuer.token({ sub: owner.id, scope: 'portfolios:read cash:withdraw' }),
    OTHERS: others.portfolioId,
  };
}, 120_000);
afterAll(async () => {
  await program.end();
  await standins.stop();
  await issuer.stop();
  rmSync(folder, { recursive: true, force: true });
});

const shell = (line: string): Promise<{ code: unknown; output: string }> =>
  new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd: folder, env: environment }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
    );
  });

const hasCurl = (process.env['PATH'] ?? '').split(':').some((path) => existsSync(join(path, 'curl')));

/** The log and the key of the commands: what a gateway that nobody has asked for anything would write. */
async function writeLog(): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signer = await headsSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const heads = { at: new Date().toISOString(), heads: [] };
  const line = { msg: HEADS_MESSAGE, ...heads, signature: await signer.sign(heads) };
  writeFileSync(join(folder, 'gateway.log'), `${JSON.stringify(line)}\n`);
  writeFileSync(join(folder, 'audit-public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
}

/** A comment that says what comes, and the command behind it. */
const TRIALS = BLOCKS.flatMap((lines) =>
  lines.flatMap((line, index) => {
    const said = /^# (\d{3})(?: ([^:]+|\{.*\}))?: (.*)$/.exec(lines[index - 1] ?? '');
    return said === null ? [] : [{ status: said[1] ?? '', answer: said[2] ?? '', what: said[3] ?? '', line }];
  }),
);

describe('the page on security', () => {
  it.skipIf(!hasCurl).each(TRIALS)('shows $status $answer for $what', async ({ status, answer, line }) => {
    const { output } = await shell(line);
    expect(output).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `, 'm'));
    expect(output).toContain(answer);
  });

  it('has a trial for every line that asks something', () => {
    expect(TRIALS.length).toBeGreaterThan(10);
    const lines = BLOCKS.flat().filter((line) => line.includes('curl '));
    expect(TRIALS.map(({ line }) => line)).toEqual(lines);
  });

  it('shows commands that work', async () => {
    const ours = BLOCKS.flat().filter((line) => line.startsWith('npx invest-gateway '));
    expect(ours.length).toBeGreaterThan(1);
    await writeLog();
    const command = `'${process.execPath}' '${join(process.cwd(), 'dist', 'cli.js')}'`;
    for (const line of ours) {
      const { code, output } = await shell(line.replace('npx invest-gateway', command));
      expect(code, `${line}\n${output}`).toBe(0);
    }
    const fuzz = BLOCKS.flat().find((line) => line.startsWith('node scripts/')) ?? '';
    // As it stands it takes half an hour; that it runs at all is told by its refusal.
    const { code, output } = await shell(`cd '${process.cwd()}' && ${fuzz.replace('30', '0')}`);
    expect([code, output]).toEqual([2, expect.stringContaining('--minutes')]);
  });

  it('has the limits as they are', () => {
    const limits = Object.entries(DEFAULT_LIMITS).map(([name, value]) => [name, value.toLocaleString('en-US')]);
    const told = ROWS.filter(([name]) => name in DEFAULT_LIMITS).map(([name, text]) => [
      name,
      /^[\d,]*\d/.exec(text)?.[0],
    ]);
    expect(told.sort()).toEqual(limits.sort());
  });

  it('has all scopes, and only settings that there are', () => {
    expect(ROWS.map(([name]) => name).filter((name) => /^(\w+:\w+|operator)$/.test(name))).toEqual([...SCOPES]);
    const settings = new Set([...settingGroups().values()].flat().map(({ name }) => name));
    const named = [...PAGE.matchAll(/`([A-Z]+(?:_[A-Z]+)+)(?:=\w+)?`/g)].map((match) => match[1] ?? '');
    const codes =
      /^(UNAUTHENTICATED|FORBIDDEN|QUERY_TOO_COMPLEX|BAD_USER_INPUT|UPSTREAM_UNAVAILABLE|SEVERAL_MUTATIONS|DOCUMENT_NOT_TRUSTED|UPSTREAM_INVALID_ANSWER|PERSISTED_QUERY_NOT_SUPPORTED)$/;
    expect(named.filter((name) => !settings.has(name) && !codes.test(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(8);
  });

  it('names files and tests that there are, and has links that lead somewhere', () => {
    const links = [...PAGE.matchAll(/\]\(([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(dirname('docs/security.md'), link)))).toEqual([]);
    const table = /## What is checked where\n\n([\s\S]*?)\n\n/.exec(PAGE)?.[1]?.split('\n').slice(2) ?? [];
    expect(table.length).toBeGreaterThan(8);
    for (const row of table) {
      const [, , sources = '', tests = ''] = row.split('|');
      for (const [, path = ''] of sources.matchAll(/`([\w/.-]+)`/g))
        expect(existsSync(join('src', path)), path).toBe(true);
      const names = [...tests.matchAll(/`([\w.-]+)`/g)].map((match) => match[1] ?? '');
      expect(names.length, row).toBeGreaterThan(0);
      for (const name of names) expect(existsSync(join('test/security', `${name}.test.ts`)), name).toBe(true);
    }
  });
});

/** The cost of a field, and the multiplier of its selection. */
function costOf(field: GraphQLField<unknown, unknown>): readonly [itself: string, times: string] {
  const { complexity } = field.extensions;
  // Numbers that nothing else counts with.
  // 530 days: a tenth of them is no other number here.
  const days = { from: '2020-01-01', to: '2021-06-13' };
  const args = { first: 67, ids: Array.from({ length: 61 }), representations: Array.from({ length: 59 }), ...days };
  const cost: unknown = typeof complexity === 'function' ? complexity(args, {}, field) : complexity;
  if (typeof cost !== 'object' || cost === null || !('field' in cost) || !('multiplier' in cost))
    return [String(cost ?? 1), '1'];
  const counted = new Map([
    [67, '`first`'],
    [61, 'number of `ids`'],
    [59, 'number of `representations`'],
    [53, 'a tenth of the days'],
  ]);
  const times = counted.get(Number(cost.multiplier)) ?? String(cost.multiplier);
  return [String(cost.field), times];
}

/** `UPDATE_PAGES=1 npx vitest run test/security/security-page.test.ts`, once for what the page is read from, once to look. */
function writeTable(rows: readonly string[]): void {
  const [head = '', rest = ''] = PAGE.split('| field | itself | times |\n|---|---|---|\n');
  const after = rest.slice(rest.indexOf('\n\n'));
  writeFileSync('docs/security.md', `${head}| field | itself | times |\n|---|---|---|\n${rows.join('\n')}${after}`);
}

describe('what a query costs', () => {
  const fields = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && (isObjectType(type) || isInterfaceType(type)))
    .flatMap((type) =>
      isObjectType(type) || isInterfaceType(type)
        ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, ...costOf(field)] as const)
        : [],
    );

  it('is on the page for every field that does not cost 1 and what is in it', () => {
    const special = fields.filter(([, itself, times]) => itself !== '1' || times !== '1');
    const table = special.map(([name, itself, times]) => `| \`${name}\` | ${itself} | ${times} |`).sort();
    expect(fields.length).toBeGreaterThan(250);
    if (process.env['UPDATE_PAGES'] === '1') writeTable(table);
    expect([...PAGE.matchAll(/^\| `\w+\.\w+` \| \d+ \| [^|]+ \|$/gm)].map(([row]) => row)).toEqual(table);
  });

  it('is added up as the page does', () => {
    const [, query = '', cost = ''] = /```graphql\n([\s\S]*?)```\n\ncosts ([\d,]+)/.exec(PAGE) ?? [];
    const { complexity } = complexityFromQuery(parse(query), { schema, variables: {}, ctx: {} });
    expect(complexity.toLocaleString('en-US')).toBe(cost);
  });
});
