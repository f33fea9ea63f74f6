import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctor } from '../../src/commands/doctor.ts';
import type { GatewayOptions } from '../../src/gateway.ts';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { runCommand, upstreamSettings } from '../helpers/command.ts';
import { eventually, type RunningGateway, startGateway } from '../helpers/gateway.ts';
import { gatewaySettings } from '../helpers/world.ts';

const seeds = ['one', 'two', 'three'].map((key) => seedPortfolio({ key }));
const QUERY = `{ nodes(ids: ${JSON.stringify(seeds.map(({ portfolioId }) => portfolioId))}) { id } }`;
const BATCH = /^\/portfolios\/\?.*in\+%5B/;

/** An InvestSuite that takes no list of ids. */
describe('what a gateway learns of its tenant', () => {
  let standins: Standins;
  let dataDir: string;
  const gateways: RunningGateway[] = [];
  beforeEach(async () => {
    standins = await startStandins({ seed: combineSeeds(...seeds) });
    standins.investSuite.settings.batching = false;
    dataDir = mkdtempSync(join(tmpdir(), 'gateway-tenant-'));
  });
  afterEach(async () => {
    await stopAll();
    await standins.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const stopAll = async (): Promise<void> => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  };
  const start = async (options: Partial<GatewayOptions> = {}): Promise<RunningGateway> => {
    const settings = { ...gatewaySettings(standins), auth: 'local-operator', store: { dataDir } } as const;
    const gateway = await startGateway({ ...settings, ...options });
    gateways.push(gateway);
    return gateway;
  };
  const batches = (): number => standins.investSuite.calls.count({ path: BATCH });
  const askAll = async (gateway: RunningGateway): Promise<void> => {
    const { data, errors } = await gateway.ask(QUERY);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ nodes: seeds.map(({ portfolioId: id }) => ({ id })) });
  };

  it('is kept over a restart: the refused form is not tried again', async () => {
    await askAll(await start());
    expect(batches()).toBe(1);
    await stopAll();
    await askAll(await start());
    expect(batches()).toBe(1);
  });

  it('is kept for that tenant: another address begins with nothing', async () => {
    await askAll(await start());
    await stopAll();
    const settings = gatewaySettings(standins);
    const url = settings.investSuite.url.replace('127.0.0.1', 'localhost');
    await askAll(await start({ investSuite: { ...settings.investSuite, url } }));
    expect(batches()).toBe(2);
  });

  it('can be set: nothing is tried then', async () => {
    await askAll(await start({ tenantProfile: { set: { 'investsuite.portfolios.batch': 'single' } } }));
    expect(batches()).toBe(0);
  });

  it('is tried at the start where that is asked for and nothing is kept, and never waited for', async () => {
    standins.investSuite.faults.add({ kind: 'delay', ms: 300, match: { path: '^/portfolios/' }, times: 1 });
    const probing = { tenantProfile: { probe: true } };
    const gateway = await start(probing);
    expect(await gateway.gateway.readiness()).toMatchObject({ ready: true });
    expect(batches()).toBe(0);
    await eventually(async () => {
      const rows = await gateway.gateway.store.read(({ db }) => db.selectFrom('tenant_profile').selectAll().execute());
      const kept = Object.fromEntries(rows.map(({ field, value }) => [field, value]));
      expect(kept).toMatchObject({
        'investsuite.portfolios.batch': 'single',
        'investsuite.portfolios.owner': 'query',
        'upvest.cashBalances': 'list',
      });
    });
    expect(batches()).toBe(1);
    await askAll(gateway);
    await stopAll();
    const { length: before } = standins.investSuite.calls.list();
    await start(probing);
    await stopAll();
    expect(standins.investSuite.calls.list().slice(before)).toEqual([]);
  });

  it('is not missed where an upstream is away at the start', async () => {
    standins.investSuite.faults.add({ kind: 'status', status: 503 });
    const gateway = await start({ tenantProfile: { probe: true } });
    expect(await gateway.gateway.readiness()).toMatchObject({ ready: true });
    standins.investSuite.faults.clear();
    await eventually(() => askAll(gateway));
  });

  it('can be found out by the doctor, beside a gateway, and is there at its next start', async () => {
    await start();
    const environment = { ...upstreamSettings(standins), DATA_DIR: dataDir };
    const { stdout } = await runCommand(doctor, ['--write'], environment);
    expect(stdout).toMatch(/^ok {4}tenant profile, investsuite\.portfolios\.batch: single$/m);
    expect(stdout).toMatch(/^ok {4}tenant profile, upvest\.cashBalances: list$/m);
    expect(stdout).toMatch(
      /^note {2}tenant profile, investsuite\.portfolios\.config: part, which no answer has shown/m,
    );
    const before = batches();
    await stopAll();
    await askAll(await start());
    expect(batches()).toBe(before);
  });

  it('is reported where it contradicts a configured value, and the reads go on', async () => {
    const set = { 'investsuite.portfolios.batch': 'list' } as const;
    const gateway = await start({ tenantProfile: { set } });
    await askAll(gateway);
    expect(gateway.log.join('\n')).toContain('TENANT_PROFILE says that investsuite.portfolios.batch is list');
  });
});
