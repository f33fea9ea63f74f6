import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ingest, KafkaBus, startIngest } from '../../src/ingest/index.ts';
import { openStore, parkedEvents, type Store } from '../../src/store/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { wholeLog } from '../helpers/log.ts';

const brokers = process.env['KAFKA_BROKERS']?.split(',') ?? [];
/** Where scripts/kafka.sh keeps the broker: needed to kill it. */
const folder = process.env['KAFKA_TEST_FOLDER'];
const secureBrokers = process.env['KAFKA_TEST_SECURE_BROKERS']?.split(',') ?? [];
const password = process.env['KAFKA_TEST_PASSWORD'] ?? '';

if (brokers.length === 0) process.stdout.write('KAFKA_BROKERS is not set: the tests with a real Kafka are left out.\n');

const PORTFOLIO = 'P01F8ZSNV0J45R9DFZ3D7D8C26F';

describe.skipIf(brokers.length === 0)('a real Kafka', { timeout: 400_000 }, () => {
  let topic: string;
  let groupId: string;
  let dataDir: string;
  let store: Store;
  let producer: Producer<string, string, string, string>;
  const running: { stop(): Promise<void> }[] = [];
  const trouble: string[] = [];

  beforeAll(() => {
    producer = new Producer({
      clientId: 'test',
      bootstrapBrokers: brokers,
      serializers: stringSerializers,
      retries: 50,
      retryDelay: 300,
    });
  });
  afterAll(() => producer.close());

  beforeEach(async () => {
    topic = `events-${randomUUID()}`;
    groupId = `group-${randomUUID()}`;
    dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
    store = await openStore({ dataDir });
    trouble.length = 0;
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: brokers });
    await admin.createTopics({ topics: [topic], partitions: 6, replicas: 1 });
    await admin.close();
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const busOn = (more: Partial<ConstructorParameters<typeof KafkaBus>[0]> = {}): KafkaBus =>
    new KafkaBus({ brokers, topic, groupId, onTrouble: (what) => trouble.push(what), ...more });

  /** A gateway's way in, on the store that all of this test share. */
  const ingestFrom = (bus: KafkaBus): Ingest => {
    const nobody = async () => null;
    const ingest = startIngest({
      store,
      bus,
      linkOf: () => null,
      investSuite: {
        portfolio: nobody,
        portfoliosOfAccountGroup: async () => [],
        portfoliosPage: () => Promise.reject(new Error('unused')),
      },
      upvest: {
        verifyHead: () => Promise.reject(new Error('unused')),
        account: nobody,
        listings: { accountsOfUser: async () => ({ rows: [], unreadable: [] }) },
        order: nobody,
      },
    });
    running.push(ingest);
    return ingest;
  };
  const halt = async (ingest: Ingest): Promise<void> => {
    running.splice(running.indexOf(ingest), 1);
    await ingest.stop();
  };

  const eventOf = (id: string): string =>
    JSON.stringify({
      id,
      created: '2022-08-30T10:00:00Z',
      version: '1.0.0',
      subject: 'portfolios',
      action: 'status-update',
      data: { id: PORTFOLIO },
    });
  const produce = async (values: readonly string[]): Promise<void> => {
    await producer.send({ messages: values.map((value) => ({ topic, key: randomUUID(), value })), acks: -1 });
  };
  const ids = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `e${from + index}`);
  const logged = async (): Promise<number> => (await wholeLog({ store })).length;
  /** Each event once, and no other. */
  const expectAll = async (count: number): Promise<void> => {
    await eventually(async () => expect(await logged()).toBe(count), 120_000);
    const known = await store.read((reading) => reading.db.selectFrom('inbox').select('event_id').execute());
    expect(new Set(known.map((row) => row.event_id))).toEqual(new Set(ids(0, count)));
  };

  it('loses and repeats nothing in the log while members come and go', async () => {
    const first = ingestFrom(busOn());
    await produce(ids(0, 300).map(eventOf));
    await eventually(async () => expect(await logged()).toBeGreaterThan(100), 90_000);
    const second = ingestFrom(busOn());
    for (let from = 300; from < 1_500; from += 100) await produce(ids(from, 100).map(eventOf));
    await eventually(async () => expect(await logged()).toBeGreaterThan(1_000), 90_000);
    await halt(first);
    await produce(ids(1_500, 300).map(eventOf));
    ingestFrom(busOn());
    await produce(ids(1_800, 200).map(eventOf));
    await expectAll(2_000);
    await halt(second);
  });

  it.skipIf(folder === undefined)('goes on after the broker was killed and started again', async () => {
    const script = join(import.meta.dirname, '..', '..', 'scripts', 'kafka.sh');
    const bus = busOn();
    ingestFrom(bus);
    await produce(ids(0, 200).map(eventOf));
    await eventually(async () => expect(await logged()).toBe(200), 90_000);
    execFileSync(script, ['kill', folder ?? '']);
    await eventually(() => expect(bus.connected).toBe(false), 60_000);
    execFileSync(script, ['start', folder ?? '']);
    await produce(ids(200, 200).map(eventOf));
    await expectAll(400);
    expect(trouble).toContain('the bus is out of reach; it is tried again');
  });

  it('parks a malformed message, and its offset moves on', async () => {
    const ingest = ingestFrom(busOn());
    await produce(['no json', '{}', eventOf('e0')]);
    await expect.poll(logged, { timeout: 30_000 }).toBe(1);
    // Each batch is stored on its own, and the three may come in several.
    const parked = async () =>
      (await store.read((reading) => parkedEvents(reading, 0, 10))).map(({ reason }) => reason);
    await expect.poll(async () => (await parked()).sort()).toEqual(['no id', 'the message is not JSON in UTF-8']);
    await halt(ingest);
    const seen: number[] = [];
    const again = busOn();
    again.start(async (messages) => {
      seen.push(messages.length);
    });
    running.push(again);
    await eventually(() => expect(again.connected).toBe(true));
    await produce([eventOf('e1')]);
    await eventually(() => expect(seen).toEqual([1]), 90_000);
  });

  it('reads JSON behind the frame of a schema registry, and parks what is not JSON there', async () => {
    ingestFrom(busOn());
    const frame = '\u0000\u0000\u0000\u0000\u0007';
    await produce([frame + eventOf('e0'), `${frame}\u0002H\u0010avro`, eventOf('e0'), frame + eventOf('e1')]);
    await expect.poll(logged, { timeout: 30_000 }).toBe(2);
    await eventually(async () => {
      const parked = await store.read((reading) => parkedEvents(reading, 0, 10));
      expect(parked.map(({ reason }) => reason)).toEqual(['framed by a schema registry, and not JSON behind it']);
    }, 90_000);
  });

  it('commits an offset only after its message was taken', async () => {
    const taken: string[] = [];
    const failing = busOn();
    let failures = 0;
    failing.start(async () => {
      failures += 1;
      throw new Error('the store is away');
    });
    await produce([eventOf('e0')]);
    await eventually(() => expect(failures).toBeGreaterThan(1), 90_000);
    await failing.stop();
    const working = busOn();
    working.start(async (messages) => {
      for (const { value } of messages) taken.push(Buffer.from(value ?? []).toString());
    });
    running.push(working);
    await eventually(() => expect(taken).toEqual([eventOf('e0')]), 90_000);
  });

  it.skipIf(folder === undefined).each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
    'lets itself in by %s over TLS',
    async (mechanism) => {
      const ca = readFileSync(join(folder ?? '', 'ca.pem'), 'utf8');
      const secure = { brokers: secureBrokers, tls: { ca }, sasl: { mechanism, username: 'gateway', password } };
      ingestFrom(busOn(secure));
      await produce(ids(0, 10).map(eventOf));
      await expectAll(10);
    },
  );

  it.skipIf(folder === undefined)('keeps trying with a wrong password, and says so', async () => {
    const ca = readFileSync(join(folder ?? '', 'ca.pem'), 'utf8');
    const sasl = { mechanism: 'PLAIN', username: 'gateway', password: 'wrong' } as const;
    const bus = busOn({ brokers: secureBrokers, tls: { ca }, sasl });
    bus.start(() => Promise.resolve());
    running.push(bus);
    await eventually(() => expect(trouble.length).toBeGreaterThan(1), 90_000);
    expect(bus.connected).toBe(false);
  });
});
