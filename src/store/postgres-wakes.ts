import type { Socket } from 'node:net';
import pg from 'pg';
import { TOPICS, type Topic } from './store.ts';
import { Wakes } from './wakes.ts';

const CHANNEL = 'invest_gateway';
/**
 * Head start of the gateway that created the work: it claims at once. The others follow, in case it has too much or is
 * gone; if they claimed at once too, every request would cost one claim per gateway.
 */
const LEFT_TO_OTHERS_MS = 100;

export interface PostgresWakesOptions {
  readonly url: string;
  /** A socket for a connection; its maker may end it. */
  readonly stream: () => Socket;
  readonly pool: pg.Pool;
  /** Distinguishes own notifications from others. */
  readonly sender: string;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/**
 * Wake-ups among gateways by LISTEN and NOTIFY. Sent after the commit, not in it: a commit with NOTIFY takes a global
 * lock. A lost wake-up (a crash, a lost connection) is covered by polling.
 */
export class PostgresWakes {
  readonly #options: PostgresWakesOptions;
  readonly #here = new Wakes();
  readonly #unsent = new Set<Topic>();
  readonly #leftToOthers = new Set<Topic>();
  #later: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #listener: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PostgresWakesOptions) {
    this.#options = options;
  }

  on(topic: Topic, listener: () => void): () => void {
    return this.#here.on(topic, listener);
  }

  wake(topics: ReadonlySet<Topic>): void {
    if (topics.size === 0) return;
    this.#here.wake(topics);
    for (const topic of topics) this.#unsent.add(topic);
    this.#sending ??= this.#send();
  }

  async #send(): Promise<void> {
    while (this.#unsent.size > 0 && !this.#closed) {
      const payload = `${this.#options.sender} ${[...this.#unsent].join(' ')}`;
      this.#unsent.clear();
      await this.#options.pool.query('select pg_notify($1, $2)', [CHANNEL, payload]).catch(() => undefined);
    }
    this.#sending = undefined;
  }

  async listen(): Promise<void> {
    const listener = new pg.Client({
      connectionString: this.#options.url,
      stream: this.#options.stream,
      application_name: 'invest-gateway listener',
    });
    this.#listener = listener;
    listener.on('error', (error) => this.#reconnect(listener, error));
    listener.on('end', () => this.#reconnect(listener, undefined));
    listener.on('notification', ({ payload }) => {
      const [sender, ...topics] = (payload ?? '').split(' ');
      if (sender !== this.#options.sender) this.#heard(TOPICS.filter((topic) => topics.includes(topic)));
    });
    await listener.connect();
    await listener.query(`listen ${CHANNEL}`);
  }

  /**
   * Log and pauses concern every gateway at once; work and inbox are checked once for all notifications of a short
   * time.
   */
  #heard(topics: readonly Topic[]): void {
    const isForOne = (topic: Topic): boolean => topic === 'work' || topic === 'inbox';
    this.#here.wake(topics.filter((topic) => !isForOne(topic)));
    for (const topic of topics.filter(isForOne)) this.#leftToOthers.add(topic);
    if (this.#leftToOthers.size === 0) return;
    this.#later ??= setTimeout(
      () => {
        this.#later = undefined;
        const heard = [...this.#leftToOthers];
        this.#leftToOthers.clear();
        this.#here.wake(heard);
      },
      LEFT_TO_OTHERS_MS * (0.5 + Math.random()),
    );
  }

  #reconnect(lost: pg.Client, error: unknown): void {
    if (this.#closed || this.#listener !== lost) return;
    this.#listener = undefined;
    this.#options.onTrouble('the listening connection to PostgreSQL was lost', error);
    void lost.end().catch(() => undefined);
    this.#retry = setTimeout(
      () => {
        this.listen().then(
          // Notifications may have been lost meanwhile, so everything is checked.
          () => this.#here.wake(TOPICS),
          (failure: unknown) => {
            const failed = this.#listener;
            if (failed !== undefined) this.#reconnect(failed, failure);
          },
        );
      },
      500 + 500 * Math.random(),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#later);
    await this.#sending;
    await this.#listener?.end().catch(() => undefined);
  }
}
