import { type Store, trimAllowances, trimInbox, trimLog } from '../store/index.ts';

export interface RetentionOptions {
  readonly store: Store;
  /** How long events are kept. */
  readonly days: number;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  /** Interval of deletion. Default one hour. */
  readonly everyMs?: number | undefined;
}

const DAY_MS = 86_400_000;
/** Rows per transaction, so that others can write in between. */
const BATCH = 2_000;

/** Deletes old events: from the log, and processed ones from the inbox. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #endTimer: () => void;
  #running: Promise<void>;
  #stopped = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#running = this.#trim();
    this.#endTimer = options.store.runtime.every(options.everyMs ?? 3_600_000, () => {
      this.#running = this.#running.then(() => this.#trim());
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#endTimer();
    await this.#running;
  }

  async #trim(): Promise<void> {
    const { store, days, onTrouble } = this.#options;
    const before = store.now() - days * DAY_MS;
    try {
      for (const trim of [trimLog, trimInbox, trimAllowances]) {
        let forgotten = BATCH;
        while (forgotten === BATCH && !this.#stopped) forgotten = await store.write((tx) => trim(tx, before, BATCH));
      }
    } catch (error) {
      onTrouble?.('old events could not be forgotten; it is tried again', error);
    }
  }
}
