import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';

const one = seedPortfolio({ key: 'one-mutation' });
let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [one] });
});
afterAll(() => world.stop());

const deposit = (key: string): string =>
  `registerDeposit(input: { portfolioId: "${one.portfolioId}", amount: "1", currency: "EUR", idempotencyKey: "${key}" }) { __typename }`;

describe('two money mutations in one document', () => {
  it.each([
    ['under aliases', `mutation { a: ${deposit('a')} b: ${deposit('b')} }`],
    ['in a fragment', `mutation { a: ${deposit('a')} ...F } fragment F on Mutation { b: ${deposit('b')} }`],
    ['in an inline fragment', `mutation { a: ${deposit('a')} ... on Mutation { b: ${deposit('b')} } }`],
    ['one of them skipped', `mutation { a: ${deposit('a')} b: ${deposit('b').replace(') {', ') @skip(if: true) {')} }`],
    [
      'of different kinds',
      `mutation { a: ${deposit('a')} b: cancelWithdrawal(input: { id: "wdr_x", idempotencyKey: "b" }) { __typename } }`,
    ],
  ])('%s are refused before either is sent', async (_how, document) => {
    world.investSuite.calls.reset();
    world.upvest.calls.reset();
    const answer = await world.ask(document);
    expect(answer.status).toBe(400);
    expect(answer.errors?.[0]?.extensions['code']).toBe('SEVERAL_MUTATIONS');
    expect(world.investSuite.calls.total + world.upvest.calls.total).toBe(0);
    expect((await world.ask('{ deposit(idempotencyKey: "a") { id } }')).data).toEqual({ deposit: null });
  });

  it('in a batch are refused', async () => {
    const body = JSON.stringify([{ query: `mutation { ${deposit('a')} }` }, { query: `mutation { ${deposit('b')} }` }]);
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect((await world.ask('{ deposit(idempotencyKey: "a") { id } }')).data).toEqual({ deposit: null });
  });

  it('in two operations of a document are no harm: one is chosen', async () => {
    const query = `mutation A { ${deposit('chosen')} } mutation B { ${deposit('other')} }`;
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, operationName: 'A' }),
    });
    expect(await response.json()).toEqual({ data: { registerDeposit: { __typename: 'RegisterDepositSuccess' } } });
    expect((await world.ask('{ deposit(idempotencyKey: "other") { id } }')).data).toEqual({ deposit: null });
  });
});
