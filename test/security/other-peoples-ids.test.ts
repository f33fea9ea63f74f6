import { type GraphQLField, type GraphQLNamedType, getNamedType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { argumentsOf, everythingIn } from '../helpers/documents.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';

const MARK = 'OnlyCarolKnows';
const alice = seedUser({ key: 'alice', firstName: 'Alice' });
const carol = seedUser({ key: 'carol', firstName: MARK, lastName: MARK });
const alices = seedPortfolio({ key: 'alices', owner: alice, manager: 'USER_MANAGED' });
const carols = seedPortfolio({
  key: 'carols',
  owner: carol,
  name: MARK,
  externalId: MARK,
  manager: 'USER_MANAGED',
  transactions: [{ externalId: MARK, movements: [seedMovement()] }],
});

let issuer: TestIssuer;
let world: World;
/** Ids of things of Carol's, by their kind, and ids of the same kind that nothing has. */
let ids: readonly (readonly [kind: string, carols: string, nobodys: string])[];

const asAlice = async () => ({
  authorization: `Bearer ${await issuer.token({ sub: alice.id, scope: 'portfolios:read cash:withdraw' })}`,
});
const asOperator = async () => ({ authorization: `Bearer ${await issuer.token({ sub: 'ops', scope: 'operator' })}` });

const money = (mutation: string, what: string, key: string): string =>
  `mutation { ${mutation}(input: { portfolioId: "${carols.portfolioId}", amount: "3", currency: "EUR", idempotencyKey: "${key}" }) {
    ... on ${what}Success { ${what.includes('VirtualCash') ? 'virtualCashMovement' : what.includes('Deposit') ? 'deposit' : 'withdrawal'} { id } } } }`;

async function made(mutation: string, what: string): Promise<string> {
  const answer = await world.ask(money(mutation, what, MARK.concat(what)), {}, await asOperator());
  const id = /"id":"(\w+)"/.exec(answer.text)?.[1];
  if (id === undefined) throw new Error(answer.text);
  return id;
}

beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({
    seed: [alices, carols],
    // How large a query may be is told elsewhere: these ask for everything there is.
    gateway: { auth: issuer.settings, limits: { aliases: 1_000, fields: 5_000, complexity: 1_000_000 } },
  });
  // The gateway has seen Carol's transaction: from now on its id alone finds it, for whoever may see it.
  await world.ask(
    `{ portfolio(id: "${carols.portfolioId}") { transactions { edges { node { id } } } } }`,
    {},
    await asOperator(),
  );
  const nothing = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  ids = [
    ['portfolio', carols.portfolioId, `P${nothing}`],
    ['transaction', carols.transactionIds[0] ?? '', `T${nothing}`],
    ['user', carol.id, `U${nothing}`],
    ['deposit', await made('registerDeposit', 'RegisterDeposit'), `dep_${nothing}`],
    ['withdrawal', await made('requestWithdrawal', 'RequestWithdrawal'), `wdr_${nothing}`],
    ['virtual cash', await made('decreaseVirtualCash', 'DecreaseVirtualCash'), `vcm_${nothing}`],
  ];
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

const VALUES: readonly (readonly [path: RegExp, value: string])[] = [
  [/\.(first|external\w*|after|filter|orderType|optimizationId|remittance\w*)$/i, ''],
  // An order has one size, and a market order no limit.
  [/^(placeOrder|orderPreview)\.input\.(amount|limitPrice)$/, ''],
  [/\.(amount|quantity|unitPrice|limitPrice)$/, '"1"'],
  [/\.currency$/, '"EUR"'],
  [/\.(instrumentId|isin)$/, '"US0378331005"'],
  [/\.datetime$/, '"2026-01-02T00:00:00Z"'],
  [/\.note$/, '"seen"'],
];

/** The field with the id in every place that takes one. The key of an earlier request of Carol's is tried as well. */
function called(field: GraphQLField<unknown, unknown>, id: string, key: string): string {
  const valueFor = (type: GraphQLNamedType, path: string): string => {
    if (path.endsWith('.idempotencyKey')) return field.name.match(/^(deposit|withdrawal)$/) ? '' : JSON.stringify(key);
    if (type.name === 'ID' || path.endsWith('.ownerId')) return JSON.stringify(id);
    return VALUES.find(([pattern]) => pattern.test(path))?.[1] ?? '';
  };
  return `${field.name}${argumentsOf(field, valueFor)}`;
}

function rootFields(kind: 'query' | 'mutation' | 'subscription'): readonly GraphQLField<unknown, unknown>[] {
  const { schema } = world.gateway;
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  return Object.values(root[kind]?.getFields() ?? {});
}

const takesAnId = (field: GraphQLField<unknown, unknown>): boolean =>
  field.args.some((arg) => getNamedType(arg.type).name === 'ID' || getNamedType(arg.type).name.endsWith('Input'));

describe('a customer who has got hold of another’s ids', () => {
  it.each(['query', 'mutation'] as const)('is answered by every %s as if there were nothing', async (kind) => {
    const { schema } = world.gateway;
    const fields = rootFields(kind).filter(takesAnId);
    expect(fields.length).toBeGreaterThan(4);
    for (const field of fields) {
      for (const [what, carolsId, nobodysId] of ids) {
        const ask = async (id: string) => {
          const document = `${kind} { ${called(field, id, `key-${what.replace(' ', '')}`)}${everythingIn(schema, field.type, 3)} }`;
          const { text } = await world.ask(document, {}, { ...(await asAlice()), 'x-request-id': 'the-same' });
          return text.replaceAll(id, 'ID');
        };
        const [theirs, missing] = [await ask(carolsId), await ask(nobodysId)];
        expect(theirs, `${field.name} ${what}`).toBe(missing);
        expect(theirs, `${field.name} ${what}`).not.toContain(MARK);
        expect(theirs, `${field.name} ${what}`).not.toMatch(/GRAPHQL_|INTERNAL_SERVER_ERROR|QUERY_TOO_COMPLEX/);
      }
    }
  });

  it('is answered by every subscription as if there were nothing', async () => {
    const { schema } = world.gateway;
    const headers = { ...(await asAlice()), 'content-type': 'application/json', accept: 'text/event-stream' };
    for (const field of rootFields('subscription').filter(takesAnId)) {
      for (const [what, carolsId, nobodysId] of ids) {
        const ask = async (id: string) => {
          const query = `subscription { ${called(field, id, '')}${everythingIn(schema, field.type, 3)} }`;
          const response = await fetch(`${world.url}/graphql`, {
            method: 'POST',
            headers: { ...headers, 'x-request-id': 'the-same' },
            body: JSON.stringify({ query }),
            signal: AbortSignal.timeout(10_000),
          });
          return (await response.text()).replaceAll(id, 'ID');
        };
        const [theirs, missing] = [await ask(carolsId), await ask(nobodysId)];
        expect(theirs, `${field.name} ${what}`).toBe(missing);
        expect(theirs, `${field.name} ${what}`).toContain('"errors"');
        expect(theirs, `${field.name} ${what}`).not.toContain(MARK);
        expect(theirs, `${field.name} ${what}`).not.toMatch(/GRAPHQL_|INTERNAL_SERVER_ERROR|QUERY_TOO_COMPLEX/);
      }
    }
  });

  it('cannot use another’s idempotency key: it is a key of their own', async () => {
    const ask = (field: string, what: string) => `{ ${field}(idempotencyKey: "${MARK}${what}") { id amount } }`;
    const operator = await asOperator();
    for (const [field, what] of [
      ['deposit', 'RegisterDeposit'],
      ['withdrawal', 'RequestWithdrawal'],
    ] as const) {
      expect((await world.ask(ask(field, what), {}, await asAlice())).data).toEqual({ [field]: null });
      expect((await world.ask(ask(field, what), {}, operator)).text).toContain('"amount":"3"');
    }
  });

  it('is refused by a money mutation about another’s portfolio like about a missing one, and leaves nothing', async () => {
    const input = (id: string) => ({ portfolioId: id, amount: '1', currency: 'EUR', idempotencyKey: `idor-${id}` });
    const document = `mutation ($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) { __typename ... on Error { code message } } }`;
    const theirs = await world.ask(document, { input: input(carols.portfolioId) }, await asAlice());
    const missing = await world.ask(document, { input: input('P01ARZ3NDEKTSV4RRFFQ69G5FAV') }, await asAlice());
    expect(theirs.text).toBe(missing.text);
    expect(theirs.data).toMatchObject({ requestWithdrawal: { __typename: 'NotFoundError' } });
    const key = `{ withdrawal(idempotencyKey: "idor-${carols.portfolioId}") { id } }`;
    expect((await world.ask(key, {}, await asAlice())).data).toEqual({ withdrawal: null });
  });
});

describe('the walk above', () => {
  it('would see something: with the right to, every kind is found by its id', async () => {
    for (const [kind, id] of ids) {
      const answer = await world.ask(`{ node(id: "${id}") { id __typename } }`, {}, await asOperator());
      expect(answer.data, kind).toMatchObject({ node: { id } });
    }
    expect(isObjectType(world.gateway.schema.getType('Portfolio'))).toBe(true);
  });
});
