import { z } from 'zod';
import { notFound } from '../../domain/failures.ts';
import { type HoldingsResult, mergeHoldings } from '../../domain/holdings.ts';
import type { Holding, Portfolio } from '../../domain/portfolio.ts';
import { newerWorkflows, portfolioLock, type WorkflowRow } from '../../store/index.ts';
import { waitForRebalancing } from '../cash/booking.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import { readUnderLock } from '../engine/read-under-lock.ts';
import type { Advance, ObserveStep, StepContext, WriteStep } from '../engine/step.ts';
import { ABSENT, found, mayStillArrive, REBALANCING, writeStep } from '../engine/write-step.ts';
import { ASKED_ONCE, orderDefinition } from '../order/definition.ts';
import { holdingsEvent } from '../order/events.ts';
import {
  changeUnknown,
  completed,
  endInDoubt,
  failed,
  NOT_REVIEWED,
  outcomeOf,
  refusedByInvestSuite,
} from '../order/outcome.ts';
import type { OrderPorts } from '../order/ports.ts';
import { storedHoldings } from '../order/stored.ts';
import { follows, untilVisible } from '../order/visible.ts';
import { compareWithBroker } from './compare.ts';

export const HOLDINGS_CHANGE = 'holdings-change';

const input = z.object({ holdings: storedHoldings, replaceAll: z.boolean() });
export type HoldingsChangeInput = z.output<typeof input>;

const inputOf = (row: WorkflowRow): HoldingsChangeInput => input.parse(JSON.parse(row.input));

export const NO_PORTFOLIO = notFound('There is no such portfolio.');

/** The version that the lines were computed from, and all lines. */
const memo = z.object({ version: z.number().nullable(), holdings: storedHoldings, warnings: z.array(z.string()) });
type Memo = z.infer<typeof memo>;

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

const toCompare = (warnings: readonly string[]): Advance => ({
  kind: 'advance',
  step: 'compare',
  patch: { progress: JSON.stringify({ warnings }) },
});

function writeHoldings(ports: OrderPorts): WriteStep {
  const { investSuite } = ports;
  const ask = ({ row }: StepContext): Promise<Portfolio | null> => investSuite.portfolioFresh(row.portfolio_id);
  const read = (context: StepContext): Promise<Portfolio | null> => readUnderLock(context, () => ask(context));
  return writeStep<Memo, Portfolio>({
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
      if (outcome.kind === 'accepted') await untilVisible(() => ask(context), outcome.value.version);
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
      if (follows({ version }, portfolio)) return toCompare(warnings);
      ports.onTrouble?.({
        kind: 'overwritten',
        message: OVERWRITTEN,
        about: { portfolioId: portfolio.id, rowId: row.id },
      });
      return toCompare([...warnings, OVERWRITTEN]);
    },
    refused: (_context, _memo, status) => {
      if (status === REBALANCING) return waitForRebalancing;
      if (status === STALE) return { kind: 'wait', for: 'investsuite' };
      return failed(refusedByInvestSuite(status));
    },
    refusedBy: [STALE],
    resolve: NOT_REVIEWED,
  });
}

/** The version that the update was computed from is outdated. */
const STALE = 412;

const soFar = z.object({ warnings: z.array(z.string()) });

/** The broker is the master of positions: a difference is a warning, but the update stands. */
const compareStep = (ports: OrderPorts): ObserveStep => ({
  kind: 'observe',
  run: async ({ row }) => {
    const { warnings } = soFar.parse(JSON.parse(row.progress ?? 'null'));
    const told = inputOf(row);
    const compared = await compareWithBroker(ports, row.portfolio_id, told.replaceAll ? 'all' : linesOf(told.holdings));
    return completed(null, [...warnings, ...compared]);
  },
});

const linesOf = (holdings: readonly Holding[]): ReadonlySet<string> =>
  new Set(holdings.map(({ instrumentId }) => instrumentId));

/** docs/orders.md: an update of holdings. */
export const holdingsChangeWorkflow = (ports: OrderPorts): WorkflowDefinition =>
  orderDefinition({
    kind: HOLDINGS_CHANGE,
    states: ASKED_ONCE,
    steps: { write: writeHoldings(ports), compare: compareStep(ports) },
    event: (row, at) => (outcomeOf(row, z.null())?.kind === 'done' ? holdingsEvent(row, at) : undefined),
  });
