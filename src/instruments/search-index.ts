import type { Instrument, Isin } from '../domain/instrument.ts';
import {
  type Block,
  buildBlock,
  buildSmallBlock,
  compareEntries,
  EMPTY_BLOCK,
  type Entry,
  entriesWith,
  entryOf,
  firstBehind,
  hitsOf,
  mergeSorted,
} from './search-block.ts';
import { wordsOf } from './words.ts';

/**
 * Where a found instrument stands in a result. Rank 0: its ISIN or WKN is what was searched for; 1: its name begins with it; 2:
 * its name, ISIN and WKN have words that begin with all words that were searched for.
 */
export interface Place {
  readonly rank: number;
  readonly name: string;
  readonly isin: string;
}

export interface Search {
  /** Null for all instruments. */
  readonly text: string | null;
  readonly tradable: boolean | null;
  /** Only what stands behind it. */
  readonly after: Place | null;
  readonly limit: number;
}

/**
 * Finds instruments by words, in the memory of each gateway: 100,000 take some 25 MB and a search a few milliseconds at most,
 * however many are found (docs/instruments.md has the figures).
 *
 * A large block is built rarely; what has changed since is in a small one, and covers its instruments in the large one.
 */
export class SearchIndex {
  #large = EMPTY_BLOCK;
  #small = EMPTY_BLOCK;
  /** What has changed since the large block was built, by ISIN; the small block is built of it when it is needed. */
  readonly #changed = new Map<Isin, Entry>();
  #isSmallCurrent = true;

  /** How many have changed since the large block was built. */
  get changes(): number {
    return this.#changed.size;
  }

  put(instruments: readonly Instrument[]): void {
    for (const each of instruments) this.#changed.set(each.isin, entryOf(each));
    this.#isSmallCurrent &&= instruments.length === 0;
  }

  /** Builds the large block anew. `pause` is awaited often, so that others can run; what is put meanwhile stays. */
  async merge(pause: () => Promise<void>): Promise<void> {
    const merged = new Map(this.#changed);
    const kept = this.#large.entries.filter(({ isin }) => !merged.has(isin));
    const entries = mergeSorted(kept, [...merged.values()].sort(compareEntries));
    this.#large = await buildBlock(entries, pause);
    for (const [isin, entry] of merged) if (this.#changed.get(isin) === entry) this.#changed.delete(isin);
    this.#isSmallCurrent = false;
  }

  /** In the order of their places; at most `limit`. */
  search({ text, tradable, after, limit }: Search): readonly Place[] {
    const words = text === null ? null : wordsOf(text);
    if (words?.length === 0) return [];
    const query = words && { text: words.join(' '), upper: words.join(' ').toUpperCase() };
    const blocks = this.#blocks().map((block) => ({ block, hits: words && hitsOf(block, words) }));
    const found: Place[] = [];
    for (const rank of query === null ? [2] : [0, 1, 2]) {
      if (after !== null && after.rank > rank) continue;
      const limitNow = limit - found.length;
      const counts = (entry: Entry): boolean =>
        (tradable === null || entry.tradable === tradable) && (query === null || rankOf(entry, query) === rank);
      const wanted = { rank, query, after: after?.rank === rank ? after : null, limit: limitNow };
      const [large = [], small = []] = blocks.map(({ block, hits }) => {
        const isCurrent = (entry: Entry): boolean => block === this.#small || !this.#changed.has(entry.isin);
        return firstOf(block, hits, { ...wanted, counts: (entry) => counts(entry) && isCurrent(entry) });
      });
      const rows = mergeSorted(large, small).slice(0, limitNow);
      found.push(...rows.map(({ name, isin }) => ({ rank, name, isin })));
      if (found.length >= limit) break;
    }
    return found;
  }

  #blocks(): readonly Block[] {
    if (!this.#isSmallCurrent) this.#small = buildSmallBlock([...this.#changed.values()].sort(compareEntries));
    this.#isSmallCurrent = true;
    return [this.#large, this.#small];
  }
}

/** What was searched for: its words with spaces between; and in upper case, as an ISIN is. */
interface Query {
  readonly text: string;
  readonly upper: string;
}

function rankOf({ isin, wkn, name }: Entry, { text, upper }: Query): number {
  if (isin === upper || wkn === text) return 0;
  return name.startsWith(text) ? 1 : 2;
}

interface Wanted {
  readonly rank: number;
  readonly query: Query | null;
  readonly counts: (entry: Entry) => boolean;
  readonly after: Place | null;
  readonly limit: number;
}

/** The first entries of a rank that count, behind a place. */
function firstOf(block: Block, hits: Uint8Array | null, wanted: Wanted): readonly Entry[] {
  const found: Entry[] = [];
  for (const at of candidates(block, hits, wanted)) {
    const entry = block.entries[at];
    if (entry === undefined || found.length >= wanted.limit) break;
    if ((hits === null || hits[at] === 1) && wanted.counts(entry)) found.push(entry);
  }
  return found;
}

/** Where entries of the rank may be, in order: only those with exactly this word, only the names that begin with it, or all. */
function* candidates(block: Block, hits: Uint8Array | null, { rank, query, after }: Wanted): Generator<number> {
  const { entries } = block;
  const behind = after === null ? 0 : firstBehind(entries, after);
  if (query !== null && rank === 0) {
    for (const at of entriesWith(block, query.text)) if (at >= behind) yield at;
    return;
  }
  const begins = query !== null && rank === 1;
  const from = begins ? Math.max(behind, firstBehind(entries, { name: query.text, isin: '' })) : behind;
  const next = (at: number): number => (hits === null || begins ? at : hits.indexOf(1, at));
  for (let at = next(from); at >= 0 && at < entries.length; at = next(at + 1)) {
    if (begins && entries[at]?.name.startsWith(query.text) !== true) return;
    yield at;
  }
}
