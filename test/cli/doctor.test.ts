import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { startStandins } from '../../src/standins/index.ts';
import { openStore } from '../../src/store/index.ts';
import { FakeUpvest, page, problem } from '../datasources/upvest/fake-upvest.ts';
import { runCommand, upstreamSettings } from '../helpers/command.ts';

const PUBLIC_URL = 'https://bank.example/invest';
const ADDRESS = `${PUBLIC_URL}/webhooks/upvest`;

type Row = {
  readonly id: string;
  readonly url: string;
  readonly type: readonly string[];
  readonly enabled: boolean;
} & {
  readonly exclude_type?: readonly string[];
};

let standins: Awaited<ReturnType<typeof startStandins>>;
let fake: FakeUpvest;
let rows: Row[];
/** The writes to Upvest: method, path and body. */
let writes: (readonly [string, unknown])[];

beforeAll(async () => {
  standins = await startStandins({ seed: 'demo' });
});
afterAll(() => standins.stop());
beforeEach(async () => {
  fake = await new FakeUpvest().start();
  rows = [];
  writes = [];
  fake.onList('/account_groups', []);
  fake.on('GET', '/auth/verify_keys', () => ({ body: { keys: [{ kid: 'k' }] } }));
  fake.on('GET', '/webhooks', ({ scope, query }) => {
    if (!/webhooks:(read|admin)/.test(scope)) return problem(403, 'forbidden', 'scope');
    expect(Number(query.get('limit'))).toBeLessThanOrEqual(1_000);
    return { body: { meta: { offset: 0, limit: 100, count: rows.length, total_count: rows.length }, data: rows } };
  });
  fake.on('POST', '/webhooks', ({ scope, body, headers }) => {
    if (scope !== 'webhooks:admin') return problem(403, 'forbidden', 'scope');
    const given = JSON.parse(body);
    writes.push(['POST /webhooks', given]);
    const right =
      /^[a-zA-Z0-9 ()[\]{}.-]{1,32}$/.test(given.title) &&
      /^([1-9]|[12][0-9]|30)s$/.test(given.config.delay) &&
      given.config.max_package_size >= 100 &&
      given.config.max_package_size <= 1_048_576 &&
      new URL(given.url).protocol === 'https:' &&
      headers['idempotency-key'] === undefined;
    if (!right) return problem(400, 'bad_request', 'no');
    // Created disabled, as Upvest does.
    const row = { id: randomUUID(), created_at: '2026-01-01T00:00:00Z', enabled: false, ...given };
    add(row);
    return { status: 201, body: row };
  });
});
afterEach(async () => {
  expect(fake.refused).toEqual([]);
  await fake.stop();
});

/** A webhook that is registered at Upvest. */
function add(row: Row): Row {
  rows.push(row);
  const path = `/webhooks/${row.id}`;
  fake.on('PATCH', path, ({ scope, body }) => {
    if (scope !== 'webhooks:admin') return problem(403, 'forbidden', 'scope');
    const given = JSON.parse(body);
    writes.push([`PATCH ${path}`, given]);
    rows = rows.map((each) => (each.id === row.id ? { ...each, ...given } : each));
    return { body: rows.find(({ id }) => id === row.id) };
  });
  fake.on('POST', `${path}/test`, ({ scope, body }) => {
    if (scope !== 'webhooks:admin') return problem(403, 'forbidden', 'scope');
    writes.push([`POST ${path}/test`, body]);
    return { status: 202 };
  });
  return row;
}

const webhook = (more: Partial<Row> = {}): Row =>
  add({ id: randomUUID(), url: ADDRESS, type: ['ALL'], enabled: true, ...more });

async function doctor(args: readonly string[] = [], settings: Record<string, string> = { PUBLIC_URL }) {
  const { baseUrl, clientId, clientSecret, keyId, privateKeyPem } = fake.options;
  const command = commands.find(({ name }) => name === 'doctor');
  if (command === undefined) throw new Error('no doctor');
  return await runCommand(command.run, args, {
    ...upstreamSettings(standins),
    DATA_DIR: '/nowhere',
    UPVEST_URL: baseUrl,
    UPVEST_CLIENT_ID: clientId,
    UPVEST_CLIENT_SECRET: clientSecret,
    UPVEST_KEY_ID: keyId,
    UPVEST_PRIVATE_KEY: privateKeyPem,
    ...settings,
  });
}

const lineOf = (stdout: string, subject: string): string =>
  stdout.split('\n').find((line) => line.includes(`${subject}:`)) ?? `no line on ${subject} in\n${stdout}`;

describe("the doctor looks at Upvest's webhook", () => {
  it.each<readonly [string, () => void, RegExp]>([
    ['missing', () => undefined, /^WRONG .*no webhook calls https:\/\/bank\.example\/invest\/webhooks\/upvest/],
    [
      'of another address',
      () => webhook({ url: 'https://old.example/hook' }),
      /^WRONG .*no webhook calls.*old\.example/,
    ],
    ['disabled', () => webhook({ enabled: false }), /^WRONG .*disabled/],
    ['of too few events', () => webhook({ type: ['ORDER', 'EXECUTION'] }), /^WRONG .*not subscribed to .*WITHDRAWAL/],
    [
      'that leaves events out',
      () => webhook({ exclude_type: ['CASH_BALANCE'] }),
      /^WRONG .*not subscribed to CASH_BALANCE;/,
    ],
  ])('%s: says so, says the command that mends it, and changes nothing', async (_name, given, expected) => {
    given();
    const { code, stdout } = await doctor();
    const line = lineOf(stdout, 'Upvest, webhook');
    expect(line).toMatch(expected);
    expect(line).toContain('invest-gateway doctor --register-webhook');
    expect(code).toBe(1);
    expect(writes).toEqual([]);
  });

  it('asks for the events of a capability that is on, and of no other', async () => {
    const type = ['WITHDRAWAL', 'VIRTUAL_CASH_INCREASE', 'VIRTUAL_CASH_DECREASE', 'CASH_BALANCE', 'CASH_TRANSACTION'];
    webhook({ type: [...type, 'ORDER', 'ORDER_CANCELLATION', 'EXECUTION'] });
    const all = await doctor();
    expect(lineOf(all.stdout, 'Upvest, webhook')).toMatch(
      /^WRONG .*not subscribed to INSTRUMENT ACCOUNT_VALUATION INTRADAY_ACCOUNT_VALUATION;/,
    );
    const some = await doctor([], { PUBLIC_URL, UPVEST_CAPABILITIES: 'valuations,ledger' });
    expect(lineOf(some.stdout, 'Upvest, webhook')).toMatch(
      /^WRONG .*not subscribed to ACCOUNT_VALUATION INTRADAY_ACCOUNT_VALUATION;/,
    );
    const none = await doctor([], { PUBLIC_URL, UPVEST_CAPABILITIES: 'none' });
    expect(lineOf(none.stdout, 'Upvest, webhook')).toMatch(/^ok /);
  });

  it('accepts one that is enabled and subscribed to all events, in any spelling of its address', async () => {
    webhook({ url: 'https://other.example/' });
    webhook({ url: 'https://BANK.example:443/invest/webhooks/upvest' });
    const { code, stdout } = await doctor();
    expect(lineOf(stdout, 'Upvest, webhook')).toMatch(/^ok .*enabled/);
    expect(code).toBe(0);
    expect(writes).toEqual([]);
  });

  it('without PUBLIC_URL reports that it is not known, which is no failure', async () => {
    const { code, stdout } = await doctor([], {});
    expect(lineOf(stdout, 'Upvest, webhook')).toMatch(/^note .*PUBLIC_URL/);
    expect(code).toBe(0);
  });

  it('reports a scope that is not granted', async () => {
    fake.on('GET', '/webhooks', () => problem(403, 'forbidden', 'no'));
    expect(lineOf((await doctor()).stdout, 'Upvest, webhook')).toMatch(/^WRONG .*webhooks:read.*\(missing-scope\)/);
  });
});

describe('the doctor looks at the database', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'doctor-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  const look = async () => {
    const { code, stdout } = await doctor([], { DATA_DIR: dataDir });
    return { code, line: lineOf(stdout, 'database (embedded)') };
  };

  it('that is not there, or has no tables: the first start makes them, and all is well', async () => {
    expect(await look()).toMatchObject({ code: 0, line: expect.stringMatching(/^ok .*the first start makes it/) });
    writeFileSync(join(dataDir, 'gateway.db'), '');
    expect(await look()).toMatchObject({
      code: 0,
      line: expect.stringMatching(/^ok .*the first start of the gateway makes/),
    });
  });

  it('with older tables: says what to do', async () => {
    rmSync(join(dataDir, 'gateway.db'));
    const store = await openStore({ dataDir });
    await store.close();
    const db = new Libsql(join(dataDir, 'gateway.db'));
    db.exec("delete from kysely_migration where name > '0008'");
    db.close();
    const { code, line } = await look();
    expect(code).toBe(1);
    expect(line).toContain('start the gateway of this version once');
  });
});

describe('doctor --register-webhook', () => {
  const register = () => doctor(['--register-webhook']);

  it('creates the webhook, enables it and asks for a test delivery', async () => {
    const { code, stdout } = await register();
    expect(lineOf(stdout, 'Upvest, webhook')).toMatch(/^ok .*created and enabled/);
    expect(lineOf(stdout, 'Upvest, test delivery')).toMatch(/^ok /);
    expect(code).toBe(0);
    const [created] = rows;
    expect(created).toMatchObject({ url: ADDRESS, type: ['ALL'], enabled: true });
    expect(writes.map(([call]) => call)).toEqual([
      'POST /webhooks',
      `PATCH /webhooks/${created?.id}`,
      `POST /webhooks/${created?.id}/test`,
    ]);
    expect(writes[1]?.[1]).toEqual({ enabled: true });
  });

  it('creates none where there is one, and changes only what is wrong with it', async () => {
    webhook({ url: 'https://other.example/', enabled: false, type: ['ORDER'] });
    const mine = webhook({ enabled: false });
    expect((await register()).code).toBe(0);
    expect(writes[0]).toEqual([`PATCH /webhooks/${mine.id}`, { enabled: true }]);
    expect(rows[0]).toMatchObject({ enabled: false, type: ['ORDER'] });
    writes.length = 0;
    expect(lineOf((await register()).stdout, 'Upvest, webhook')).toMatch(/^ok .*enabled/);
    expect(writes.map(([call]) => call)).toEqual([`POST /webhooks/${mine.id}/test`]);
  });

  it('subscribes one to all events that was subscribed to some', async () => {
    const mine = webhook({ type: ['ORDER'], exclude_type: ['EXECUTION'] });
    expect((await register()).code).toBe(0);
    expect(writes[0]).toEqual([`PATCH /webhooks/${mine.id}`, { enabled: true, type: ['ALL'], exclude_type: [] }]);
  });

  it('goes on where an earlier run was cut off: the answer to the creation was lost', async () => {
    let first = true;
    const row = { id: randomUUID(), url: ADDRESS, type: ['ALL'], enabled: false };
    fake.on('POST', '/webhooks', () => {
      if (first) add(row);
      first = false;
      return { reset: true };
    });
    const lost = await register();
    expect(lineOf(lost.stdout, 'Upvest, webhook')).toMatch(/^WRONG .*run it again/);
    expect(lost.code).toBe(1);
    expect((await register()).code).toBe(0);
    expect(rows).toMatchObject([{ id: row.id, enabled: true }]);
  });

  it('needs PUBLIC_URL, and one that Upvest takes', async () => {
    const without = await doctor(['--register-webhook'], {});
    expect([without.code, without.stdout]).toEqual([1, expect.stringMatching(/^WRONG .*PUBLIC_URL/m)]);
    const plain = await doctor(['--register-webhook'], { PUBLIC_URL: 'http://bank.example' });
    expect([plain.code, lineOf(plain.stdout, 'Upvest, webhook')]).toEqual([1, expect.stringMatching(/^WRONG .*https/)]);
  });

  it('reports a scope that is not granted', async () => {
    fake.on('POST', '/webhooks', () => problem(403, 'forbidden', 'no'));
    expect(lineOf((await register()).stdout, 'Upvest, webhook')).toMatch(/^WRONG .*webhooks:admin.*\(missing-scope\)/);
  });

  it('refuses any other argument with exit code 2', async () => {
    const { code, stderr, stdout } = await doctor(['--register-webhooks']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: invest-gateway doctor');
  });

  it('works with the stand-in, which then delivers to that address', async () => {
    const settings = { ...upstreamSettings(standins), PUBLIC_URL: 'http://localhost:4999' };
    const { code, stdout } = await doctor(['--register-webhook'], settings);
    expect(lineOf(stdout, 'Upvest, webhook')).toMatch(/^ok .*created and enabled/);
    expect(code).toBe(0);
    expect(standins.upvest.webhooks.list()).toMatchObject([
      { url: 'http://localhost:4999/webhooks/upvest', enabled: true },
    ]);
  });
});

describe('the doctor reports each capability', () => {
  const line = (stdout: string, name: string): string => lineOf(stdout, `Upvest, capability ${name}`);

  it('with a token of its own scopes', async () => {
    const { stdout } = await doctor([], {});
    for (const name of ['valuations', 'returns', 'instruments', 'prices', 'orders', 'ledger']) {
      expect(line(stdout, name)).toMatch(/^ok .*granted/);
    }
    const scopes = fake.tokenCalls.map(({ body }) => new URLSearchParams(body).get('scope'));
    for (const scope of [
      'valuations:read',
      'account_returns:read',
      'instruments:read',
      'prices:read',
      'orders:admin',
      'transactions:read',
    ]) {
      expect(scopes).toContain(scope);
    }
  });

  it.each([
    ['by 400', () => problem(400, 'invalid_scope', 'The requested scope is invalid')],
    ['by 403', () => problem(403, 'forbidden', 'no')],
    ['by a narrower token', () => ({ body: { access_token: 'a', expires_in: 60, token_type: 'bearer', scope: '' } })],
  ])('and one that is not granted %s, which is not wrong', async (_how, refused) => {
    fake.tokenAnswer = ({ body }) => {
      const scope = new URLSearchParams(body).get('scope') ?? '';
      return /prices/.test(scope)
        ? refused()
        : { body: { access_token: 'a', expires_in: 60, token_type: 'bearer', scope } };
    };
    const { stdout } = await doctor([], {});
    expect(line(stdout, 'prices')).toMatch(/^note .*not granted.*prices:read/);
    expect(line(stdout, 'valuations')).toMatch(/^ok /);
  });

  it('that is off by setting as such, without asking for it', async () => {
    const { stdout, code } = await doctor([], { UPVEST_CAPABILITIES: 'prices,ledger' });
    expect(line(stdout, 'prices')).toMatch(/^ok .*granted/);
    expect(line(stdout, 'instruments')).toMatch(/^note .*off \(UPVEST_CAPABILITIES\)/);
    const scopes = fake.tokenCalls.map(({ body }) => new URLSearchParams(body).get('scope'));
    expect(scopes).not.toContain('instruments:read');
    expect(code).toBe(0);
  });

  it.each([
    ['instruments', '/instruments', 'instruments:read'],
    ['prices', '/instruments/isin:US0378331005/venues', 'prices:read'],
    ['ledger', '/transactions/cash', 'transactions:read'],
  ])('and %s, for which there is a token whose call is refused, as not granted', async (name, path, scope) => {
    fake.on('GET', path, (call) => {
      expect(call.scope).toBe(scope);
      return problem(403, 'forbidden', 'Access denied');
    });
    const { stdout, code } = await doctor([], {});
    expect(line(stdout, name)).toMatch(new RegExp(`^note .*not granted.*${scope}`));
    expect(line(stdout, 'valuations')).toMatch(/^ok /);
    expect(fake.callsTo('GET', path)).toHaveLength(1);
    expect(code).toBe(0);
  });

  it('and calls that fail, which say nothing about it', async () => {
    fake.on('GET', '/instruments', () => problem(503, 'unavailable', 'later'));
    const { stdout } = await doctor([], {});
    expect(line(stdout, 'instruments')).toMatch(/^WRONG .*upstream-failing/);
    expect(line(stdout, 'prices')).toMatch(/^ok .*: granted/);
  });

  const ACCOUNT = 'd6a1f9d8-0b1c-4a52-9a5e-0f7d3c1f2b11';
  const OF_AN_ACCOUNT = [
    ['valuations', `/accounts/${ACCOUNT}/valuations/current`, 'valuations:read'],
    ['returns', `/accounts/${ACCOUNT}/returns`, 'account_returns:read'],
    ['orders', `/accounts/${ACCOUNT}/orders`, 'orders:admin'],
  ] as const;

  it.each(OF_AN_ACCOUNT)('and %s by a call about the first account that the tenant has', async (name, path, scope) => {
    fake.onList('/accounts', [{ id: ACCOUNT }, { id: randomUUID() }]);
    const given: (readonly [string, string])[] = [];
    fake.on('GET', path, (call) => {
      expect(call.scope).toBe(scope);
      given.push(...call.query);
      return { body: { meta: { count: 0 }, data: [] } };
    });
    expect(line((await doctor([], {})).stdout, name)).toMatch(new RegExp(`^ok .*: granted \\(${scope}\\)$`));
    expect(fake.callsTo('GET', path)).toHaveLength(1);
    for (const [parameter, value] of given) {
      if (parameter.endsWith('_date')) expect(value).toMatch(/^\d{4}-\d\d-\d\d$/);
      else if (parameter === 'price_quality') expect(value).toBe('EOD');
      else expect([parameter, value]).toEqual(['limit', '1']);
    }
    fake.on('GET', path, () => problem(403, 'forbidden', 'Access denied'));
    const { stdout, code } = await doctor([], {});
    expect(line(stdout, name)).toMatch(new RegExp(`^note .*not granted.*${scope}`));
    expect(code).toBe(0);
  });

  it('and that only the token was checked where there is no account, or none that can be listed', async () => {
    for (const answer of [page([], new URLSearchParams()), problem(403, 'forbidden', 'no'), { body: 'no JSON' }]) {
      fake.on('GET', '/accounts', () => answer);
      const { stdout, code } = await doctor([], {});
      for (const [name, , scope] of OF_AN_ACCOUNT)
        expect(line(stdout, name)).toMatch(new RegExp(`^ok .*a token is granted \\(${scope}\\); no call was tried`));
      for (const name of ['instruments', 'prices', 'ledger'])
        expect(line(stdout, name)).not.toMatch(/no call was tried/);
      expect(code).toBe(0);
    }
  });

  it('of the stand-in by calls, as it has accounts', async () => {
    const before = standins.upvest.calls.count({ path: /^\/accounts\/[^/]+\/(orders|returns|valuations)/ });
    const { stdout } = await doctor([], { ...upstreamSettings(standins) });
    for (const [name] of OF_AN_ACCOUNT) expect(line(stdout, name)).toMatch(/^ok .*: granted/);
    expect(standins.upvest.calls.count({ path: /^\/accounts\/[^/]+\/(orders|returns|valuations)/ })).toBe(before + 3);
  });
});
