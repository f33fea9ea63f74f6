import {
  type InstrumentKey,
  type InstrumentOrder,
  parseInstrumentKey,
  type Upvest,
} from '../datasources/upvest/index.ts';
import { compareDateTimes, type DateTime, epochNanoseconds } from '../domain/datetime.ts';
import type { Instrument } from '../domain/instrument.ts';
import { CapabilityNotGrantedError, UpstreamRefusedReadError } from '../errors.ts';
import {
  ANY_INSTRUMENT,
  advanceInstrumentCopy,
  countInstruments,
  finishInstrumentRequests,
  type InstrumentCopy,
  type InstrumentCopyPatch,
  type InstrumentRequest,
  instrumentCopy,
  instrumentRequests,
  LeaseLostError,
  leaseInstrumentCopy,
  putInstruments,
  releaseInstrumentCopy,
  type Store,
  within,
} from '../store/index.ts';

export interface InstrumentCopierOptions {
  readonly store: Store;
  readonly upvest: Pick<Upvest, 'instrument' | 'instruments'>;
  /** Names the tenant: another one's directory is copied anew. */
  readonly tenant: string;
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  /** How often it looks for work without a wake-up, and tries again after a failure. Default 15,000 ms. */
  readonly pollMs?: number | undefined;
  /** Age at which it looks for changes. Default one hour. */
  readonly refreshMs?: number | undefined;
}

/** `full`: the whole directory, page by page; `changes`: what has changed since. */
export interface CopyProgress {
  readonly what: 'full' | 'changes';
  /** Rows of the directory that have been read in this pass. */
  readonly read: number;
  /** Rows of the directory; null where the broker does not say. */
  readonly total: number | null;
  /** Instruments that differed from the copy, of the last page. */
  readonly changed: number;
  readonly done: boolean;
}

const LEASE_MS = 15_000;
const REFRESH_MS = 3_600_000;
const FULL_MS = 24 * REFRESH_MS;
/** Asked for again as often as by other reads of the capability. */
const NOT_GRANTED_MS = 600_000;
/** With more requests than this at a time, the changes are read by the page. */
const MOST_BY_ITSELF = 20;
const MAX_PASSES = 3;
/** The broker may show a change later than its `updated_at`. */
const OVERLAP_NS = 600n * 1_000_000_000n;

type Work = 'full' | 'changes' | 'requests' | undefined;

/**
 * Keeps the store's copy of the broker's directory. Every gateway has one; the one with the lease works.
 *
 * **Full copy**: all pages, oldest first; each is committed with the offset of the next one, so a gateway that is killed is
 * followed by one that goes on there. Before it the newest `updated_at` is noted, and after it what has changed since is read. Where the
 * broker counts more rows than the copy has, its pages have moved meanwhile: it is read again, three times at most. Once a day it is
 * done anew, for what nothing has told.
 *
 * **Changes**: every hour, newest change first, until rows are reached that the copy has for sure. Where the broker does not sort,
 * a full copy instead.
 *
 * **Requests**: what an event names is read by itself; of very many, the changes instead. A request is removed after its
 * instrument is committed, and only if it was not made again meanwhile. A crash repeats it.
 */
export class InstrumentCopier {
  readonly #options: InstrumentCopierOptions;
  readonly #owner: string;
  readonly #stopping = new AbortController();
  readonly #stopped = new Promise<void>((resolve) => {
    this.#stopping.signal.addEventListener('abort', () => resolve());
  });
  #hasTried = false;
  #hasLease = false;
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #tried: () => void = () => undefined;
  #unlisten: () => void = () => undefined;

  /** Resolves once it has tried for the first time to copy something, or found that another gateway does. */
  readonly firstTry = new Promise<void>((resolve) => {
    this.#tried = resolve;
  });

  constructor(options: InstrumentCopierOptions) {
    this.#options = options;
    this.#owner = options.store.runtime.uuid();
  }

  start(): void {
    this.#unlisten = this.#options.store.onWake('instruments', () => this.#wake());
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#unlisten();
    this.#wake();
    this.#tried();
    await this.#running;
    if (!this.#hasLease) return;
    await this.#options.store.write((tx) => releaseInstrumentCopy(tx, this.#owner)).catch(() => undefined);
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { runtime } = this.#options.store;
    while (!this.#isStopped) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        const worked = await this.#step();
        this.#hasTried = true;
        this.#tried();
        if (!worked) await within(runtime, woken, this.#pollMs);
      } catch (error) {
        await this.#failed(error);
        this.#hasTried = true;
        this.#tried();
        await within(runtime, this.#stopped, this.#pollMs);
      }
    }
  }

  get #pollMs(): number {
    return this.#options.pollMs ?? 15_000;
  }

  async #failed(error: unknown): Promise<void> {
    // The other gateway goes on.
    if (this.#isStopped || error instanceof LeaseLostError) return;
    this.#options.onTrouble?.('the instruments could not be copied; it is tried again', error);
    if (!(error instanceof CapabilityNotGrantedError)) return;
    const { store } = this.#options;
    const refused = (tx: Parameters<typeof advanceInstrumentCopy>[0]): Promise<boolean> =>
      advanceInstrumentCopy(tx, this.#owner, { refused_at: tx.now() });
    await store.write(refused).catch(() => undefined);
  }

  /** Does one piece of work; false where there is none for this gateway. */
  async #step(): Promise<boolean> {
    const { store } = this.#options;
    // Without a write first, since there is seldom anything to do.
    const seen = await store.read(async (reading) => ({
      copy: await instrumentCopy(reading),
      requests: await instrumentRequests(reading, MOST_BY_ITSELF + 1),
    }));
    const work = this.#workFor(seen.copy, seen.requests);
    if (work === undefined) return false;
    // An embedded database has one gateway: a lease there is that of its predecessor.
    const force = store.kind === 'sqlite';
    const copy = await store.write((tx) => leaseInstrumentCopy(tx, { owner: this.#owner, forMs: LEASE_MS, force }));
    if (copy === undefined) return false;
    this.#hasLease = true;
    if (copy.tenant !== this.#options.tenant) await this.#begin({ tenant: this.#options.tenant, full_done_at: null });
    else if (work === 'full') await this.#copyPage(copy);
    else if (work === 'changes') await this.#readChanges(copy, seen.requests);
    else await this.#readRequested(seen.requests);
    return true;
  }

  #workFor(copy: InstrumentCopy, requests: readonly InstrumentRequest[]): Work {
    const { store, tenant, refreshMs = REFRESH_MS } = this.#options;
    const age = (at: number | null): number => (at === null ? Number.POSITIVE_INFINITY : store.now() - at);
    // A restart may be because it has been granted.
    if (this.#hasTried && age(copy.refused_at) < NOT_GRANTED_MS) return undefined;
    if (copy.tenant !== tenant || copy.full_offset !== null || age(copy.full_done_at) >= FULL_MS) return 'full';
    const named = requests.length > MOST_BY_ITSELF || requests.some(({ instrument }) => instrument === ANY_INSTRUMENT);
    if (named || age(copy.checked_at) >= refreshMs) return 'changes';
    return requests.length > 0 ? 'requests' : undefined;
  }

  /** Begins a full copy: what has changed until now is in it, what changes later is read after it. */
  async #begin(more: InstrumentCopyPatch = {}): Promise<void> {
    const newest = await this.#page('updated_at DESC', 0);
    const since = newest === null || !isNewestFirst(newest.rows) ? null : this.#newestOf(newest.rows);
    const begun = { full_offset: 0, full_pass: 1, full_skipped: 0, newest: since, refused_at: null };
    await this.#commit(newest?.rows ?? [], { ...more, ...begun });
  }

  async #copyPage(copy: InstrumentCopy): Promise<void> {
    if (copy.full_offset === null) return await this.#begin();
    const page = (await this.#page('created_at ASC', copy.full_offset)) ?? (await this.#page(null, copy.full_offset));
    if (page === null) return;
    const { rows, next, total, sent } = page;
    const skipped = copy.full_skipped + sent - rows.length;
    const read = copy.full_offset + sent;
    if (next !== null) {
      const changed = await this.#commit(rows, { full_offset: next, full_skipped: skipped, refused_at: null });
      return this.#options.onProgress?.({ what: 'full', read, total, changed, done: false });
    }
    const changed = await this.#commit(rows, {});
    const has = (await this.#options.store.read(countInstruments)) + skipped;
    if (total !== null && has < total && copy.full_pass < MAX_PASSES) {
      await this.#commit([], { full_offset: 0, full_pass: copy.full_pass + 1, full_skipped: 0 });
      return this.#options.onProgress?.({ what: 'full', read, total, changed, done: false });
    }
    const now = this.#options.store.now();
    // Without sorting by change, the pages are all there is.
    const checked = copy.newest === null ? now : null;
    await this.#commit([], { full_offset: null, full_done_at: now, checked_at: checked, refused_at: null });
    this.#options.onProgress?.({ what: 'full', read, total, changed, done: true });
  }

  async #readChanges(copy: InstrumentCopy, requests: readonly InstrumentRequest[]): Promise<void> {
    const { store, onProgress } = this.#options;
    if (copy.newest === null) return await this.#begin();
    const startedAt = store.now();
    let offset: number | null = 0;
    let newest: DateTime = copy.newest;
    let changed = 0;
    let read = 0;
    while (offset !== null && !this.#isStopped) {
      const page: DirectoryPage | null = await this.#page('updated_at DESC', offset);
      if (page === null || !isNewestFirst(page.rows)) return await this.#begin();
      if (offset === 0) newest = this.#newestOf(page.rows) ?? newest;
      changed += await this.#commit(page.rows, {});
      read += page.sent;
      offset = reaches(page.rows, copy.newest) ? null : page.next;
    }
    if (this.#isStopped) return;
    await this.#commit([], { checked_at: startedAt, newest, refused_at: null });
    await store.write((tx) => finishInstrumentRequests(tx, requests));
    onProgress?.({ what: 'changes', read, total: null, changed, done: true });
  }

  async #readRequested(requests: readonly InstrumentRequest[]): Promise<void> {
    const keys = requests.map(({ instrument }) => parseInstrumentKey(instrument));
    const read = (key: InstrumentKey | undefined) =>
      key === undefined ? null : this.#options.upvest.instrument(key, { fresh: true, signal: this.#stopping.signal });
    const found = await Promise.all(keys.map(read));
    const instruments = found.filter((each) => each !== null);
    await this.#commit(instruments, {});
    await this.#options.store.write((tx) => finishInstrumentRequests(tx, requests));
  }

  /** Writes instruments and the copy's progress together. Throws a LeaseLostError where another gateway has taken over. */
  async #commit(instruments: readonly Instrument[], patch: InstrumentCopyPatch): Promise<number> {
    return await this.#options.store.write(async (tx) => {
      const changed = instruments.length === 0 ? 0 : await putInstruments(tx, instruments.map(this.#withoutFuture));
      const isOurs = await advanceInstrumentCopy(tx, this.#owner, { lease_until: tx.now() + LEASE_MS, ...patch });
      if (!isOurs) throw new LeaseLostError('another gateway copies the instruments by now');
      return changed;
    });
  }

  /** A time that is yet to come says nothing, and would keep later changes out. */
  readonly #withoutFuture = (instrument: Instrument): Instrument =>
    isAfter(instrument.updatedAt, this.#options.store.now()) ? { ...instrument, updatedAt: null } : instrument;

  #newestOf(rows: readonly Instrument[]): DateTime | null {
    const now = this.#options.store.now();
    return rows.find(({ updatedAt }) => !isAfter(updatedAt, now))?.updatedAt ?? null;
  }

  /** Null where the broker does not take this order, or has no directory. */
  async #page(order: InstrumentOrder | null, offset: number): Promise<DirectoryPage | null> {
    const { signal } = this.#stopping;
    try {
      return await this.#options.upvest.instruments({ order, offset }, { signal });
    } catch (error) {
      if (order !== null && error instanceof UpstreamRefusedReadError && error.status === 400) return null;
      throw error;
    }
  }
}

type DirectoryPage = NonNullable<Awaited<ReturnType<Upvest['instruments']>>>;

/** False where a row has no time, or they are not in order: then nothing follows from the last one. */
function isNewestFirst(rows: readonly Instrument[]): boolean {
  return rows.every(({ updatedAt }, index) => {
    const before = index === 0 ? updatedAt : (rows[index - 1]?.updatedAt ?? null);
    return updatedAt !== null && before !== null && compareDateTimes(before, updatedAt) >= 0;
  });
}

/** By more than clocks differ. */
const isAfter = (time: DateTime | null, now: number): boolean =>
  time !== null && epochNanoseconds(time) > BigInt(now) * 1_000_000n + OVERLAP_NS;

/** Whether the page's last row is so old that it and all after it are in the copy. */
function reaches(rows: readonly Instrument[], newest: DateTime): boolean {
  const last = rows.at(-1)?.updatedAt;
  return last != null && epochNanoseconds(last) < epochNanoseconds(newest) - OVERLAP_NS;
}
