import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { LOCAL_OPERATOR } from '../../src/domain/viewer.ts';
import type { GatewayOptions } from '../../src/gateway.ts';
import { build } from '../helpers/build.ts';
import { upstreamSettings } from '../helpers/command.ts';
import { eventually } from '../helpers/eventually.ts';
import { runProgram } from '../helpers/program.ts';
import { startWorld, type World } from '../helpers/world.ts';

const UPSTREAMS = {
  INVESTSUITE_URL: 'https://api.investsuite.example',
  INVESTSUITE_ACCESS_KEY_ID: 'key',
  INVESTSUITE_SECRET_ACCESS_KEY: 'secret',
  UPVEST_URL: 'https://upvest.example',
  UPVEST_CLIENT_ID: '5ec16164-6173-461d-b90d-116d68f55b40',
  UPVEST_CLIENT_SECRET: 'secret',
  UPVEST_KEY_ID: '8d4997a8-cf7a-4e51-adbb-401656a3e5c2',
  UPVEST_PRIVATE_KEY: 'pem',
};
const AUTH = { AUTH_JWKS_URL: 'https://issuer.example/jwks', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' };

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  const result = readConfig(environment, { listens: true });
  return result.ok ? [] : result.problems;
};

const ELSEWHERE = [
  '0.0.0.0',
  '::',
  '192.168.1.7',
  '10.0.0.1',
  'fd00::2',
  '::ffff:10.0.0.1',
  'gateway.internal',
  '128.0.0.1',
];
const HERE = ['127.0.0.1', '127.9.9.9', 'localhost', 'LOCALHOST', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'];

describe('settings without AUTH_…', () => {
  it.each(ELSEWHERE)('with real upstreams on %s are refused, and say what allows them', (HOST) => {
    const [problem = '', ...more] = problemsOf({ ...UPSTREAMS, HOST });
    expect(more).toEqual([]);
    expect(problem).toMatch(/^AUTH_JWKS_URL .*ALLOW_ANONYMOUS_OPERATOR=on/);
    expect(problem).toContain(JSON.stringify(HOST));
  });

  it.each(HERE)('with real upstreams on %s are fine', (HOST) => {
    expect(problemsOf({ ...UPSTREAMS, HOST })).toEqual([]);
  });

  it.each(ELSEWHERE)('are fine on %s with stand-ins, with tokens, or by the setting', (HOST) => {
    expect(problemsOf({ HOST })).toEqual([]);
    expect(problemsOf({ ...UPSTREAMS, ...AUTH, HOST })).toEqual([]);
    expect(problemsOf({ ...UPSTREAMS, HOST, ALLOW_ANONYMOUS_OPERATOR: 'on' })).toEqual([]);
    expect(problemsOf({ ...UPSTREAMS, HOST, ALLOW_ANONYMOUS_OPERATOR: 'off' })).toHaveLength(1);
  });

  it('are refused in production, whatever the setting', () => {
    for (const HOST of ['127.0.0.1', '0.0.0.0']) {
      const names = problemsOf({ ...UPSTREAMS, NODE_ENV: 'production', HOST, ALLOW_ANONYMOUS_OPERATOR: 'on' });
      expect(names.map((problem) => problem.split(' ', 1)[0])).toEqual(Object.keys(AUTH));
    }
  });

  it('do not mind the address where nothing listens: a tool beside the gateway needs no tokens', () => {
    expect(readConfig({ ...UPSTREAMS, HOST: '0.0.0.0' }).ok).toBe(true);
  });
});

/** An address of this machine that others may reach; a machine without a network has none. */
const OURS = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

describe('the program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  let world: World;
  beforeAll(async () => {
    build();
    world = await startWorld({ seed: [] });
  }, 120_000);
  afterAll(async () => {
    await world.stop();
    rmSync(folder, { recursive: true });
  });

  it('does not start without authentication with real upstreams', async () => {
    const program = runProgram(['serve'], { ...upstreamSettings(world), HOST: '0.0.0.0', PORT: '0' });
    expect(await program.ended).toBe(1);
    expect(program.stderr()).toContain('ALLOW_ANONYMOUS_OPERATOR=on');
  });

  it.each([
    ['stand-ins', () => ({})],
    ['setting', () => ({ ...upstreamSettings(world), ALLOW_ANONYMOUS_OPERATOR: 'on' })],
  ])('starts for everybody with the %s, and answers from elsewhere', async (what, settings) => {
    const program = runProgram(['serve'], { ...settings(), HOST: '0.0.0.0', PORT: '0', DATA_DIR: join(folder, what) });
    const port = await eventually(() => {
      const found = /"port":(\d+)/.exec(program.stdout())?.[1];
      expect(found).toBeDefined();
      return Number(found);
    });
    if (OURS !== undefined) expect(await ask(OURS, port)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await program.stop()).toBe(0);
  });
});

const BODY = '{"query":"{ viewer { id } }"}';
const POST = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n${BODY}`;
const UPGRADE =
  'GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';

/** The first bytes of the answer. */
function ask(host: string, port: number, request: string = POST): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.once('data', (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
    socket.once('error', reject);
    socket.write(request);
  });
}

describe.skipIf(OURS === undefined)('an embedded gateway that listens for all machines', () => {
  const own = OURS ?? '';

  async function listening(options: Partial<GatewayOptions>) {
    const world = await startWorld({ seed: [], gateway: options });
    const server = createServer(world.gateway.handler);
    server.on('upgrade', (request, socket, head) => void world.gateway.upgrade(request, socket, head));
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const stop = async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
      await world.stop();
    };
    return { port, stop };
  }

  it('answers local clients only where every caller is an operator', async () => {
    const { port, stop } = await listening({ auth: 'local-operator' });
    expect(await ask('127.0.0.1', port)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask('127.0.0.1', port, UPGRADE)).toMatch(/^HTTP\/1\.1 101 /);
    expect(await ask(own, port)).toMatch(/^HTTP\/1\.1 403 [\s\S]*ALLOW_ANONYMOUS_OPERATOR/);
    expect(await ask(own, port, UPGRADE)).toMatch(/^HTTP\/1\.1 403 /);
    // A webhook proves itself, and a load balancer may look.
    expect(await ask(own, port, POST.replace('/graphql', '/webhooks/upvest'))).toMatch(/^HTTP\/1\.1 401 /);
    expect(await ask(own, port, 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(/ 200 /);
    await stop();
  });

  it.each<[string, Partial<GatewayOptions>]>([
    ['its own authentication', { auth: () => LOCAL_OPERATOR }],
    ['the option', { auth: 'local-operator', allowAnonymousOperator: true }],
  ])('answers all machines with %s', async (_what, options) => {
    const { port, stop } = await listening(options);
    expect(await ask(own, port)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(own, port, UPGRADE)).toMatch(/^HTTP\/1\.1 101 /);
    await stop();
  });
});
