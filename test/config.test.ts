import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import type { GatewayOptions } from '../src/gateway-options.ts';
import { optionsOf } from '../src/options-from.ts';
import { type Config, SETTINGS, settingsIn, settingsOf } from '../src/settings.ts';
import { settingGroups, settingsHelp, settingsPage } from '../src/settings-help.ts';

const UPSTREAMS = {
  INVESTSUITE_URL: 'https://api.investsuite.example/',
  INVESTSUITE_ACCESS_KEY_ID: 'key',
  INVESTSUITE_SECRET_ACCESS_KEY: 'the-secret-of-investsuite',
  UPVEST_URL: 'https://upvest.example',
  UPVEST_CLIENT_ID: '5ec16164-6173-461d-b90d-116d68f55b40',
  UPVEST_CLIENT_SECRET: 'the-secret-of-upvest',
  UPVEST_KEY_ID: '8d4997a8-cf7a-4e51-adbb-401656a3e5c2',
  UPVEST_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----',
};
const AUTH = {
  AUTH_JWKS_URL: 'https://issuer.example/jwks.json',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'invest-gateway',
};

const NEW = { name: 'ADDED', group: 'Server', help: 'A new one.' };

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  const result = readConfig(environment);
  return result.ok ? [] : result.problems;
};
const configOf = (environment: Record<string, string>) => {
  const result = readConfig(environment);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.config;
};

describe('settings', () => {
  it('refuses two settings that would book a deposit twice', () => {
    const both = { ...UPSTREAMS, PORTFOLIO_SYNC: 'on', UPVEST_FUNDING: 'none' };
    expect(problemsOf(both)).toEqual([expect.stringMatching(/^PORTFOLIO_SYNC .*UPVEST_FUNDING=none/)]);
    expect(problemsOf({ ...both, PORTFOLIO_SYNC: 'off' })).toEqual([]);
    expect(problemsOf({ ...both, UPVEST_FUNDING: 'virtual-cash' })).toEqual([]);
  });

  it('of nothing are stand-ins, one operator, GraphiQL on', () => {
    expect(configOf({})).toMatchObject({
      server: { port: 4000, host: '127.0.0.1' },
      upstreams: undefined,
      auth: undefined,
      graphiql: true,
      introspection: true,
      rateLimitPerMinute: undefined,
    });
  });

  it('of capabilities are all of them, some, or none, and nothing else', () => {
    const capabilities = (given: string) => configOf({ UPVEST_CAPABILITIES: given }).upvest.capabilities;
    expect(capabilities('')).toEqual(['valuations', 'returns', 'instruments', 'prices', 'orders', 'ledger']);
    expect(capabilities('prices, instruments')).toEqual(['prices', 'instruments']);
    expect(capabilities('none')).toEqual([]);
    for (const wrong of ['names', 'prices,none', 'Prices', 'all']) {
      expect(problemsOf({ UPVEST_CAPABILITIES: wrong })).toEqual([
        `UPVEST_CAPABILITIES must be none, or some of valuations, returns, instruments, prices, orders, ledger; got ${JSON.stringify(wrong.split(',').at(-1))}`,
      ]);
    }
  });

  it('of origins and headers are lists, of idle connections seconds', () => {
    const given = { CORS_ORIGINS: 'https://a.example, ,http://b.example:8080,', CORS_HEADERS: 'X-App, x_y' };
    expect(configOf({ ...given, KEEP_ALIVE_SECONDS: '620' })).toMatchObject({
      corsOrigins: ['https://a.example', 'http://b.example:8080'],
      corsHeaders: ['X-App', 'x_y'],
      server: { keepAliveSeconds: 620 },
    });
    expect(configOf({})).toMatchObject({ corsOrigins: [], corsHeaders: [], server: { keepAliveSeconds: 75 } });
    const problems = problemsOf({ CORS_HEADERS: 'x-a,*,a b', KEEP_ALIVE_SECONDS: '0' });
    expect(problems.map((problem) => problem.split(' ', 1)[0])).toEqual(
      expect.arrayContaining(['CORS_HEADERS', 'CORS_HEADERS', 'KEEP_ALIVE_SECONDS']),
    );
  });

  it('serve the page of a checkout outside production, and elsewhere one that is named', () => {
    expect(configOf({}).server.webDir).toMatch(/dist.web$/);
    expect(configOf({ WEB_DIR: 'off' }).server.webDir).toBeUndefined();
    expect(configOf({ NODE_ENV: 'production', ...UPSTREAMS, ...AUTH }).server.webDir).toBeUndefined();
    const folder = mkdtempSync(join(tmpdir(), 'web-'));
    expect(problemsOf({ WEB_DIR: folder })).toEqual(['WEB_DIR must be off or a folder with an index.html']);
    writeFileSync(join(folder, 'index.html'), '');
    expect(configOf({ NODE_ENV: 'production', ...UPSTREAMS, ...AUTH, WEB_DIR: folder }).server.webDir).toBe(folder);
    rmSync(folder, { recursive: true });
  });

  it('in production name each one that is missing', () => {
    const problems = problemsOf({ NODE_ENV: 'production' });
    for (const name of [...Object.keys(UPSTREAMS), ...Object.keys(AUTH)]) {
      expect(
        problems.filter((problem) => problem.startsWith(name)),
        name,
      ).toHaveLength(1);
    }
  });

  it('in production close what is for development, and limit callers', () => {
    expect(configOf({ NODE_ENV: 'production', ...UPSTREAMS, ...AUTH })).toMatchObject({
      graphiql: false,
      introspection: false,
      rateLimitPerMinute: 6000,
    });
  });

  it('of one upstream ask for the other: the stand-ins never fill in silently', () => {
    const problems = problemsOf({ UPVEST_URL: 'https://upvest.example' });
    expect(problems.map((problem) => problem.split(' ', 1)[0])).toEqual([
      'INVESTSUITE_URL',
      'INVESTSUITE_ACCESS_KEY_ID',
      'INVESTSUITE_SECRET_ACCESS_KEY',
      'UPVEST_CLIENT_ID',
      'UPVEST_CLIENT_SECRET',
      'UPVEST_KEY_ID',
      'UPVEST_PRIVATE_KEY',
    ]);
  });

  it('report all wrong ones at once', () => {
    const problems = problemsOf({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      INVESTSUITE_BATCHING: 'sometimes',
      UPVEST_REQUESTS_PER_SECOND: '-1',
      DATABASE_URL: 'mysql://x',
      KAFKA_BROKERS: 'nohost',
      AUTH_ISSUER: 'x',
      CORS_ORIGINS: 'https://a.example/path',
      UPVEST_PRIVATE_KEY_FILE: '/does/not/exist',
    });
    for (const name of ['PORT', 'LOG_LEVEL', 'INVESTSUITE_BATCHING', 'UPVEST_REQUESTS_PER_SECOND', 'DATABASE_URL']) {
      expect(
        problems.some((problem) => problem.startsWith(`${name} `)),
        name,
      ).toBe(true);
    }
    for (const name of ['KAFKA_BROKERS', 'AUTH_JWKS_URL', 'AUTH_AUDIENCE', 'CORS_ORIGINS', 'UPVEST_PRIVATE_KEY_FILE']) {
      expect(
        problems.some((problem) => problem.startsWith(`${name} `)),
        name,
      ).toBe(true);
    }
  });

  it('refuse plain HTTP to another machine in production, and take it on this one', () => {
    const production = { NODE_ENV: 'production', ...UPSTREAMS, ...AUTH };
    expect(problemsOf({ ...production, UPVEST_URL: 'http://upvest.example' })).toEqual([
      'UPVEST_URL must be https:// in production',
    ]);
    expect(
      problemsOf({ ...production, UPVEST_URL: 'http://127.0.0.1:8080', AUTH_JWKS_URL: 'http://localhost:1/j' }),
    ).toEqual([]);
  });

  it('report an unusable signing key together with all other problems', () => {
    const encrypted = generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'right',
    });
    const problems = (environment: Record<string, string>) => {
      const result = readConfig({ ...UPSTREAMS, PORT: 'x', ...environment }, { openKey: true });
      return result.ok ? [] : result.problems.map((problem) => problem.split(' ', 1)[0]).sort();
    };
    const key = String(encrypted);
    expect(problems({})).toEqual(['PORT', 'UPVEST_PRIVATE_KEY']);
    expect(problems({ UPVEST_PRIVATE_KEY: key })).toEqual(['PORT', 'UPVEST_PRIVATE_KEY_PASSPHRASE']);
    expect(problems({ UPVEST_PRIVATE_KEY: key, UPVEST_PRIVATE_KEY_PASSPHRASE: 'wrong' })).toEqual([
      'PORT',
      'UPVEST_PRIVATE_KEY_PASSPHRASE',
    ]);
    expect(problems({ UPVEST_PRIVATE_KEY: key, UPVEST_PRIVATE_KEY_PASSPHRASE: 'right' })).toEqual(['PORT']);
  });

  it.each(['{', '[]', '{"a": 5}', 'the-secret'])(
    'name trusted documents that are none, without quoting them: %j',
    (text) => {
      const path = join(mkdtempSync(join(tmpdir(), 'documents-')), 'documents.json');
      writeFileSync(path, text);
      expect(problemsOf({ TRUSTED_DOCUMENTS: path })).toEqual([
        'TRUSTED_DOCUMENTS must name a JSON file with an object of hash: document',
      ]);
    },
  );

  it('name what can’t go into a header, and an address that is more than one', () => {
    const wrong = { UPVEST_CLIENT_ID: 'a\nb', UPVEST_KEY_ID: 'a"b', INVESTSUITE_URL: 'https://a.example/?b=c' };
    const names = problemsOf({ ...UPSTREAMS, ...wrong }).map((problem) => problem.split(' ', 1)[0]);
    expect(names.sort()).toEqual(Object.keys(wrong).sort());
  });

  it('take a media type as the kind of tokens, and nothing else', () => {
    for (const type of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT']) {
      expect(configOf({ ...AUTH, AUTH_TOKEN_TYPE: type }).auth?.tokenType).toBe(type);
    }
    expect(configOf(AUTH).auth?.tokenType).toBeUndefined();
    for (const type of ['at jwt', 'a/b/c', '/jwt', 'at+jwt,JWT', 'at+jwt; charset=utf-8']) {
      expect(problemsOf({ ...AUTH, AUTH_TOKEN_TYPE: type })).toEqual([expect.stringMatching(/^AUTH_TOKEN_TYPE /)]);
    }
  });

  it('never show a secret', () => {
    const result = readConfig({
      ...UPSTREAMS,
      UPVEST_URL: 'not an address',
      DATABASE_URL: 'mysql://user:the-password@db',
    });
    expect(JSON.stringify(result)).not.toMatch(/the-secret|the-password/);
  });

  it('take a PEM in one line, and an address with a slash at its end', () => {
    const { upstreams } = configOf(UPSTREAMS);
    expect(upstreams?.upvest.privateKey).toContain('KEY-----\nabc\n-----END');
    expect(upstreams?.investSuite.url).toBe('https://api.investsuite.example');
  });

  it('are all in --help, and in the page of the docs', async () => {
    const names = [...settingGroups().values()].flat().map(({ name }) => name);
    expect(names.length).toBeGreaterThan(40);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(settingsHelp()).toContain(`  ${name} `);
    await expect(settingsPage()).toMatchFileSnapshot('../docs/settings.md');
  });

  it('become options of createGateway where they stand in the table', () => {
    expectTypeOf<Exclude<keyof Config, keyof GatewayOptions | 'server' | 'upstreams'>>().toBeNever();
    const environment = {
      ...UPSTREAMS,
      ...AUTH,
      UPVEST_REQUESTS_PER_SECOND: '7',
      KAFKA_BROKERS: 'a:1',
      DATA_DIR: '/d',
    };
    const config = configOf({ ...environment, ORDER_SYNC: 'off', UPVEST_PAYOUT: 'virtual-cash' });
    const { upstreams } = config;
    if (upstreams === undefined) throw new Error('no upstreams');
    expect(optionsOf(config, upstreams)).toMatchObject({
      investSuite: { accessKeyId: 'key', batching: 'auto' },
      upvest: { keyId: UPSTREAMS.UPVEST_KEY_ID, requestsPerSecond: 7 },
      auth: { issuer: AUTH.AUTH_ISSUER, userClaim: 'sub' },
      bus: { brokers: ['a:1'], topic: 'investsuite.events', tls: undefined, sasl: undefined },
      store: { dataDir: '/d' },
      money: { booking: 'investsuite', payout: 'virtual-cash' },
      orderSync: false,
    });
    expect(optionsOf(config, upstreams)).not.toHaveProperty('server');
  });

  it('are each one entry of the table: all that is known of a setting is there', () => {
    const table = settingsOf({ production: false, authenticated: false });
    const added = z.object({ ...table.shape, added: z.string().register(SETTINGS, NEW) });
    expect(settingsIn(added)).toEqual([...settingsIn(table), NEW]);
    for (const { name, group, help } of settingsIn(table)) {
      expect([name, group, help.length > 5, name === name.toUpperCase()]).toEqual([name, group, true, true]);
    }
  });

  it.each([
    [{ KAFKA_BROKERS: 'a:1', KAFKA_SASL_MECHANISM: 'PLAIN' }, ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD']],
    [{ KAFKA_BROKERS: 'a:1', KAFKA_TLS: 'yes' }, ['KAFKA_TLS']],
    [{ KAFKA_TOPIC: 'x', KAFKA_SASL_USERNAME: 'x' }, []],
    [{ ...UPSTREAMS, UPVEST_PRIVATE_KEY: '' }, ['UPVEST_PRIVATE_KEY']],
    [{ ...UPSTREAMS, UPVEST_PRIVATE_KEY: '', UPVEST_PRIVATE_KEY_FILE: '/nowhere' }, ['UPVEST_PRIVATE_KEY_FILE']],
    [{ AUTH_USER_CLAIM: 'x', UPVEST_FUNDING: 'none', INVESTSUITE_BATCHING: 'off' }, []],
    [
      { RATE_LIMIT_PER_MINUTE: '1.5', GRAPHIQL: 'yes', NOTIFICATIONS_RETENTION_DAYS: '0' },
      ['RATE_LIMIT_PER_MINUTE', 'GRAPHIQL', 'NOTIFICATIONS_RETENTION_DAYS'],
    ],
    [
      { UPVEST_URL: 'ftp://a', INVESTSUITE_URL: 'https://u:p@a.example/?b#c' },
      [
        'INVESTSUITE_URL',
        'INVESTSUITE_URL',
        'INVESTSUITE_ACCESS_KEY_ID',
        'INVESTSUITE_SECRET_ACCESS_KEY',
        'UPVEST_URL',
        'UPVEST_CLIENT_ID',
        'UPVEST_CLIENT_SECRET',
        'UPVEST_KEY_ID',
        'UPVEST_PRIVATE_KEY',
      ],
    ],
  ])('that belong together are asked for together: %j', (environment, names) => {
    const given: Record<string, string> = environment;
    expect(problemsOf(given).map((problem) => problem.split(' ', 1)[0])).toEqual(names);
  });
});
