import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { eventually, type RunningGateway, startGateway } from '../helpers/gateway.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { gatewaySettings } from '../helpers/world.ts';

/** An upstream that counts a tenant's calls together counts those of all its gateways. */
describe.skipIf(!hasPostgres)('after a 429 with Retry-After to one gateway of a database', () => {
  const portfolio = seedPortfolio({ key: 'paused' });
  const query = `{ portfolio(id: "${portfolio.portfolioId}") { name cashBalance { balance } } }`;
  let postgres: TestPostgres;
  let standins: Standins;
  let databaseUrl: string;
  const gateways: RunningGateway[] = [];
  beforeAll(async () => {
    [postgres, standins] = await Promise.all([startPostgres(), startStandins({ seed: combineSeeds(portfolio) })]);
  }, 60_000);
  afterAll(async () => {
    await standins.stop();
    await postgres.stop();
  });

  const start = async (): Promise<RunningGateway> => {
    const store = { dataDir: '', databaseUrl };
    const gateway = await startGateway({ ...gatewaySettings(standins), auth: 'local-operator', store });
    gateways.push(gateway);
    return gateway;
  };

  beforeEach(async () => {
    databaseUrl = await postgres.createDatabase();
    return async () => {
      await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
      standins.upvest.faults.clear();
      standins.investSuite.faults.clear();
    };
  });

  it.each([
    ['upvest', '^/account_groups'],
    ['investSuite', '^/portfolios'],
  ] as const)('%s gets no call of another one either, nor of one that starts', async (system, path) => {
    const [one, other] = await Promise.all([start(), start()]);
    // Both have their tokens, and the second has turns at hand.
    for (const gateway of [one, other]) expect((await gateway.ask(query)).errors).toBeUndefined();
    const { faults, calls } = standins[system];
    const before = calls.count({ path: new RegExp(path) });
    const sent = (): number => calls.count({ path: new RegExp(path) }) - before;
    faults.add({ kind: 'status', status: 429, retryAfterSeconds: 40, match: { path }, times: 1 });
    expect((await one.ask(query)).errors).toHaveLength(1);
    expect(sent()).toBe(1);
    await eventually(async () => {
      const rows = await other.gateway.store.read(({ db }) => db.selectFrom('allowances').select('name').execute());
      expect(rows.map(({ name }) => name.replace(/:.*/, ''))).toContain('pause');
    });
    for (const gateway of [other, await start()]) {
      const answers = await Promise.all([gateway.ask(query), gateway.ask(query)]);
      for (const { errors } of answers) {
        expect(errors?.map(({ extensions }) => extensions)).toMatchObject([{ retryable: true }]);
      }
    }
    expect(sent()).toBe(1);
  });
});
