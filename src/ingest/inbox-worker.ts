import type { PortfolioId } from '../domain/ids.ts';
import type { OptimizationPayload } from '../domain/notification.ts';
import { StoreUnavailableError, UpstreamUnavailableError } from '../errors.ts';
import {
  claimEvents,
  firstUnclaimed,
  giveBackLeases,
  type InboxRow,
  LEASE_MS,
  LeaseLostError,
  nextDueAt,
  parkEvents,
  requestInstruments,
  returnEvents,
  type Store,
  type Writing,
  within,
} from '../store/index.ts';
import type { Synchronizable } from '../workflows/index.ts';
import { type Interpretation, interpret } from './interpretation.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import { type Claiming, logPieces, type Piece, retryDelayMs } from './log-pieces.ts';
import { keyOf, type PortfolioFinder } from './portfolio-finder.ts';

export interface InboxWorkerOptions {
  readonly store: Store;
  readonly finder: PortfolioFinder;
  /** Called in the transaction that finishes an order event of a portfolio. */
  readonly followOrder?: FollowOrder | undefined;
  /** Called in the transaction that finishes events of portfolios after which InvestSuite may be behind the broker. */
  readonly synchronize?: Synchronize | undefined;
  /** Called in the transaction that finishes an event of an optimization of a portfolio. */
  readonly followOptimization?: FollowOptimization | undefined;
  /**
   * Called in the transaction that finishes an event of a withdrawal or virtual cash movement that belongs to no open
   * request. Returns whether an ended request takes it.
   */
  readonly claim?: Claiming | undefined;
  /** Gets failures that the worker handles by itself. */
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  /** Gets the number of events that were logged, parked, left to a workflow or postponed. */
  readonly onWorked?: ((outcome: InboxOutcome, count: number) => void) | undefined;
  /** Polling interval without a wake-up. Default 1,000 ms. */
  readonly pollMs?: number | undefined;
  /** Length of a lease in milliseconds. Default {@link LEASE_MS}. */
  readonly leaseMs?: number | undefined;
}

export type FollowOrder = (writing: Writing, orderId: string, portfolioId: PortfolioId) => Promise<void>;

export type Synchronize = (
  writing: Writing,
  events: ReadonlyMap<PortfolioId, readonly Synchronizable[]>,
) => Promise<void>;

export type FollowOptimization = (
  writing: Writing,
  told: OptimizationPayload,
  portfolioId: PortfolioId,
) => Promise<void>;

export type InboxOutcome = 'logged' | 'ours' | 'parked' | 'postponed';

/** Events per claim and commit. */
const BATCH = 200;
/** Concurrent searches for portfolios. */
const MAX_SEARCHES = 8;
/** Delay of an event that waits for another event of its subject. */
const BEHIND_MS = 100;
/** Maximum attempts of an event that fails for other reasons than an unavailable upstream: nearly an hour. */
const MAX_ATTEMPTS = 200;

const LEASE = { mayBeLost: true } as const;

/** Events leased together, with one owner name. */
interface Claim {
  readonly owner: string;
  readonly rows: readonly InboxRow[];
}

/**
 * Turns received events into rows of the log. Several gateways may work on one inbox: events are leased, and an event
 * is processed only when no earlier one of its subject waits.
 */
export class InboxWorker {
  readonly #options: InboxWorkerOptions;
  readonly #searches = new Set<Promise<void>>();
  readonly #owners = new Set<string>();
  readonly #leaseMs: number;
  readonly #leases: LeaseRenewal;
  #stopped = false;
  /** A failure may have left leased events without a worker. */
  #leftLeases = false;
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #unlisten: () => void = () => undefined;

  constructor(options: InboxWorkerOptions) {
    this.#options = options;
    const onTrouble = (what: string, error: unknown): void => this.#trouble(what, error);
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#leases = new LeaseRenewal({ store: options.store, leaseMs: this.#leaseMs, onTrouble });
  }

  start(): void {
    this.#unlisten = this.#options.store.onWake('inbox', () => this.#wake());
    this.#leases.start();
    this.#running ??= this.#run();
  }

  /** Stops running work and releases unprocessed leases. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unlisten();
    this.#wake();
    await this.#running;
    await Promise.all(this.#searches);
    this.#leases.stop();
    await this.#release().catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        const worked = await this.#round();
        if (!worked) await this.#pause(woken);
      } catch (error) {
        this.#trouble('the inbox could not be worked on', error);
        this.#leftLeases = true;
        await within(this.#options.store.runtime, woken, this.#options.pollMs ?? 1_000);
      }
    }
  }

  async #pause(woken: Promise<void>): Promise<void> {
    const { store, pollMs = 1_000 } = this.#options;
    const dueAt = await store.read((reading) => nextDueAt(reading, 'inbox'));
    const waitMs = dueAt === undefined ? pollMs : Math.max(BEHIND_MS / 2, dueAt - store.now());
    await within(store.runtime, woken, Math.min(pollMs, waitMs));
  }

  /** Works on due events; false when there were none. */
  async #round(): Promise<boolean> {
    if (this.#searches.size >= MAX_SEARCHES) await Promise.race(this.#searches);
    if (this.#leftLeases) await this.#release();
    this.#leftLeases = false;
    const claim = await this.#claim();
    if (claim.rows.length === 0) return false;
    const ids = claim.rows.map(({ id }) => id);
    await this.#leases.during(claim.owner, ids, () => this.#workOn(claim));
    return true;
  }

  async #workOn(claim: Claim): Promise<void> {
    const ready = await this.#inOrder(claim);
    const pieces: Piece[] = [];
    const poison: [InboxRow, string][] = [];
    for (const row of ready) {
      const read = readSafely(row);
      if (read.kind === 'event') pieces.push({ row, read });
      else poison.push([row, read.reason]);
    }
    await this.#park(claim.owner, poison);
    const known = await this.#options.finder.known(pieces.map((piece) => piece.read.whose));
    const { now, later } = split(pieces, (piece) => known.has(piece.read.whose));
    for (const [key, group] of later) this.#search(claim.owner, key, group);
    await this.#commit(claim.owner, now, (piece) => known.get(piece.read.whose) ?? null);
  }

  async #claim(): Promise<Claim> {
    const { store } = this.#options;
    const owner = store.runtime.uuid();
    const rows = await store.write(
      (tx) => claimEvents(tx, { owner, until: tx.now() + this.#leaseMs, limit: BATCH }),
      LEASE,
    );
    if (rows.length > 0) this.#own(owner);
    return { owner, rows };
  }

  #own(owner: string): void {
    this.#owners.add(owner);
    if (this.#owners.size <= 2 * MAX_SEARCHES) return;
    for (const oldest of this.#owners) {
      this.#owners.delete(oldest);
      return;
    }
  }

  /** Postpones events that wait for an earlier event of their subject, which is leased elsewhere or not due. */
  async #inOrder({ owner, rows }: Claim): Promise<readonly InboxRow[]> {
    const { store } = this.#options;
    const subjects = [...new Set(rows.flatMap(({ subject }) => (subject === null ? [] : [subject])))];
    const before = Math.max(...rows.map((row) => row.id));
    const first = await store.read((reading) => firstUnclaimed(reading, { owner, subjects, before }));
    const isBehind = ({ id, subject }: InboxRow): boolean =>
      subject !== null && (first.get(subject)?.id ?? Number.POSITIVE_INFINITY) < id;
    const behind = rows.filter(isBehind);
    if (behind.length === 0) return rows;
    await store.write(async (tx) => {
      for (const row of behind) {
        const dueAt = first.get(row.subject ?? '')?.due_at ?? 0;
        await returnEvents(tx, owner, [row.id], { dueAt: Math.max(dueAt, tx.now() + BEHIND_MS), failed: false });
      }
    }, LEASE);
    return rows.filter((row) => !isBehind(row));
  }

  /** Searches the portfolio of some events without delaying the others, and processes them. */
  #search(owner: string, key: string, pieces: readonly Piece[]): void {
    const [first] = pieces;
    if (first === undefined) return;
    const work = (): Promise<void> =>
      this.#found(first).then(
        (found) => this.#commit(owner, pieces, () => found),
        (error: unknown) => this.#failed(owner, pieces, error),
      );
    const ids = pieces.map(({ row }) => row.id);
    const search = this.#leases
      .during(owner, ids, work)
      .catch((error: unknown) => {
        this.#leftLeases = true;
        this.#trouble(`events of ${key} could not be worked on`, error);
      })
      .finally(() => this.#searches.delete(search));
    this.#searches.add(search);
  }

  async #found({ read }: Piece): Promise<PortfolioId | null> {
    return await this.#options.finder.find(read.whose);
  }

  /** Logs events with a known portfolio and finishes them, in one transaction. */
  async #commit(
    owner: string,
    pieces: readonly Piece[],
    portfolioOf: (piece: Piece) => PortfolioId | null,
  ): Promise<void> {
    if (pieces.length === 0) return;
    const { store, onWorked, finder, followOrder, followOptimization, synchronize, claim } = this.#options;
    try {
      const done = await store.write(async (tx) => {
        const counts = await logPieces(tx, { owner, pieces, portfolioOf, claim, random: store.runtime.random });
        if (followOrder !== undefined) await followOrders(tx, pieces, portfolioOf, followOrder);
        await synchronize?.(tx, synchronizables(pieces, portfolioOf));
        if (followOptimization !== undefined) await followOptimizations(tx, pieces, portfolioOf, followOptimization);
        await requestInstruments(tx, new Set(pieces.flatMap(({ read }) => read.instrument ?? [])));
        return counts;
      });
      for (const outcome of ['logged', 'ours', 'postponed'] as const) {
        if (done[outcome] > 0) onWorked?.(outcome, done[outcome]);
      }
      if (pieces.some(({ read }) => read.entry.event.kind === 'portfolio')) finder.forgetUnlinked();
    } catch (error) {
      if (error instanceof LeaseLostError) return this.#trouble('events were taken over by another gateway', error);
      if (error instanceof StoreUnavailableError || pieces.length === 1)
        return await this.#failed(owner, pieces, error);
      // One of the events fails in an unforeseen manner: only that one must wait.
      for (const piece of pieces) await this.#commit(owner, [piece], portfolioOf);
    }
  }

  /** Postpones events that failed; one that keeps failing by itself is parked. */
  async #failed(owner: string, pieces: readonly Piece[], error: unknown): Promise<void> {
    this.#trouble('events of the inbox have to wait', error);
    const { store, onWorked } = this.#options;
    const hopeless = (row: InboxRow): boolean =>
      !(error instanceof UpstreamUnavailableError) && row.attempts + 1 >= MAX_ATTEMPTS;
    const rows = pieces.map((piece) => piece.row);
    await store.write(async (tx) => {
      const attempts = Math.max(...rows.map((row) => row.attempts));
      const waiting = rows.filter((row) => !hopeless(row)).map((row) => row.id);
      await returnEvents(tx, owner, waiting, {
        dueAt: tx.now() + retryDelayMs(attempts, store.runtime.random),
        failed: true,
      });
      const parked = rows.filter(hopeless).map((row) => row.id);
      await parkEvents(tx, owner, parked, `given up after ${MAX_ATTEMPTS} tries`);
    });
    onWorked?.('postponed', rows.length);
  }

  async #park(owner: string, poison: readonly [InboxRow, string][]): Promise<void> {
    if (poison.length === 0) return;
    await this.#options.store.write(async (tx) => {
      for (const [row, reason] of poison) await parkEvents(tx, owner, [row.id], reason);
    });
    this.#options.onWorked?.('parked', poison.length);
  }

  /** Searches in progress lose these events, and a later claim finds them again. */
  async #release(): Promise<void> {
    await this.#options.store.write(async (tx) => {
      for (const owner of this.#owners) await giveBackLeases(tx, 'inbox', owner);
    }, LEASE);
  }

  #trouble(what: string, error: unknown): void {
    this.#options.onTrouble?.(what, error);
  }
}

function readSafely(row: InboxRow): Interpretation {
  try {
    return interpret(row);
  } catch {
    return { kind: 'poison', reason: 'what was kept of it is not JSON' };
  }
}

/** Splits events into those with a known portfolio and searches; keeps the order within a subject. */
function split(
  pieces: readonly Piece[],
  isKnown: (piece: Piece) => boolean,
): { readonly now: readonly Piece[]; readonly later: ReadonlyMap<string, readonly Piece[]> } {
  const now: Piece[] = [];
  const later = new Map<string, Piece[]>();
  const waitsFor = new Map<string, string>();
  for (const piece of pieces) {
    const { subject } = piece.row;
    const key =
      (subject === null ? undefined : waitsFor.get(subject)) ?? (isKnown(piece) ? undefined : keyOf(piece.read.whose));
    if (key === undefined) {
      now.push(piece);
      continue;
    }
    if (subject !== null) waitsFor.set(subject, key);
    later.set(key, [...(later.get(key) ?? []), piece]);
  }
  return { now, later };
}

function synchronizables(
  pieces: readonly Piece[],
  portfolioOf: (piece: Piece) => PortfolioId | null,
): ReadonlyMap<PortfolioId, readonly Synchronizable[]> {
  const events = new Map<PortfolioId, readonly Synchronizable[]>();
  for (const piece of pieces) {
    const { synchronizable } = piece.read;
    const portfolioId = synchronizable === null ? null : portfolioOf(piece);
    if (portfolioId === null || synchronizable === null) continue;
    events.set(portfolioId, [...(events.get(portfolioId) ?? []), synchronizable]);
  }
  return events;
}

/** Each order once, sorted by id, so that two gateways can't deadlock. */
async function followOrders(
  tx: Writing,
  pieces: readonly Piece[],
  portfolioOf: (piece: Piece) => PortfolioId | null,
  follow: FollowOrder,
): Promise<void> {
  const orders = new Map<string, PortfolioId>();
  for (const piece of pieces) {
    const portfolioId = portfolioOf(piece);
    if (piece.read.orderId !== null && portfolioId !== null) orders.set(piece.read.orderId, portfolioId);
  }
  for (const [orderId, portfolioId] of [...orders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await follow(tx, orderId, portfolioId);
  }
}

/** Sorted by portfolio, so that two gateways can't deadlock. */
async function followOptimizations(
  tx: Writing,
  pieces: readonly Piece[],
  portfolioOf: (piece: Piece) => PortfolioId | null,
  follow: FollowOptimization,
): Promise<void> {
  const told = pieces.flatMap((piece) => {
    const { event } = piece.read.entry;
    const portfolioId = portfolioOf(piece);
    return event.kind === 'optimization' && portfolioId !== null ? [{ content: event.content, portfolioId }] : [];
  });
  for (const { content, portfolioId } of told.sort((a, b) => (a.portfolioId < b.portfolioId ? -1 : 1))) {
    await follow(tx, content, portfolioId);
  }
}
