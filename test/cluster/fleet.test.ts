import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sliceOf } from '../../src/datasources/upstream/call-rate.ts';
import type { SeededPortfolio } from '../../src/standins/index.ts';
import { BOOKED_BY_INVESTSUITE, checkLedgers } from '../crash/ledgers.ts';
import { build } from '../helpers/build.ts';
import { eventually } from '../helpers/eventually.ts';
import { startIssuer } from '../helpers/issuer.ts';
import { MoneyClient } from '../helpers/money-client.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { webhookEvent } from '../live/following.ts';
import { Cluster, type ClusterOptions, type Member } from './cluster.ts';
import { readNotifications } from './reader.ts';

describe.skipIf(!hasPostgres)('three gateways on one PostgreSQL', { timeout: 400_000 }, () => {
  let server: TestPostgres;
  let cluster: Cluster;
  beforeAll(async () => {
    build();
    server = await startPostgres();
    cluster = await startCluster();
  }, 120_000);
  afterAll(async () => {
    await cluster.stop();
    await server.stop();
  }, 180_000);

  const startCluster = async (more: Partial<ClusterOptions> = {}): Promise<Cluster> =>
    await Cluster.start({
      gateways: 3,
      databaseUrl: await server.createDatabase(),
      money: BOOKED_BY_INVESTSUITE,
      ...more,
    });

  it('take any request, webhook and subscriber, and send the same to all', async () => {
    const readers = cluster.members.flatMap(({ url }) => [
      readNotifications(url, 'sse'),
      readNotifications(url, 'websocket'),
    ]);
    const ids: string[] = [];
    for (const [index, { url }] of cluster.members.entries()) {
      const events = [webhookEvent(index)];
      expect((await cluster.standins.upvest.webhooks.emit({ url: `${url}/webhooks/upvest`, events })).status).toBe(200);
      ids.push(await new MoneyClient(url).move('registerDeposit', cluster.self, `${index + 1}.01`));
    }
    // A request accepted by one gateway is known to all others.
    for (const { url } of cluster.members) {
      for (const id of ids) expect(await new MoneyClient(url).end(id)).toBe('COMPLETED');
    }
    await eventually(() => {
      const [first] = readers;
      expect(first?.seen.length).toBeGreaterThan(6);
      for (const { seen } of readers) expect(seen).toEqual(first?.seen);
    });
    for (const reader of readers) await reader.stop();
  });

  it('share the work evenly, wherever it was asked for', async () => {
    const before = await Promise.all(cluster.members.map((member) => member.committed()));
    const [one] = cluster.members;
    const ids = await Promise.all(
      Array.from({ length: 150 }, (_, index) => {
        // Half of it at one gateway, the rest at all.
        const client = index % 2 === 0 && one !== undefined ? new MoneyClient(one.url) : cluster;
        return client.move('registerDeposit', index % 4 < 2 ? cluster.robo : cluster.self, `${100 + index}.02`);
      }),
    );
    for (const id of ids) expect(await cluster.end(id)).toBe('COMPLETED');
    const after = await Promise.all(cluster.members.map((member) => member.committed()));
    const steps = after.map((count, index) => count - (before[index] ?? 0));
    process.stdout.write(`steps by gateway: ${steps.join(', ')}\n`);
    const fair = steps.reduce((sum, each) => sum + each, 0) / steps.length;
    for (const each of steps) expect(each).toBeGreaterThan(fair / 3);
  });

  it("hold Upvest's rate together", async () => {
    const perSecond = 20;
    const limited = await startCluster({ upvestRequestsPerSecond: perSecond });
    const calls = () => limited.standins.upvest.calls.list({ path: /^(?!\/auth\/token)/ });
    const query = 'query ($id: ID!) { portfolio(id: $id) { cashBalance { balance } } }';
    const client = async ({ url }: Member, { portfolioId }: SeededPortfolio): Promise<void> => {
      while (calls().length < 5 * perSecond) await new MoneyClient(url).ask(query, { id: portfolioId });
    };
    const { members, robo, self } = limited;
    await Promise.all(members.flatMap((member) => [client(member, robo), client(member, self)]));
    const times = calls().map(({ at }) => Date.parse(at));
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
    expect(times.length).toBeGreaterThanOrEqual(5 * perSecond);
    // A burst of a slice, and a slice of each.
    expect(most).toBeLessThanOrEqual(perSecond + 4 * sliceOf(perSecond));
    await limited.stop();
  });

  it('hold the rate of a caller together', async () => {
    const issuer = await startIssuer();
    const perMinute = 40;
    const limited = await startCluster({ gateway: { auth: issuer.settings, rateLimitPerMinute: perMinute } });
    const authorization = `Bearer ${await issuer.token({ sub: 'U0000000000000000000000001', scope: 'operator' })}`;
    const startedAt = performance.now();
    const statuses = await Promise.all(
      Array.from({ length: 120 }, async (_, index) => {
        const response = await fetch(`${limited.members[index % 3]?.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: '{"query":"{ __typename }"}',
        });
        if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
        return response.status;
      }),
    );
    const refilled = ((performance.now() - startedAt) * perMinute) / 60_000;
    const passed = statuses.filter((status) => status === 200).length;
    expect(passed).toBeGreaterThanOrEqual(perMinute);
    // Each gateway may have let through a twentieth of the bucket before it was added up: see docs/cluster.md.
    const ahead = limited.members.length * Math.floor(perMinute / 20);
    expect(passed).toBeLessThanOrEqual(perMinute + refilled + 1 + ahead);
    expect(statuses.filter((status) => status === 429).length).toBe(120 - passed);
    await limited.stop();
    await issuer.stop();
  });

  it('take over what one of them had when it was killed, when its lease of 6 s is over', async () => {
    const small = await startCluster({ gateways: 1 });
    const [victim] = small.members;
    small.standins.investSuite.faults.add({ kind: 'hang', match: { path: '/events/deposit/' }, times: 1 });
    const id = await small.move('registerDeposit', small.self, '7.07');
    await eventually(() => {
      expect(small.standins.investSuite.calls.count({ path: /events\/deposit/ })).toBe(1);
    });
    await small.add();
    await victim?.kill();
    expect(await small.end(id)).toBe('COMPLETED');
    checkLedgers(small, BOOKED_BY_INVESTSUITE, { deposits: ['7.07'], withdrawals: [] });
    await small.stop();
  });
});
