import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

/** A person has typed the link to the broker into InvestSuite in upper case; Upvest spells its ids in lower case. */

const GROUP = 'a3f1c0de-97b7-4e3b-bddf-66d3c434898c';
const USER = 'b4e2d1ef-0d03-4651-9eda-970910479dfb';
const portfolio = seedPortfolio({
  key: 'upper-case-link',
  manager: 'USER_MANAGED',
  brokerCash: '1000.00',
  brokerIds: { accountGroupId: GROUP, userId: USER },
  brokerageAccount: { brokerage_portfolio_id: GROUP.toUpperCase(), brokerage_user_id: USER.toUpperCase() },
});

let world: World;
beforeAll(async () => {
  world = await startWorld({
    seed: [portfolio],
    standins: { settleDelayMs: 5, upvestSettings: { webhookGatherMs: 0 } },
    gateway: { money: { booking: 'investsuite', funding: 'virtual-cash', payout: 'withdrawal' } },
  });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(() => world.stop());
beforeEach(() => world.upvest.faults.clear());

async function ask(mutation: string, type: string, field: string): Promise<string> {
  const input = `{ portfolioId: "${portfolio.portfolioId}", amount: "12.34", currency: "EUR", idempotencyKey: "${mutation}" }`;
  const query = `mutation { result: ${mutation}(input: ${input}) {
    ... on ${type}Success { made: ${field} { id } } ... on Error { code message } } }`;
  const { data, text } = await world.ask(query);
  const made = (data as { result: { made?: { id: string } } } | null)?.result.made;
  if (made === undefined) throw new Error(text);
  return made.id;
}

async function reaches(
  id: string,
  node: { readonly deposit: string } | { readonly withdrawal: string },
): Promise<void> {
  const query =
    'query ($id: ID!) { node(id: $id) { ... on Deposit { deposit: state } ... on Withdrawal { withdrawal: state } } }';
  await eventually(async () => {
    expect((await world.ask(query, { id })).data).toEqual({ node });
  }, 20_000);
}

/** Types of what the portfolio's owner is told. */
async function told(): Promise<string> {
  const query = `query ($id: ID!) { notifications(portfolioId: $id, first: 100) { edges { node { type } } } }`;
  const { data, text } = await world.ask(query, { id: portfolio.portfolioId });
  if (data === undefined || data === null) throw new Error(text);
  return JSON.stringify(data);
}

it.each([
  ['lower', GROUP],
  ['upper', GROUP.toUpperCase()],
])('an event that spells the account group in %s case reaches the portfolio', async (spelling, group) => {
  const type = `ACCOUNT_GROUP.SEEN_IN_${spelling.toUpperCase()}`;
  await world.upvest.webhooks.emit({ events: [{ type, object: { id: group } }] });
  await eventually(async () => expect(await told()).toContain(type), 20_000);
});

it('pays a withdrawal once', async () => {
  await reaches(await ask('requestWithdrawal', 'RequestWithdrawal', 'withdrawal'), { withdrawal: 'COMPLETED' });
  expect(world.upvest.ledger().filter(({ kind }) => kind === 'withdrawal-paid')).toHaveLength(1);
});

it('a deposit that FAILED and whose virtual cash Upvest made needs a review', async () => {
  const match = { method: 'POST', path: 'increases' };
  world.upvest.faults.add({ kind: 'status', status: 400, work: 'done', times: 1, match });
  const id = await ask('registerDeposit', 'RegisterDeposit', 'deposit');
  await reaches(id, { deposit: 'NEEDS_REVIEW' });
  const { data } = await world.ask('{ reviews { edges { node { ... on Deposit { id } } } } }');
  expect(data).toEqual({ reviews: { edges: [{ node: { id } }] } });
});
