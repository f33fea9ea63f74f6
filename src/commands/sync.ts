import { parseArgs } from 'node:util';
import type { InvestSuite } from '../datasources/investsuite/index.ts';
import { type CalendarDay, parseDay } from '../domain/calendar-day.ts';
import { type PortfolioId, parsePortfolioId } from '../domain/ids.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { SynchronizationChange } from '../domain/synchronization/change.ts';
import { UpstreamError } from '../errors.ts';
import type { Config } from '../settings.ts';
import { openStore, type Store } from '../store/index.ts';
import { portsFor } from '../synchronization.ts';
import { type Plan, type SweepAsked, Sweeper } from '../workflows/synchronization/index.ts';
import type { CommandIo } from './command.ts';
import { connectUpstreams } from './connect-upstreams.ts';
import { USAGES } from './usages.ts';
import { withConfig } from './with-config.ts';

interface Arguments {
  readonly portfolio: PortfolioId | undefined;
  readonly since: CalendarDay | undefined;
  readonly dryRun: boolean;
}

/** Exit code 0 where all portfolios were compared, 1 where not, 2 for a wrong command line. */
export async function sync(io: CommandIo): Promise<number> {
  const wanted = readArguments(io.args);
  if (typeof wanted === 'string') {
    io.stderr.write(`invest-gateway sync: ${wanted}\n\n${USAGES.sync}`);
    return 2;
  }
  return await withConfig(io, async (config) => {
    const problem = problemOf(config, wanted);
    try {
      if (problem === undefined) return await synchronize(io, config, wanted);
      io.stderr.write(`invest-gateway: ${problem}\n`);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      io.stderr.write(`invest-gateway: the sweep was cut off, and goes on there next time: ${error.message}\n`);
    }
    return 1;
  });
}

function problemOf({ upstreams, portfolioSync }: Config, { dryRun }: Arguments): string | undefined {
  if (upstreams === undefined)
    return 'no upstream is set, so there is nothing to compare; set INVESTSUITE_… and UPVEST_…';
  return dryRun || portfolioSync === true
    ? undefined
    : 'PORTFOLIO_SYNC is off, so nothing would be written; --dry-run says what would be';
}

function readArguments(args: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { portfolio: { type: 'string' }, since: { type: 'string' }, 'dry-run': { type: 'boolean' } },
    });
    const since = values.since === undefined ? undefined : parseDay(values.since);
    const portfolio = values.portfolio === undefined ? undefined : parsePortfolioId(values.portfolio);
    if (values.since !== undefined && since === undefined) return `--since must be a day like 2026-01-31`;
    if (values.portfolio !== undefined && portfolio === undefined) return '--portfolio must be an id like P01F8…';
    return { portfolio, since, dryRun: values['dry-run'] === true };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function synchronize(io: CommandIo, config: Config, wanted: Arguments): Promise<number> {
  const store = await openStore({ ...config.store, exclusive: false });
  try {
    const { sweeper, investSuite, close } = connect(config, store);
    try {
      const counts = { portfolios: 0, changes: 0, failed: 0 };
      const asked = askedOf(io, wanted, counts);
      const end = await sweepAsked(io, { sweeper, investSuite }, wanted, asked);
      if (end === 'done') io.stderr.write(summary(counts, wanted.dryRun));
      return end === 'done' && counts.failed === 0 ? 0 : 1;
    } finally {
      await close();
    }
  } finally {
    await store.close();
  }
}

type Connected = { readonly sweeper: Sweeper; readonly investSuite: InvestSuite };

async function sweepAsked(
  { stderr }: CommandIo,
  { sweeper, investSuite }: Connected,
  { portfolio: id }: Arguments,
  asked: SweepAsked,
): Promise<'done' | 'not-done'> {
  if (id !== undefined) {
    const portfolio = await investSuite.portfolio(id);
    if (portfolio !== null) await sweeper.sweepOne(portfolio, asked);
    else stderr.write(`invest-gateway: there is no portfolio ${id}\n`);
    return portfolio === null ? 'not-done' : 'done';
  }
  const end = await sweeper.sweep(asked);
  if (end !== 'done')
    stderr.write('invest-gateway: a gateway is sweeping the portfolios at the moment; try again later\n');
  return end === 'done' ? 'done' : 'not-done';
}

function askedOf(
  { stdout, stderr }: CommandIo,
  { since, dryRun }: Arguments,
  counts: { portfolios: number; changes: number; failed: number },
): SweepAsked {
  return {
    from: since,
    dryRun,
    onPlan: ({ id }: Portfolio, { changes, unreadable }: Plan) => {
      counts.portfolios += 1;
      counts.changes += changes.length;
      for (const change of changes) stdout.write(`${id} ${inWords(change)}\n`);
      if (unreadable > 0) stderr.write(`${id}: ${unreadable} lines of the broker's ledgers can't be read\n`);
    },
    onFailed: ({ id }: Portfolio, error: UpstreamError) => {
      counts.failed += 1;
      stderr.write(`${id} could not be compared: ${error.message}\n`);
    },
    onProgress: (portfolios) => {
      if (stderr.isTTY === true) stderr.write(`\r\u001b[K${portfolios} portfolios`);
    },
  };
}

const inWords = (change: SynchronizationChange): string =>
  change.kind === 'HOLDING'
    ? `holding ${change.instrumentId}: ${change.from} -> ${change.to}`
    : `transaction ${change.externalId}: ${change.movementType} ${change.to ?? ''} ${change.instrumentId}`;

const summary = (counts: { portfolios: number; changes: number; failed: number }, dryRun: boolean): string =>
  `compared ${counts.portfolios} portfolios: ${counts.changes} changes ${dryRun ? 'would be made' : 'begun, which a running gateway makes'}` +
  `${counts.failed === 0 ? '' : `; ${counts.failed} could not be compared`}\n`;

function connect(config: Config, store: Store): Connected & { readonly close: () => Promise<void> } {
  const { requestsPerSecond, close, ...ports } = connectUpstreams(config);
  const sweeper = new Sweeper({
    store,
    ports: portsFor(config, ports),
    callsPerSecond: requestsPerSecond,
    everyHours: 0,
    onTrouble: () => undefined,
  });
  return { sweeper, investSuite: ports.investSuite, close };
}
