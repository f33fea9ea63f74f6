import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { build } from '../helpers/build.ts';
import { upstreamSettings } from '../helpers/command.ts';
import { eventually } from '../helpers/eventually.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type Program, runProgram } from '../helpers/program.ts';
import { rawSocket } from '../live/clients.ts';
import { numberOf, webhookEvent } from '../live/following.ts';

/** Longest time from the signal to the end of the process. */
const DEADLINE_MS = 15_000;
const CLIENTS = 12;
const SUBSCRIBERS = 4;
const EVENTS = 24;

const portfolio = seedPortfolio({ key: 'busy', manager: 'USER_MANAGED' });

interface Serving extends Program {
  readonly url: string;
}

async function serve(settings: Record<string, string>): Promise<Serving> {
  const program = runProgram(['serve'], { PORT: '0', LOG_LEVEL: 'info', ...settings });
  const port = await eventually(() => {
    const found = /"port":(\d+)/.exec(program.stdout())?.[1];
    if (found === undefined) throw new Error(program.stderr() + program.stdout());
    return found;
  });
  return { ...program, url: `http://127.0.0.1:${port}` };
}

/** The outcome of one request: its status and body, or the error of the connection. */
type Answer =
  | { readonly status: number; readonly text: string }
  /** `accepted` is false where the system has cut off a connection before the program had it, or nobody listens. */
  | { readonly code: string; readonly accepted: boolean };

function post(url: string, agent: Agent, query: string): Promise<Answer> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json' };
    const asking = request(`${url}/graphql`, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', () => resolve({ code: 'the answer was cut off', accepted: true }));
    });
    asking.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      const atTheDoor = code === 'ECONNREFUSED' || (code === 'ECONNRESET' && !asking.reusedSocket);
      resolve({ code, accepted: !atTheDoor });
    });
    asking.end(JSON.stringify({ query }));
  });
}

const NUMBERS =
  'subscription ($after: ID) { notifications(after: $after) { id ... on OtherNotification { payload } } }';

/** Sees the numbers of all events behind a cursor, wherever it is sent. */
async function numbersSeen(url: () => string, after: string): Promise<string[]> {
  const seen: string[] = [];
  let cursor = after;
  const deadline = Date.now() + 60_000;
  while (seen.length < EVENTS && Date.now() < deadline) {
    const socket = await rawSocket(url());
    socket.socket.on('message', (data) => {
      const { payload } = JSON.parse(String(data)) as {
        payload?: {
          data: { notifications: { payload?: Parameters<typeof numberOf>[0] } };
          extensions: { cursor: string };
        };
      };
      if (payload?.extensions === undefined) return;
      cursor = payload.extensions.cursor;
      const number = numberOf(payload.data.notifications.payload);
      if (number !== '?') seen.push(number);
      if (seen.length === EVENTS) socket.socket.close();
    });
    socket.send({ type: 'connection_init' });
    socket.send({ type: 'subscribe', id: 'one', payload: { query: NUMBERS, variables: { after: cursor } } });
    await socket.closed;
  }
  return seen;
}

const deposit = (key: string): string =>
  `mutation { registerDeposit(input: { portfolioId: "${portfolio.portfolioId}", amount: "1.00", currency: "EUR",
    idempotencyKey: "${key}" }) { ... on RegisterDepositSuccess { replayed deposit { id } } } }`;
const QUERY = `{ portfolio(id: "${portfolio.portfolioId}") { holdings { quantity } cashBalance { balance } } }`;

describe.skipIf(!hasPostgres)('a gateway that stops under load, with another one beside it', () => {
  let standins: Standins;
  let server: TestPostgres;
  let leaving: Serving;
  let staying: Serving;
  beforeAll(async () => {
    build();
    server = await startPostgres();
    standins = await startStandins({ seed: combineSeeds(portfolio) });
    const settings = { ...upstreamSettings(standins), DATABASE_URL: await server.createDatabase() };
    leaving = await serve(settings);
    staying = await serve(settings);
  }, 60_000);
  afterAll(async () => {
    await staying.stop();
    await leaving.stop('SIGKILL');
    await standins.stop();
    await server.stop();
  }, 60_000);

  it('answers all it has accepted, sends subscribers to the other one, and ends in time', async () => {
    const emit = async (url: string, n: number): Promise<void> => {
      const { status } = await standins.upvest.webhooks.emit({
        url: `${url}/webhooks/upvest`,
        events: [webhookEvent(n)],
      });
      expect(status).toBe(200);
    };
    let open = leaving.url;
    const end = await post(staying.url, new Agent(), '{ notificationsEnd }');
    const after = /"notificationsEnd":"([^"]+)"/.exec('text' in end ? end.text : '')?.[1] ?? '';
    expect(after).not.toBe('');
    const subscribers = Array.from({ length: SUBSCRIBERS }, () => numbersSeen(() => open, after));

    const answers: Answer[] = [];
    const keys: string[] = [];
    let loading = true;
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      // Each keeps a connection, as browsers and proxies do.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const mine: string[] = [];
      for (let n = 0; loading; n += 1) {
        const key = `${client}-${n}`;
        const mutation = n % 2 === 0;
        const answer = await post(leaving.url, agent, mutation ? deposit(key) : QUERY);
        answers.push(answer);
        // The listener is closed: the request was not accepted.
        if ('code' in answer && answer.code === 'ECONNREFUSED') break;
        if (mutation && 'status' in answer) mine.push(key);
      }
      keys.push(...mine.slice(-4));
      agent.destroy();
    });
    const half = EVENTS / 2;
    for (let n = 0; n < half; n += 1) await emit(leaving.url, n);
    await eventually(() => expect(answers.length).toBeGreaterThan(CLIENTS * 4));

    open = staying.url;
    const toldAt = performance.now();
    leaving.process.kill('SIGTERM');
    const rest = (async () => {
      for (let n = half; n < EVENTS; n += 1) await emit(staying.url, n);
    })();
    expect(await leaving.ended).toBe(0);
    expect(performance.now() - toldAt).toBeLessThan(DEADLINE_MS);
    loading = false;
    await Promise.all(clients);
    await rest;

    expect(answers.filter((answer) => 'code' in answer && answer.accepted)).toEqual([]);
    const answered = answers.filter((answer) => 'status' in answer);
    expect(answered.filter(({ status, text }) => status !== 200 || text.includes('"errors"'))).toEqual([]);
    const numbers = Array.from({ length: EVENTS }, (_, n) => String(n));
    const [first = [], ...others] = await Promise.all(subscribers);
    expect([...first].sort((a, b) => Number(a) - Number(b))).toEqual(numbers);
    for (const seen of others) expect(seen).toEqual(first);

    // Each deposit that was answered is there, once; the other gateway carries them to their end.
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const replays = await Promise.all(keys.map((key) => post(staying.url, agent, deposit(key))));
    for (const again of replays) expect('text' in again && again.text).toContain('"replayed":true');
    agent.destroy();
    expect(leaving.stdout()).not.toContain('"level":"error"');
  }, 90_000);

  it('answers what came over a WebSocket before it sends the client away, and waits for no client that is gone', async () => {
    const gateway = await serve({ ...upstreamSettings(standins), DATABASE_URL: await server.createDatabase() });
    standins.investSuite.faults.add({ kind: 'delay', ms: 1_000, match: { path: '/portfolios' }, times: 100 });
    const socket = await rawSocket(gateway.url);
    socket.send({ type: 'connection_init' });
    await eventually(() => expect(socket.messages).toHaveLength(1));
    // Takes its answer and never says another word, not even that it agrees to the end.
    const silent = await rawSocket(gateway.url);
    silent.socket.pause();
    const agent = new Agent();
    const slow = post(gateway.url, agent, QUERY);
    socket.send({ type: 'subscribe', id: 'one', payload: { query: QUERY } });
    await eventually(() => expect(standins.investSuite.calls.inFlight).toBeGreaterThan(0));
    await sleep(50);
    const toldAt = performance.now();
    gateway.process.kill('SIGTERM');
    expect(await gateway.ended, gateway.stdout()).toBe(0);
    expect(performance.now() - toldAt).toBeLessThan(DEADLINE_MS);
    expect(await slow).toMatchObject({ status: 200, text: expect.stringContaining('"holdings"') });
    expect(socket.messages).toContainEqual(expect.objectContaining({ id: 'one', type: 'next' }));
    expect(socket.messages.at(-1)).toEqual({ id: 'one', type: 'complete' });
    expect(await socket.closed).toBe(1012);
    standins.investSuite.faults.clear();
    silent.socket.terminate();
    agent.destroy();
  }, 60_000);
});
