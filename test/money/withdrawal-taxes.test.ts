import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

const euros = seedPortfolio({ key: 'euros', manager: 'USER_MANAGED', brokerCash: '1000.00' });
const pounds = seedPortfolio({ key: 'pounds', manager: 'USER_MANAGED', baseCurrency: 'GBP', brokerCash: '1000.00' });
const dollars = seedPortfolio({ key: 'dollars', manager: 'USER_MANAGED', baseCurrency: 'USD', brokerCash: '1000.00' });
const SEED = [euros, pounds, dollars];

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: SEED });
});
afterAll(() => world.stop());
beforeEach(() => world.upvest.calls.reset());

const WITHDRAW = `mutation ($input: RequestWithdrawalInput!) { result: requestWithdrawal(input: $input) { __typename
  ... on RequestWithdrawalSuccess { withdrawal { id taxes state } } ... on InvalidInputError { field message } } }`;

interface Result {
  readonly __typename: string;
  readonly field?: string;
  readonly message?: string;
  readonly withdrawal?: { readonly id: string; readonly taxes: string | null };
}

let keys = 0;
async function withdraw(
  portfolio: { readonly portfolioId: string },
  currency: string,
  at: World = world,
): Promise<Result> {
  keys += 1;
  const input = { portfolioId: portfolio.portfolioId, amount: '200.00', currency, idempotencyKey: `key-${keys}` };
  return ((await at.ask(WITHDRAW, { input })).data as { result: Result }).result;
}

describe('the taxes of a withdrawal', () => {
  it('are null until the broker reports them, and each event shows what was known then', async () => {
    world.upvest.settings.withdrawalTax = '38.00';
    const { withdrawal } = await withdraw(euros, 'EUR');
    expect(withdrawal?.taxes).toBeNull();
    await eventually(async () => {
      const { data } = await world.ask('query ($id: ID!) { withdrawal(id: $id) { state taxes } }', {
        id: withdrawal?.id,
      });
      expect(data).toEqual({ withdrawal: { state: 'COMPLETED', taxes: '38.00' } });
    });
    const log = `{ notifications(portfolioId: "${euros.portfolioId}", first: 100) { edges { node {
      ... on WithdrawalNotification { withdrawal { state taxes } } } } } }`;
    const { data } = await world.ask(log);
    const nodes = (
      data as { notifications: { edges: { node: { withdrawal?: { state: string; taxes: string | null } } }[] } }
    ).notifications.edges;
    const told = nodes.flatMap(({ node }) => (node.withdrawal === undefined ? [] : [node.withdrawal]));
    expect(told).toEqual([
      { state: 'REQUESTED', taxes: null },
      { state: 'AWAITING_CASH', taxes: null },
      { state: 'SUBMITTED', taxes: null },
      { state: 'PROCESSING', taxes: '38.00' },
      { state: 'PAID', taxes: '38.00' },
      { state: 'COMPLETED', taxes: '38.00' },
    ]);
  });
});

describe('a currency that the broker does not pay out', () => {
  it('is refused before anything is sent', async () => {
    expect(await withdraw(dollars, 'USD')).toEqual({
      __typename: 'InvalidInputError',
      field: 'currency',
      message: 'The broker pays out EUR and GBP only.',
    });
    expect(world.upvest.calls.total).toBe(0);
    const { data } = await world.ask(
      `{ portfolio(id: "${dollars.portfolioId}") { withdrawals { edges { cursor } } } }`,
    );
    expect(data).toEqual({ portfolio: { withdrawals: { edges: [] } } });
  });

  it.each(['CHF', 'PLN', 'JPY'])('is refused whichever it is: %s', async (currency) => {
    expect(await withdraw(euros, currency)).toMatchObject({ __typename: 'InvalidInputError', field: 'currency' });
  });

  it('is neither euros nor pounds', async () => {
    expect(await withdraw(euros, 'EUR')).toMatchObject({ __typename: 'RequestWithdrawalSuccess' });
    expect(await withdraw(pounds, 'GBP')).toMatchObject({ __typename: 'RequestWithdrawalSuccess' });
  });

  it('is taken where virtual cash is taken back and the bank pays', async () => {
    const other = await startWorld({ seed: SEED, gateway: { money: { payout: 'virtual-cash' } } });
    try {
      expect(await withdraw(dollars, 'USD', other)).toMatchObject({ __typename: 'RequestWithdrawalSuccess' });
    } finally {
      await other.stop();
    }
  });
});
