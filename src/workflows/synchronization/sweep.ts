import type { InvestSuite } from '../../datasources/investsuite/index.ts';
import { type CalendarDay, parseDay } from '../../domain/calendar-day.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import { sleep } from '../../domain/runtime.ts';
import { UpstreamError } from '../../errors.ts';
import { advanceSweep, countOpenOfKind, leaseSweep, readSweep, type Store, type Sweep } from '../../store/index.ts';
import { LEDGER_LINE } from './line.ts';
import { Pace, pacedPorts } from './paced.ts';
import { begin, type Plan, planOf } from './plan.ts';
import { isFollowing } from './portfolio.ts';
import type { SynchronizationPorts } from './ports.ts';

export interface SweeperOptions {
  readonly store: Store;
  readonly ports: SynchronizationPorts & { readonly investSuite: Pick<InvestSuite, 'portfoliosPage'> };
  /** Calls of the broker a second that a sweep may spend. */
  readonly callsPerSecond: number;
  /** Hours between two sweeps; 0 for none. */
  readonly everyHours: number;
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** Options of a sweep, with its progress callback. */
export interface SweepAsked {
  /** First day of the ledgers' lines that are looked at; all where it is left out. */
  readonly from?: CalendarDay | undefined;
  /** Write nothing, neither in InvestSuite nor in the store. */
  readonly dryRun?: boolean | undefined;
  readonly onPlan?: ((portfolio: Portfolio, plan: Plan) => void) | undefined;
  readonly onFailed?: ((portfolio: Portfolio, error: UpstreamError) => void) | undefined;
  readonly onProgress?: ((portfolios: number) => void) | undefined;
}

/** `busy`: another gateway is at it. `stopped`: it goes on from where it is. */
export type SweepEnd = 'done' | 'busy' | 'stopped';

const LEASE_MS = 60_000;
const LOOK_MS = 30_000;
const HOUR_MS = 3_600_000;
const PAGE = 50;
/** Portfolios that are compared at a time. */
const AT_ONCE = 4;
/** With more lines than this under way a sweep waits: customers' requests are worked on by the same engine. */
const MOST_LINES = 500;

/**
 * Compares all portfolios with the broker, and begins what InvestSuite lacks. One gateway of a fleet has the lease; the place is kept
 * after each page, so a gateway that is killed is followed by one that goes on there. Pages are those of InvestSuite's own list.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #owner: string;
  readonly #ports: SynchronizationPorts;
  readonly #stopping = new AbortController();
  #cancelTimer = (): void => undefined;
  #running: Promise<unknown> | undefined;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#owner = options.store.runtime.uuid();
    this.#ports = pacedPorts(options.ports, new Pace(options.store.runtime, options.callsPerSecond));
  }

  /** Sweeps by the clock. The first sweep comes one interval after the first start: see docs/synchronization.md. */
  start(): void {
    const { everyHours, store, onTrouble } = this.#options;
    if (everyHours === 0) return;
    this.#cancelTimer = store.runtime.every(LOOK_MS, () => {
      this.#running ??= this.#sweepIfDue()
        .catch((error: unknown) => onTrouble('the portfolios could not be swept', error))
        .finally(() => {
          this.#running = undefined;
        });
    });
  }

  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#stopping.abort();
    await this.#running;
  }

  async #sweepIfDue(): Promise<void> {
    const { store, everyHours } = this.#options;
    const { next_page: next, done_at: doneAt } = await store.read(readSweep);
    if (next === null && doneAt === null) {
      await store.write(async (writing) => {
        if ((await leaseSweep(writing, this.#owner, LEASE_MS)) !== undefined) {
          await advanceSweep(writing, this.#owner, { done_at: writing.now(), lease_until: 0 });
        }
      });
    } else if (next !== null || store.now() - (doneAt ?? 0) >= everyHours * HOUR_MS) await this.sweep({});
  }

  /** One portfolio. */
  async sweepOne(portfolio: Portfolio, asked: SweepAsked): Promise<void> {
    const { onPlan, onFailed, dryRun = false, from } = asked;
    const link = this.#ports.link(portfolio);
    if (link === null || !isFollowing(this.#ports, portfolio)) return;
    try {
      const plan = await planOf(this.#ports, this.#options.store, { portfolio, link, days: { from } });
      if (!dryRun) await begin(this.#options.store, plan);
      onPlan?.(portfolio, plan);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      onFailed?.(portfolio, error);
    }
  }

  /** All portfolios; a sweep that was cut off goes on, with the days that it began with. Rejects where a page can't be read. */
  async sweep(asked: SweepAsked): Promise<SweepEnd> {
    if (asked.dryRun === true) return await this.#pages(null, asked, async () => true);
    const { store } = this.#options;
    const sweep = await store.write((writing) => leaseSweep(writing, this.#owner, LEASE_MS));
    if (sweep === undefined) return 'busy';
    try {
      return await this.#sweepFrom(sweep, asked);
    } finally {
      await store.write((writing) => advanceSweep(writing, this.#owner, { lease_until: 0 })).catch(() => undefined);
    }
  }

  async #sweepFrom(sweep: Sweep, asked: SweepAsked): Promise<SweepEnd> {
    const { store } = this.#options;
    const isNew = sweep.next_page === null;
    const from = isNew ? asked.from : (parseDay(sweep.days_from ?? '') ?? undefined);
    const before = isNew ? 0 : sweep.portfolios;
    let done = before;
    return await this.#pages(isNew ? null : sweep.next_page, { ...asked, from }, async (next, count) => {
      done += count;
      const progress: Partial<Sweep> =
        next === null
          ? { next_page: null, done_at: store.now(), portfolios: done, days_from: null }
          : { next_page: next, lease_until: store.now() + LEASE_MS, portfolios: done, days_from: from ?? null };
      asked.onProgress?.(done);
      return await store.write((writing) => advanceSweep(writing, this.#owner, progress));
    });
  }

  async #pages(
    first: string | null,
    asked: SweepAsked,
    onPage: (next: string | null, count: number) => Promise<boolean>,
  ): Promise<SweepEnd> {
    const { investSuite } = this.#options.ports;
    let cursor = first;
    do {
      const page = await investSuite.portfoliosPage({ limit: PAGE, cursor: cursor ?? undefined });
      for (let start = 0; start < page.portfolios.length; start += AT_ONCE) {
        if (this.#stopping.signal.aborted) return 'stopped';
        if (asked.dryRun !== true) await this.#untilRoom();
        await Promise.all(page.portfolios.slice(start, start + AT_ONCE).map((each) => this.sweepOne(each, asked)));
      }
      cursor = page.next;
      if (!(await onPage(cursor, page.portfolios.length))) return 'busy';
    } while (cursor !== null);
    return 'done';
  }

  async #untilRoom(): Promise<void> {
    const { store } = this.#options;
    while (!this.#stopping.signal.aborted) {
      if ((await store.read((reading) => countOpenOfKind(reading, LEDGER_LINE))) < MOST_LINES) return;
      await store.write((writing) => leaseSweep(writing, this.#owner, LEASE_MS));
      await sleep(store.runtime, 1_000);
    }
  }
}
