import { afterEach, describe, expect, it } from 'vitest';
import type { InvestSuiteOptions } from '../../../src/datasources/investsuite/index.ts';
import { type ProfileValues, TenantProfile } from '../../../src/datasources/upstream/tenant-profile.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import { parseAccountGroupId } from '../../../src/domain/ids.ts';
import type { FakeAnswer, Handler, ReceivedCall } from '../fake-upstream.ts';
import {
  badRequest,
  type FakeInvestSuite,
  notFound,
  page,
  portfolioId,
  startFakeInvestSuite,
  transactionId,
  userId,
  wirePortfolio,
  wireTransaction,
} from './fake-investsuite.ts';

const open: FakeInvestSuite[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.stop()));
});

/** Each way in which a profile can hold what is not true of this tenant. */
const SOURCES: readonly (readonly [string, (values: ProfileValues) => TenantProfile])[] = [
  ['was set', (set) => new TenantProfile({ set })],
  [
    'an earlier run has kept',
    (values) => {
      const profile = new TenantProfile();
      for (const [field, value] of Object.entries(values)) profile.recall(field, value ?? '', 0);
      return profile;
    },
  ],
];

async function start(handler: Handler, options: Partial<InvestSuiteOptions>): Promise<FakeInvestSuite> {
  const fake = await startFakeInvestSuite(handler, options);
  open.push(fake);
  return fake;
}

const paths = (fake: FakeInvestSuite): readonly string[] => fake.calls().map(({ path }) => path);
const transactions = `/portfolios/${portfolioId(1)}/transactions/`;

/** One transaction, by the one or the other way. */
const byPath = ({ path }: ReceivedCall): FakeAnswer =>
  path === `${transactions}${transactionId(7)}` ? { body: wireTransaction(7) } : notFound;
const byList = ({ path }: ReceivedCall): FakeAnswer =>
  path === transactions ? page([wireTransaction(6), wireTransaction(7)]) : notFound;
const readOne = ({ investSuite }: FakeInvestSuite) => investSuite.transaction(portfolioId(1), transactionId(7));

describe.each(SOURCES)('what %s and is not so (any more)', (_what, profileOf) => {
  it('costs a call at an optimization that has the other name', async () => {
    const profile = profileOf({ 'investsuite.optimizations.name': 'current' });
    const latest = `/portfolios/${portfolioId(1)}/optimizations/latest/`;
    const fake = await start(({ path }) => (path === latest ? { status: 202 } : notFound), { profile });
    for (let time = 0; time < 2; time += 1) {
      expect(await fake.investSuite.optimization(portfolioId(1))).toEqual({ inProgress: true });
    }
    expect(paths(fake)).toEqual([latest.replace('latest', 'current'), latest, latest]);
  });

  it('does not make a transaction missing that is in the list only', async () => {
    const fake = await start(byList, { profile: profileOf({ 'investsuite.transactions.item': 'path' }) });
    expect(await readOne(fake)).toMatchObject({ id: transactionId(7) });
    expect(await readOne(fake)).toMatchObject({ id: transactionId(7) });
    expect(paths(fake)).toEqual([`${transactions}${transactionId(7)}`, transactions, transactions]);
  });

  it('does not keep a reservation from being written that has to be the one setting', async () => {
    const bodies: unknown[] = [];
    const config = { manager: 'ROBO_ADVISOR', manager_settings: { policy_id: 'x' } };
    const handler = ({ method, body }: ReceivedCall): FakeAnswer => {
      if (method === 'GET') return { body: wirePortfolio(1, { config }) };
      const given = JSON.parse(body);
      bodies.push(given);
      if (given.config.manager !== undefined) return badRequest('config.manager');
      return { body: wirePortfolio(1, { config: { ...config, manager_settings: given.config.manager_settings } }) };
    };
    const fake = await start(handler, { profile: profileOf({ 'investsuite.portfolios.config': 'whole' }) });
    const patch = () => fake.investSuite.patchPortfolio(portfolioId(1), { divestAmount: decimal('5') });
    expect([(await patch()).kind, (await patch()).kind]).toEqual(['accepted', 'accepted']);
    const part = { config: { manager_settings: { divest_amount: 5 } } };
    expect(bodies).toEqual([
      { config: { ...config, manager_settings: { policy_id: 'x', divest_amount: 5 } } },
      part,
      part,
    ]);
  });

  it.each([
    ['404s', notFound],
    ['redirects', { status: 307, headers: { location: `http://inside/portfolios/${portfolioId(1)}` } }],
  ])('does not make an entity missing whose path ends otherwise: %s', async (_how, other) => {
    const profile = profileOf({ 'investsuite.slash': 'investsuite.portfolios.get' });
    const handler = ({ path }: ReceivedCall): FakeAnswer => (path.endsWith('/') ? other : { body: wirePortfolio(1) });
    const fake = await start(handler, { profile });
    for (let time = 0; time < 2; time += 1) {
      expect(await fake.investSuite.portfolio(portfolioId(1))).toMatchObject({ id: portfolioId(1) });
    }
    const path = `/portfolios/${portfolioId(1)}`;
    expect(paths(fake)).toEqual([`${path}/`, path, path]);
  });

  it('is of no account where the other form always works', async () => {
    const profile = profileOf({
      'investsuite.portfolios.batch': 'single',
      'investsuite.portfolios.embed': 'nothing',
      'investsuite.portfolios.owner': 'scan',
      'investsuite.portfolios.accountGroup': 'scan',
      'investsuite.transactions.externalId': 'scan',
    });
    const group = parseAccountGroupId('d0fc0305-97b7-4e3b-bddf-66d3c434898c');
    if (group === undefined) throw new Error('not an id');
    const linked = wirePortfolio(1, { brokerage_account: { brokerage_portfolio_id: group } });
    const handler: Handler = ({ path }) => {
      if (path === '/portfolios/') return page([linked, wirePortfolio(2)]);
      return path === transactions ? page([wireTransaction(7)]) : { body: linked };
    };
    const { investSuite, calls } = await start(handler, { profile });
    const [found, linkedTo, byExternalId] = await Promise.all([
      investSuite.portfoliosPage({ limit: 10, embedOwners: true, filter: { ownerId: userId(1) } }),
      investSuite.portfoliosOfAccountGroup(group),
      investSuite.findTransactionsByExternalId(portfolioId(1), 'external-7'),
    ]);
    expect([found.portfolios, linkedTo, byExternalId].map((rows) => rows.map(({ id }) => id))).toEqual([
      [portfolioId(1)],
      [portfolioId(1)],
      [transactionId(7)],
    ]);
    expect(calls().every(({ query }) => query.get('query') === null && query.get('embed') === null)).toBe(true);
  });
});

describe('what an answer of this run has shown', () => {
  it('is what makes a 404 final', async () => {
    const fake = await start(byPath, {});
    expect(await readOne(fake)).toMatchObject({ id: transactionId(7) });
    expect(await fake.investSuite.transaction(portfolioId(1), transactionId(8))).toBe(null);
    expect(paths(fake)).toEqual([7, 8].map((number) => `${transactions}${transactionId(number)}`));
  });
});
