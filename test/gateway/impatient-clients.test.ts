import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { startWorld, type World } from '../helpers/world.ts';

const one = seedPortfolio({ key: 'impatient' });
const PORTFOLIO = `{ portfolio(id: "${one.portfolioId}") { id name cashBalance { balance } } }`;

let world: World;
beforeEach(async () => {
  world = await startWorld({ seed: [one] });
});
afterEach(() => world.stop());

/** Asks as a client that may go away. */
const askUntil = (signal: AbortSignal, query: string): Promise<Response | 'gone'> =>
  fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal,
  }).catch(() => 'gone');

describe('a client that goes away', () => {
  it.each([
    ['InvestSuite', () => world.investSuite, 'portfolios'],
    ['Upvest', () => world.upvest, 'cash_balance'],
  ])('takes the calls of its query to %s with it, and no error is logged', async (_name, upstream, path) => {
    upstream().faults.add({ kind: 'hang', match: { path } });
    const client = new AbortController();
    const answer = askUntil(client.signal, PORTFOLIO);
    await eventually(() => expect(upstream().calls.list({ path: new RegExp(path) })).toHaveLength(1));
    expect(upstream().calls.inFlight).toBe(1);
    client.abort();
    expect(await answer).toBe('gone');
    await eventually(() => expect(upstream().calls.inFlight).toBe(0));
    expect(upstream().calls.list({ path: new RegExp(path) })).toHaveLength(1);
    expect(world.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('does not take the call of another client with it that waits for the same', async () => {
    world.investSuite.faults.add({ kind: 'delay', ms: 500, match: { path: '/portfolios' } });
    const client = new AbortController();
    const leaving = askUntil(client.signal, PORTFOLIO);
    await eventually(() => expect(world.investSuite.calls.list({ path: /portfolios/ })).toHaveLength(1));
    const staying = world.ask(PORTFOLIO);
    await eventually(async () => expect(await metric('gateway_upstream_reads_shared_total')).toBe(1));
    client.abort();
    await leaving;
    expect((await staying).data).toMatchObject({ portfolio: { id: one.portfolioId } });
    expect(world.investSuite.calls.list({ path: /portfolios/ })).toHaveLength(1);
  });
});

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${world.url}/metrics`)).text();
  const values = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
