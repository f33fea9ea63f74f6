import { afterEach, describe, expect, it } from 'vitest';
import { sync } from '../../src/commands/sync.ts';
import type { SeededPortfolio } from '../../src/standins/index.ts';
import { readSweep } from '../../src/store/index.ts';
import type { World } from '../helpers/world.ts';
import { writes } from '../orders/graph.ts';
import { arrives, emptyPortfolio, startFollowing } from './world.ts';

let world: World;
afterEach(() => world.stop());

async function command(args: readonly string[], more: Record<string, string> = {}) {
  const { investSuite, upvest, dataDir } = world;
  const written = { stdout: '', stderr: '' };
  const code = await sync({
    args,
    environment: {
      INVESTSUITE_URL: investSuite.url,
      INVESTSUITE_ACCESS_KEY_ID: investSuite.credentials.accessKeyId,
      INVESTSUITE_SECRET_ACCESS_KEY: investSuite.credentials.secretAccessKey,
      UPVEST_URL: upvest.url,
      UPVEST_CLIENT_ID: upvest.credentials.clientId,
      UPVEST_CLIENT_SECRET: upvest.credentials.clientSecret,
      UPVEST_KEY_ID: upvest.credentials.keyId,
      UPVEST_PRIVATE_KEY: upvest.credentials.privateKeyPem,
      DATA_DIR: dataDir,
      PORTFOLIO_SYNC: 'on',
      ...more,
    },
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { code, ...written };
}

const fund = (portfolio: SeededPortfolio, amount: string, bookedAt = '2026-03-01T00:00:00Z'): string =>
  world.upvest.bookCashLine({
    accountGroupId: portfolio.broker.accountGroupId,
    type: 'CREDIT_FUNDING',
    amount,
    bookedAt,
  }).id;

describe('invest-gateway sync', () => {
  it('says with --dry-run what a sweep writes, and a gateway beside it writes that', async () => {
    world = await startFollowing();
    const portfolios = Array.from({ length: 60 }, () => emptyPortfolio(world));
    const lines = portfolios.map((portfolio, n) => fund(portfolio, `${n + 1}.00`));
    const dry = await command(['--dry-run']);
    expect(dry.stderr).toContain('compared 60 portfolios: 120 changes would be made');
    expect(dry.stdout.split('\n')).toContain(
      `${portfolios[4]?.portfolioId} transaction ${lines[4]}: CASH_DEPOSIT 5.00 $EUR`,
    );
    expect(writes(world)).toEqual([]);
    const done = await command([]);
    expect(done).toMatchObject({ code: 0 });
    for (const [n, portfolio] of portfolios.entries()) await arrives(world, portfolio, [lines[n] ?? '']);
    expect((await command([])).stderr).toContain('compared 60 portfolios: 0 changes');
  });

  it('leaves older lines and other portfolios alone where it is told to', async () => {
    world = await startFollowing();
    const [one, other] = [emptyPortfolio(world), emptyPortfolio(world)];
    fund(one, '1.00', '2026-01-01T00:00:00Z');
    const newer = fund(one, '2.00', '2026-03-01T00:00:00Z');
    fund(other, '4.00');
    const { code, stdout } = await command(['--portfolio', one.portfolioId, '--since', '2026-02-01', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain(newer);
    expect(stdout.split('\n').filter((line) => line.includes('transaction'))).toHaveLength(1);
  });

  it('goes on where a sweep was cut off, with the days that it had begun with', async () => {
    world = await startFollowing();
    const portfolios = Array.from({ length: 55 }, () => emptyPortfolio(world));
    const [first] = portfolios;
    if (first === undefined) throw new Error('no portfolio');
    // InvestSuite is away after the first page.
    world.investSuite.faults.add({
      kind: 'status',
      status: 500,
      match: { method: 'GET', path: /^\/portfolios\/\?.*offset|^\/portfolios\/\?.*cursor|[?&](next|page|o)=/ },
      times: 12,
    });
    expect(await command([])).toMatchObject({ code: 1, stderr: expect.stringContaining('cut off') });
    const { next_page: next, portfolios: count } = await world.gateway.store.read(readSweep);
    expect([next === null, count]).toEqual([false, 50]);
    world.investSuite.faults.clear();
    const { stderr } = await command([]);
    expect(stderr).toContain('compared 5 portfolios');
    expect(await world.gateway.store.read(readSweep)).toMatchObject({ next_page: null, portfolios: 55 });
  });

  it('refuses what it can’t do', async () => {
    world = await startFollowing();
    expect(await command([], { PORTFOLIO_SYNC: 'off' })).toMatchObject({ code: 1 });
    expect(await command(['--since', 'yesterday'])).toMatchObject({ code: 2 });
    expect(await command(['--portfolio', 'P-nobody'])).toMatchObject({ code: 2 });
    expect(await command(['--all'])).toMatchObject({ code: 2 });
  });
});
