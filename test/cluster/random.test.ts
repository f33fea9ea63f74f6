import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { encodePosition, openStore } from '../../src/store/index.ts';
import { BOOKED_BY_GATEWAY, checkLedgers } from '../crash/ledgers.ts';
import { build } from '../helpers/build.ts';
import { wholeLog } from '../helpers/log.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { Cluster } from './cluster.ts';
import { type Reader, readNotifications } from './reader.ts';

/** How long gateways are killed and paused, and PostgreSQL restarted. */
const SECONDS = Number(process.env['CLUSTER_SECONDS'] ?? (process.env['CI'] === 'true' ? 60 : 12));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!hasPostgres)(
  `three gateways that are killed and paused for ${SECONDS} s while PostgreSQL is restarted`,
  { timeout: 240_000 + SECONDS * 3_000 },
  () => {
    let server: TestPostgres;
    let cluster: Cluster;
    let readers: readonly Reader[] = [];
    beforeAll(async () => {
      build();
      server = await startPostgres();
    }, 120_000);
    afterAll(() => server.stop(), 180_000);
    afterEach(async () => {
      for (const reader of readers) await reader.stop();
      await cluster.stop();
    });

    it('move each amount once, and send each event once and in order', async () => {
      const databaseUrl = await server.createDatabase();
      cluster = await Cluster.start({ gateways: 3, databaseUrl, money: BOOKED_BY_GATEWAY });
      readers = (['sse', 'websocket', 'sse'] as const).map((way) => readNotifications(cluster.url, way));
      const moves = { deposits: [] as string[], withdrawals: [] as string[] };
      const ids: string[] = [];
      const end = Date.now() + SECONDS * 1_000;
      const client = async (offset: number): Promise<void> => {
        for (let index = 0; Date.now() < end; index += 1) {
          const amount = `${offset + index}.${10 + (index % 90)}`;
          const portfolio = index % 2 === 0 ? cluster.robo : cluster.self;
          const isDeposit = offset < 5_000;
          ids.push(await cluster.move(isDeposit ? 'registerDeposit' : 'requestWithdrawal', portfolio, amount));
          moves[isDeposit ? 'deposits' : 'withdrawals'].push(decimal(amount));
          await pause(isDeposit ? 200 : 500);
        }
      };
      await Promise.all([client(1_000), client(3_000), client(5_000), disturb(cluster, server, end)]);
      for (const id of ids) expect(await cluster.end(id)).toBe('COMPLETED');
      checkLedgers(cluster, BOOKED_BY_GATEWAY, moves);
      await expectWhole(databaseUrl, readers);
      expect(cluster.deaths).toBe(0);
    });
  },
);

/** One trouble after the other. */
async function disturb(cluster: Cluster, server: TestPostgres, end: number): Promise<void> {
  for (let turn = 0; Date.now() < end; turn += 1) {
    await pause(1_000 + 1_500 * Math.random());
    const victim = cluster.members[Math.floor(Math.random() * cluster.members.length)];
    if (turn % 4 === 3) await server.restart(Math.random() < 0.5 ? 'immediate' : 'fast');
    else if (turn % 2 === 0) {
      await victim?.kill();
      await cluster.add();
    } else {
      victim?.pause();
      // Shorter and longer than a lease.
      await pause(1_000 + 8_000 * Math.random());
      victim?.resume();
    }
  }
}

/** Every reader has seen the log as it is: each event once, in its order. */
async function expectWhole(databaseUrl: string, readers: readonly Reader[]): Promise<void> {
  const store = await openStore({ databaseUrl, dataDir: '' });
  try {
    const log = await wholeLog({ store });
    expect(log.length).toBeGreaterThan(20);
    expect(readers.reduce((sum, { cuts }) => sum + cuts, 0)).toBeGreaterThan(0);
    for (const reader of readers) {
      await reader.reaches(log.length);
      expect(new Set(reader.seen).size).toBe(reader.seen.length);
      expect(reader.seen).toEqual(log.map(encodePosition));
    }
  } finally {
    await store.close();
  }
}
