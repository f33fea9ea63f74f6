import type { Instrument } from '../domain/instrument.ts';
import {
  type Block,
  buildBlock,
  compareEntries,
  type Entry,
  entriesWith,
  firstBehind,
  hitsOf,
  mergeBlocks,
  outdate,
} from './search-block.ts';
import { inSlices, SLICE } from './slices.ts';
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
 * Finds instruments by words, in the memory of each gateway (docs/instruments.md has the figures).
 *
 * A batch becomes a block of its own and outdates entries of the blocks before. The last two blocks are merged until each is at
 * least twice as large as the one after it, so there are few blocks, and a change never costs building all anew.
 */
export class SearchIndex {
  readonly #blocks: Block[] = [];

  /** One call at a time. `pause` is awaited between slices of the work, so that others can run; searches always find what is there. */
  async put(instruments: readonly Instrument[], pause: () => Promise<void>): Promise<void> {
    const latest = [...new Map(instruments.map((each) => [each.isin, each])).values()];
    for (let from = 0; from < latest.length; from += SLICE) {
      const block = buildBlock(latest.slice(from, from + SLICE));
      for (const before of this.#blocks) outdate(before, block);
      this.#blocks.push(block);
      await pause();
      await this.#merge(pause);
    }
  }

  async #merge(pause: () => Promise<void>): Promise<void> {
    for (;;) {
      const [before, last] = this.#blocks.slice(-2);
      if (before === undefined || last === undefined || before.entries.length >= 2 * last.entries.length) return;
      this.#blocks.splice(-2, 2, await inSlices(mergeBlocks(before, last), pause));
    }
  }

  /** In the order of their places; at most `limit`. */
  search({ text, tradable, after, limit }: Search): readonly Place[] {
    const words = text === null ? null : wordsOf(text).words;
    if (words?.length === 0) return [];
    const query = words === null ? null : words.join(' ');
    const blocks = this.#blocks.map((block) => ({ block, hits: words && hitsOf(block, words) }));
    const found: Place[] = [];
    for (const rank of query === null ? [2] : [0, 1, 2]) {
      if (after !== null && after.rank > rank) continue;
      const limitNow = limit - found.length;
      const counts = (entry: Entry): boolean =>
        (tradable === null || entry.tradable === tradable) && (query === null || rankOf(entry, query) === rank);
      const wanted = { rank, query, after: after?.rank === rank ? after : null, limit: limitNow, counts };
      const rows = blocks
        .flatMap(({ block, hits }) => firstOf(block, hits, wanted))
        .sort(compareEntries)
        .slice(0, limitNow);
      found.push(...rows.map(({ name, isin }) => ({ rank, name, isin })));
      if (found.length >= limit) break;
    }
    return found;
  }
}

function rankOf({ isin, wkn, name }: Entry, query: string): number {
  if (isin === query || wkn === query) return 0;
  return name.startsWith(query) ? 1 : 2;
}

interface Wanted {
  readonly rank: number;
  /** The words that are searched for, with spaces between. */
  readonly query: string | null;
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
    if ((hits === null || hits[at] === 1) && block.outdated[at] === 0 && wanted.counts(entry)) found.push(entry);
  }
  return found;
}

/** Where entries of the rank may be, in order: only those with exactly this word, only the names that begin with it, or all. */
function* candidates(block: Block, hits: Uint8Array | null, { rank, query, after }: Wanted): Generator<number> {
  const { entries } = block;
  const behind = after === null ? 0 : firstBehind(entries, after);
  if (query !== null && rank === 0) {
    for (const at of entriesWith(block, query)) if (at >= behind) yield at;
    return;
  }
  const begins = query !== null && rank === 1;
  const from = begins ? Math.max(behind, firstBehind(entries, { name: query, isin: '' })) : behind;
  const next = (at: number): number => (hits === null || begins ? at : hits.indexOf(1, at));
  for (let at = next(from); at >= 0 && at < entries.length; at = next(at + 1)) {
    if (begins && entries[at]?.name.startsWith(query) !== true) return;
    yield at;
  }
}
