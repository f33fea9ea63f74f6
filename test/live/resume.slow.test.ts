import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStandins } from '../../src/standins/index.ts';
import { encodePosition } from '../../src/store/index.ts';
import { upstreamSettings } from '../helpers/command.ts';
import { eventually, type RunningGateway, startGateway } from '../helpers/gateway.ts';
import { freePort } from '../helpers/http.ts';
import { LOG_BEGINNING, wholeLog } from '../helpers/log.ts';
import { MemoryBus } from '../helpers/memory-bus.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type Program, runProgram } from '../helpers/program.ts';
import { gatewaySettings, startWorld } from '../helpers/world.ts';
import { busEvent, type Following, follow, numberOf, webhookEvent } from './following.ts';

/** The whole of it takes minutes: that is for CI. */
const full = process.env['CI'] === 'true';
const EVENTS = full ? 4_000 : 1_000;
const CUTS = full ? 100 : 30;
const KILLS = full ? 10 : 3;
const BEGINNING = encodePosition(LOG_BEGINNING);

const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);

/** Each event once, in the order of the log. */
function expectWhole(following: Following, log: readonly string[]): void {
  expect(new Set(log).size).toBe(EVENTS);
  expect(following.seen).toEqual(log);
  expect(following.cuts).toBeGreaterThan(CUTS);
}

const logOf = async (gateway: RunningGateway['gateway']): Promise<string[]> =>
  (await wholeLog(gateway)).map((row) => numberOf(JSON.parse(row.payload)));

describe('a subscriber that is cut again and again sees each event once and in order', { timeout: 300_000 }, () => {
  it('while events come in from webhooks and bus', async () => {
    const bus = new MemoryBus();
    const world = await startWorld({ standins: { portfolios: 1 }, gateway: { bus } });
    const url = `${world.url}/webhooks/upvest`;
    const following = follow({ url: () => world.url, after: BEGINNING, until: EVENTS, cuts: CUTS });
    for (let from = 0; from < EVENTS; from += 100) {
      bus.publish(...numbers(from, 50).map(busEvent));
      const events = numbers(from + 50, 50).map(webhookEvent);
      expect((await world.upvest.webhooks.emit({ url, events })).status).toBe(200);
    }
    expectWhole(await following, await logOf(world.gateway));
    await world.stop();
  });

  it('while the gateway is killed and started again', async () => {
    const { program, standins, stop } = await startKillable();
    const following = follow({ url: () => program.url, after: BEGINNING, until: EVENTS, cuts: CUTS });
    for (let turn = 0; turn <= KILLS; turn += 1) {
      const from = Math.floor((turn * EVENTS) / (KILLS + 1));
      const to = Math.floor(((turn + 1) * EVENTS) / (KILLS + 1));
      for (const n of numbers(from, to - from))
        standins.upvest.webhooks.enqueue(webhookEvent(n).type, webhookEvent(n).object);
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 300));
      if (turn < KILLS) await program.killAndStart();
    }
    const seen = await following;
    expectWhole(seen, await pagedLog(program.url));
    await stop();
  });
});

describe.skipIf(!hasPostgres)('with two gateways on one PostgreSQL', { timeout: 300_000 }, () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  it('subscribers that move between them see each event once and in order', async () => {
    const databaseUrl = await server.createDatabase();
    const bus = new MemoryBus();
    const one = await startWorld({ standins: { portfolios: 1 }, gateway: { store: { databaseUrl }, bus } });
    const two = await startGateway({ ...gatewaySettings(one), auth: 'local-operator', store: { databaseUrl } });
    const both = [one.url, two.url];
    let turn = 0;
    const followings = [1, 2, 3].map((start) => {
      let next = start;
      const url = (): string => {
        next += 1;
        return both[next % 2] ?? '';
      };
      return follow({ url, after: BEGINNING, until: EVENTS, cuts: CUTS });
    });
    const deliver = async (from: number): Promise<void> => {
      bus.publish(...numbers(from, 50).map(busEvent));
      const events = numbers(from + 50, 50).map(webhookEvent);
      turn += 1;
      const url = `${both[turn % 2]}/webhooks/upvest`;
      expect((await one.upvest.webhooks.emit({ url, events })).status).toBe(200);
    };
    for (let from = 0; from < EVENTS; from += 200) await Promise.all([deliver(from), deliver(from + 100)]);
    for (const following of followings) expectWhole(await following, await logOf(one.gateway));
    await two.stop();
    await one.stop();
  });
});

interface Killable {
  readonly url: string;
  killAndStart(): Promise<void>;
}

/** A gateway in a process of its own, on one port and folder, and upstreams that outlive it. */
async function startKillable() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
  const standins = await startStandins({
    portfolios: 1,
    webhookUrl: `${url}/webhooks/upvest`,
    upvestSettings: { webhookRetrySecondMs: 20, webhookMaxEvents: 20 },
  });
  const settings = { ...upstreamSettings(standins), PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'error' };
  const start = async (): Promise<Program> => {
    const program = runProgram(['serve'], settings);
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), 20_000);
    return program;
  };
  let running = await start();
  const program: Killable = {
    url,
    async killAndStart() {
      await running.stop('SIGKILL');
      running = await start();
    },
  };
  return {
    program,
    standins,
    stop: async () => {
      await running.stop('SIGKILL');
      await standins.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The log as the list in the graph shows it. */
async function pagedLog(url: string): Promise<string[]> {
  const query =
    'query ($after: ID) { notifications(first: 100, after: $after) { edges { node { ... on OtherNotification { payload } } } pageInfo { hasNextPage endCursor } } }';
  const log: string[] = [];
  for (let after: string | null = null; ; ) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { after } }),
    });
    const { data } = (await response.json()) as {
      data: {
        notifications: {
          edges: { node: { payload: Parameters<typeof numberOf>[0] } }[];
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
      };
    };
    const { edges, pageInfo } = data.notifications;
    log.push(...edges.map(({ node }) => numberOf(node.payload)));
    if (!pageInfo.hasNextPage) return log;
    after = pageInfo.endCursor;
  }
}
