import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePortfolioId } from '../../src/domain/ids.ts';
import type { SeededPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import type { World } from '../helpers/world.ts';
import { mutate, writes } from '../orders/graph.ts';
import { arrives, emptyPortfolio, startFollowing, synchronizationOf, synchronize, synchronized } from './world.ts';
import { brokerHas, ISINS, investSuiteHolds } from './year.ts';

let world: World;
beforeAll(async () => {
  world = await startFollowing({
    ledger: (line) =>
      line.type === 'TREASURY_PAYMENT'
        ? {
            kind: 'transaction',
            movements: [
              {
                type: 'MANAGEMENT_FEE',
                instrumentId: '$EUR',
                quantity: line.amount,
                tradeType: null,
                description: null,
                referenceInstrumentId: null,
              },
            ],
          }
        : undefined,
  });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(() => world.stop());

const cash = (portfolio: SeededPortfolio, type: string, amount: string, more: object = {}) =>
  world.upvest.bookCashLine({ accountGroupId: portfolio.broker.accountGroupId, type, amount, ...more });

const writesTo = ({ portfolioId }: SeededPortfolio) =>
  writes(world).filter(({ path }) => path.includes(`/portfolios/${portfolioId}/`));
const patchesOf = (portfolio: SeededPortfolio) => writesTo(portfolio).filter(({ method }) => method === 'PATCH');

const portfolioIdOf = ({ portfolioId }: SeededPortfolio) => {
  const id = parsePortfolioId(portfolioId);
  if (id === undefined) throw new Error('not a portfolio id');
  return id;
};

const TOLD = `query ($id: ID) { notifications(portfolioId: $id, first: 100) { edges { node { __typename type
  ... on SynchronizationNotification { state } } } } }`;
async function told(portfolio: SeededPortfolio): Promise<string[]> {
  const { data } = await world.ask(TOLD, { id: portfolio.portfolioId });
  const { edges } = (data as { notifications: { edges: { node: Record<string, string> }[] } }).notifications;
  return edges.flatMap(({ node }) =>
    node['__typename'] === 'SynchronizationNotification' ? [`${node['type']} ${node['state']}`] : [],
  );
}

describe('what is not known is a problem, and everything else goes on', () => {
  it('an unknown type, and a cancellation of a line that is not there', async () => {
    const portfolio = emptyPortfolio(world);
    const unknown = cash(portfolio, 'SOMETHING_NEW', '5.00');
    const cancelled = cash(portfolio, 'CASH_DIVIDEND_CANCELLATION', '-1.00', {
      references: [{ type: 'CORPORATE_ACTION', id: 'of-nobody' }],
    });
    const known = cash(portfolio, 'CREDIT_FUNDING', '100.00');
    await eventually(async () => {
      const { state, problems } = await synchronizationOf(world, portfolio);
      expect(state).toBe('IN_SYNC');
      expect(problems).toHaveLength(2);
      const ofUnknown = { id: unknown.id, type: 'SOMETHING_NEW', amount: '5.00', currency: 'EUR', isin: null };
      expect(problems).toContainEqual({ ...ofUnknown, reason: 'Lines of type SOMETHING_NEW are not known.' });
      expect(problems).toContainEqual(
        expect.objectContaining({
          id: cancelled.id,
          reason: "The line that this one cancels is not in the broker's ledger.",
        }),
      );
    });
    const made = world.investSuite.transactions(portfolio.portfolioId).map(({ external_id: id }) => id);
    expect(made).toEqual([known.id]);
    expect(investSuiteHolds(world.investSuite, portfolio.portfolioId)).toEqual(brokerHas(world.upvest, portfolio));
    expect(await told(portfolio)).toEqual(
      expect.arrayContaining(['SYNCHRONIZATION.PROBLEM DRIFTED', 'SYNCHRONIZATION.IN_SYNC IN_SYNC']),
    );
  });

  it('a line and an order of an instrument that InvestSuite refuses', async () => {
    const portfolio = emptyPortfolio(world);
    const [refusal = 0] = world.investSuite.faults.add({
      kind: 'status',
      status: 422,
      match: { method: 'POST', path: new RegExp(`/portfolios/${portfolio.portfolioId}/transactions/`) },
      times: 2,
    });
    const split = world.upvest.bookUnitsLine({
      accountId: portfolio.broker.accountId ?? '',
      type: 'STOCK_SPLIT',
      isin: ISINS[0],
      amount: '3',
    });
    const order = world.upvest.placeOrder(portfolio.broker.accountId ?? '', { quantity: '1', instrument_id: ISINS[1] });
    await eventually(async () => {
      const { problems } = await synchronizationOf(world, portfolio);
      expect(problems.map(({ id, type }: { id: string; type: string }) => `${type} ${id}`).toSorted()).toEqual(
        [`ORDER ${order.id}`, `STOCK_SPLIT ${split.id}`].sort(),
      );
    });
    // Known by now: a run looks again.
    world.investSuite.faults.remove(refusal);
    world.upvest.fillOrder(order.id, { quantity: '1', price: '10.00' });
    await synchronized(world, portfolio);
    await arrives(world, portfolio, [split.id, order.id]);
    expect((await synchronizationOf(world, portfolio)).problems).toEqual([]);
  });

  it('the embedder decides first', async () => {
    const portfolio = emptyPortfolio(world);
    const line = cash(portfolio, 'TREASURY_PAYMENT', '-2.50');
    await arrives(world, portfolio, [line.id]);
    const [made] = world.investSuite.transactions(portfolio.portfolioId);
    expect(made?.movements.map(({ type }) => type)).toEqual(['MANAGEMENT_FEE']);
  });
});

describe('what the gateway has done itself is not booked again', () => {
  it('a deposit and a withdrawal', async () => {
    const portfolio = emptyPortfolio(world);
    const { portfolioId } = portfolio;
    const DEPOSIT = `mutation ($input: RegisterDepositInput!) { result: registerDeposit(input: $input) { __typename } }`;
    await mutate(world, DEPOSIT, { portfolioId, amount: '250.00', currency: 'EUR' });
    // The broker and InvestSuite take their steps by hand.
    await eventually(() => {
      world.upvest.schedule.advanceAll();
      world.investSuite.schedule.advanceAll();
      expect(world.investSuite.cash(portfolioId)).toBe('250.00');
    });
    await eventually(async () => expect((await synchronizationOf(world, portfolio)).state).toBe('IN_SYNC'));
    expect(world.investSuite.transactions(portfolioId)).toHaveLength(1);
    expect((await synchronized(world, portfolio)).changes).toEqual([]);
    expect(world.investSuite.transactions(portfolioId)).toHaveLength(1);
    expect(investSuiteHolds(world.investSuite, portfolioId)).toEqual({ $EUR: '250' });
  });
});

describe('a portfolio that somebody has changed by hand', () => {
  it('is DRIFTED; a dry run says what would be written, and a run mends it', async () => {
    const portfolio = emptyPortfolio(world);
    const line = cash(portfolio, 'CREDIT_FUNDING', '100.00');
    await arrives(world, portfolio, [line.id]);
    await eventually(async () => expect((await synchronizationOf(world, portfolio)).state).toBe('IN_SYNC'));
    world.investSuite.setHoldings(portfolio.portfolioId, { $EUR: '90.00', [ISINS[0]]: '1' });
    expect((await synchronizationOf(world, portfolio)).state).toBe('DRIFTED');
    const before = writesTo(portfolio).length;
    const changes = [
      { kind: 'HOLDING', instrumentId: '$EUR', from: '90.00', to: '100.00', externalId: null, movementType: null },
      { kind: 'HOLDING', instrumentId: ISINS[0], from: '1', to: '0', externalId: null, movementType: null },
    ];
    expect(await synchronize(world, portfolio, { dryRun: true })).toMatchObject({ changes, replayed: false });
    expect(writesTo(portfolio)).toHaveLength(before);
    expect(await synchronized(world, portfolio)).toMatchObject({ changes });
    expect(investSuiteHolds(world.investSuite, portfolio.portfolioId)).toEqual({ $EUR: '100' });
    expect((await synchronizationOf(world, portfolio)).state).toBe('IN_SYNC');
  });
});

describe('holdings', () => {
  it('of a robo portfolio are written once for many events', async () => {
    const portfolio = emptyPortfolio(world, 'ROBO_ADVISOR_DISCRETIONARY');
    const lines = Array.from({ length: 5 }, (_, n) => cash(portfolio, 'CREDIT_FUNDING', `${n + 1}.00`).id);
    await arrives(world, portfolio, lines);
    expect(patchesOf(portfolio)).toHaveLength(1);
  });

  it('are not written while an order of a robo portfolio is open at the broker', async () => {
    const portfolio = emptyPortfolio(world, 'ROBO_ADVISOR_DISCRETIONARY');
    const line = cash(portfolio, 'CREDIT_FUNDING', '500.00');
    await arrives(world, portfolio, [line.id]);
    // The optimization that the PATCH has started.
    world.investSuite.schedule.advanceAll();
    const order = world.upvest.placeOrder(portfolio.broker.accountId ?? '', { quantity: '2', instrument_id: ISINS[1] });
    world.upvest.fillOrder(order.id, { quantity: '1', price: '10.00', complete: false });
    await eventually(() => {
      const executed = world.investSuite
        .transactions(portfolio.portfolioId)
        .flatMap(({ movements }) => movements.filter(({ status }) => status === 'EXECUTED'));
      expect(executed).not.toEqual([]);
    });
    await eventually(async () => {
      const waits = await world.gateway.store.read(({ db }) =>
        db
          .selectFrom('workflows')
          .select('waiting_for')
          .where('portfolio_id', '=', portfolioIdOf(portfolio))
          .where('kind', '=', 'synchronization')
          .execute(),
      );
      expect(waits).toEqual([{ waiting_for: 'order' }]);
    });
    expect(patchesOf(portfolio).filter(({ path }) => !path.includes('/transactions/'))).toHaveLength(1);
    world.upvest.fillOrder(order.id, { quantity: '1', price: '10.00' });
    await arrives(world, portfolio, [line.id, order.id]);
  });
});
