import type { ConsumerOptions, Message, MessagesStream } from '@platformatic/kafka';
import type { Bus, BusMessage } from './bus.ts';

export interface KafkaBusOptions {
  /** host:port of some of the brokers. */
  readonly brokers: readonly string[];
  readonly topic: string;
  /** All gateways of one database share a group: each event is read by one of them. */
  readonly groupId: string;
  /** Undefined: no TLS. `ca`: trusted authority as PEM; undefined: the well-known ones. */
  readonly tls?: { readonly ca: string | undefined } | undefined;
  readonly sasl?:
    | {
        readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
  /** Gets failures that the bus handles by itself. */
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
}

/** The client of Kafka, an optional peer of this package, is not installed. */
export class KafkaClientError extends Error {}

/** Loaded on demand: for its load time, and since only gateways with a bus need it. */
const loadKafka = () => import('@platformatic/kafka');

/** Rejects with a KafkaClientError where the client is not installed. */
export async function requireKafkaClient(load: () => Promise<unknown> = loadKafka): Promise<void> {
  try {
    await load();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new KafkaClientError(
      'KAFKA_BROKERS needs the package @platformatic/kafka, which is not installed: npm install @platformatic/kafka@1',
      { cause: error },
    );
  }
}

type RawMessage = Message<Buffer, Buffer, Buffer, Buffer>;
type RawStream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

/** Messages per delivery and acknowledgement. */
const BATCH = 500;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;
/**
 * Session timeout: after it, other gateways get the partitions of a dead one; the minimum that brokers allow by
 * default.
 */
const SESSION_TIMEOUT_MS = 6_000;
const HEARTBEAT_MS = 2_000;
const REBALANCE_TIMEOUT_MS = 30_000;
/** Long-poll time of a fetch. */
const MAX_WAIT_MS = 500;

/**
 * A member of a consumer group. Offsets are committed after `take` has resolved, never on a timer: messages that were
 * fetched and not stored are fetched again, by this gateway or another.
 */
export class KafkaBus implements Bus {
  readonly #options: KafkaBusOptions;
  #stopped = false;
  #connected = false;
  #running: Promise<void> = Promise.resolve();
  #stop: () => void = () => undefined;
  /** The broker has deleted the committed offset: start with the oldest message. */
  #fromOldest = false;

  constructor(options: KafkaBusOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connected;
  }

  start(take: (messages: readonly BusMessage[]) => Promise<void>): void {
    const stopped = new Promise<void>((resolve) => {
      this.#stop = resolve;
    });
    this.#running = this.#run(take, stopped);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stop();
    await this.#running;
  }

  async #run(take: (messages: readonly BusMessage[]) => Promise<void>, stopped: Promise<void>): Promise<void> {
    let failures = 0;
    while (!this.#stopped) {
      try {
        await this.#session(take, stopped, () => {
          failures = 0;
        });
      } catch (error) {
        if (this.#stopped) return;
        this.#fromOldest ||= isOutOfRange(error);
        this.#options.onTrouble?.(
          this.#fromOldest
            ? 'the bus has forgotten events that were not read yet; reading goes on with the oldest it has'
            : 'the bus is out of reach; it is tried again',
          error,
        );
        const delayMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures) * (0.5 + Math.random() / 2);
        failures = Math.min(failures + 1, 10);
        await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, delayMs).unref())]);
      }
    }
  }

  /** Reads until it is stopped or fails. */
  async #session(
    take: (messages: readonly BusMessage[]) => Promise<void>,
    stopped: Promise<void>,
    onProgress: () => void,
  ): Promise<void> {
    const { Consumer } = await loadKafka();
    const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>(consumerOptions(this.#options));
    // Emitted when the consumer can't rejoin its group; an unhandled error event would end the process.
    const failed = new Promise<never>((_, reject) => consumer.on('error', reject));
    failed.catch(() => undefined);
    try {
      const stream = await consumer.consume({
        topics: [this.#options.topic],
        mode: this.#fromOldest ? 'earliest' : 'committed',
        fallbackMode: 'earliest',
        autocommit: false,
        maxWaitTime: MAX_WAIT_MS,
      });
      const source = new Source(stream, stopped);
      this.#connected = true;
      while (!this.#stopped) {
        const batch = await Promise.race([source.next(), failed]);
        if (batch.length === 0) continue;
        await take(batch.map(({ value }) => ({ value: value ?? null })));
        await commit(batch);
        this.#fromOldest = false;
        onProgress();
      }
    } finally {
      this.#connected = false;
      // Leaves the group, so that its partitions are reassigned at once; else the session times out.
      await Promise.race([
        Promise.resolve(consumer.close(true)).catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, 2_000).unref()),
      ]);
    }
  }
}

function consumerOptions(options: KafkaBusOptions): ConsumerOptions<Buffer, Buffer, Buffer, Buffer> {
  const { brokers, groupId, tls, sasl } = options;
  return {
    clientId: 'invest-gateway',
    bootstrapBrokers: [...brokers],
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    // Failures end the session; the outer loop waits and reports.
    retries: 2,
    retryDelay: 300,
    connectTimeout: 5_000,
    ...(tls === undefined ? {} : { tls: tls.ca === undefined ? {} : { ca: tls.ca }, tlsServerName: true }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

class Source {
  readonly #stream: RawStream;
  readonly #stopped: Promise<void>;
  #changed: () => void = () => undefined;

  constructor(stream: RawStream, stopped: Promise<void>) {
    this.#stream = stream;
    this.#stopped = stopped;
    const changed = (): void => this.#changed();
    // Permanent listener: the stream stops fetching without one.
    stream.on('readable', changed);
    stream.on('close', changed);
    stream.on('error', changed);
  }

  /** Buffered messages, after a wait where there are none; may be empty. Rejects when the stream has failed. */
  async next(): Promise<readonly RawMessage[]> {
    const change = new Promise<void>((resolve) => {
      this.#changed = resolve;
    });
    const batch: RawMessage[] = [];
    while (batch.length < BATCH) {
      const message: RawMessage | null = this.#stream.read();
      if (message === null) break;
      batch.push(message);
    }
    if (batch.length > 0) return batch;
    if (this.#stream.errored !== null) throw this.#stream.errored;
    if (this.#stream.destroyed || this.#stream.readableEnded) throw new Error('the stream of the bus has ended');
    await Promise.race([this.#stopped, change]);
    return [];
  }
}

/** Commits the last offset of each partition. */
async function commit(batch: readonly RawMessage[]): Promise<void> {
  const last = new Map(batch.map((message) => [message.partition, message]));
  for (const message of last.values()) await message.commit();
}

function isOutOfRange(error: unknown): boolean {
  for (let each: unknown = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1) {
    if ('apiId' in each && each.apiId === 'OFFSET_OUT_OF_RANGE') return true;
    if (each instanceof AggregateError && each.errors.some(isOutOfRange)) return true;
  }
  return false;
}
