import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { parseAccountGroupId, parsePortfolioId } from '../../src/domain/ids.ts';
import type { BrokerLine } from '../../src/domain/synchronization/line.ts';
import type { SeededPortfolio } from '../../src/standins/index.ts';
import { beginLine } from '../../src/workflows/synchronization/line.ts';
import { eventually } from '../helpers/gateway.ts';
import type { World } from '../helpers/world.ts';
import { mutate } from '../orders/graph.ts';
import { arrives, emptyPortfolio, startFollowing, synchronizationOf, synchronized } from './world.ts';
import { brokerHas, ISINS, investSuiteHolds } from './year.ts';

let world: World;
beforeAll(async () => {
  world = await startFollowing();
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(() => world.stop());

type Problem = Record<'id' | 'type' | 'reason', string>;

const problemsOf = async (portfolio: SeededPortfolio): Promise<Problem[]> =>
  (await synchronizationOf(world, portfolio)).problems;

const cash = (portfolio: SeededPortfolio, type: string, amount: string, more: object = {}) =>
  world.upvest.bookCashLine({ accountGroupId: portfolio.broker.accountGroupId, type, amount, ...more });

const known = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('not an id');
  return value;
};

const RECORD = `mutation ($input: RecordTransactionInput!) { result: recordTransaction(input: $input) { __typename
  ... on Error { code message } } }`;

describe('a line that can’t be read', () => {
  it('is a problem by its event and by a run, and everything else goes on', async () => {
    const portfolio = emptyPortfolio(world);
    const odd = cash(portfolio, 'CASH_DIVIDEND', '4.00', { isin: ISINS[0], taxes: 'one' });
    const good = cash(portfolio, 'CREDIT_FUNDING', '10.00');
    const of = { id: odd.id, type: 'CASH_DIVIDEND', amount: '4.00', currency: 'EUR', isin: ISINS[0] };
    const expected = [{ ...of, reason: "The line can't be read (taxes: custom)." }];
    await eventually(async () => expect(await problemsOf(portfolio)).toEqual(expected));
    await synchronized(world, portfolio);
    await eventually(async () => {
      expect(await synchronizationOf(world, portfolio)).toMatchObject({ state: 'IN_SYNC', problems: expected });
    });
    expect(world.investSuite.transactions(portfolio.portfolioId).map((each) => each.external_id)).toEqual([good.id]);
    expect(investSuiteHolds(world.investSuite, portfolio.portfolioId)).toEqual(brokerHas(world.upvest, portfolio));
  });

  it('is booked once it is told in a form that can be read', async () => {
    const portfolio = emptyPortfolio(world);
    const portfolioId = known(parsePortfolioId(portfolio.portfolioId));
    const line: BrokerLine = {
      ledger: 'cash',
      id: randomUUID(),
      type: 'CREDIT_FUNDING',
      accountGroupId: known(parseAccountGroupId(portfolio.broker.accountGroupId)),
      amount: decimal('3.00'),
      currency: 'EUR',
      isin: null,
      taxes: decimal('0'),
      references: [],
      fees: [],
      bookedAt: null,
    };
    const { store } = world.gateway;
    const unreadable = { ...line, amount: null, unreadable: 'delta.amount: custom' };
    await store.write((writing) => beginLine(writing, portfolioId, unreadable));
    await eventually(async () => expect(await problemsOf(portfolio)).toHaveLength(1));
    await store.write((writing) => beginLine(writing, portfolioId, line));
    await eventually(async () => {
      expect(await problemsOf(portfolio)).toEqual([]);
      const made = world.investSuite.transactions(portfolio.portfolioId);
      expect(made.map(({ external_id: id }) => id)).toEqual([line.id]);
    });
  });

  it('is none any more once somebody has recorded it under its id', async () => {
    const portfolio = emptyPortfolio(world);
    const unknown = cash(portfolio, 'SOMETHING_NEW', '5.00');
    await eventually(async () => expect(await problemsOf(portfolio)).toHaveLength(1));
    const movement = {
      type: 'CASH_DEPOSIT',
      status: 'SETTLED',
      datetime: '2026-01-01T00:00:00Z',
      instrumentId: '$EUR',
      quantity: '5.00',
    };
    const { portfolioId } = portfolio;
    const result = await mutate(world, RECORD, { portfolioId, externalId: unknown.id, movements: [movement] });
    expect(result).toMatchObject({ __typename: 'RecordTransactionSuccess' });
    await synchronized(world, portfolio);
    await eventually(async () => expect(await problemsOf(portfolio)).toEqual([]));
    await arrives(world, portfolio, [unknown.id]);
  });
});

describe('a cancellation', () => {
  it('of a line that was cancelled before is a problem', async () => {
    const portfolio = emptyPortfolio(world);
    const line = cash(portfolio, 'CASH_DIVIDEND', '5.00', { isin: ISINS[0] });
    const first = world.upvest.cancelLine(line.id);
    await arrives(world, portfolio, [line.id, first.id]);
    const second = world.upvest.cancelLine(line.id);
    await eventually(async () => {
      expect(await problemsOf(portfolio)).toMatchObject([
        { id: second.id, reason: 'The line that this one cancels was cancelled before.' },
      ]);
    });
    expect(world.investSuite.transactions(portfolio.portfolioId)).toHaveLength(2);
  });
});

describe('an instrument that InvestSuite refuses everywhere', () => {
  it.each(['USER_MANAGED', 'ROBO_ADVISOR_DISCRETIONARY'] as const)(
    'and the other holdings of a %s portfolio',
    async (manager) => {
      const portfolio = emptyPortfolio(world, manager);
      const { accountId = '' } = portfolio.broker;
      const match = { path: new RegExp(`/portfolios/${portfolio.portfolioId}/`), body: new RegExp(ISINS[0]) };
      const [refusal = 0] = world.investSuite.faults.add({ kind: 'status', status: 422, match });
      for (const isin of [ISINS[0], ISINS[1]])
        world.upvest.bookUnitsLine({ accountId: accountId ?? '', type: 'SECURITIES_TRANSFER', isin, amount: '3' });
      cash(portfolio, 'CREDIT_FUNDING', '10.00');
      const held = manager === 'USER_MANAGED' ? { $EUR: '10', [ISINS[1]]: '3' } : {};
      await eventually(async () => {
        expect(await synchronizationOf(world, portfolio)).toMatchObject({
          state: 'DRIFTED',
          problems: [{ isin: ISINS[0], reason: 'InvestSuite refused the transaction (422).' }],
        });
        expect(investSuiteHolds(world.investSuite, portfolio.portfolioId)).toEqual(held);
      });
      // Known by now.
      world.investSuite.faults.remove(refusal);
      await synchronized(world, portfolio);
      await eventually(async () => {
        expect(investSuiteHolds(world.investSuite, portfolio.portfolioId)).toEqual(brokerHas(world.upvest, portfolio));
        expect(await synchronizationOf(world, portfolio)).toMatchObject({ state: 'IN_SYNC', problems: [] });
      });
    },
  );
});

describe('a mistrade', () => {
  it.each(['by its events', 'by a run'])('of a fill that had settled is a problem, %s', async (how) => {
    const portfolio = emptyPortfolio(world);
    const { accountId = '' } = portfolio.broker;
    const order = world.upvest.placeOrder(accountId ?? '', { quantity: '1', instrument_id: ISINS[1] });
    const fill = world.upvest.fillOrder(order.id, { quantity: '1', price: '10.00' });
    world.upvest.settleExecution(order.id, fill.id);
    await arrives(world, portfolio, [order.id]);
    if (how === 'by a run') world.upvest.webhooks.pause();
    world.upvest.cancelExecution(order.id, fill.id);
    if (how === 'by a run') await synchronized(world, portfolio);
    await eventually(async () => {
      const problems = await problemsOf(portfolio);
      expect(problems.map(({ type }) => type)).toEqual([
        'ORDER_EXECUTION_CANCELLATION',
        'ORDER_EXECUTION_CANCELLATION',
      ]);
      expect(problems[0]?.reason).toContain('A settled fill was taken back');
      expect(investSuiteHolds(world.investSuite, portfolio.portfolioId)).toEqual(brokerHas(world.upvest, portfolio));
    });
    world.upvest.webhooks.resume();
  });

  it('of a fill that had not settled is in its order’s transaction, whatever has become of the others', async () => {
    const portfolio = emptyPortfolio(world);
    const order = world.upvest.placeOrder(portfolio.broker.accountId ?? '', {
      quantity: '2',
      instrument_id: ISINS[1],
    });
    const first = world.upvest.fillOrder(order.id, { quantity: '1', price: '10.00' });
    const second = world.upvest.fillOrder(order.id, { quantity: '1', price: '10.00', complete: true });
    world.upvest.settleExecution(order.id, second.id);
    await arrives(world, portfolio, [order.id]);
    world.upvest.cancelExecution(order.id, first.id);
    await arrives(world, portfolio, [order.id]);
    await eventually(async () => {
      expect(await synchronizationOf(world, portfolio)).toMatchObject({ state: 'IN_SYNC', problems: [] });
    });
  });
});
