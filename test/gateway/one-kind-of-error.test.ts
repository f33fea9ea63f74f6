import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';

const portfolio = seedPortfolio({ key: 'kinds', manager: 'USER_MANAGED', brokerCash: '100' });
const robo = seedPortfolio({ key: 'kinds-robo', brokerCash: '1' });
const dollars = seedPortfolio({ key: 'kinds-usd', baseCurrency: 'USD', manager: 'USER_MANAGED', brokerCash: '100' });

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [portfolio, robo, dollars] });
});
afterAll(() => world.stop());

const WITHDRAW = `mutation ($input: RequestWithdrawalInput!) { result: requestWithdrawal(input: $input) {
  __typename ... on InvalidInputError { code field message } ... on RequestWithdrawalSuccess { withdrawal { id } } } }`;
const input = { portfolioId: portfolio.portfolioId, amount: '1.00', currency: 'EUR', idempotencyKey: 'kinds' };

describe('one field has one kind of error', () => {
  it.each([
    ['amount', { amount: 'abc' }],
    ['amount', { amount: '' }],
    ['amount', { amount: '1,50' }],
    ['amount', { amount: '1.234' }],
    ['amount', { amount: '-1' }],
    ['amount', { amount: '1e999999' }],
    ['currency', { currency: 'eur' }],
    ['currency', { currency: 'XYZ' }],
  ])('%s: %j is InvalidInputError, as data', async (field, wrong) => {
    const answer = await world.ask(WITHDRAW, { input: { ...input, ...wrong } });
    expect(answer.errors).toBeUndefined();
    expect(answer.status).toBe(200);
    expect(answer.data).toMatchObject({ result: { __typename: 'InvalidInputError', code: 'INVALID_INPUT', field } });
  });

  it('a literal in the document as well', async () => {
    const answer =
      await world.ask(`mutation { result: requestWithdrawal(input: { portfolioId: "${portfolio.portfolioId}",
      amount: "abc", currency: "EUR", idempotencyKey: "literal" }) { __typename ... on InvalidInputError { field } } }`);
    expect(answer.data).toEqual({ result: { __typename: 'InvalidInputError', field: 'amount' } });
  });

  it('within lists, by the path', async () => {
    const answer = await world.ask(
      `mutation ($input: UpdateHoldingsInput!) { result: updateHoldings(input: $input) { __typename ... on InvalidInputError { field } } }`,
      {
        input: {
          portfolioId: portfolio.portfolioId,
          holdings: [
            { instrumentId: '$EUR', quantity: '1' },
            { instrumentId: '$EUR', quantity: 'x' },
          ],
          idempotencyKey: 'k',
        },
      },
    );
    expect(answer.data).toEqual({ result: { __typename: 'InvalidInputError', field: 'holdings[1].quantity' } });
  });

  it('a fraction as a number is a value of another type: an error of the request', async () => {
    const answer = await world.ask(WITHDRAW, { input: { ...input, amount: 1.5 } });
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    expect(answer.data ?? null).toBeNull();
  });

  it('an argument of a query that cannot be read is an error at its field', async () => {
    const answer = await world.ask(
      `query ($from: DateTime!) { portfolio(id: "${portfolio.portfolioId}") { id transactions(filter: { from: $from }) { edges { cursor } } } }`,
      { from: 'yesterday' },
    );
    expect(answer.data).toEqual({ portfolio: { id: portfolio.portfolioId, transactions: null } });
    expect(answer.errors?.[0]).toMatchObject({
      path: ['portfolio', 'transactions'],
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });
});

it('a currency that the broker does not pay out is refused before anything is recorded, with those that it does', async () => {
  const usd = { ...input, portfolioId: dollars.portfolioId, currency: 'USD', idempotencyKey: 'dollars' };
  const answer = await world.ask(WITHDRAW, { input: usd });
  expect(answer.data).toMatchObject({ result: { __typename: 'InvalidInputError', field: 'currency' } });
  expect(answer.text).toContain('EUR and GBP');
  const known = await world.ask('{ withdrawal(idempotencyKey: "dollars") { id } }');
  expect(known.data).toEqual({ withdrawal: null });
});

it('a withdrawal in AWAITING_CASH says what it waits for', async () => {
  const { data } = await world.ask(WITHDRAW, {
    input: { ...input, portfolioId: robo.portfolioId, amount: '50.00', idempotencyKey: 'robo' },
  });
  const { id } = (data as { result: { withdrawal: { id: string } } }).result.withdrawal;
  await expect
    .poll(
      async () =>
        (await world.ask('query ($id: ID!) { withdrawal(id: $id) { state reason history { state reason } } }', { id }))
          .data,
      { timeout: 20_000 },
    )
    .toMatchObject({ withdrawal: { state: 'AWAITING_CASH', reason: expect.stringContaining('InvestSuite sells') } });
});

describe('recorded, in the extensions of errors of mutations', () => {
  it('is no where an upstream that is needed for the checks is away, and where the document is not valid', async () => {
    world.upvest.faults.add({ kind: 'reset-before' });
    const away = await world.ask(WITHDRAW, { input: { ...input, idempotencyKey: 'away' } });
    world.upvest.faults.clear();
    expect(away.errors?.[0]?.extensions).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      recorded: 'no',
      retryable: true,
    });
    expect((await world.ask('{ withdrawal(idempotencyKey: "away") { id } }')).data).toEqual({ withdrawal: null });
    const wrong = await world.ask(WITHDRAW, { input: { ...input, amount: 1.5 } });
    expect(wrong.errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', recorded: 'no' });
  });

  it('is yes where only a field of the result could not be read', async () => {
    const answer = await world.ask(
      `mutation ($input: RecordTransactionInput!) { recordTransaction(input: $input) {
        ... on RecordTransactionSuccess { transaction { id portfolio { cashBalance { balance } } } } } }`,
      {
        input: {
          portfolioId: portfolio.portfolioId,
          movements: [
            {
              type: 'CASH_DEPOSIT',
              status: 'SETTLED',
              datetime: '2026-01-01T00:00:00Z',
              instrumentId: '$EUR',
              quantity: '1',
            },
          ],
          idempotencyKey: 'of-the-result',
        },
      },
    );
    expect(answer.errors).toBeUndefined();
    world.upvest.faults.add({ kind: 'reset-before' });
    const again = await world.ask(
      `mutation ($input: RecordTransactionInput!) { recordTransaction(input: $input) {
        ... on RecordTransactionSuccess { replayed transaction { portfolio { cashBalance { balance } } } } } }`,
      {
        input: {
          portfolioId: portfolio.portfolioId,
          movements: [
            {
              type: 'CASH_DEPOSIT',
              status: 'SETTLED',
              datetime: '2026-01-01T00:00:00Z',
              instrumentId: '$EUR',
              quantity: '1',
            },
          ],
          idempotencyKey: 'of-the-result',
        },
      },
    );
    world.upvest.faults.clear();
    expect(again.errors?.[0]).toMatchObject({ extensions: { code: 'UPSTREAM_UNAVAILABLE', recorded: 'yes' } });
  });
});
