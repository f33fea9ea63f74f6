import {
  comparePositions,
  type EventLogRow,
  hasHeldBack,
  type LogPosition,
  logHead,
  readEvents,
  type Store,
  within,
} from '../store/index.ts';

export interface LogTailOptions {
  readonly store: Store;
  /** Gets all new rows, in order; must not throw. */
  readonly onRows: (rows: readonly EventLogRow[]) => void;
  /** Called before rows are passed on; retried when it throws, while the tail waits. */
  readonly prepare?: ((rows: readonly EventLogRow[]) => Promise<void>) | undefined;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  /** Polling interval without a wake-up. Default 1,000 ms. */
  readonly pollMs?: number | undefined;
}

/** Rows per read. */
const BATCH = 500;
/** Recent rows in memory, for joining subscribers; some hundred bytes each. */
const RECENT_ROWS = 512;
/** And their maximum size, in characters. */
const RECENT_SIZE = 2 * 1024 * 1024;
/** First delay before rows behind an open transaction are read again; grows while it is open. */
const HELD_BACK_FIRST_MS = 2;
const HELD_BACK_MAX_MS = 100;

/** Follows the end of the log and passes on every row once, in order. One per process and lane. */
export class LogTail {
  readonly #options: LogTailOptions;
  #position: LogPosition | undefined;
  /** {@link recentAfter} has all rows after this position. */
  #recentFrom: LogPosition | undefined;
  #recent: EventLogRow[] = [];
  #recentSize = 0;
  #starting: Promise<void> | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;
  #wake: () => void = () => undefined;
  #unlisten: () => void = () => undefined;
  #heldBackMs = HELD_BACK_FIRST_MS;

  constructor(options: LogTailOptions) {
    this.#options = options;
  }

  /** Starts at the current end of the log. Idempotent. Throws StoreUnavailableError. */
  start(): Promise<void> {
    this.#starting ??= this.#begin().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async #begin(): Promise<void> {
    this.#unlisten();
    this.#unlisten = this.#options.store.onWake('log', () => this.#wake());
    this.#position = await this.#options.store.read(logHead);
    this.#recentFrom = this.#position;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unlisten();
    this.#wake();
    await this.#starting?.catch(() => undefined);
    await this.#running;
  }

  /** Every row up to here was passed on; undefined before {@link start}. */
  get position(): LogPosition | undefined {
    return this.#position;
  }

  /** The rows after a position up to {@link position}; undefined where they are not all in memory. */
  recentAfter(position: LogPosition): readonly EventLogRow[] | undefined {
    if (this.#recentFrom === undefined || comparePositions(position, this.#recentFrom) < 0) return undefined;
    let start = this.#recent.length;
    while (start > 0) {
      const row = this.#recent[start - 1];
      if (row === undefined || comparePositions(row, position) <= 0) break;
      start -= 1;
    }
    return this.#recent.slice(start);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      let waitMs = this.#options.pollMs ?? 1_000;
      try {
        waitMs = await this.#advance(waitMs);
      } catch (error) {
        this.#options.onTrouble?.('the log could not be followed; it is tried again', error);
      }
      // An embedded database never waits for the network, so the event loop needs a turn.
      const { runtime } = this.#options.store;
      await (waitMs > 0 && !this.#stopped ? within(runtime, woken, waitMs) : runtime.nextTurn());
    }
  }

  /** Passes on new rows; returns the delay until the next read. */
  async #advance(pollMs: number): Promise<number> {
    const { store, prepare, onRows } = this.#options;
    const after = this.#position;
    if (after === undefined) return pollMs;
    const rows = await store.read((reading) => readEvents(reading, { after, limit: BATCH }));
    if (rows.length > 0) {
      await prepare?.(rows);
      this.#remember(rows);
      this.#position = rows.at(-1) ?? after;
      onRows(rows);
    }
    if (rows.length === BATCH) return 0;
    if (!(await store.read(hasHeldBack))) {
      this.#heldBackMs = HELD_BACK_FIRST_MS;
      return pollMs;
    }
    this.#heldBackMs = Math.min(HELD_BACK_MAX_MS, rows.length > 0 ? HELD_BACK_FIRST_MS : this.#heldBackMs * 2);
    return this.#heldBackMs;
  }

  #remember(rows: readonly EventLogRow[]): void {
    this.#recent.push(...rows);
    for (const row of rows) this.#recentSize += row.payload.length;
    let forgotten = 0;
    while (this.#recent.length - forgotten > RECENT_ROWS || this.#recentSize > RECENT_SIZE) {
      this.#recentSize -= this.#recent[forgotten]?.payload.length ?? this.#recentSize;
      forgotten += 1;
    }
    if (forgotten === 0) return;
    this.#recentFrom = this.#recent[forgotten - 1] ?? this.#recentFrom;
    this.#recent = this.#recent.slice(forgotten);
  }
}
