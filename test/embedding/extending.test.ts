import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { LOCAL_OPERATOR } from '../../src/domain/viewer.ts';
import {
  type Authenticate,
  type BrokerLink,
  type Extend,
  type GatewayOptions,
  type Logger,
  type Portfolio,
  parseAccountGroupId,
  parseUserId,
  portfolioById,
  UnauthenticatedError,
} from '../../src/index.ts';
import { seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { cashEvent } from '../helpers/log.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { resultsOf, sseClient } from '../live/clients.ts';

const GROUP = '11111111-2222-4333-8444-555555555555';
const alice = seedUser({ key: 'alice' });
const bob = seedUser({ key: 'bob' });
const alices = seedPortfolio({
  key: 'alices',
  owner: alice,
  externalId: GROUP,
  brokerIds: { accountGroupId: GROUP },
  brokerageAccount: { brokerage_portfolio_id: null },
  brokerCash: '4242.42',
});
const bobs = seedPortfolio({ key: 'bobs', owner: bob, externalId: null });

/** Kept from another request, as a cache of an embedder's would. */
let kept: Portfolio | null = null;

const extend: Extend = (builder, types) => {
  const advisor = builder.objectRef<{ readonly name: string }>('Advisor').implement({
    fields: (t) => ({ name: t.exposeString('name', { nullable: false }) }),
  });
  builder.objectField(types.portfolio, 'advisor', (t) =>
    t.field({ type: advisor, resolve: ({ baseCurrency }) => ({ name: `Advisor for ${baseCurrency}` }) }),
  );
  builder.queryFields((t) => ({
    favourite: t.field({
      type: types.portfolio,
      args: { id: t.arg.id({ required: true }) },
      resolve: async (_root, { id }, context) => {
        kept ??= await portfolioById(context, id);
        return await portfolioById(context, id);
      },
    }),
    careless: t.field({ type: types.portfolio, resolve: () => kept }),
    whoAmI: t.string({ resolve: (_root, _args, { viewer }) => viewer.subject }),
  }));
  builder.subscriptionField('ticks', (t) =>
    t.int({
      subscribe: async function* () {
        yield 1;
        yield 2;
      },
      resolve: (tick) => Number(tick),
    }),
  );
};

const link = (portfolio: Portfolio): BrokerLink | null => {
  const accountGroupId = parseAccountGroupId(portfolio.externalId ?? '');
  return accountGroupId === undefined ? null : { accountGroupId, brokerageUserId: null };
};

const authenticate: Authenticate = ({ headers }) => {
  const session = headers.get('authorization')?.replace('Session ', '') ?? '';
  if (session === 'ops') return { ...LOCAL_OPERATOR, subject: 'ops' };
  const userId = parseUserId(session);
  if (userId === undefined) throw new UnauthenticatedError('Please log in.');
  return { subject: userId, issuer: 'https://bank.example', userId, scopes: new Set(['portfolios:read']) };
};

const as = (who: string) => ({ authorization: `Session ${who}` });
let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [alices, bobs], gateway: { extend, link, auth: authenticate } });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(() => world.stop());

describe('fields of an embedder', () => {
  it('stand beside those of the graph, and see its objects', async () => {
    const answer = await world.ask(
      `{ whoAmI favourite(id: "${alices.portfolioId}") { id holdings { quantity } advisor { name } } }`,
      {},
      as(alice.id),
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toMatchObject({
      whoAmI: alice.id,
      favourite: { id: alices.portfolioId, advisor: { name: 'Advisor for EUR' } },
    });
  });

  it('find only what the viewer may see', async () => {
    const answer = await world.ask(`{ favourite(id: "${alices.portfolioId}") { id } }`, {}, as(bob.id));
    expect(answer.data).toEqual({ favourite: null });
  });

  it('cannot give out a guarded object that was not found for this viewer', async () => {
    await world.ask(`{ favourite(id: "${alices.portfolioId}") { id } }`, {}, as(alice.id));
    expect(kept).not.toBeNull();
    const answer = await world.ask('{ careless { id name } }', {}, as(bob.id));
    expect(answer.data).toEqual({ careless: null });
    expect(answer.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect(answer.text).not.toContain(alices.portfolioId);
  });

  it('may be subscriptions, over the same transports', async () => {
    const client = await sseClient(world.url, 'subscription { ticks }', { headers: as(alice.id) });
    await client.ended;
    expect(resultsOf(client).map(({ data }) => data)).toEqual([{ ticks: 1 }, { ticks: 2 }]);
    expect(client.events.at(-1)?.event).toBe('complete');
  });
});

describe("an embedder's own link", () => {
  it('leads to the broker where InvestSuite knows nothing of it, and nowhere where it says so', async () => {
    const query = '{ portfolios(first: 10) { edges { node { id cashBalance { balance } } } } }';
    const { data } = await world.ask(query, {}, as('ops'));
    const { edges } = (data as { portfolios: { edges: { node: { id: string; cashBalance: unknown } }[] } }).portfolios;
    const cash = Object.fromEntries(edges.map(({ node }) => [node.id, node.cashBalance]));
    expect(cash).toEqual({ [alices.portfolioId]: { balance: '4242.42' }, [bobs.portfolioId]: null });
  });

  it('is followed backwards by events of the broker', async () => {
    const live =
      'subscription { notifications { portfolioId ... on CashBalanceNotification { cashBalance { balance } } } }';
    const client = await sseClient(world.url, live, { headers: as(alice.id) });
    await eventually(async () =>
      expect(await (await fetch(`${world.url}/metrics`)).text()).toMatch(/^gateway_live_subscribers 1$/m),
    );
    await world.upvest.webhooks.emit({ events: [cashEvent(GROUP, '17.17')] });
    await eventually(() =>
      expect(resultsOf(client)[0]?.data).toMatchObject({
        notifications: { portfolioId: alices.portfolioId, cashBalance: { balance: '17.17' } },
      }),
    );
    client.close();
  });
});

describe("an embedder's own authenticate", () => {
  it('says who is asking, and refuses in its own words', async () => {
    const refused = await world.ask('{ viewer { id } }');
    expect([refused.status, refused.errors?.[0]?.message]).toEqual([401, 'Please log in.']);
    expect((await world.ask('{ viewer { id } }', {}, as(bob.id))).data).toEqual({ viewer: { id: `vwr_${bob.id}` } });
  });
});

describe("an embedder's own logger", () => {
  it('gets what the gateway has to say', async () => {
    const { status } = await fetch(`${world.url}/webhooks/upvest`, { method: 'POST', body: '{}' });
    expect(status).toBe(401);
    expect(world.log.some((line) => line.includes('a webhook was refused'))).toBe(true);
  });
});

describe('the options', () => {
  it('are typed', () => {
    expectTypeOf<{ debug: () => void }>().not.toExtend<Logger>();
    expectTypeOf(trace.getTracer('bank')).toExtend<GatewayOptions['tracer']>();
    expectTypeOf<Parameters<Extend>[1]>().toHaveProperty('portfolio');
    expectTypeOf<{ accountGroupId: string; brokerageUserId: null }>().not.toExtend<BrokerLink>();
  });
});
