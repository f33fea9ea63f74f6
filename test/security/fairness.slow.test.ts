import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { medianOf, openConnections, slowedBy } from '../helpers/fairness.ts';
import { eventually } from '../helpers/gateway.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { cashEvent } from '../helpers/log.ts';
import { startWorld, type World, type WorldOptions } from '../helpers/world.ts';
import { type RawSocket, rawSocket } from '../live/clients.ts';

/*
 * While one customer does the worst that limits allow, another gets answers about as fast as before, and each of them. All
 * is measured within one run: both medians are of the same machine at about the same time. What is promised is 3 times, which
 * the bench measures; here clients, gateway and upstreams share one process on a machine that may have other work, so what
 * is asked is 15. Without shares and turns it was more than 70 times, or the other was refused.
 */
const MOST_TIMES_SLOWER = 15;
/** Less what is around the brackets. */
const HALF_A_MEBIBYTE = 512 * 1024 - 48;

const owner = seedUser({ key: 'fairness-owner' });
const mine = seedPortfolio({ key: 'fairness', owner });
const theirs = seedPortfolio({
  key: 'fairness-attacker',
  transactions: Array.from({ length: 100 }, () => ({ movements: [seedMovement()] })),
});

let issuer: TestIssuer;
let world: World | undefined;
beforeEach(async () => {
  issuer = await startIssuer();
});
afterEach(async () => {
  await world?.stop();
  await issuer.stop();
  world = undefined;
});

async function setUp(standins: WorldOptions['standins'] = {}) {
  const running = await startWorld({
    seed: [mine, theirs],
    standins,
    gateway: { auth: issuer.settings, rateLimitPerMinute: 6_000 },
  });
  world = running;
  const as = async (sub: string) => ({
    authorization: `Bearer ${await issuer.token({ sub, scope: 'portfolios:read' })}`,
  });
  const customer = await as(owner.id);
  // Upstreams take their time, as real ones do.
  running.investSuite.faults.add({ kind: 'delay', ms: 100, match: { path: '^/portfolios' } });
  const query = `{ portfolio(id: "${mine.portfolioId}") { name holdings { instrumentId quantity } } }`;
  const ask = () => running.ask(query, {}, customer);
  await medianOf(ask, 5);
  return { ...running, ask, send: running.ask, attacker: await as(theirs.ownerId) };
}

describe('while one customer', { timeout: 60_000 }, () => {
  it('announces bodies and does not send them, another is served', async () => {
    const { ask, attacker, url } = await setUp();
    const before = await medianOf(ask);
    const head = (length: number) =>
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: ${attacker.authorization}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{"query":"`;
    const large = await openConnections(url, 600, head(1_048_576));
    const small = await openConnections(url, 600, head(60_000));
    await eventually(async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(Number(/^gateway_request_body_bytes (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(1_200 * 10);
    });
    const during = await medianOf(ask);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    for (const socket of [...large, ...small]) socket.destroy();
    expect(during / before).toBeLessThan(MOST_TIMES_SLOWER);
  });

  it.each([
    ['', true],
    [' of an InvestSuite that takes no lists of ids', false],
  ])('asks for ids that are not there%s, another is served', async (_where, batching) => {
    const { ask, attacker, ...running } = await setUp({ investSuiteSettings: { batching } });
    // An eighth of the rate limit.
    const { times, answers } = await slowedBy(ask, () => {
      const names = Array.from({ length: 40 }, (_, i) => `i${i}`);
      const variables = Object.fromEntries(names.map((name) => [name, Array.from({ length: 100 }, randomId)]));
      const fields = names.map((name) => `${name}: nodes(ids: $${name}) { id }`);
      const types = names.map((name) => `$${name}: [ID!]!`);
      return running.send(`query (${types.join(' ')}) { ${fields.join(' ')} }`, variables, attacker);
    });
    // The attacker is refused as a whole and before it costs.
    expect(answers.filter(({ status }) => status === 429 || status === 503).length).toBeGreaterThan(0);
    expect(times).toBeLessThan(MOST_TIMES_SLOWER);
  });

  it('asks for what is as dear as a query may be, another is served', async () => {
    const { ask, attacker, send } = await setUp();
    const rows = 'transactions(first: 100) { edges { node { status movements { type quantity } } } }';
    const fields = Array.from({ length: 13 }, (_, i) => `a${i}: portfolio(id: "${theirs.portfolioId}") { ${rows} }`);
    const { times, answers } = await slowedBy(ask, () => send(`{ ${fields.join(' ')} }`, {}, attacker));
    expect(answers.filter(({ status, errors }) => status === 200 && errors === undefined).length).toBeGreaterThan(0);
    expect(times).toBeLessThan(MOST_TIMES_SLOWER);
  });

  it.each([
    ['in each other', 400, `${'['.repeat(HALF_A_MEBIBYTE)}${']'.repeat(HALF_A_MEBIBYTE)}`],
    ['beside each other', 200, `[${'[],'.repeat((HALF_A_MEBIBYTE * 2) / 3)}[]]`],
  ])('sends a mebibyte of brackets %s, another is served', async (_where, expected, brackets) => {
    const { ask, attacker, url } = await setUp();
    const body = `{"query":"{ viewer { id } }","variables":{"a":${brackets}}}`;
    const headers = { ...attacker, 'content-type': 'application/json' };
    const { times, answers } = await slowedBy(ask, async () => {
      const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
      await response.text();
      return response.status;
    });
    expect(new Set(answers)).toEqual(new Set([expected]));
    expect(times).toBeLessThan(MOST_TIMES_SLOWER);
  });

  it.each([
    ['without a signature', () => ({})],
    ['signed with a key that nobody knows', signedByStranger],
  ])('sends webhooks of 7 MiB %s, another is served', async (_how, signature) => {
    const { ask, url } = await setUp();
    const { times, answers } = await slowedBy(ask, () => sendWebhook(url, signature()));
    expect(answers.length).toBeGreaterThan(0);
    for (const status of answers) expect([401, 503]).toContain(status);
    expect(times).toBeLessThan(MOST_TIMES_SLOWER);
  });
});

describe('while one customer', { timeout: 60_000 }, () => {
  const SUBSCRIBE = 'subscription ($after: ID) { notifications(after: $after) { id type } }';

  /** Subscriptions of the attacker over so many WebSockets, `perSocket` on each; answers how many are served. */
  async function subscribe({ url, authorization }: Attack, sockets: number, perSocket: number): Promise<RawSocket[]> {
    return await Promise.all(
      Array.from({ length: sockets }, async () => {
        const client = await rawSocket(url);
        client.send({ type: 'connection_init', payload: { authorization } });
        await eventually(() => expect(client.messages).toHaveLength(1));
        for (let id = 0; id < perSocket; id += 1) {
          client.send({ id: String(id), type: 'subscribe', payload: { query: SUBSCRIBE } });
        }
        return client;
      }),
    );
  }

  interface Attack {
    readonly url: string;
    readonly authorization: string;
  }

  /** Events about the attacker's portfolio, told to all of its subscriptions. */
  const tell = async ({ upvest, url }: Pick<World, 'upvest' | 'url'>, count: number): Promise<void> => {
    const events = Array.from({ length: count }, (_, n) => cashEvent(theirs.broker.accountGroupId ?? '', `${n}.00`));
    await upvest.webhooks.emit({ events, url: `${url}/webhooks/upvest` });
  };

  it.each([
    ['a thousand subscriptions on one socket', 1, 1_000],
    ['five hundred sockets with two subscriptions each', 500, 2],
  ])('has %s and events for all of them, another is served', async (_what, sockets, perSocket) => {
    const { ask, attacker, ...running } = await setUp();
    const before = await medianOf(ask);
    const clients = await subscribe({ url: running.url, ...attacker }, sockets, perSocket);
    await eventually(async () => {
      const metrics = await (await fetch(`${running.url}/metrics`)).text();
      expect(Number(/^gateway_live_subscribers (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(900);
    });
    const telling = tell(running, 20);
    const during = await medianOf(ask);
    await telling;
    // Beyond a thousand it is refused, and says so.
    const [more] = await subscribe({ url: running.url, ...attacker }, 1, 200);
    await eventually(() => expect(JSON.stringify(more?.messages)).toContain('OVERLOADED'));
    for (const { socket } of [...clients, ...(more === undefined ? [] : [more])]) socket.terminate();
    expect(during / before).toBeLessThan(MOST_TIMES_SLOWER);
  });

  it('subscribes and reads no event, another is served', async () => {
    const { ask, attacker, ...running } = await setUp();
    const before = await medianOf(ask);
    const clients = await subscribe({ url: running.url, ...attacker }, 100, 5);
    await eventually(async () => {
      const metrics = await (await fetch(`${running.url}/metrics`)).text();
      expect(Number(/^gateway_live_subscribers (\d+)$/m.exec(metrics)?.[1])).toBe(500);
    });
    for (const { socket } of clients) socket.pause();
    const telling = tell(running, 1_000);
    const during = await medianOf(ask, 15);
    await telling;
    for (const { socket } of clients) socket.terminate();
    expect(during / before).toBeLessThan(MOST_TIMES_SLOWER);
  });

  it('opens sockets and sends nothing, another is served', async () => {
    const { ask, attacker, url } = await setUp();
    const before = await medianOf(ask);
    const clients = await subscribe({ url, ...attacker }, 1_000, 0);
    const during = await medianOf(ask);
    const more = await rawSocket(url);
    more.send({ type: 'connection_init', payload: attacker });
    expect(await more.closed).toBe(1013);
    for (const { socket } of clients) socket.terminate();
    expect(during / before).toBeLessThan(MOST_TIMES_SLOWER);
    // There is room again when they are gone.
    await eventually(() => subscribe({ url, ...attacker }, 1, 0));
  });
});

const WEBHOOK_BODY = Buffer.alloc(7 * 1024 * 1024, ' ');

function signedByStranger(): Record<string, string> {
  const now = Math.floor(Date.now() / 1000);
  const covered = '("@method" "@path" "content-type" "digest")';
  const nonce = randomBytes(8).toString('hex');
  return {
    digest: `SHA-256=${randomBytes(32).toString('base64')}`,
    'signature-input': `sig1=${covered};keyid="${nonce}";created=${now};expires=${now + 10};nonce="${nonce}"`,
    signature: `sig1=:${randomBytes(132).toString('base64')}:`,
  };
}

/** The status; the connection may be closed before the whole body has been sent. */
async function sendWebhook(url: string, signature: Record<string, string>): Promise<number> {
  const headers = { 'content-type': 'application/json', 'content-length': WEBHOOK_BODY.length, ...signature };
  return await new Promise((resolve, reject) => {
    const sending = request(`${url}/webhooks/upvest`, { method: 'POST', headers }, (response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
    });
    sending.on('error', reject);
    sending.end(WEBHOOK_BODY);
  });
}

const randomId = (): string => `P01${randomBytes(12).toString('hex').toUpperCase()}`;
