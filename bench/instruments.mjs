// The cost of 100,000 searchable instruments: building the index, its memory, and searches.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { goal, goals, table } from './support/table.mjs';

const COUNT = 100_000;
const BATCH = 2_000;
const WORDS =
  'global equity fund etf ucits acc dist msci world emerging europe bond corporate government index bank energy tech holdings group limited inc corp growth value income short long daily swap hedged'.split(
    ' ',
  );
const QUERIES = {
  'two common words': 'glob equ',
  'one letter': 'e',
  'rare word': 'zz',
  'nothing found': 'qqqqq',
  'three words': 'world ucits acc',
  ISIN: 'DE0000123450',
  'ISIN cut short': 'de00001234',
  'all, by name': null,
};

/** In a process of its own, so that the memory is that of the index. */
export async function instruments({ smoke, log }) {
  log('instruments: the search');
  const count = smoke ? COUNT / 50 : COUNT;
  const script = [fileURLToPath(import.meta.url), String(count)];
  const measured = JSON.parse(execFileSync(process.execPath, ['--expose-gc', ...script], { encoding: 'utf8' }));
  const { cpuMs, longestMs, heldMb, grownMb, searches } = measured;
  const slowest = Math.max(...searches.map(({ p95 }) => p95));
  return [
    '## Search for instruments',
    '',
    `${count.toLocaleString('en')} instruments are put into the index as a gateway does when it reads its store, and are searched.`,
    '',
    ...table(
      ['search', 'p50', 'p95'],
      searches.map(({ name, p50, p95 }) => [name, `${p50.toFixed(2)} ms`, `${p95.toFixed(2)} ms`]),
    ),
    '',
    `Building takes ${cpuMs.toFixed(0)} ms of processor time, in slices of at most ${longestMs.toFixed(0)} ms.`,
    '',
    ...goals([
      goal('search p95 < 20 ms', `${slowest.toFixed(2)} ms`, slowest < 20),
      goal('slices ≤ 50 ms', `${longestMs.toFixed(0)} ms`, longestMs <= 50),
      goal('memory kept ≤ 50 MB', `${heldMb.toFixed(0)} MB`, heldMb <= 50),
      goal('the process grows by ≤ 50 MB', `${grownMb.toFixed(0)} MB`, grownMb <= 50),
    ]),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(JSON.stringify(await measure(Number(process.argv[2]))));

async function measure(count) {
  const { SearchIndex } = await import('../dist/instruments/search-index.js');
  const index = new SearchIndex();
  const before = used();
  const { cpuMs, longestMs } = await build(index, count);
  const grownMb = (process.memoryUsage().rss - before.rss) / 2 ** 20;
  const heldMb = (used().kept - before.kept) / 2 ** 20;
  const searches = Object.entries(QUERIES).map(([name, text]) => ({ name, ...timed(index, text) }));
  return { cpuMs, longestMs, heldMb, grownMb, searches };
}

async function build(index, count) {
  const random = randomFrom(1);
  const startedAt = process.cpuUsage();
  let slice = process.cpuUsage();
  let longestMs = 0;
  // By processor time: what else the machine does is no matter.
  const pause = async () => {
    longestMs = Math.max(longestMs, cpuMsSince(slice));
    await new Promise((resolve) => setImmediate(resolve));
    slice = process.cpuUsage();
  };
  for (let from = 0; from < count; from += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, at) => instrument(from + at, random));
    slice = process.cpuUsage();
    await index.put(batch, pause);
  }
  return { cpuMs: cpuMsSince(startedAt), longestMs };
}

function timed(index, text) {
  const times = Array.from({ length: 200 }, () => {
    const at = performance.now();
    index.search({ text, tradable: null, after: null, limit: 21 });
    return performance.now() - at;
  }).sort((a, b) => a - b);
  return { p50: times[100], p95: times[190] };
}

function instrument(at, random) {
  const words = Array.from({ length: 5 }, () => WORDS[random(WORDS.length)]);
  return {
    isin: `DE${String(at).padStart(9, '0')}0`,
    wkn: `W${at.toString(36).toUpperCase()}`,
    name: `${words.join(' ')} ${random(1_000_000).toString(36)}`,
    tradable: at % 10 > 0,
  };
}

function randomFrom(start) {
  let seed = start;
  return (below) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
}

function used() {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { kept: heapUsed + arrayBuffers, rss };
}

function cpuMsSince(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
