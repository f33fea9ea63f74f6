import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingGroups } from '../../src/settings-help.ts';
import { build } from '../helpers/build.ts';
import { eventually } from '../helpers/gateway.ts';
import { type Program, parseSettings, runProgram } from '../helpers/program.ts';

beforeAll(build);

const finished = async (args: readonly string[], settings: Record<string, string> = {}) => {
  const program = runProgram(args, settings);
  const code = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
};

describe('the command line', () => {
  it('lists every command and every setting with --help', async () => {
    const { code, stdout } = await finished(['--help']);
    expect(code).toBe(0);
    for (const command of ['serve', 'standins', 'doctor', 'schema']) expect(stdout).toContain(`  ${command}`);
    for (const { name } of [...settingGroups().values()].flat()) expect(stdout).toContain(name);
  });

  it('refuses a command that it does not know with exit code 2', async () => {
    const { code, stderr } = await finished(['fly']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no command "fly"');
  });

  it('prints the schema', async () => {
    const { code, stdout } = await finished(['schema']);
    expect(code).toBe(0);
    expect(stdout).toContain('type Query {');
  });
});

describe('serve with bad settings', () => {
  it('names each one and exits 1', async () => {
    const { code, stderr } = await finished(['serve'], { NODE_ENV: 'production', PORT: 'x', UPVEST_URL: 'ftp://x' });
    expect(code).toBe(1);
    for (const name of [
      'PORT',
      'INVESTSUITE_URL',
      'INVESTSUITE_ACCESS_KEY_ID',
      'UPVEST_URL',
      'UPVEST_CLIENT_ID',
      'UPVEST_KEY_ID',
      'UPVEST_PRIVATE_KEY',
      'AUTH_JWKS_URL',
      'AUTH_ISSUER',
      'AUTH_AUDIENCE',
    ]) {
      expect(stderr).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });
});

describe('with upstreams of its own', () => {
  let standins: Program;
  let settings: Record<string, string>;
  beforeAll(async () => {
    standins = runProgram(['standins']);
    settings = await eventually(() => {
      const found = parseSettings(standins.stdout());
      expect(Object.keys(found)).toHaveLength(8);
      return found;
    });
  });
  afterAll(async () => {
    expect(await standins.stop()).toBe(0);
  });

  it('doctor reports that all works', async () => {
    const { code, stdout } = await finished(['doctor'], settings);
    expect(code).toBe(0);
    expect(stdout).not.toContain('WRONG');
    for (const what of ['InvestSuite, login', 'Upvest, token for read'])
      expect(stdout).toMatch(new RegExp(`^ok +${what}`, 'm'));
  });

  const otherKey = () =>
    generateKeyPairSync('ec', { namedCurve: 'secp521r1' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
  it.each([
    ['a wrong client secret', () => ({ UPVEST_CLIENT_SECRET: 'marked-secret-1' }), 'wrong-client-secret'],
    ['a wrong private key', () => ({ UPVEST_PRIVATE_KEY: otherKey() }), 'wrong-key'],
    ['a wrong secret of InvestSuite', () => ({ INVESTSUITE_SECRET_ACCESS_KEY: 'marked-secret-2' }), 'wrong-access-key'],
    ['an address where nobody listens', () => ({ UPVEST_URL: 'http://127.0.0.1:1' }), 'unreachable'],
  ])('doctor tells %s as such, and no secret', async (_what, wrong, problem) => {
    const { code, stdout, stderr } = await finished(['doctor'], { ...settings, ...wrong() });
    expect(code).toBe(1);
    expect(stdout).toContain(`(${problem})`);
    expect(stdout + stderr).not.toMatch(/marked-secret|PRIVATE KEY-----/);
  });

  it('serve answers from them, is ready, and stops on SIGTERM with exit code 0', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'invest-gateway-'));
    const gateway = runProgram(['serve'], { ...settings, PORT: '0', DATA_DIR: dataDir });
    const port = await eventually(() => {
      const match = /"port":(\d+)/.exec(gateway.stdout());
      expect(match).not.toBeNull();
      return match?.[1];
    });
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ready' }]);
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ portfolios(first: 1) { edges { node { cashBalance { balance } } } } }' }),
    });
    expect(await answer.json()).toMatchObject({ data: { portfolios: { edges: [{}] } } });
    expect(gateway.stderr()).toContain('NO AUTHENTICATION');
    expect(gateway.stderr()).not.toContain('STAND-INS');
    expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('gateway_upstream_calls_total');
    expect(await gateway.stop()).toBe(0);
    const output = gateway.stdout() + gateway.stderr();
    expect(output).not.toContain(settings['UPVEST_CLIENT_SECRET']);
    expect(output).not.toContain(settings['INVESTSUITE_SECRET_ACCESS_KEY']);
  });

  it('serve with an invalid private key reports it and exits 1', async () => {
    const { code, stderr } = await finished(['serve'], { ...settings, UPVEST_PRIVATE_KEY: 'nonsense', PORT: '0' });
    expect(code).toBe(1);
    expect(stderr).toContain('UPVEST_PRIVATE_KEY');
  });
});

describe('serve without settings', () => {
  it('runs both stand-ins, and money moves at once, reported by real webhooks', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'invest-gateway-'));
    const gateway = runProgram(['serve'], { PORT: '0', DATA_DIR: dataDir });
    const port = await eventually(() => {
      const match = /"port":(\d+)/.exec(gateway.stdout());
      expect(match).not.toBeNull();
      return match?.[1];
    });
    expect(gateway.stderr()).toContain('STAND-INS');
    const ask = async (query: string): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return await response.text();
    };
    const found = await ask(`{ portfolios(first: 100) { edges { node {
      fundable: baseCurrency moneyType status archived brokerageAccount { accountGroupId } id } } } }`);
    const id =
      /"fundable":"EUR","moneyType":"REAL_MONEY","status":"ACTIVE","archived":false,"brokerageAccount":\{[^}]*\},"id":"(\w+)"/.exec(
        found,
      )?.[1];
    await ask(
      `mutation { registerDeposit(input: { portfolioId: "${id}", amount: "12.34", currency: "EUR", idempotencyKey: "first" }) { __typename } }`,
    );
    await eventually(async () =>
      expect(await ask('{ deposit(idempotencyKey: "first") { state } }')).toContain('"COMPLETED"'),
    );
    await eventually(async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(metrics).toMatch(/webhook\w*_(total|count)\{[^}]*accepted[^}]*\} [1-9]/);
    });
    // The sandbox finds them by the folder, and the gateway takes what happens in more than a month.
    const clock = runProgram(['sandbox', 'clock', '40d'], { DATA_DIR: dataDir });
    expect([await clock.ended, clock.stderr()]).toEqual([0, '']);
    const orders =
      '{ portfolios(first: 1) { edges { node { brokerOrders(first: 1) { edges { node { initiationFlow } } } } } } }';
    await eventually(async () => expect(await ask(orders)).toContain('SAVINGS_PLAN'));
    expect(await gateway.stop('SIGINT')).toBe(0);
    expect(existsSync(join(dataDir, 'standins.json'))).toBe(false);
  });
});
