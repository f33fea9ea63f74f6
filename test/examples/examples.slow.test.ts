import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { buildExamples, type RunningExample, runExample } from '../helpers/examples.ts';
import { overSocket } from '../helpers/fuzz/wire.ts';
import { cashEvent } from '../helpers/log.ts';
import { rawSocket, resultsOf, sseClient } from '../live/clients.ts';

const EXAMPLES = ['node-http', 'express', 'fastify', 'hono', 'subgraph'] as const;
const SUBSCRIPTION = 'subscription { notifications { id ... on CashBalanceNotification { cashBalance { balance } } } }';
const FUNDED = `{ portfolios(first: 100) { edges { node { id brokerageAccount { accountGroupId } } } } }`;

let standins: Standins;
let running: ReadonlyMap<string, RunningExample> | undefined;
beforeAll(async () => {
  buildExamples();
  standins = await startStandins({ seed: 'demo' });
  running = new Map(await Promise.all(EXAMPLES.map(async (name) => [name, await runExample(name, standins)] as const)));
}, 120_000);
afterAll(async () => {
  await Promise.all([...(running?.values() ?? [])].map((example) => example.stop()));
  await standins.stop();
}, 60_000);

function exampleOf(name: string): RunningExample {
  const example = running?.get(name);
  if (example === undefined) throw new Error(`${name} is not running`);
  return example;
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** The account group of some portfolio that is linked. */
async function someGroup(url: string): Promise<string> {
  const text = await (await post(`${url}/graphql`, { query: FUNDED })).text();
  const group = /"accountGroupId":"([^"]+)"/.exec(text)?.[1];
  if (group === undefined) throw new Error(text);
  return group;
}

describe.each(EXAMPLES)('examples/%s.ts', (name) => {
  let example: RunningExample;
  beforeAll(() => {
    example = exampleOf(name);
  });

  it('is short', () => {
    const lines = readFileSync(`examples/${name}.ts`, 'utf8').split('\n');
    expect(lines.filter((line) => line.trim() !== '' && !line.startsWith('//')).length).toBeLessThanOrEqual(26);
  });

  it('answers a client that asks for h2c, also on the paths of the host', async () => {
    const ask = async (path: string): Promise<string> => {
      const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
      const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n`;
      const plain = `${head}Connection: close\r\n\r\n`;
      return await overSocket(Number(new URL(example.url).port), [`${head}${upgrade}\r\n`, plain], false);
    };
    expect((await ask('/healthz')).match(/"alive"/g)).toHaveLength(2);
    expect((await ask('/hello')).match(/HTTP\/1\.1 \d+/g)).toHaveLength(2);
  });

  it('answers queries over both systems, and errors as the gateway does', async () => {
    const answer = await post(`${example.url}/graphql`, {
      query: '{ portfolios(first: 3) { edges { node { holdings { quantity } cashBalance { balance } } } } }',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-request-id')).toMatch(/\w{8}/);
    expect(await answer.json()).toMatchObject({ data: { portfolios: { edges: [{}, {}, {}] } } });
    const wrong = await post(`${example.url}/graphql`, { query: '{ nothing }' });
    expect([wrong.status, await wrong.text()]).toEqual([200, expect.stringContaining('GRAPHQL_VALIDATION_FAILED')]);
    const get = await fetch(`${example.url}/graphql?query=${encodeURIComponent('{ viewer { id } }')}`);
    expect(await get.json()).toMatchObject({ data: { viewer: {} } });
    const large = await post(`${example.url}/graphql`, { query: '{ __typename }', more: 'x'.repeat(1024 * 1024) });
    expect(large.status).toBe(413);
  });

  it("leaves the host's own routes alone, and WebSockets elsewhere too", async () => {
    expect(await (await fetch(`${example.url}/hello`)).text()).toContain('hello from');
    await expect(rawSocket(`${example.url}/elsewhere`)).rejects.toThrow();
  });

  it('serves health and metrics', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect((await fetch(`${example.url}${path}`)).status, path).toBe(200);
  });

  it('takes webhooks, refuses forged ones, and notifies subscribers over SSE and WebSocket', async () => {
    const group = await someGroup(example.url);
    const sse = await sseClient(example.url, SUBSCRIPTION);
    expect([sse.status, sse.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/event-stream')]);
    const socket = await rawSocket(example.url);
    socket.send({ type: 'connection_init' });
    await eventually(() => expect(socket.messages).toContainEqual({ type: 'connection_ack' }));
    socket.send({ type: 'subscribe', id: 'one', payload: { query: SUBSCRIPTION } });
    await eventually(async () =>
      expect(await (await fetch(`${example.url}/metrics`)).text()).toMatch(/^gateway_live_subscribers 2$/m),
    );
    const url = `${example.url}/webhooks/upvest`;
    const forged = await standins.upvest.webhooks.emit({ url, events: [cashEvent(group)], tampering: 'tampered' });
    expect(forged.status).toBe(401);
    expect((await standins.upvest.webhooks.emit({ url, events: [cashEvent(group, '4711.25')] })).status).toBe(200);
    await eventually(() => expect(JSON.stringify(resultsOf(sse))).toContain('4711.25'));
    await eventually(() => expect(JSON.stringify(socket.messages)).toContain('4711.25'));
    socket.socket.close();
    sse.close();
  });
});

describe('examples/extended.ts', () => {
  it('asks for its own sessions, and has its own fields', async () => {
    const seed = seedPortfolio({ key: 'extended', name: 'Mine' });
    const own = await startStandins({ seed: combineSeeds(seed) });
    const example = await runExample('extended', own);
    try {
      const query = `{ favourite(id: "${seed.portfolioId}") { name advisor { name } cashBalance { balance } } }`;
      const refused = await post(`${example.url}/graphql`, { query });
      expect([refused.status, await refused.text()]).toEqual([401, expect.stringContaining('Please log in.')]);
      const answer = await post(`${example.url}/graphql`, { query }, { authorization: `Session ${seed.ownerId}` });
      // Its own link finds nothing in this portfolio's external id.
      expect(await answer.json()).toEqual({
        data: { favourite: { name: 'Mine', advisor: { name: 'Advisor of Mine' }, cashBalance: null } },
      });
      expect(await (await fetch(`${example.url}/hello`)).text()).toContain('hello from');
    } finally {
      expect(await example.stop(), example.output()).toBe(0);
      await own.stop();
    }
  });
});

describe('an example that is asked to stop', () => {
  // Together: subscribers are sent away over seconds.
  it.concurrent.each(EXAMPLES)('%s sends subscribers away, leaves nothing open, and ends by itself', async (name) => {
    const example = exampleOf(name);
    const sse = await sseClient(example.url, SUBSCRIPTION);
    const socket = await rawSocket(example.url);
    socket.send({ type: 'connection_init' });
    await eventually(() => expect(socket.messages).toHaveLength(1));
    socket.send({ type: 'subscribe', id: 'one', payload: { query: SUBSCRIPTION } });
    expect(await example.stop(), example.output()).toBe(0);
    await sse.ended;
    expect(sse.events.map(({ event }) => event)).not.toContain('complete');
    expect(await socket.closed).toBe(1012);
    expect(example.output()).not.toContain('"level":"error"');
  });
});
