import { v5 } from 'uuid';
import { z } from 'zod';
import type { PortfolioId } from '../../domain/ids.ts';
import type { OptimizationPayload } from '../../domain/notification.ts';
import { beginLock, lockInTransaction, type WorkflowRow, type Writing } from '../../store/index.ts';
import { beginRow } from '../engine/begun.ts';
import type { CompleteDefinition } from '../engine/definition.ts';
import { readKept } from '../engine/kept-json.ts';
import type { BegunRow, ObserveStep, Wait } from '../engine/step.ts';
import { ASKED_ONCE } from '../order/definition.ts';
import { completed } from '../order/outcome.ts';
import { checkOptimization } from './check.ts';
import { isAnotherOpen } from './open.ts';
import type { RebalancingPorts, RebalancingSettings } from './ports.ts';
import { REBALANCING, type RebalancingInput, rebalancingIdOf } from './rows.ts';

/** Never changed: news of an optimization has the same row however often it is delivered. */
const NAMESPACE = '58c1f3d6-0f0b-4a0e-9d7b-2f6e0c9c5b42';

const input = z.object({ optimizationId: z.string() });

/**
 * Has an optimization carried out of which InvestSuite's event says that it is recommended, or accepted: called in the transaction that
 * finishes the event. Whether that is so is read from InvestSuite later, by a row of its own, which is retried while InvestSuite is away.
 */
export async function followOptimization(
  writing: Writing,
  { optimizationId, value, isRecommended }: OptimizationPayload,
  portfolioId: PortfolioId,
): Promise<void> {
  if (optimizationId === null || (isRecommended !== true && value !== 'ACCEPT')) return;
  const id = `opn_${v5(`${portfolioId} ${optimizationId} ${value}`, NAMESPACE)}`;
  const row: BegunRow = {
    id,
    kind: NEWS,
    firstStep: 'look',
    input: { optimizationId },
    money: null,
    subject: null,
    shared: true,
  };
  await beginRow(writing, { id: optimizationId, kind: NEWS, portfolio_id: portfolioId }, row);
}

const NEWS = 'optimization-news';

/** Begins the rebalancing where the optimization may be carried out. */
export const optimizationNewsWorkflow = (
  ports: RebalancingPorts,
  settings: RebalancingSettings,
): CompleteDefinition<'optimization-news'> => ({
  kind: NEWS,
  transitions: ASKED_ONCE,
  steps: { look: lookStep(ports, settings) },
  event: () => undefined,
});

const lookStep = (ports: RebalancingPorts, settings: RebalancingSettings): ObserveStep<'optimization-news'> => ({
  kind: 'observe',
  run: async ({ row, read }) => {
    const { portfolio_id: portfolioId } = row;
    const { optimizationId } = readKept(input, row.input);
    const begun = rebalancingRow(row, settings, optimizationId);
    // It was computed before that one has traded: when it is over, InvestSuite may have a newer optimization.
    if (await read((reading) => isAnotherOpen(reading, portfolioId, begun.id))) return LATER;
    const portfolio = await ports.investSuite.portfolioFresh(portfolioId);
    const checked = portfolio === null ? undefined : await checkOptimization(ports, portfolio, optimizationId);
    if (checked?.kind === 'optimizationNotExecutable' && isEarly(row)) return LATER;
    if (checked?.kind !== 'ready') return completed(null, checked === undefined ? [] : [checked.message]);
    return {
      ...completed(null, []),
      begin: [begun],
      stillHolds: async (writing) => {
        await lockInTransaction(writing, beginLock(portfolioId));
        return !(await isAnotherOpen(writing, portfolioId, begun.id));
      },
    };
  },
});

const LATER: Wait = { kind: 'wait', for: 'rebalancing' };

/** A read may lag behind the event. */
const EARLY_LOOKS = 3;
const isEarly = ({ waiting_for: reason, attempts }: WorkflowRow): boolean =>
  reason !== 'rebalancing' || attempts < EARLY_LOOKS;

function rebalancingRow(row: WorkflowRow, settings: RebalancingSettings, optimizationId: string): BegunRow {
  const asked: RebalancingInput = { optimizationId, ...settings };
  return {
    id: rebalancingIdOf(row.portfolio_id, optimizationId),
    kind: REBALANCING,
    firstStep: 'check',
    input: asked,
    money: null,
    subject: null,
    shared: true,
  };
}
