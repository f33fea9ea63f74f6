import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { BOOKED_BY_INVESTSUITE } from '../crash/ledgers.ts';
import { build } from '../helpers/build.ts';
import { eventually } from '../helpers/eventually.ts';
import { wholeLog } from '../helpers/log.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { busEvent } from '../live/following.ts';
import { Cluster } from './cluster.ts';
import { type Reader, readNotifications } from './reader.ts';

const brokers = process.env['KAFKA_BROKERS']?.split(',') ?? [];
/** Where scripts/kafka.sh keeps the broker: needed to kill it. */
const folder = process.env['KAFKA_TEST_FOLDER'];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!hasPostgres || brokers.length === 0)('three gateways in one consumer group', () => {
  let server: TestPostgres;
  let cluster: Cluster | undefined;
  let reader: Reader | undefined;
  const topic = `events-${randomUUID()}`;
  const producer = new Producer({
    clientId: 'test',
    bootstrapBrokers: brokers,
    serializers: stringSerializers,
    retries: 50,
    retryDelay: 300,
  });

  beforeAll(async () => {
    build();
    server = await startPostgres();
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: brokers });
    await admin.createTopics({ topics: [topic], partitions: 6, replicas: 1 });
    await admin.close();
  }, 120_000);
  afterEach(async () => {
    await reader?.stop();
    await cluster?.stop();
  }, 180_000);
  afterAll(async () => {
    await producer.close();
    await server.stop();
  }, 180_000);

  let produced = 0;
  const produce = async (count: number): Promise<void> => {
    const messages = Array.from({ length: count }, (_, index) => {
      const value = JSON.stringify(busEvent(produced + index));
      return { topic, key: randomUUID(), value };
    });
    await producer.send({ messages, acks: -1 });
    produced += count;
  };

  it('log each event once while partitions move and the broker is restarted', { timeout: 500_000 }, async () => {
    const databaseUrl = await server.createDatabase();
    const bus = { brokers, topic, groupId: `group-${randomUUID()}`, tls: undefined, sasl: undefined };
    const started = await Cluster.start({ gateways: 3, databaseUrl, money: BOOKED_BY_INVESTSUITE, gateway: { bus } });
    cluster = started;
    reader = readNotifications(started.url, 'sse');
    let going = true;
    const producing = (async () => {
      while (going) {
        await produce(20);
        await pause(100);
      }
    })();
    await eventually(() => expect(reader?.seen.length).toBeGreaterThan(100), 120_000);
    await started.members[0]?.kill();
    await started.add();
    await pause(2_000);
    // Longer than its session: its partitions are others' when it goes on.
    const paused = started.members[0];
    paused?.pause();
    await pause(9_000);
    paused?.resume();
    await pause(1_000);
    if (folder !== undefined) {
      const script = join(import.meta.dirname, '..', '..', 'scripts', 'kafka.sh');
      execFileSync(script, ['kill', folder]);
      execFileSync(script, ['start', folder]);
    }
    await pause(2_000);
    going = false;
    await producing;
    const store = await openStore({ databaseUrl, dataDir: '' });
    try {
      // An event whose confirmation was lost in the restart may be in the topic twice: it is one event all the same.
      await eventually(async () => expect((await wholeLog({ store })).length).toBe(produced), 90_000);
      const rows = await wholeLog({ store });
      const numbers = rows.map(({ payload }) => Number((JSON.parse(payload) as { data: { n: string } }).data.n));
      expect(new Set(numbers).size).toBe(produced);
      await reader.reaches(produced);
      expect(new Set(reader.seen).size).toBe(produced);
      expect(started.deaths).toBe(0);
    } finally {
      await store.close();
    }
  });
});
