import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from '../../src/index.ts';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { memoryLogger } from '../helpers/gateway.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { cashEvent } from '../helpers/log.ts';
import { gatewaySettings } from '../helpers/world.ts';
import { rawSocket, resultsOf, sseClient } from '../live/clients.ts';

const SUBSCRIPTION = 'subscription { notifications { id ... on CashBalanceNotification { cashBalance { balance } } } }';

const folder = mkdtempSync(join(tmpdir(), 'gateway-hosts-'));
const log: string[] = [];
let started = 0;
async function gatewayFor(standins: Standins, basePath: string): Promise<Gateway> {
  started += 1;
  return await createGateway({
    ...gatewaySettings(standins),
    auth: 'local-operator',
    basePath,
    graphiql: true,
    farewellMs: 0,
    logger: memoryLogger(log),
    store: { dataDir: join(folder, String(started)) },
  });
}

const upgradeBy = (server: Server, gateways: readonly Gateway[]): Server =>
  server.on('upgrade', (request, socket, head) => {
    if (!gateways.some((gateway) => gateway.upgrade(request, socket, head))) socket.destroy();
  });

const post = (url: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

const SEEDS = ['red', 'blue'].map((key) => seedPortfolio({ key, name: key }));
let standins: readonly Standins[];
beforeAll(async () => {
  standins = await Promise.all(SEEDS.map((seed) => startStandins({ seed: combineSeeds(seed) })));
});
afterAll(async () => {
  await Promise.all(standins.map((each) => each.stop()));
  rmSync(folder, { recursive: true, force: true });
});

describe('two gateways on one server of one process', () => {
  let gateways: readonly Gateway[];
  let host: { url: string; stop: () => Promise<void> };
  beforeAll(async () => {
    const bases = ['/red', '/blue/'];
    gateways = await Promise.all(standins.map((each, i) => gatewayFor(each, bases[i] ?? '')));
    const app = express();
    for (const gateway of gateways) app.use(gateway.handler);
    app.use(express.json());
    app.use((request, response) => void response.status(404).send(`nothing at ${request.path}`));
    host = await listenOnLoopback(upgradeBy(createServer(app), gateways));
  });
  afterAll(async () => {
    await host.stop();
    await Promise.all(gateways.map((gateway) => gateway.stop()));
  });

  it.each(['red', 'blue'])('keep to themselves: /%s', async (name) => {
    const answer = await post(
      `${host.url}/${name}/graphql`,
      '{"query":"{ portfolios(first: 5) { edges { node { name } } } }"}',
    );
    expect(await answer.json()).toEqual({ data: { portfolios: { edges: [{ node: { name } }] } } });
    const metrics = await (await fetch(`${host.url}/${name}/metrics`)).text();
    expect(metrics).toMatch(/^gateway_graphql_requests_total\{operation="query",outcome="ok"\} 1$/m);
    const page = await fetch(`${host.url}/${name}/graphql`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain(`/${name}/graphql`);
  });

  it('tell subscribers of their own webhooks only, by paths of their own', async () => {
    const sse = await Promise.all(['red', 'blue'].map((name) => sseClient(`${host.url}/${name}`, SUBSCRIPTION)));
    const socket = await rawSocket(`${host.url}/blue`);
    socket.send({ type: 'connection_init' });
    await eventually(() => expect(socket.messages).toHaveLength(1));
    socket.send({ type: 'subscribe', id: 'one', payload: { query: SUBSCRIPTION } });
    await eventually(async () =>
      expect(await (await fetch(`${host.url}/blue/metrics`)).text()).toMatch(/^gateway_live_subscribers 2$/m),
    );
    const group = SEEDS[1]?.broker.accountGroupId ?? '';
    const delivery = { url: `${host.url}/blue/webhooks/upvest`, events: [cashEvent(group, '55.55')] };
    expect((await standins[1]?.upvest.webhooks.emit(delivery))?.status).toBe(200);
    await eventually(() => expect(JSON.stringify(socket.messages)).toContain('55.55'));
    await eventually(() => expect(JSON.stringify(sse[1] && resultsOf(sse[1]))).toContain('55.55'));
    expect(sse[0]?.events).toEqual([]);
    socket.socket.close();
    for (const client of sse) client.close();
  });

  it('leave everything else to the host', async () => {
    for (const path of ['/graphql', '/red', '/redgraphql', '/blue/graphql/more', '/webhooks/upvest']) {
      expect(await (await fetch(`${host.url}${path}`)).text(), path).toContain('nothing at');
    }
    await expect(rawSocket(host.url)).rejects.toThrow();
  });
});

describe('a gateway behind a body parser', () => {
  let gateway: Gateway;
  const hosts: { url: string; stop: () => Promise<void> }[] = [];
  beforeAll(async () => {
    if (standins[0] === undefined) throw new Error('no stand-ins');
    gateway = await gatewayFor(standins[0], '');
  });
  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    await gateway.stop();
  });
  async function behind(parser: express.RequestHandler): Promise<string> {
    const host = await listenOnLoopback(createServer(express().use(parser).use(gateway.handler)));
    hosts.push(host);
    return host.url;
  }
  const emit = async (url: string) =>
    (
      await standins[0]?.upvest.webhooks.emit({
        url: `${url}/webhooks/upvest`,
        events: [cashEvent(SEEDS[0]?.broker.accountGroupId ?? '')],
      })
    )?.status;

  it('that keeps the bytes works', async () => {
    const url = await behind(express.raw({ type: '*/*' }));
    expect(await (await post(`${url}/graphql`, '{"query":"{ __typename }"}')).json()).toEqual({
      data: { __typename: 'Query' },
    });
    expect(await emit(url)).toBe(200);
  });

  it('that keeps only what they mean says so in the log, and has webhooks delivered again', async () => {
    const url = await behind(express.json());
    expect(await (await post(`${url}/graphql`, '{"query":"{ __typename }"}')).json()).toEqual({
      data: { __typename: 'Query' },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await emit(url)).toBe(500);
    expect(log.some((line) => line.includes('mount the gateway first'))).toBe(true);
  });
});

describe('a base path', () => {
  it.each(['bank', '/a b', '/ü', 'http://x/'])('must be a path: %s', async (basePath) => {
    if (standins[0] === undefined) throw new Error('no stand-ins');
    await expect(gatewayFor(standins[0], basePath)).rejects.toThrow('basePath must be a path');
  });
});
