import { LRUCache } from 'lru-cache';
import type { CallOptions } from '../datasources/upstream/client.ts';
import { parseInstrumentKey, type Upvest } from '../datasources/upvest/index.ts';
import type { Instrument, Isin } from '../domain/instrument.ts';
import { CapabilityNotGrantedError } from '../errors.ts';
import {
  FIRST_CHANGE,
  type InstrumentCopy,
  instrumentCopy,
  instrumentsByIsin,
  instrumentsChangedAfter,
  putInstruments,
  within,
} from '../store/index.ts';
import { InstrumentCopier, type InstrumentCopierOptions } from './copy.ts';
import { type Place, type Search, SearchIndex } from './search-index.ts';

export interface DirectoryOptions extends InstrumentCopierOptions {
  readonly upvest: Pick<Upvest, 'instrument' | 'instruments' | 'capabilities'>;
}

/** Instruments that one batch of lookups asks for by themselves; further ones are asked for by the next. */
const MOST_BY_THEMSELVES = 20;
/** An ISIN that the broker does not have is not asked for again for a day, unless the copy brings it. */
const ABSENT_MS = 86_400_000;
const MAX_ABSENT = 10_000;
/** How long a lookup waits for the very first try to copy. */
const FIRST_TRY_MS = 2_000;
/** Rows of one read of changes. */
const CHANGES = 2_000;

/**
 * The broker's instruments: their names from the store's copy, their search from an index in memory. See docs/instruments.md.
 * Everything is null or empty while the capability is off.
 */
export class InstrumentDirectory {
  readonly #options: DirectoryOptions;
  readonly #copier: InstrumentCopier;
  readonly #index = new SearchIndex();
  /** Until when what the broker has not is not asked for again; by the monotonic clock. */
  readonly #absent = new LRUCache<Isin, number>({ max: MAX_ABSENT });
  #place = FIRST_CHANGE;
  #indexing: Promise<void> | undefined;
  #loaded: Promise<void> = Promise.resolve();
  #stopped = false;
  #wake: () => void = () => undefined;
  #unlisten: () => void = () => undefined;

  constructor(options: DirectoryOptions) {
    this.#options = options;
    this.#copier = new InstrumentCopier(options);
  }

  /** Begins to copy and to index, in the background. */
  start(): void {
    if (!this.isOn) return;
    const { store } = this.#options;
    this.#unlisten = store.onWake('instruments', () => this.#wake());
    this.#loaded = this.#loadIndex();
    this.#indexing = this.#loaded.then(() => this.#followChanges());
    this.#copier.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unlisten();
    this.#wake();
    if (!this.isOn) return;
    await Promise.all([this.#copier.stop(), this.#indexing]);
  }

  get isOn(): boolean {
    return this.#options.upvest.capabilities.isOn('instruments');
  }

  /**
   * Those of the copy. What it lacks, once it is complete, is asked for by itself, once. Where nothing could be copied because the
   * capability is not granted, the instrument is that error.
   */
  async byIsins(isins: readonly Isin[], call: () => CallOptions): Promise<readonly (Instrument | null | Error)[]> {
    if (!this.isOn) return isins.map(() => null);
    const { store } = this.#options;
    let found = await store.read((reading) => instrumentsByIsin(reading, isins));
    const lacks = (isin: Isin): boolean => !found.has(isin) && !this.#isAbsent(isin);
    if (isins.some(lacks)) {
      const copy = await this.#copyOnceTried();
      found = await store.read((reading) => instrumentsByIsin(reading, isins));
      if (copy.refused_at !== null) {
        const error = new CapabilityNotGrantedError('instruments');
        return isins.map((isin) => found.get(isin) ?? error);
      }
      const missing = copy.full_done_at === null ? [] : isins.filter(lacks).slice(0, MOST_BY_THEMSELVES);
      const asked = new Map(missing.map((isin) => [isin, this.#ask(isin, call())]));
      return await Promise.all(
        isins.map((isin) => found.get(isin) ?? asked.get(isin)?.catch((error: unknown) => asError(error)) ?? null),
      );
    }
    return isins.map((isin) => found.get(isin) ?? null);
  }

  /** One that a client names: asked for at the broker where the copy lacks it, complete or not. */
  async byIsin(isin: Isin, call: CallOptions): Promise<Instrument | null> {
    if (!this.isOn) return null;
    const found = await this.#options.store.read((reading) => instrumentsByIsin(reading, [isin]));
    return found.get(isin) ?? (this.#isAbsent(isin) ? null : await this.#ask(isin, call));
  }

  /** Waits until what the store has is indexed. Throws a CapabilityNotGrantedError where nothing could be copied. */
  async search(search: Search): Promise<readonly Place[]> {
    if (!this.isOn) return [];
    await this.#loaded;
    const found = this.#index.search(search);
    if (found.length > 0 || search.after !== null) return found;
    const copy = await this.#copyOnceTried();
    if (copy.refused_at !== null && copy.full_done_at === null) throw new CapabilityNotGrantedError('instruments');
    return found;
  }

  /** How far the copy is. A gateway that has just been started first tries to copy something. */
  async #copyOnceTried(): Promise<InstrumentCopy> {
    const { store } = this.#options;
    const copy = await store.read(instrumentCopy);
    if (copy.full_done_at !== null) return copy;
    await within(store.runtime, this.#copier.firstTry, FIRST_TRY_MS);
    return await store.read(instrumentCopy);
  }

  #isAbsent(isin: Isin): boolean {
    return (this.#absent.get(isin) ?? 0) > this.#options.store.runtime.monotonicMs();
  }

  async #ask(isin: Isin, call: CallOptions): Promise<Instrument | null> {
    const { store, upvest } = this.#options;
    const key = parseInstrumentKey(`isin:${isin}`);
    const found = key === undefined ? null : await upvest.instrument(key, call);
    // Another one than was asked for is no answer.
    if (found === null || found.isin !== isin) {
      this.#absent.set(isin, store.runtime.monotonicMs() + ABSENT_MS);
      return null;
    }
    await store.write((tx) => putInstruments(tx, [found]));
    return found;
  }

  async #loadIndex(): Promise<void> {
    // Not in the way of what is waited for at the start.
    await this.#options.store.runtime.nextTurn();
    await this.#readChanges().catch((error: unknown) => this.#trouble(error));
  }

  /** Other gateways copy too, so the index follows the store. */
  async #followChanges(): Promise<void> {
    const { runtime } = this.#options.store;
    while (!this.#stopped) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        await this.#readChanges();
      } catch (error) {
        this.#trouble(error);
        await within(runtime, woken, 1_000);
      }
      if (!this.#stopped) await within(runtime, woken, this.#options.pollMs ?? 15_000);
    }
  }

  async #readChanges(): Promise<void> {
    const { store } = this.#options;
    const { runtime } = store;
    for (let isMore = true; isMore && !this.#stopped; ) {
      const read = await store.read((reading) => instrumentsChangedAfter(reading, this.#place, CHANGES));
      this.#place = read.place;
      await this.#index.put(read.instruments, () => runtime.nextTurn());
      isMore = read.instruments.length === CHANGES;
    }
  }

  #trouble(error: unknown): void {
    if (!this.#stopped) this.#options.onTrouble?.('the search for instruments could not be brought up to date', error);
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('an instrument could not be read', { cause: error });
