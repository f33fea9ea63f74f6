// Searches 100,000 instruments: node bench/instruments.mjs. Times in milliseconds, memory in MB.
import { SearchIndex } from '../dist/instruments/search-index.js';

const COUNT = 100_000;
const WORDS =
  'global equity fund etf ucits acc dist msci world emerging europe bond corporate government index bank energy tech holdings group limited inc corp growth value income short long daily swap hedged'.split(
    ' ',
  );
let seed = 1;
const random = (below) => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % below;
};
const instrument = (at) => ({
  isin: `DE${String(at).padStart(9, '0')}0`,
  wkn: `W${at.toString(36).toUpperCase()}`,
  name: `${Array.from({ length: 5 }, () => WORDS[random(WORDS.length)]).join(' ')} ${random(1_000_000).toString(36)}`,
  tradable: at % 10 > 0,
});

const used = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
};
const before = used();
const index = new SearchIndex();
let longest = 0;
const startedAt = performance.now();
let sliceAt = startedAt;
for (let from = 0; from < COUNT; from += 2_000)
  index.put(Array.from({ length: 2_000 }, (_, at) => instrument(from + at)));
const readAt = performance.now();
sliceAt = readAt;
await index.merge(async () => {
  longest = Math.max(longest, performance.now() - sliceAt);
  await new Promise((resolve) => setImmediate(resolve));
  sliceAt = performance.now();
});
const builtAt = performance.now();
console.log(
  `read ${(readAt - startedAt).toFixed(0)} ms, built ${(builtAt - readAt).toFixed(0)} ms, longest slice ${Math.max(longest, performance.now() - sliceAt).toFixed(0)} ms`,
);
console.log(`memory ${((used() - before) / 2 ** 20).toFixed(1)} MB (with --expose-gc)`);

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
for (const [name, text] of Object.entries(QUERIES)) {
  const times = Array.from({ length: 200 }, () => {
    const at = performance.now();
    index.search({ text, tradable: null, after: null, limit: 21 });
    return performance.now() - at;
  }).sort((a, b) => a - b);
  console.log(`${name.padEnd(18)} p50 ${times[100].toFixed(2)} p95 ${times[190].toFixed(2)}`);
}
