import {
  claimWorkflows,
  LEASE_MS,
  nextDueAt,
  releaseLeases,
  renewalMs,
  renewLeases,
  type Store,
  type WorkflowRow,
} from '../../store/index.ts';
import type { WorkflowPorts } from '../ports.ts';
import type { WorkflowDefinition } from './definition.ts';
import { Runner } from './runner.ts';
import type { Point, RunnerOptions } from './runner-options.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly ports: WorkflowPorts;
  readonly definitions: readonly WorkflowDefinition[];
  /** Rows worked on at once. Default 32. */
  readonly concurrency?: number | undefined;
  /** Length of a lease in milliseconds. Default {@link LEASE_MS}. */
  readonly leaseMs?: number | undefined;
  /** Polling interval for due rows; nudges arrive at once. Default 1 s. */
  readonly pollMs?: number | undefined;
  readonly isAway?: RunnerOptions['isAway'];
  /** See {@link RunnerOptions.lateArrivalMs}. */
  readonly lateArrivalMs?: number | undefined;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  readonly probe?: ((point: Point, row: WorkflowRow) => void | Promise<void>) | undefined;
  readonly inSpan?: RunnerOptions['inSpan'];
  readonly onReview?: RunnerOptions['onReview'];
}

/** Remaining lease below which nothing is sent. */
const SEND_MARGIN_MS = 500;

/**
 * Works on due rows: leases some, runs them, looks again when woken or by the clock. Several engines on one database
 * share the rows; one that dies loses its leases.
 */
export class Engine {
  /** The kinds it works on, by name. */
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  readonly #store: Store;
  readonly #runner: Runner;
  readonly #concurrency: number;
  readonly #leaseMs: number;
  readonly #pollMs: number;
  readonly #onTrouble: (what: string, error: unknown) => void;
  readonly #owner: string;
  readonly #active = new Set<Promise<void>>();
  readonly #leases = new Map<string, Moment>();
  #cancelTimer = (): void => undefined;
  #endHeartbeat = (): void => undefined;
  #unsubscribe: (() => void) | undefined;
  #claiming: Promise<void> | undefined;
  #wokenMeanwhile = false;
  #running = false;

  constructor(options: EngineOptions) {
    this.#store = options.store;
    this.#owner = options.store.runtime.uuid();
    this.#concurrency = options.concurrency ?? 32;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#pollMs = options.pollMs ?? 1_000;
    this.#onTrouble = options.onTrouble ?? (() => undefined);
    this.definitions = new Map(options.definitions.map((definition) => [definition.kind, definition]));
    this.#runner = new Runner({
      store: options.store,
      ports: options.ports,
      definitions: this.definitions,
      mayStillSend: (row) => isBefore(this.#moment(SEND_MARGIN_MS), this.#leases.get(leaseOf(row))),
      onTrouble: this.#onTrouble,
      probe: options.probe,
      isAway: options.isAway,
      lateArrivalMs: options.lateArrivalMs,
      inSpan: options.inSpan,
      onReview: options.onReview,
    });
  }

  /** Rows in work now. */
  get active(): number {
    return this.#active.size;
  }

  async start(): Promise<void> {
    this.#running = true;
    // Earlier leases belong to dead processes.
    if (!this.#store.isShared) await this.#store.write((writing) => releaseLeases(writing, undefined));
    this.#unsubscribe = this.#store.onWake('work', () => this.#look());
    this.#endHeartbeat = this.#store.runtime.every(renewalMs(this.#leaseMs), () => void this.#keepLeases());
    this.#look();
  }

  /** Takes nothing new, lets the steps under way finish, gives the rest back. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelTimer();
    this.#unsubscribe?.();
    await this.#claiming;
    await Promise.allSettled(this.#active);
    this.#endHeartbeat();
    await this.#store
      .write((writing) => releaseLeases(writing, this.#owner))
      .catch((error: unknown) => {
        this.#onTrouble('leases could not be given back', error);
      });
  }

  #look(): void {
    if (!this.#running) return;
    if (this.#claiming !== undefined) {
      this.#wokenMeanwhile = true;
      return;
    }
    // Claims again when half the slots are free: one claim for many rows.
    if (this.#active.size > this.#concurrency / 2) return;
    this.#claiming = this.#claim().finally(() => {
      this.#claiming = undefined;
      if (!this.#wokenMeanwhile) return;
      this.#wokenMeanwhile = false;
      this.#look();
    });
  }

  async #claim(): Promise<void> {
    this.#cancelTimer();
    try {
      const limit = this.#concurrency - this.#active.size;
      const leasedUntil = this.#moment(this.#leaseMs);
      const rows = await this.#store.write(
        (writing) =>
          claimWorkflows(writing, { owner: this.#owner, until: writing.now() + this.#leaseMs, limit }, (error) =>
            this.#onTrouble('a workflow is left to another release', error),
          ),
        { mayBeLost: true },
      );
      for (const row of rows) this.#begin(row, leasedUntil);
      this.#sleep(rows.length === limit ? 0 : await this.#untilNextDue());
    } catch (error) {
      this.#onTrouble('due rows could not be claimed', error);
      this.#sleep(this.#pollMs);
    }
  }

  #begin(row: WorkflowRow, leasedUntil: Moment): void {
    this.#leases.set(leaseOf(row), leasedUntil);
    const work = this.#runner
      .run(row)
      .catch((error: unknown) => this.#onTrouble(`work on ${row.id} stopped; its lease will run out`, error))
      .finally(() => {
        this.#active.delete(work);
        this.#leases.delete(leaseOf(row));
        if (this.#active.size <= this.#concurrency / 2) this.#look();
      });
    this.#active.add(work);
  }

  async #untilNextDue(): Promise<number> {
    const dueAt = await this.#store.read((reading) => nextDueAt(reading, 'workflows'));
    return dueAt === undefined ? this.#pollMs : Math.max(5, Math.min(this.#pollMs, dueAt - this.#store.now()));
  }

  #sleep(ms: number): void {
    this.#cancelTimer();
    if (this.#running) this.#cancelTimer = this.#store.runtime.after(ms, () => this.#look());
  }

  #moment(inMs: number): Moment {
    const { runtime } = this.#store;
    return { monotonicMs: runtime.monotonicMs() + inMs, wallMs: runtime.now() + inMs };
  }

  async #keepLeases(): Promise<void> {
    if (this.#active.size === 0) return;
    const at = this.#moment(0);
    const leasedUntil = this.#moment(this.#leaseMs);
    try {
      await this.#store.write(
        (writing) => renewLeases(writing, 'workflows', { owner: this.#owner, until: writing.now() + this.#leaseMs }),
        { mayBeLost: true },
      );
      // One that had run out before may be another's by now: the store has not revived it either.
      for (const [lease, until] of this.#leases) if (isBefore(at, until)) this.#leases.set(lease, leasedUntil);
    } catch (error) {
      this.#onTrouble('leases could not be kept', error);
    }
  }
}

const leaseOf = (row: WorkflowRow): string => `${row.id} ${row.fence}`;

/**
 * A time by both clocks. The monotonic clock runs while the process is stopped, but may stop with the machine; the wall
 * clock may be set. The larger elapsed time counts: not sending is safe.
 */
interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

const isBefore = (a: Moment, b: Moment | undefined): boolean =>
  b !== undefined && a.monotonicMs < b.monotonicMs && a.wallMs < b.wallMs;
