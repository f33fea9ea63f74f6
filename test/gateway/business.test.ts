import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SeededPortfolio, seedPortfolio } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';

/**
 * The broker's account group of a business has no users, and what is the business's is listed elsewhere. So its accounts are
 * not known, and nothing may look as if there were none.
 */

const NOT_KNOWN = { positions: null, brokerOrders: null, referenceAccounts: null, reconciliation: null };
const FIELDS = `id cashBalance { balance } positions { quantity } brokerOrders { edges { cursor } } referenceAccounts { id }
  reconciliation { inSync }`;

/** A portfolio by how InvestSuite links it; `users` of its account group at the broker. */
const cases = {
  'a group without users, linked by the group alone': { linkedUser: null, users: undefined },
  'a group with an empty list of users, linked by the group alone': { linkedUser: null, users: [] },
  'a group without users, linked with the id of the business': { linkedUser: 'the-business', users: undefined },
  'a group without users, linked with a user that has other accounts': { linkedUser: 'other', users: undefined },
  'a group of somebody else than the linked user': { linkedUser: 'other', users: 'own' },
} as const;

const other = seedPortfolio({ key: 'other' });
const seeded = new Map(
  Object.entries(cases).map(([name, { linkedUser }], index) => {
    const userId = linkedUser === 'other' ? (other.broker.userId ?? '') : linkedUser;
    const brokerageAccount = { brokerage_user_id: userId };
    return [name, seedPortfolio({ key: `business-${index}`, manager: 'USER_MANAGED', brokerageAccount })] as const;
  }),
);
const portfolioOf = (name: string): SeededPortfolio => seeded.get(name) ?? expect.fail('no such case');

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [other, ...seeded.values()] });
  for (const [name, { users }] of Object.entries(cases)) {
    const [group] = portfolioOf(name).upvest?.accountGroups ?? [];
    if (group === undefined || users === 'own') continue;
    const { users: _, ...rest } = group;
    const business = { ...rest, type: 'BUSINESS' as const, business_id: 'the-business' };
    world.upvest.add({ accountGroups: [users === undefined ? business : { ...business, users }] });
  }
});
afterAll(() => world.stop());

describe.each(Object.keys(cases))('%s', (name) => {
  it('has cash, and null instead of empty lists', async () => {
    const { portfolioId } = portfolioOf(name);
    const answer = await world.ask(`{ portfolio(id: "${portfolioId}") { ${FIELDS} } }`);
    const { portfolio } = answer.data as { portfolio: Record<string, unknown> };
    // The bank accounts are the linked user's, where there is one.
    const { referenceAccounts: _, ...ofAccounts } = NOT_KNOWN;
    expect(portfolio).toMatchObject({ id: portfolioId, cashBalance: { balance: '1000.00' }, ...ofAccounts });
    expect(portfolio['referenceAccounts']).not.toEqual([]);
    const codes = new Set(answer.errors?.map((error) => error.extensions['code']));
    expect([...codes].every((code) => code === 'UPSTREAM_INVALID_ANSWER' || code === 'UPSTREAM_REFUSED')).toBe(true);
    expect(answer.errors?.map(({ path }) => path?.at(-1))).toEqual(expect.arrayContaining(Object.keys(ofAccounts)));
  });
});

describe('a withdrawal of a business', () => {
  it('is not refused for a bank account that is missing, nor taken on', async () => {
    const { portfolioId } = portfolioOf('a group without users, linked by the group alone');
    const mutation = `mutation ($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) { __typename } }`;
    const input = { portfolioId, amount: '10.00', currency: 'EUR', idempotencyKey: 'business' };
    const answer = await world.ask(mutation, { input });
    expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'UPSTREAM_INVALID_ANSWER', system: 'UPVEST' });
    const { data } = await world.ask(`{ portfolio(id: "${portfolioId}") { withdrawals { edges { cursor } } } }`);
    expect(data).toEqual({ portfolio: { withdrawals: { edges: [] } } });
  });
});
