import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';

const portfolios = Array.from({ length: 100 }, (_, index) => seedPortfolio({ key: `reading-${index}` }));
const exact = seedPortfolio({
  key: 'exact',
  baseCurrency: 'EUR',
  divestAmount: '1e100',
  holdings: { $EUR: '12345678901234.123456789', US0378331005: '0.1035719', LU78468R1014: '1e2' },
  brokerCash: { balance: '-206.57', available_for_withdrawal: '12345678901234.123456789' },
  transactions: [
    {
      movements: [
        seedMovement({ type: 'MANAGEMENT_FEE', status: 'SETTLED', instrument_id: '$EUR', units: '-0.1035719' }),
        seedMovement({ type: 'BUY', status: 'PLACED', units: '7', price: '3.49' }),
      ],
    },
  ],
});

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [...portfolios, exact] });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.investSuite.calls.reset();
  world.upvest.calls.reset();
});

const investSuiteReads = () => world.investSuite.calls.list().filter((call) => !call.path.startsWith('/auth/'));
const upvestReads = () => world.upvest.calls.list().filter((call) => !call.path.startsWith('/auth/'));

describe('reading', () => {
  it('asks InvestSuite twice and Upvest once per account group for 100 portfolios with owner, holdings and cash', async () => {
    const answer = await world.ask(`{ portfolios(first: 100) { edges { node {
      id owner { lastName } holdings { instrumentId quantity } cashBalance { balance }
    } } pageInfo { hasNextPage } } }`);
    expect(answer.errors).toBeUndefined();
    const { edges, pageInfo } = (answer.data as PortfoliosData).portfolios;
    expect(edges).toHaveLength(100);
    expect(pageInfo.hasNextPage).toBe(true);
    expect(edges.every(({ node }) => node.owner?.lastName === 'Doe')).toBe(true);
    expect(edges.every(({ node }) => typeof node.cashBalance?.balance === 'string')).toBe(true);
    expect(investSuiteReads().length).toBeLessThanOrEqual(2);
    const groups = upvestReads().map((call) => /account_groups\/([^/]+)\//.exec(call.path)?.[1]);
    expect(new Set(groups).size).toBe(100);
    expect(groups).toHaveLength(100);
    expect(world.upvest.calls.maxConcurrent).toBeLessThanOrEqual(32);
  });

  it('shares one call among 200 concurrent queries for one portfolio', async () => {
    const [first] = portfolios;
    world.investSuite.faults.add({ kind: 'delay', ms: 1500, match: { path: '/portfolios/' }, times: 1 });
    const query = `{ portfolio(id: "${first?.portfolioId}") { id version } }`;
    const answers = await Promise.all(Array.from({ length: 200 }, () => world.ask(query)));
    world.investSuite.faults.clear();
    expect(answers.every((answer) => (answer.data as PortfolioData).portfolio?.id === first?.portfolioId)).toBe(true);
    expect(investSuiteReads()).toHaveLength(1);
  });

  it('asks anew once an answer has come: nothing stale is kept', async () => {
    const [first] = portfolios;
    const query = `{ portfolio(id: "${first?.portfolioId}") { name } }`;
    await world.ask(query);
    world.investSuite.change(first?.portfolioId ?? '', { name: 'renamed' });
    expect((await world.ask(query)).data).toEqual({ portfolio: { name: 'renamed' } });
  });

  it('carries every digit from the upstream to the client', async () => {
    const answer = await world.ask(`{ portfolio(id: "${exact.portfolioId}") {
      holdings { instrumentId quantity }
      divestment { everything amount currency }
      cashBalance { balance availableForWithdrawal }
      transactions { edges { node { movements { type quantity unitPrice } } } }
    } }`);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual({
      portfolio: {
        holdings: [
          { instrumentId: '$EUR', quantity: '12345678901234.123456789' },
          { instrumentId: 'US0378331005', quantity: '0.1035719' },
          { instrumentId: 'LU78468R1014', quantity: '100' },
        ],
        divestment: { everything: true, amount: null, currency: 'EUR' },
        cashBalance: { balance: '-206.57', availableForWithdrawal: '12345678901234.123456789' },
        transactions: {
          edges: [
            {
              node: {
                movements: [
                  { type: 'MANAGEMENT_FEE', quantity: '-0.1035719', unitPrice: null },
                  { type: 'BUY', quantity: '7', unitPrice: '3.49' },
                ],
              },
            },
          ],
        },
      },
    });
  });

  it('finds anything by its id, a transaction once it was seen', async () => {
    const [transactionId] = exact.transactionIds;
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';
    const ids = [exact.portfolioId, exact.ownerId, 'nonsense', transactionId];
    await world.ask(`{ portfolio(id: "${exact.portfolioId}") { transactions { edges { node { id } } } } }`);
    expect((await world.ask(query, { ids })).data).toEqual({
      nodes: [
        { __typename: 'Portfolio', id: exact.portfolioId },
        { __typename: 'User', id: exact.ownerId },
        null,
        { __typename: 'Transaction', id: transactionId },
      ],
    });
  });
});

interface PortfoliosData {
  readonly portfolios: {
    readonly edges: readonly {
      readonly node: {
        readonly id: string;
        readonly owner: { readonly lastName: string } | null;
        readonly cashBalance: { readonly balance: string } | null;
      };
    }[];
    readonly pageInfo: { readonly hasNextPage: boolean };
  };
}

interface PortfolioData {
  readonly portfolio: { readonly id: string } | null;
}
