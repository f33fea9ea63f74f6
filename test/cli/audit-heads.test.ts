import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign } from 'jose';
import Libsql from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { audit } from '../../src/commands/audit.ts';
import { readConfig } from '../../src/config.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { headsSchema, headsSigner, headsVerifier, openStore } from '../../src/store/index.ts';
import { build } from '../helpers/build.ts';
import { runCommand, upstreamSettings } from '../helpers/command.ts';
import { eventually } from '../helpers/eventually.ts';
import { startGateway } from '../helpers/gateway.ts';
import { runProgram } from '../helpers/program.ts';
import { gatewaySettings, startWorld, type World } from '../helpers/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'gateway-heads-'));
const dataDir = join(folder, 'data');
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const pem = (key: KeyObject): string =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();

const bank = generateKeyPairSync('ed25519');
const publicKey = file('public.pem', pem(bank.publicKey));
const strangersKey = file('stranger.pem', pem(generateKeyPairSync('ed25519').publicKey));

const one = seedPortfolio({ key: 'heads', manager: 'USER_MANAGED', brokerCash: '500.00' });
let world: World;
/** The output of the program while a deposit was made. */
let log: string;
beforeAll(async () => {
  build();
  world = await startWorld({ seed: [one] });
  const settings = { ...upstreamSettings(world), DATA_DIR: dataDir, PORT: '0' };
  const program = runProgram(['serve'], { ...settings, AUDIT_KEY_FILE: file('private.pem', pem(bank.privateKey)) });
  const port = await eventually(() => {
    const found = /"port":(\d+)/.exec(program.stdout())?.[1];
    expect(found).toBeDefined();
    return Number(found);
  });
  const input = `portfolioId: "${one.portfolioId}", amount: "100.00", currency: "EUR", idempotencyKey: "k"`;
  await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: `mutation { registerDeposit(input: { ${input} }) { __typename } }` }),
  });
  expect(await program.stop()).toBe(0);
  log = program.stdout();
}, 120_000);
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

const verify = (...args: string[]) => runCommand(audit, ['verify', ...args], { DATA_DIR: dataDir });

/** As whoever may write everything in the database can: each row altered, and all hashes computed anew. */
function rewriteEverything(): void {
  const database = new Libsql(join(dataDir, 'gateway.db'));
  const hashes = new Map<number, string>();
  const rows = z
    .array(
      z.object({
        ...{ chain: z.int(), sequence: z.int(), at: z.int() },
        ...{ actor: z.string(), action: z.string(), subject_id: z.string(), content: z.string() },
      }),
    )
    .parse(database.prepare('select * from audit order by chain, sequence').all());
  for (const row of rows) {
    const content = row.content.replaceAll('100.00', '900.00').replace(/,"was":"[^"]+"/, '');
    const previous = hashes.get(row.chain) ?? '';
    const fields = [row.chain, row.sequence, row.at, row.actor, row.action, row.subject_id, content, previous];
    const hash = createHash('sha256').update(JSON.stringify(fields)).digest('hex');
    hashes.set(row.chain, hash);
    const update = 'update audit set content = ?, previous_hash = ?, hash = ? where chain = ? and sequence = ?';
    database.prepare(update).run(content, previous, hash, row.chain, row.sequence);
  }
  for (const [chain, hash] of hashes)
    database.prepare('update audit_heads set hash = ? where chain = ?').run(hash, chain);
  database.exec("update workflows set amount = '900.00'");
  database.close();
}

const isHeads = (line: string): boolean => line.includes('"audit heads"');

describe('heads in the log', () => {
  it('are there with position, hash, time, key and signature, and hold', async () => {
    const lines = log.split('\n').filter(isHeads);
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      msg: 'audit heads',
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      heads: [
        { chain: expect.any(Number), sequence: expect.any(Number), hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
      keyId: expect.stringMatching(/^[\w-]{43}$/),
      signature: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
    });
    const written = file('gateway.log', log);
    for (const args of [
      ['--heads', written],
      ['--heads', written, '--key', publicKey],
    ]) {
      const { code, stdout } = await verify(...args);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^read {2}1 heads in \d+ lines of the log, from 2/m)]);
    }
    const { stdout } = await verify('--json', '--heads', written, '--key', strangersKey, '--key', publicKey);
    expect(JSON.parse(stdout)).toMatchObject({ findings: [], logged: { lines: lines.length } });
  });

  const wrap: Readonly<Record<string, (line: string) => string>> = {
    'the json-file driver of Docker': (line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: 'x' }),
    'docker compose': (line) => `gateway-1  | ${line}`,
    CRI: (line) => `2026-11-30T07:00:00.000000000Z stdout F ${line}`,
    journald: (line) => JSON.stringify({ MESSAGE: line, PRIORITY: '6' }),
    'a pipeline that has parsed it': (line) => JSON.stringify({ kubernetes: {}, fields: JSON.parse(line) }),
  };
  it.each(Object.entries(wrap))('are read as %s keeps them', async (_what, wrapped) => {
    const lines = log.split('\n').filter(isHeads).map(wrapped);
    const written = file('wrapped.log', `noise\n${lines.join('\n')}\n`);
    expect(await verify('--heads', written)).toMatchObject({ code: 0 });
    expect(await verify('--heads', written, '--key', publicKey)).toMatchObject({ code: 0 });
  });

  it('count with a key only where it has signed them', async () => {
    const written = file('gateway.log', log);
    const stranger = await verify('--heads', written, '--key', strangersKey);
    expect([stranger.code, stranger.stdout]).toEqual([1, expect.stringContaining('signed by none of the keys')]);
    const bare = file('bare.log', log.replaceAll(/"signature":"[^"]+"/g, '"signature":""'));
    const unsigned = await verify('--heads', bare, '--key', publicKey);
    expect([unsigned.code, unsigned.stdout]).toEqual([
      1,
      expect.stringMatching(/^WRONG line \d+ of the log: no signature$/m),
    ]);
    expect(await verify('--heads', bare)).toMatchObject({ code: 0 });
    // Text beside a signature does not count.
    const forged = file('forged.log', log.replaceAll(/"hash":"[0-9a-f]+"/g, '"hash":"0"'));
    expect(await verify('--heads', forged, '--key', publicKey)).toMatchObject({ code: 0 });
    expect(await verify('--heads', forged)).toMatchObject({ code: 1 });
  });

  describe('of a log that ends', () => {
    /** The last line with its heads, as if it had been written so long before; signed by the bank's key. */
    const endingBefore = async (ms: number): Promise<string> => {
      const line: unknown = JSON.parse(log.split('\n').filter(isHeads).at(-1) ?? '');
      const { at, heads } = headsSchema.parse(line);
      const told = { at: new Date(Date.parse(at) - ms).toISOString(), heads };
      const signature = await (await headsSigner(pem(bank.privateKey))).sign(told);
      return file('ending.log', `${JSON.stringify({ msg: 'audit heads', ...told, signature })}\n`);
    };
    const HOUR = 3_600_000;

    it('that end long before the newest row are a finding, since they prove nothing about later rows', async () => {
      const written = await endingBefore(3 * HOUR);
      for (const args of [
        ['--heads', written],
        ['--heads', written, '--key', publicKey],
      ]) {
        const { code, stdout } = await verify(...args);
        expect([code, stdout]).toEqual([1, expect.stringMatching(/^WRONG the log ends at 2\S+Z, .* 2\S+Z$/m)]);
        expect(stdout).not.toMatch(/^ok/m);
      }
      const { code, stdout } = await verify('--json', '--heads', written);
      const finding = { problem: 'the log ends too early', at: expect.any(String), newestRow: expect.any(String) };
      expect([code, JSON.parse(stdout).findings]).toEqual([1, [finding]]);
    });

    it('not two hours before it are whole: heads are written every hour', async () => {
      expect(await verify('--heads', await endingBefore(1.5 * HOUR), '--key', publicKey)).toMatchObject({ code: 0 });
    });
  });

  it.each([
    ['of another type', 'JWT', () => ({ at: '2026-11-30T07:00:00.000Z', heads: [] })],
    ['of no type', undefined, () => ({ at: '2026-11-30T07:00:00.000Z', heads: [] })],
    ['of something else', 'audit-heads+jws', () => ({ sub: 'somebody' })],
    ['of no JSON', 'audit-heads+jws', () => undefined],
  ])('are not what the same key has signed %s', async (_what, typ, payload) => {
    const content = payload() === undefined ? 'hello' : JSON.stringify(payload());
    const header = { alg: 'EdDSA', ...(typ !== undefined && { typ }) };
    const signature = await new CompactSign(Buffer.from(content)).setProtectedHeader(header).sign(bank.privateKey);
    const written = file('else.log', `${log}${JSON.stringify({ msg: 'audit heads', signature })}\n`);
    const { code, stdout, stderr } = await verify('--heads', written, '--key', publicKey);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^WRONG line \d+ of the log: what the key has signed there is not heads$/m);
  });

  it.each([
    ['a log without heads', () => ['--heads', file('empty.log', '{"msg":"listening"}\n')], 'has no line'],
    ['a log that is not there', () => ['--heads', join(folder, 'none')], "can't be read (ENOENT)"],
    ['a key that is none', () => ['--heads', file('g.log', log), '--key', file('x.pem', 'x')], 'it is no public key'],
    ['a key that is not there', () => ['--heads', file('g.log', log), '--key', join(folder, 'none')], 'ENOENT'],
  ])('%s is told in one line, with exit code 1', async (_what, args, said) => {
    const { code, stderr, stdout } = await verify(...args());
    expect([code, stdout, stderr.split('\n')]).toEqual([1, '', [expect.stringContaining(said), '']]);
  });

  it('need a log to be looked for in', async () => {
    expect(await verify('--key', publicKey)).toMatchObject({ code: 2 });
    expect(await verify('--heads')).toMatchObject({ code: 2 });
  });

  it('show an audit that was written anew as a whole, with its rows: nothing else does', async () => {
    const written = file('gateway.log', log);
    rewriteEverything();
    expect(await verify()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok {4}\d+ rows, 1 workflow$/m) });
    for (const args of [
      ['--heads', written],
      ['--heads', written, '--key', publicKey],
    ]) {
      const { code, stdout } = await verify(...args);
      expect([code, stdout]).toEqual([1, expect.stringMatching(/^WRONG chain \d+, row \d+ .*\(rewritten\)$/m)]);
    }
  });
});

describe('a gateway', () => {
  it('logs them again and again, without a key unsigned', async () => {
    const store = await openStore({ dataDir: join(folder, 'again') });
    await store.close();
    const gateway = await startGateway({
      ...gatewaySettings(world),
      auth: 'local-operator',
      audit: { headsEveryMs: 5 },
      store: { dataDir: join(folder, 'again') },
    });
    const told = (): string[] => gateway.log.filter((line) => line.includes('"message":"audit heads"'));
    expect(told()).toEqual([]);
    const input = `portfolioId: "${one.portfolioId}", amount: "1", currency: "EUR", idempotencyKey: "again"`;
    await gateway.ask(`mutation { registerDeposit(input: { ${input} }) { __typename } }`);
    await eventually(() => expect(told().length).toBeGreaterThan(2));
    expect(told()[0]).not.toContain('signature');
    await gateway.stop();
  });
});

describe('AUDIT_KEY_FILE', () => {
  const problems = (content: string, more: Record<string, string> = {}) => {
    const result = readConfig({ AUDIT_KEY_FILE: file('key.pem', content), ...more });
    return result.ok ? [] : result.problems;
  };
  it.each([
    ['Ed25519', () => generateKeyPairSync('ed25519')],
    ['P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('may be of the kind %s, and its public half checks what it signs', async (_kind, make) => {
    const { privateKey, publicKey: ours } = make();
    expect(problems(pem(privateKey))).toEqual([]);
    const heads = { at: '2026-11-30T07:00:00.000Z', heads: [{ chain: 1, sequence: 2, hash: 'a' }] };
    const signature = await (await headsSigner(pem(privateKey))).sign(heads);
    expect(await headsVerifier([readFileSync(publicKey, 'utf8'), pem(ours)]).verify(signature)).toEqual(heads);
    expect(await headsVerifier([readFileSync(publicKey, 'utf8')]).verify(signature)).toBeUndefined();
  });

  it.each([
    ['none', () => 'x', /is no private key/],
    ['a public one', () => pem(bank.publicKey), /is no private key/],
    ['a small one', () => pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), /of a kind/],
    ['one for agreeing on keys', () => pem(generateKeyPairSync('x25519').privateKey), /of a kind/],
    [
      'an encrypted one',
      () => bank.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' }).toString(),
      /encrypted/,
    ],
  ])('is refused at the start where it is %s', (_kind, make, said) => {
    expect(problems(make())).toEqual([expect.stringMatching(said)]);
  });

  it('needs a log that has the lines', () => {
    expect(problems(pem(bank.privateKey), { LOG_LEVEL: 'warn' })).toEqual([expect.stringContaining('LOG_LEVEL')]);
    expect(problems(pem(bank.privateKey), { LOG_LEVEL: 'debug' })).toEqual([]);
  });
});
