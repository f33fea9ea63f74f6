import { z } from 'zod';
import { type HoldingsResult, mergeHoldings } from '../../domain/holdings.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import { newerWorkflows, portfolioLock } from '../../store/index.ts';
import { waitForRebalancing } from '../cash/booking.ts';
import { keepJson } from '../engine/kept-json.ts';
import { readUnderLock } from '../engine/read-under-lock.ts';
import { mayStillArrive, REBALANCING } from '../engine/settle.ts';
import {
  ABSENT,
  type Advance,
  type Decision,
  found,
  type StepContext,
  type WriteStep,
  writeStepOf,
} from '../engine/step.ts';
import { changeUnknown, endInDoubt, failed, NOT_REVIEWED, refusedByInvestSuite } from '../order/outcome.ts';
import type { OrderPorts } from '../order/ports.ts';
import { storedHoldings } from '../order/stored.ts';
import { overwriteWarnings, untilVisible } from '../order/visible.ts';
import { inputOf, NO_PORTFOLIO } from './change.ts';

/** The version that the lines were computed from, and all lines. */
const memo = z.object({ version: z.number().nullable(), holdings: storedHoldings, warnings: z.array(z.string()) });

const OVERWRITTEN =
  'Another system changed the portfolio in InvestSuite while the gateway updated it; check that no holding is missing.';
const SUPERSEDED = 'This update was delayed; a newer update has set some of its holdings, which are kept.';

interface Merged {
  readonly result: HoldingsResult;
  readonly warnings: readonly string[];
}

/** The given holdings, except those that a newer update has set meanwhile, merged into the current ones. */
async function merge({ row, read }: StepContext, { holdings }: Portfolio): Promise<Merged> {
  const told = inputOf(row);
  const newer = (await read((reading) => newerWorkflows(reading, row))).filter((each) => each.state === 'COMPLETED');
  if (newer.length === 0) return { result: mergeHoldings(holdings, told.holdings, told.replaceAll), warnings: [] };
  const inputs = newer.map(inputOf);
  const warnings = [SUPERSEDED];
  if (inputs.some(({ replaceAll }) => replaceAll)) return { result: { kind: 'unchanged' }, warnings };
  const set = new Set(inputs.flatMap((each) => each.holdings.map(({ instrumentId }) => instrumentId)));
  const lines = told.holdings.filter(({ instrumentId }) => !set.has(instrumentId));
  // With replaceAll a holding that is left out is sold, except one that a newer update has set.
  const kept = told.replaceAll ? holdings.filter(({ instrumentId }) => set.has(instrumentId)) : [];
  const all = [...lines, ...kept];
  if (all.length === 0) return { result: { kind: 'unchanged' }, warnings };
  return {
    result: mergeHoldings(holdings, all, told.replaceAll),
    warnings: lines.length < told.holdings.length || told.replaceAll ? warnings : [],
  };
}

const toCompare = (warnings: readonly string[]): Advance<'holdings-change'> => ({
  kind: 'advance',
  step: 'compare',
  patch: { progress: keepJson({ warnings }) },
});

/** Writes the whole map, computed under the portfolio's lock. */
export function writeHoldings(ports: OrderPorts): WriteStep<'holdings-change'> {
  const { investSuite } = ports;
  const ask = ({ row }: StepContext): Promise<Portfolio | null> => investSuite.portfolioFresh(row.portfolio_id);
  const read = (context: StepContext): Promise<Portfolio | null> => readUnderLock(context, () => ask(context));
  return writeStepOf<'holdings-change'>()({
    system: 'INVESTSUITE',
    memo,
    lock: (row) => portfolioLock(row.portfolio_id),
    prepare: async (context) => {
      const portfolio = await read(context);
      if (portfolio === null) return failed(NO_PORTFOLIO);
      const { result, warnings } = await merge(context, portfolio);
      if (result.kind === 'invalid') return failed(result);
      if (result.kind === 'unchanged') return toCompare(warnings);
      const { holdings } = result;
      return { kind: 'send' as const, memo: { version: portfolio.version, holdings, warnings: [...warnings] } };
    },
    send: async (context, { holdings }) => {
      const outcome = await investSuite.patchPortfolio(context.row.portfolio_id, { holdings }, context.sending);
      if (outcome.kind === 'accepted') await untilVisible(context.runtime, () => ask(context), outcome.value.version);
      return outcome;
    },
    repeats: 'never',
    look: async (context, _memo, attempt) => {
      const portfolio = await read(context);
      if (portfolio === null)
        return mayStillArrive(context, attempt) ? ABSENT : endInDoubt(ports, context.row, changeUnknown);
      const { result } = await merge(context, portfolio);
      return result.kind === 'unchanged' ? found(portfolio) : ABSENT;
    },
    doubt: changeUnknown.message,
    unsettled: ({ row }) => endInDoubt(ports, row, changeUnknown),
    accepted: ({ row }, { version, warnings }, portfolio) => {
      const about = { portfolioId: portfolio.id, rowId: row.id };
      return toCompare([...warnings, ...overwriteWarnings(ports, { version }, portfolio, OVERWRITTEN, about)]);
    },
    refused: (_context, _memo, status) => refused(status),
    refusedBy: [STALE],
    resolve: NOT_REVIEWED,
  });
}

/** The version that the update was computed from is outdated. */
const STALE = 412;

function refused(status: number): Decision<'holdings-change'> {
  if (status === REBALANCING) return waitForRebalancing;
  if (status === STALE) return { kind: 'wait', for: 'investsuite' };
  return failed(refusedByInvestSuite(status));
}
