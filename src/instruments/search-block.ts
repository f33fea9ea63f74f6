import type { Instrument, Isin } from '../domain/instrument.ts';
import { SLICE, type Slices } from './slices.ts';
import { wordsOf } from './words.ts';

/** An instrument in the index. Sorted by `name`, then by ISIN. */
export interface Entry {
  readonly isin: Isin;
  /** The name's words, plain, with spaces between. */
  readonly name: string;
  readonly wkn: string;
  readonly tradable: boolean;
}

type Key = Pick<Entry, 'name'> & { readonly isin: string };

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const compareEntries = (a: Key, b: Key): number => compareText(a.name, b.name) || compareText(a.isin, b.isin);

/** An index of the words of sorted entries. */
export interface Block {
  readonly entries: readonly Entry[];
  /** 1 for an entry that a later block replaces; all else is immutable. */
  readonly outdated: Uint8Array;
  /** All words, sorted. */
  readonly words: readonly string[];
  /** The entries with `words[i]` are `postings[starts[i]]` to `postings[starts[i + 1] - 1]`, as ascending indexes. */
  readonly starts: Uint32Array;
  readonly postings: Uint32Array;
}

/** A longer name is hostile; it is found by its beginning. */
const MAX_NAME = 200;

function entryAndWords({ isin, name, wkn, tradable }: Instrument): readonly [Entry, ReadonlySet<string>] {
  const { words, joined } = wordsOf(name.slice(0, MAX_NAME));
  const entry = { isin, name: words.join(' '), wkn: wkn?.toUpperCase() ?? '', tradable };
  return [entry, new Set([...words, ...joined, ...entry.wkn.split(' '), isin])];
}

/** Of some {@link SLICE} instruments, each with an ISIN of its own: takes a few milliseconds. */
export function buildBlock(instruments: readonly Instrument[]): Block {
  const sorted = instruments.map(entryAndWords).sort(([a], [b]) => compareEntries(a, b));
  const found = new Map<string, number[]>();
  for (const [at, [, words]] of sorted.entries()) {
    for (const word of words) {
      const before = found.get(word);
      if (before === undefined) found.set(word, [at]);
      else before.push(at);
    }
  }
  found.delete('');
  const words = [...found.keys()].sort();
  const lists = words.map((word) => found.get(word) ?? []);
  const starts = new Uint32Array(words.length + 1);
  for (const [at, list] of lists.entries()) starts[at + 1] = (starts[at] ?? 0) + list.length;
  const entries = sorted.map(([entry]) => entry);
  return { entries, outdated: new Uint8Array(entries.length), words, starts, postings: Uint32Array.from(lists.flat()) };
}

/** A block that is merged with another: where its entries are in the result, and whether they are at all. */
interface Part extends Block {
  readonly places: Uint32Array;
}

const partOf = (block: Block): Part => ({ ...block, places: new Uint32Array(block.entries.length) });

/** One block of two, without their outdated entries. Neither may be changed meanwhile. */
export function* mergeBlocks(a: Block, b: Block): Slices<Block> {
  const parts = [partOf(a), partOf(b)] as const;
  const entries = yield* mergeEntries(...parts);
  return { entries, outdated: new Uint8Array(entries.length), ...(yield* mergeWords(...parts)) };
}

/** Fills the `places` of both. */
function* mergeEntries(a: Part, b: Part): Slices<readonly Entry[]> {
  const merged: Entry[] = [];
  let [atA, atB] = [0, 0];
  const take = (part: Part, at: number, entry: Entry): void => {
    part.places[at] = merged.length;
    if (part.outdated[at] === 0) merged.push(entry);
  };
  for (;;) {
    const [entryA, entryB] = [a.entries[atA], b.entries[atB]];
    if (entryA !== undefined && (entryB === undefined || compareEntries(entryA, entryB) < 0)) {
      take(a, atA++, entryA);
    } else if (entryB !== undefined) {
      take(b, atB++, entryB);
    } else return merged;
    if ((atA + atB) % SLICE === 0) yield;
  }
}

function* mergeWords(a: Part, b: Part): Slices<Pick<Block, 'words' | 'starts' | 'postings'>> {
  const words: string[] = [];
  const starts = new Uint32Array(a.words.length + b.words.length + 1);
  const postings = new Uint32Array(a.postings.length + b.postings.length);
  let [atA, atB, used] = [0, 0, 0];
  for (;;) {
    const [wordA, wordB] = [a.words[atA], b.words[atB]];
    const word = wordA !== undefined && (wordB === undefined || wordA <= wordB) ? wordA : wordB;
    if (word === undefined)
      return { words, starts: starts.slice(0, words.length + 1), postings: postings.slice(0, used) };
    const start = used;
    if (word === wordA) used = copyPostings(a, atA++, postings, used);
    const middle = used;
    if (word === wordB) used = copyPostings(b, atB++, postings, used);
    if (start < middle && middle < used) postings.subarray(start, used).sort();
    if (start < used) starts[words.push(word)] = used;
    if ((atA + atB) % SLICE === 0 || used - start > SLICE) yield;
  }
}

/** Returns where the next ones go. */
function copyPostings(part: Part, word: number, postings: Uint32Array, to: number): number {
  let next = to;
  // No subarray: it would be made for each word.
  for (let at = part.starts[word] ?? 0; at < (part.starts[word + 1] ?? 0); at += 1) {
    const entry = part.postings[at] ?? 0;
    if (part.outdated[entry] === 0) postings[next++] = part.places[entry] ?? 0;
  }
  return next;
}

/** Marks the entries of a block that a later one replaces. */
export function outdate(block: Block, { entries }: Block): void {
  for (const { isin } of entries) {
    for (const at of entriesWith(block, isin)) {
      if (block.entries[at]?.isin === isin) block.outdated[at] = 1;
    }
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
