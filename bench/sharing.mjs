// The saving by requests that share calls: clients that look at the same portfolio, and each at another, with and without batching.
import { count, ms } from './support/figures.mjs';
import { idOf } from './support/rest-data.mjs';
import { contest, startArena } from './support/rivals.mjs';
import { table } from './support/table.mjs';

const CLIENTS = 64;
const QUERY = `query ($id: ID!) { portfolio(id: $id) {
  id name holdings { instrumentId quantity } cashBalance { balance }
  transactions(first: 10) { edges { node { id status movements { type quantity } } } }
} }`;
const bodyFor = (number) => JSON.stringify({ query: QUERY, variables: { id: idOf('P', number) } });

const LOADS = {
  'all the same portfolio': [bodyFor(0)],
  'each another portfolio': Array.from({ length: CLIENTS }, (_, number) => bodyFor(number)),
};

export async function sharing({ smoke, log }) {
  const arena = await startArena({ portfolios: 100, transactions: 10, movements: 2, delayMs: 5 });
  try {
    const servers = [
      { ...(await arena.ours()), name: 'batching' },
      { ...(await arena.ours({ INVESTSUITE_BATCHING: 'off' })), name: 'no batching' },
    ];
    const rows = [];
    for (const [what, bodies] of Object.entries(LOADS)) {
      log(`sharing: ${what}`);
      const seconds = smoke ? { warmUpSeconds: 0.1, seconds: 0.2 } : { warmUpSeconds: 1, seconds: 2 };
      for (const each of await contest(arena, servers, {
        rounds: smoke ? 1 : 3,
        ...seconds,
        clients: CLIENTS,
        bodies,
      })) {
        if (each.wrong !== undefined) throw new Error(each.wrong);
        rows.push([
          `${what}, ${each.name}`,
          each.calls.toFixed(2),
          `${count(each.cpuUs)} µs`,
          count(each.perSecond),
          ms(each.p99),
        ]);
      }
    }
    return [
      '## Calls that requests share',
      '',
      `${CLIENTS} clients, each asking for one portfolio with holdings, balance and 10 transactions: three resources, three calls for a`,
      'server that shares nothing. Identical reads in flight are made once, whoever asks; portfolios by id travel together in one',
      'call (`INVESTSUITE_BATCHING`). Nothing is kept once it is answered, so each answer is as new as the question.',
      '',
      ...table(['', 'upstream calls per request', 'CPU per request', 'requests/s', 'p99'], rows),
    ].join('\n');
  } finally {
    await arena.end();
  }
}
