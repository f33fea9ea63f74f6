import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseUserId } from '../../src/domain/ids.ts';
import { LOCAL_OPERATOR, type Scope } from '../../src/domain/viewer.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { storeEvents } from '../../src/store/index.ts';
import { startWorld, type World } from '../helpers/world.ts';

const self = seedPortfolio({ key: 'operations/self', manager: 'USER_MANAGED', holdings: { $EUR: '1000' } });
const CUSTOMER = {
  subject: self.ownerId,
  issuer: 'test',
  userId: parseUserId(self.ownerId) ?? null,
  scopes: new Set<Scope>(['portfolios:read', 'cash:withdraw', 'orders:place']),
};

let world: World;
beforeAll(async () => {
  world = await startWorld({
    seed: [self],
    gateway: { auth: ({ headers }) => (headers.get('authorization') === null ? LOCAL_OPERATOR : CUSTOMER) },
  });
});
afterAll(() => world.stop());

const PARKED = '{ parkedEvents { edges { node { id source type eventId reason payload } } } }';
const REPLAY = `mutation ($input: ReplayParkedEventInput!) { result: replayParkedEvent(input: $input) {
  __typename ... on ReplayParkedEventSuccess { eventId replayed } ... on Error { code } } }`;

/** An event that no gateway can process. */
const park = (eventId: string): Promise<unknown> =>
  world.gateway.store.write((writing) =>
    storeEvents(writing, [
      { source: 'UPVEST', eventId, type: 'TEST.ODD', subject: null, payload: '{"a":"1"}', parkedBecause: 'It is odd.' },
    ]),
  );

const parked = async () => {
  const { data } = await world.ask(PARKED);
  return (data as { parkedEvents: { edges: { node: { id: string; eventId: string } }[] } }).parkedEvents.edges.map(
    ({ node }) => node,
  );
};

const replay = async (id: string, idempotencyKey: string) =>
  (await world.ask(REPLAY, { input: { id, idempotencyKey } })).data;

describe('what operators look at', () => {
  it('lists parked events, and has each processed again once, with an entry of the audit', async () => {
    await park('odd-1');
    const [event] = await parked();
    expect(event).toMatchObject({
      ...{ source: 'UPVEST', type: 'TEST.ODD', eventId: 'odd-1', reason: 'It is odd.', payload: { a: '1' } },
    });
    const id = event?.id ?? '';
    const success = { __typename: 'ReplayParkedEventSuccess', eventId: id };
    expect(await replay(id, 'one')).toEqual({ result: { ...success, replayed: false } });
    expect(await replay(id, 'one')).toEqual({ result: { ...success, replayed: true } });
    expect(await replay('evt_999', 'two')).toEqual({ result: { __typename: 'NotFoundError', code: 'NOT_FOUND' } });
    expect(await replay('evt_999', 'one')).toMatchObject({ result: { __typename: 'IdempotencyKeyReusedError' } });
    const { data } = await world.ask('query ($id: ID!) { auditEntries(id: $id) { action actor states } }', { id });
    expect(data).toEqual({
      auditEntries: [{ action: 'replayParkedEvent', actor: expect.stringContaining('local-operator'), states: [] }],
    });
  });

  it('tells the life of an object, and that the audit is as it was written', async () => {
    const { data } = await world.ask(
      `mutation ($input: RegisterDepositInput!) { registerDeposit(input: $input) {
        ... on RegisterDepositSuccess { deposit { id } } } }`,
      { input: { portfolioId: self.portfolioId, amount: '5', currency: 'EUR', idempotencyKey: 'deposit' } },
    );
    const { id } = (data as { registerDeposit: { deposit: { id: string } } }).registerDeposit.deposit;
    const life = await world.ask('query ($id: ID!) { auditEntries(id: $id) { action states } }', { id });
    expect(life.data).toMatchObject({
      auditEntries: expect.arrayContaining([expect.objectContaining({ action: 'registerDeposit' })]),
    });
    const check = await world.ask('{ auditCheck { entries findings } }');
    expect(check.data).toEqual({ auditCheck: { entries: expect.any(Number), findings: [] } });
  });

  it('knows the capabilities, and no portfolio that differs', async () => {
    const { data } = await world.ask('{ capabilities { name state } driftedPortfolios { edges { node { id } } } }');
    expect(data).toMatchObject({ driftedPortfolios: { edges: [] } });
    expect((data as { capabilities: { name: string }[] }).capabilities.map(({ name }) => name)).toEqual([
      ...['valuations', 'returns', 'instruments', 'prices', 'orders', 'ledger'],
    ]);
  });

  it('is for operators only', async () => {
    for (const field of [
      'parkedEvents { edges { cursor } }',
      'driftedPortfolios { edges { cursor } }',
      'capabilities { name }',
      'auditEntries(id: "x") { action }',
      'auditCheck { entries }',
    ]) {
      const { errors } = await world.ask(`{ ${field} }`, {}, { authorization: 'Bearer customer' });
      expect([field, errors?.[0]?.extensions['code']]).toEqual([field, 'FORBIDDEN']);
    }
    const { data } = await world.ask(REPLAY, { input: { id: 'evt_1', idempotencyKey: 'x' } }, { authorization: 'x' });
    expect(data).toMatchObject({ result: { __typename: 'ForbiddenError' } });
  });
});
