import type { Instrument, Isin } from '../domain/instrument.ts';
import { joinedWordsOf, wordsOf } from './words.ts';

/** What an instrument is found by. Sorted by `name`, then by ISIN. */
export interface Entry {
  readonly isin: Isin;
  /** The name's words, plain, with spaces between. */
  readonly name: string;
  /** Further words, with spaces between. */
  readonly also: string;
  readonly wkn: string;
  readonly tradable: boolean;
}

/** A longer name is hostile; it is found by its beginning. */
const MAX_NAME = 200;

export function entryOf({ isin, name, wkn, tradable }: Instrument): Entry {
  const start = name.slice(0, MAX_NAME);
  const [words, also] = [wordsOf(start).join(' '), joinedWordsOf(start).join(' ')];
  return { isin, name: words, also, wkn: wkn?.toLowerCase() ?? '', tradable };
}

type Key = Pick<Entry, 'name'> & { readonly isin: string };

export const compareEntries = (a: Key, b: Key): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.isin < b.isin ? -1 : a.isin > b.isin ? 1 : 0;

/** An immutable index of the words of sorted entries. */
export interface Block {
  readonly entries: readonly Entry[];
  /** All words, sorted. */
  readonly words: readonly string[];
  /** The entries with `words[i]` are `postings[starts[i]]` to `postings[starts[i + 1] - 1]`, as indexes. */
  readonly starts: Uint32Array;
  readonly postings: Uint32Array;
}

export const EMPTY_BLOCK: Block = {
  entries: [],
  words: [],
  starts: new Uint32Array(1),
  postings: new Uint32Array(0),
};

/** Entries between two pauses: a few milliseconds. */
const SLICE = 1_000;

/** Builds a block in slices: `pause` is awaited between them. */
export async function buildBlock(entries: readonly Entry[], pause: () => Promise<void>): Promise<Block> {
  const building = new Building(entries);
  for (let from = 0; from < entries.length; from += SLICE) {
    building.read(from, from + SLICE);
    await pause();
  }
  for (const slice of building.sortSlices()) if (slice) await pause();
  return building.finish();
}

/** The same at once, for few entries. */
export function buildSmallBlock(entries: readonly Entry[]): Block {
  const building = new Building(entries);
  building.read(0, entries.length);
  for (const _ of building.sortSlices());
  return building.finish();
}

class Building {
  readonly #entries: readonly Entry[];
  /** Words with their numbers in the order in which they were met. */
  readonly #numbers = new Map<string, number>();
  /** How many entries have each word, by its number. */
  readonly #counts: number[] = [];
  /** The words of the entries one after another, by number, and how many words each has. */
  readonly #met: number[] = [];
  readonly #lengths: Uint16Array;
  #words: readonly string[] = [];

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    this.#lengths = new Uint16Array(entries.length);
  }

  read(from: number, to: number): void {
    for (const [index, { isin, name, also, wkn }] of this.#entries.slice(from, to).entries()) {
      const words = new Set(`${name} ${also} ${wkn} ${isin.toLowerCase()}`.split(' '));
      words.delete('');
      for (const word of words) {
        const number = this.#numbers.get(word) ?? this.#numbers.size;
        if (number === this.#counts.length) this.#numbers.set(word, number);
        this.#counts[number] = (this.#counts[number] ?? 0) + 1;
        this.#met.push(number);
      }
      this.#lengths[from + index] = words.size;
    }
  }

  /** Sorts the words, those with the same beginning at a time: true between two slices. */
  *sortSlices(): Generator<boolean, void> {
    const buckets = new Map<string, string[]>();
    for (const word of this.#numbers.keys()) {
      const beginning = word.slice(0, 4);
      const bucket = buckets.get(beginning);
      if (bucket === undefined) buckets.set(beginning, [word]);
      else bucket.push(word);
    }
    yield true;
    const sorted: string[] = [];
    for (const [index, beginning] of [...buckets.keys()].sort().entries()) {
      for (const word of (buckets.get(beginning) ?? []).sort()) sorted.push(word);
      yield index % SLICE === 0;
    }
    this.#words = sorted;
  }

  finish(): Block {
    const starts = new Uint32Array(this.#words.length + 1);
    const next = new Uint32Array(this.#words.length);
    for (const [at, word] of this.#words.entries()) {
      const number = this.#numbers.get(word) ?? 0;
      next[number] = starts[at] ?? 0;
      starts[at + 1] = (starts[at] ?? 0) + (this.#counts[number] ?? 0);
    }
    const postings = new Uint32Array(this.#met.length);
    let met = 0;
    for (const [entry, length] of this.#lengths.entries()) {
      for (const end = met + length; met < end; met += 1) {
        const number = this.#met[met] ?? 0;
        const place = next[number] ?? 0;
        postings[place] = entry;
        next[number] = place + 1;
      }
    }
    return { entries: this.#entries, words: this.#words, starts, postings };
  }
}

/** One byte an entry: 1 where it has, for each of the words, one that begins with it. */
export function hitsOf({ entries, words: all, starts, postings }: Block, words: readonly string[]): Uint8Array {
  let hits = new Uint8Array(entries.length).fill(1);
  for (const word of words) {
    const both = new Uint8Array(entries.length);
    const from = starts[lowerBound(all, word)] ?? 0;
    const to = starts[lowerBound(all, `${word}\uffff`)] ?? 0;
    for (let at = from; at < to; at += 1) {
      const entry = postings[at] ?? 0;
      both[entry] = hits[entry] ?? 0;
    }
    hits = both;
  }
  return hits;
}

/** The entries with exactly this word. */
export function entriesWith({ words, starts, postings }: Block, word: string): Uint32Array {
  const at = lowerBound(words, word);
  return words[at] === word ? postings.subarray(starts[at], starts[at + 1]) : postings.subarray(0, 0);
}

export const firstBehind = (entries: readonly Entry[], place: Key): number =>
  firstWhere(entries.length, (at) => {
    const entry = entries[at];
    return entry === undefined || compareEntries(entry, place) > 0;
  });

const lowerBound = (sorted: readonly string[], word: string): number =>
  firstWhere(sorted.length, (at) => (sorted[at] ?? '') >= word);

/** The first index for which it is true: it is for all after it too. */
function firstWhere(length: number, isTrue: (at: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function mergeSorted(a: readonly Entry[], b: readonly Entry[]): readonly Entry[] {
  if (b.length === 0) return a;
  const merged: Entry[] = [];
  let at = 0;
  for (const entry of a) {
    for (let other = b[at]; other !== undefined && compareEntries(other, entry) < 0; other = b[at]) {
      merged.push(other);
      at += 1;
    }
    merged.push(entry);
  }
  return merged.concat(b.slice(at));
}
