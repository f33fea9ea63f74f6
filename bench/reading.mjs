// The cost of reading numbers as text: the exact reader beside JSON.parse, on what the upstreams answer for a dashboard.
import { parseExactJson } from '../dist/datasources/upstream/exact-json.js';
import { cashBalances, portfolioRow, transactionRow } from './support/rest-data.mjs';
import { goal, goals, median, table, times } from './support/table.mjs';

const PORTFOLIOS = 20;

export async function reading({ smoke, log }) {
  log('reading: exact numbers');
  const numbers = Array.from({ length: PORTFOLIOS }, (_, at) => at);
  const list = (results) => JSON.stringify({ next: null, count: results.length, offset: 0, results });
  const bodies = {
    'a page of 20 portfolios': [list(numbers.map(portfolioRow))],
    '20 lists of 10 transactions': numbers.map((portfolio) =>
      list(Array.from({ length: 10 }, (_, at) => transactionRow(portfolio, at, 2))),
    ),
    '20 cash balances': numbers.map((number) => JSON.stringify(cashBalances(number))),
  };
  const rounds = smoke ? 3 : 41;
  const repeats = smoke ? 5 : 40;
  const rows = [...Object.entries(bodies), ['**all of a dashboard**', Object.values(bodies).flat()]].map(
    ([name, texts]) => {
      const { plain, exact, ratio } = compare(texts, rounds, repeats);
      const bytes = texts.reduce((sum, text) => sum + text.length, 0);
      return { ratio, cells: [name, `${(bytes / 1024).toFixed(0)} KiB`, us(plain), us(exact), times(ratio)] };
    },
  );
  const { ratio } = rows.at(-1);
  return [
    '## Exact decimals',
    '',
    'Every number is read as the text it was written in, so that no float touches it. Processor time of one thread, medians of',
    `${rounds} rounds in turn.`,
    '',
    ...table(
      ['bodies', 'size', '`JSON.parse`', 'exact', 'ratio'],
      rows.map(({ cells }) => cells),
    ),
    '',
    ...goals([goal('≤ 3 × `JSON.parse`', times(ratio), ratio <= 3), goal('1.5 × wanted', times(ratio), ratio <= 1.5)]),
  ].join('\n');
}

/** Microseconds for all texts once. Both in turn, so that what else the machine does is the same for both. */
function compare(texts, rounds, repeats) {
  const measured = { plain: [], exact: [], ratio: [] };
  for (let round = 0; round < rounds; round += 1) {
    const plain = timed(() => texts.forEach((text) => void JSON.parse(text)), repeats);
    const exact = timed(() => texts.forEach((text) => void parseExactJson(text)), repeats);
    measured.plain.push(plain);
    measured.exact.push(exact);
    measured.ratio.push(exact / plain);
  }
  return Object.fromEntries(Object.entries(measured).map(([name, values]) => [name, median(values)]));
}

function timed(work, repeats) {
  const before = process.cpuUsage();
  for (let at = 0; at < repeats; at += 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / repeats;
}

const us = (value) => `${value.toFixed(0)} µs`;
