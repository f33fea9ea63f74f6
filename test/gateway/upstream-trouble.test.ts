import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { MoneyClient } from '../helpers/money-client.ts';
import { startWorld, type World } from '../helpers/world.ts';

const SECRET = 'c0ffee-only-the-upstream-knows';
const one = seedPortfolio({ key: 'trouble', name: SECRET, transactions: [{ movements: [seedMovement()] }] });
const QUERY = `{ portfolio(id: "${one.portfolioId}") {
  id holdings { quantity } transactions { edges { node { id } } } cashBalance { balance } positions { quantity }
} }`;

let world: World;
// A world for each: what one test does to an upstream must not leave its circuit open for the next.
beforeEach(async () => {
  world = await startWorld({ seed: [one] });
});
afterEach(() => world.stop());

interface Data {
  readonly portfolio: {
    readonly id: string;
    readonly holdings: readonly object[];
    readonly transactions: object | null;
    readonly cashBalance: object | null;
    readonly positions: readonly object[] | null;
  } | null;
}

const codes = (answer: Awaited<ReturnType<World['ask']>>) =>
  answer.errors?.map((error) => [error.path?.join('.'), error.extensions['code']]).sort();

/** Neither the answer nor the log may show what only upstreams and the gateway know. */
function expectNoLeak(text: string): void {
  const { credentials } = world.upvest;
  for (const secret of [
    credentials.clientSecret,
    world.investSuite.credentials.secretAccessKey,
    credentials.privateKeyPem.split('\n')[1] ?? '',
    SECRET,
    'Bearer ',
  ]) {
    expect(text).not.toContain(secret);
  }
}

describe('when Upvest is in trouble, InvestSuite’s data is there', () => {
  it.each([
    ['answers 500', { kind: 'status', status: 500 } as const, 'UPSTREAM_UNAVAILABLE'],
    ['answers 503', { kind: 'status', status: 503 } as const, 'UPSTREAM_UNAVAILABLE'],
    ['cuts the connection', { kind: 'reset-before' } as const, 'UPSTREAM_UNAVAILABLE'],
    ['answers no JSON', { kind: 'garbage', form: 'not-json' } as const, 'UPSTREAM_INVALID_ANSWER'],
    ['answers another shape', { kind: 'garbage', form: 'wrong-shape' } as const, 'UPSTREAM_INVALID_ANSWER'],
  ])('%s', async (_what, fault, code) => {
    world.upvest.faults.add({ ...fault, match: { path: '^/(account_groups|accounts|users)' } });
    const answer = await world.ask(QUERY);
    const data = answer.data as Data;
    expect(answer.status).toBe(200);
    expect(data.portfolio).toMatchObject({ id: one.portfolioId, cashBalance: null, positions: null });
    expect(data.portfolio?.holdings.length).toBeGreaterThan(0);
    expect(data.portfolio?.transactions).not.toBeNull();
    expect(codes(answer)).toEqual([
      ['portfolio.cashBalance', code],
      ['portfolio.positions', code],
    ]);
    expect(answer.errors?.every((error) => error.extensions['system'] === 'UPVEST')).toBe(true);
    expect(answer.errors?.every((error) => error.extensions['requestId'] === answer.headers.get('x-request-id'))).toBe(
      true,
    );
    expectNoLeak(answer.text + world.log.join('\n'));
  });
});

describe('when InvestSuite is in trouble', () => {
  it('transactions that fail leave the rest standing', async () => {
    world.investSuite.faults.add({ kind: 'status', status: 500, match: { path: '/transactions' } });
    const answer = await world.ask(QUERY);
    const data = answer.data as Data;
    expect(data.portfolio?.transactions).toBeNull();
    expect(data.portfolio?.cashBalance).not.toBeNull();
    expect(codes(answer)).toEqual([['portfolio.transactions', 'UPSTREAM_UNAVAILABLE']]);
  });

  it('a portfolio that cannot be had is null with a coded error, and the process lives', async () => {
    world.investSuite.faults.add({ kind: 'garbage', match: { path: '/portfolios' } });
    const answer = await world.ask(QUERY);
    expect(answer.data).toEqual({ portfolio: null });
    expect(codes(answer)).toEqual([['portfolio', 'UPSTREAM_INVALID_ANSWER']]);
    world.investSuite.faults.clear();
    expect((await world.ask('{ viewer { id } }')).errors).toBeUndefined();
    expectNoLeak(answer.text + world.log.join('\n'));
  });

  it('a 429 with Retry-After is waited for', async () => {
    world.investSuite.faults.add({
      kind: 'status',
      status: 429,
      retryAfterSeconds: 1,
      match: { path: '/portfolios' },
      times: 1,
    });
    const answer = await world.ask(QUERY);
    expect(answer.errors).toBeUndefined();
  });

  it.each(['investSuite', 'upvest'] as const)(
    'after a 429 of %s with a Retry-After that is too long, other callers fail fast and nothing is sent',
    async (name) => {
      const upstream = world[name];
      upstream.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 30, times: 1 });
      await world.ask(QUERY);
      const sent = upstream.calls.list().length;
      const answers = await Promise.all(Array.from({ length: 5 }, () => world.ask(QUERY)));
      for (const { errors = [] } of answers) {
        expect(errors[0]?.extensions).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryable: true });
      }
      expect(upstream.calls.list()).toHaveLength(sent);
    },
  );
});

describe('when Upvest answers 429 with Retry-After to a write', () => {
  it('no write of another request leaves before it has passed, and each is carried out once', async () => {
    const { upvest } = world;
    const path = /virtual_cash_balances\/increases/;
    upvest.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 2, match: { path }, times: 1 });
    const posts = () => upvest.calls.list({ method: 'POST', path });
    const client = new MoneyClient(world.url);
    const first = await client.move('registerDeposit', one, '10.00');
    await eventually(() => expect(posts()).toHaveLength(1));
    const others = await Promise.all(['11.00', '12.00'].map((amount) => client.move('registerDeposit', one, amount)));
    expect(await Promise.all([first, ...others].map((id) => client.end(id)))).toEqual(Array(3).fill('COMPLETED'));
    expect(posts()).toHaveLength(4);
    const [refusedAt = 0, nextAt = 0] = posts().map(({ at }) => Date.parse(at));
    // A lower bound only.
    expect(nextAt - refusedAt).toBeGreaterThan(1_900);
  });
});

describe('when an upstream is slow', () => {
  it('beyond the deadline, its field is null and the others are there', async () => {
    world.upvest.faults.add({ kind: 'hang', match: { path: 'cash_balance' } });
    const answer = await world.ask(QUERY);
    const data = answer.data as Data;
    expect(data.portfolio?.cashBalance).toBeNull();
    expect(data.portfolio?.positions).not.toBeNull();
    expect(codes(answer)).toEqual([['portfolio.cashBalance', 'UPSTREAM_UNAVAILABLE']]);
  });
});
