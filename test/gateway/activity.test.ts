import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';

const alice = seedUser({ key: 'alice' });
const bob = seedUser({ key: 'bob' });

/** A deposit on a day of January 2026. */
const deposit = (day: number, units = '10') => ({
  externalId: `deposit-${day}-${units}`,
  movements: [seedMovement({ units, datetime: `2026-01-${String(day).padStart(2, '0')}T10:00:00Z` })],
});
const cash = (type: string, units: string, status = 'SETTLED', instrument = '$EUR') =>
  seedMovement({ type, units, status, instrument_id: instrument, datetime: '2025-01-01T10:00:00Z' });
const security = (status: string) =>
  seedMovement({ type: 'BUY', status, instrument_id: 'US0378331005', units: '2', datetime: '2025-01-01T10:00:00Z' });
const CASH_CHANGES = {
  'one amount keeps its digits': { movements: [cash('CASH_DEPOSIT', '500.00')], cashChange: '500.00' },
  'an order with its fee and tax': {
    movements: [
      security('PLACED'),
      security('SETTLED'),
      cash('SELL', '-206.57'),
      cash('TRANSACTION_FEE', '-3'),
      cash('OTHER_TAX', '-0.15'),
    ],
    cashChange: '-209.72',
  },
  'an order that is placed': { movements: [security('PLACED')], cashChange: '0' },
  'an order with planned cash': {
    movements: [security('PLACED'), cash('SELL', '-200', 'PLACED')],
    cashChange: '-200',
  },
  'an order that is executed, without what was planned': {
    movements: [cash('SELL', '-200', 'PLACED'), security('EXECUTED'), cash('SELL', '-206.57', 'EXECUTED')],
    cashChange: '-206.57',
  },
  'an order that is settled in part': {
    movements: [
      security('SETTLED'),
      cash('SELL', '-100.05'),
      security('EXECUTED'),
      cash('SELL', '-50.050', 'EXECUTED'),
    ],
    cashChange: '-150.1',
  },
  'what is cancelled beside what is settled': {
    movements: [security('CANCELLED'), cash('SELL', '-70', 'CANCELLED'), security('SETTLED'), cash('SELL', '-30.5')],
    cashChange: '-30.5',
  },
  'several currencies': {
    movements: [cash('CASH_DEPOSIT', '1'), cash('CASH_DEPOSIT', '2', 'SETTLED', '$USD')],
    cashChange: null,
  },
  'another currency in another status': {
    movements: [cash('CASH_DEPOSIT', '1'), cash('CASH_DEPOSIT', '2', 'PLANNED', '$USD')],
    cashChange: '1',
  },
  'what no float holds': {
    movements: [cash('CASH_DEPOSIT', '12345678901234.123456789'), cash('OTHER_FEE', '-0.000000001')],
    cashChange: '12345678901234.123456788',
  },
} as const;

const first = seedPortfolio({ key: 'first', owner: alice, transactions: [deposit(1), deposit(4), deposit(5, '5')] });
const second = seedPortfolio({
  key: 'second',
  owner: bob,
  coOwners: [alice],
  transactions: [deposit(2), deposit(5, '6')],
});
const third = seedPortfolio({ key: 'third', owner: alice, transactions: [deposit(3, '-1')] });
const others = seedPortfolio({ key: 'others', owner: bob, transactions: [deposit(6)] });
const changes = seedPortfolio({
  key: 'changes',
  owner: bob,
  transactions: Object.entries(CASH_CHANGES).map(([externalId, { movements }]) => ({ externalId, movements })),
});

let issuer: TestIssuer;
let world: World;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: [first, second, third, others, changes], gateway: { auth: issuer.settings } });
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

interface Shown {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly externalId: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly endCursor: string | null;
  };
}

async function activity(claims: object, args = '(first: 100)') {
  const authorization = `Bearer ${await issuer.token({ scope: 'portfolios:read', ...claims })}`;
  const query = `{ viewer { transactions${args} { edges { cursor node { externalId portfolioId cashChange } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }`;
  const answer = await world.ask(query, {}, { authorization });
  return {
    answer,
    shown: (answer.data as { viewer: { transactions: Shown | null } } | null)?.viewer.transactions ?? null,
  };
}
const namesOf = (shown: Shown | null) => shown?.edges.map(({ node }) => node.externalId);

describe('a customer’s activity', () => {
  it('is that of all own portfolios, newest first', async () => {
    const { answer, shown } = await activity({ sub: alice.id });
    expect(answer.errors).toBeUndefined();
    const names = namesOf(shown);
    expect(names?.slice(0, 2).sort()).toEqual(['deposit-5-5', 'deposit-5-6']);
    expect(names?.slice(2)).toEqual(['deposit-4-10', 'deposit-3--1', 'deposit-2-10', 'deposit-1-10']);
    expect(shown?.edges.some(({ node }) => 'portfolioId' in node && node.portfolioId === others.portfolioId)).toBe(
      false,
    );
  });

  it('is paged by cursors that are good for the same customer only', async () => {
    const all = namesOf((await activity({ sub: alice.id })).shown);
    const seen: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const args: string = after === null ? '(first: 2)' : `(first: 2, after: "${after}")`;
      const { shown }: { shown: Shown | null } = await activity({ sub: alice.id }, args);
      seen.push(...(namesOf(shown) ?? []));
      expect(shown?.pageInfo.hasPreviousPage).toBe(pages > 0);
      after = shown?.pageInfo.hasNextPage === true ? shown.pageInfo.endCursor : null;
      pages += 1;
    } while (after !== null);
    expect(seen).toEqual(all);
    expect(pages).toBe(3);
    const cursor = (await activity({ sub: alice.id })).shown?.edges[2]?.cursor ?? '';
    const { answer } = await activity({ sub: bob.id }, `(first: 2, after: "${cursor}")`);
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it('can be filtered', async () => {
    const filtered = async (filter: string) =>
      namesOf((await activity({ sub: alice.id }, `(filter: ${filter})`)).shown);
    expect(await filtered('{ from: "2026-01-03T00:00:00Z", to: "2026-01-05T00:00:00Z" }')).toEqual([
      'deposit-4-10',
      'deposit-3--1',
    ]);
    expect(await filtered('{ types: [ORDER] }')).toEqual([]);
  });

  it('is null for an operator, without a call', async () => {
    world.investSuite.calls.reset();
    const { answer, shown } = await activity({ sub: alice.id, scope: 'operator' });
    expect(answer.errors).toBeUndefined();
    expect(shown).toBeNull();
    expect(world.investSuite.calls.total).toBe(0);
  });

  it('is empty for a caller who is no customer, and refused without the scope', async () => {
    expect(namesOf((await activity({ sub: 'somebody' })).shown)).toEqual([]);
    const { answer } = await activity({ sub: alice.id, scope: '' });
    expect(answer.errors?.[0]).toMatchObject({ path: ['viewer', 'transactions'], extensions: { code: 'FORBIDDEN' } });
    for (const args of ['(first: -1)', '(first: 101)', '(after: "x")'])
      expect((await activity({ sub: alice.id }, args)).answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });
});

describe('the change of cash', () => {
  it('is the sum of the cash movements in the transaction’s status', async () => {
    const { shown } = await activity({ sub: bob.id });
    const found = Object.fromEntries(
      (shown?.edges ?? []).map(({ node }) => [node.externalId, 'cashChange' in node ? node.cashChange : undefined]),
    );
    for (const [name, { cashChange }] of Object.entries(CASH_CHANGES))
      expect([name, found[name]]).toEqual([name, cashChange]);
  });
});
