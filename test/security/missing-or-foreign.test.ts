import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';

/**
 * Whether an id is somebody else's or nobody's must not show in what is said, nor in how much work it is: with an upstream
 * away, or without the scope, and by the calls that it makes (which is what would show in the time it takes).
 */
const alice = seedUser({ key: 'foreign-alice' });
const carol = seedUser({ key: 'foreign-carol' });
const alices = seedPortfolio({ key: 'foreign-alices', owner: alice });
const carols = seedPortfolio({
  key: 'foreign-carols',
  owner: carol,
  manager: 'USER_MANAGED',
  transactions: [{ movements: [seedMovement()] }],
});

let issuer: TestIssuer;
let world: World;
const ids = new Map<string, { readonly carols: string; readonly nobodys: string }>();

const tokenOf = async (claims: Parameters<TestIssuer['token']>[0]) => ({
  authorization: `Bearer ${await issuer.token(claims)}`,
});
const asOperator = () => tokenOf({ sub: 'ops', scope: 'operator' });

async function made(mutation: string, result: string): Promise<string> {
  const input = `portfolioId: "${carols.portfolioId}", amount: "3", currency: "EUR", idempotencyKey: "${mutation}"`;
  const { text } = await world.ask(
    `mutation { ${mutation}(input: { ${input} }) { ... on ${mutation[0]?.toUpperCase()}${mutation.slice(1)}Success { ${result} { id } } } }`,
    {},
    await asOperator(),
  );
  const id = /"id":"(\w+)"/.exec(text)?.[1];
  if (id === undefined) throw new Error(text);
  return id;
}

beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: [alices, carols], gateway: { auth: issuer.settings } });
  await world.ask(
    `{ portfolio(id: "${carols.portfolioId}") { transactions { edges { node { id } } } } }`,
    {},
    await asOperator(),
  );
  const nothing = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  ids.set('portfolio', { carols: carols.portfolioId, nobodys: `P${nothing}` });
  ids.set('transaction', { carols: carols.transactionIds[0] ?? '', nobodys: `T${nothing}` });
  ids.set('user', { carols: carol.id, nobodys: `U${nothing}` });
  ids.set('deposit', { carols: await made('registerDeposit', 'deposit'), nobodys: `dep_${nothing}` });
  ids.set('withdrawal', { carols: await made('requestWithdrawal', 'withdrawal'), nobodys: `wdr_${nothing}` });
  const movement = await made('decreaseVirtualCash', 'virtualCashMovement');
  ids.set('virtual cash', { carols: movement, nobodys: `vcm_${nothing}` });
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});
afterEach(() => world.investSuite.faults.clear());

const DOCUMENTS: Readonly<Record<string, string>> = {
  node: 'query ($id: ID!) { node(id: $id) { id __typename } }',
  nodes: 'query ($id: ID!) { nodes(ids: [$id]) { id __typename } }',
  portfolio: 'query ($id: ID!) { portfolio(id: $id) { id } }',
  transaction: 'query ($id: ID!) { transaction(portfolioId: $id, id: $id) { id } }',
  deposit: 'query ($id: ID!) { deposit(id: $id) { id } }',
  withdrawal: 'query ($id: ID!) { withdrawal(id: $id) { id } }',
  cancelWithdrawal:
    'mutation ($id: ID!) { cancelWithdrawal(input: { id: $id, idempotencyKey: "tried" }) { __typename ... on Error { message } } }',
};

const KINDS = ['portfolio', 'transaction', 'user', 'deposit', 'withdrawal', 'virtual cash'];
const WAYS = Object.keys(DOCUMENTS).flatMap((way) => KINDS.map((kind) => [way, kind] as const));

const CALLERS = {
  'a customer': { sub: alice.id, scope: 'portfolios:read cash:withdraw' },
  'a customer who may only withdraw': { sub: alice.id, scope: 'cash:withdraw' },
  'a customer who may do nothing': { sub: alice.id, scope: '' },
  'somebody who is no customer': { sub: 'nobody', scope: 'portfolios:read cash:withdraw' },
} as const;

async function tried(way: string, id: string, claims: Parameters<TestIssuer['token']>[0]) {
  world.investSuite.calls.reset();
  const headers = { ...(await tokenOf(claims)), 'x-request-id': 'the-same' };
  const { status, text } = await world.ask(DOCUMENTS[way] ?? '', { id }, headers);
  return { status, text: text.replaceAll(id, 'ID'), calls: world.investSuite.calls.total };
}

describe.each(Object.entries(CALLERS))('%s cannot tell another’s from a missing one', (_who, claims) => {
  it.each(WAYS)('by %s of a %s', async (way, kind) => {
    const pair = ids.get(kind);
    if (pair === undefined) throw new Error(`no ids of a ${kind}`);
    // The gateway's own work calls InvestSuite too, now and then; a difference that is there is there every time.
    await eventually(async () =>
      expect(await tried(way, pair.carols, claims)).toEqual(await tried(way, pair.nobodys, claims)),
    );
  });
});

describe('while InvestSuite is unavailable, a customer cannot distinguish another’s from a missing one', () => {
  it.each(WAYS)('by %s of a %s', async (way, kind) => {
    const pair = ids.get(kind);
    if (pair === undefined) throw new Error(`no ids of a ${kind}`);
    const claims = CALLERS['a customer'];
    world.investSuite.faults.add({ kind: 'status', status: 403, match: { path: '^/portfolios' } });
    const [theirs, missing] = [await tried(way, pair.carols, claims), await tried(way, pair.nobodys, claims)];
    expect({ ...theirs, calls: 0 }).toEqual({ ...missing, calls: 0 });
  });
});
