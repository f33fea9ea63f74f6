import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { page } from '../datasources/upvest/fake-upvest.ts';
import { type BrokerWorld, startBrokerWorld } from '../helpers/broker-world.ts';
import { accountOf, askPortfolio, nowPath, valuation, worthIs } from '../helpers/valuations.ts';

/** Each call is signed and checked, and all must be answered within a field's 10 s, also on a busy machine. */
const COUNT = 15;
const owner = seedUser({ key: 'owner-of-many' });
const portfolios = Array.from({ length: COUNT }, (_, i) => seedPortfolio({ key: `of-many-${i}`, owner }));
const [one = seedPortfolio()] = portfolios;

let world: BrokerWorld;
beforeAll(async () => {
  world = await startBrokerWorld(portfolios);
  for (const portfolio of portfolios) {
    worthIs(world, accountOf(portfolio));
    world.upvest.onList(`/accounts/${accountOf(portfolio)}/positions`, []);
  }
  // All portfolios have one owner, whose accounts are one list.
  const accounts = portfolios.map(({ broker }) => ({ id: broker.accountId, account_group_id: broker.accountGroupId }));
  world.upvest.on('GET', `/users/${one.broker.userId}/accounts`, ({ query }) => page(accounts, query));
});
afterAll(() => world.stop());
beforeEach(() => {
  world.upvest.calls.length = 0;
});

const calls = (): number => world.upvest.calls.filter(({ path }) => path !== '/auth/token').length;

describe('the worth', () => {
  it('of many portfolios costs one call an account beside what cash and positions cost', async () => {
    const query = (fields: string) =>
      world.ask(
        `{ portfolios(first: 100) { edges { node { cashBalance { balance } positions { isin } ${fields} } } } }`,
      );
    await query('');
    const without = calls();
    world.upvest.calls.length = 0;
    const answer = await query('valuation { total lines { isin value } }');
    expect(answer.errors).toBeUndefined();
    const { edges } = (answer.data as { portfolios: { edges: { node: object }[] } }).portfolios;
    expect(edges).toHaveLength(COUNT);
    for (const { node } of edges) expect(node).toMatchObject({ valuation: { total: '1142.29' } });
    expect(calls()).toBe(without + COUNT);
  });

  it('is shared by requests that come while it is read', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.upvest.on('GET', nowPath(accountOf(one)), async () => {
      await held;
      return { body: valuation(accountOf(one)) };
    });
    const shared = async (): Promise<number> => {
      const metrics = await (await fetch(`${world.url}/metrics`)).text();
      return Number(/gateway_upstream_reads_shared_total\{system="UPVEST"\} (\d+)/.exec(metrics)?.[1] ?? 0);
    };
    const before = await shared();
    const asking = Array.from({ length: 10 }, () => askPortfolio(world, one, 'valuation { total }'));
    // Each request reads accounts, cash and valuation; all but the calls are shared.
    await expect.poll(async () => calls() + (await shared()) - before).toBe(30);
    expect(world.upvest.callsTo('GET', nowPath(accountOf(one)))).toHaveLength(1);
    release();
    for (const answer of await Promise.all(asking)) {
      expect(answer.data).toMatchObject({ portfolio: { valuation: { total: '1142.29' } } });
    }
  });
});
