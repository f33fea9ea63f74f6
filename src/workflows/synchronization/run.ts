import { z } from 'zod';
import { invalid } from '../../domain/checked.ts';
import type { Failure } from '../../domain/failures.ts';
import { isKnownMovementType, type KnownMovementType } from '../../domain/movement-types.ts';
import { decimalText, parsed } from '../../domain/parsed-text.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import type { SynchronizationChange } from '../../domain/synchronization/change.ts';
import { MOVEMENT_TYPES } from '../../domain/transaction.ts';
import type { Store } from '../../store/index.ts';
import type { Caller, CommandResult } from '../accept.ts';
import type { Engine } from '../engine/engine.ts';
import { readKept } from '../engine/kept-json.ts';
import type { ObserveStep } from '../engine/step.ts';
import { completed } from '../order/outcome.ts';
import { findPortfolio, NO_PORTFOLIO, onlyOperators, runOnce, work } from '../order/run.ts';
import { begin, planOf } from './plan.ts';
import { isFollowing, isUnderWay } from './portfolio.ts';
import type { SynchronizationPorts } from './ports.ts';

export const SYNCHRONIZATION_RUN = 'synchronization-run';

/** Dependencies of `synchronizePortfolio`; one per gateway. */
export interface SynchronizationServices {
  readonly store: Store;
  readonly engine: Pick<Engine, 'definitions'>;
  readonly ports: SynchronizationPorts;
}

export interface SynchronizePortfolioInput {
  readonly portfolioId: string;
  readonly dryRun?: boolean | null | undefined;
  readonly idempotencyKey: string;
}

export interface Synchronized {
  readonly portfolio: Portfolio;
  readonly changes: readonly SynchronizationChange[];
}

const movementType = parsed<KnownMovementType>(
  (name) => MOVEMENT_TYPES.filter(isKnownMovementType).find((type) => type === name),
  'a type of movement',
);

const storedChanges: z.ZodType<readonly SynchronizationChange[]> = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('HOLDING'), instrumentId: z.string(), from: decimalText, to: decimalText }),
    z.object({
      kind: z.literal('TRANSACTION'),
      externalId: z.string(),
      movementType,
      instrumentId: z.string(),
      to: decimalText.nullable(),
    }),
  ]),
);

const input = z.object({ dryRun: z.boolean(), changes: storedChanges });

/** Ends when all that the run has begun is done. */
export const awaitStep: ObserveStep<'synchronization-run'> = {
  kind: 'observe',
  run: async ({ row, read }) => {
    const { dryRun, changes } = readKept(input, row.input);
    const isBusy = !dryRun && (await read((reading) => isUnderWay(reading, row.portfolio_id)));
    return isBusy ? { kind: 'wait', for: 'settling' } : completed({ changes }, []);
  },
};

const OFF: Failure = {
  kind: 'upstreamRefused',
  code: 'SYNCHRONIZATION_OFF',
  message: 'PORTFOLIO_SYNC is off: only a dry run is possible.',
  retryable: false,
  system: 'INVESTSUITE',
  status: null,
};

/**
 * Brings InvestSuite to what the broker has of a portfolio, and waits for it. Failures, in this order: Forbidden; InvalidInput (key);
 * IdempotencyKeyReused; NotFound; InvalidInput for a portfolio that does not follow the broker; UpstreamRefused with code
 * SYNCHRONIZATION_OFF or OUTCOME_PENDING. Throws an UpstreamError where either system can't be read; nothing is recorded then.
 */
export async function synchronizePortfolio(
  { store, engine, ports }: SynchronizationServices,
  caller: Caller,
  { portfolioId, dryRun: asked, idempotencyKey }: SynchronizePortfolioInput,
): Promise<CommandResult<Synchronized>> {
  const no = onlyOperators(caller, 'Synchronizing a portfolio');
  if (no !== undefined) return no;
  const dryRun = asked ?? false;
  const services = { store, engine, investSuite: ports.investSuite };
  const find = () => findPortfolio(services, caller, portfolioId);
  const request = { mutation: 'synchronizePortfolio', idempotencyKey, input: { portfolioId, dryRun } };
  const check = async () => {
    const portfolio = await find();
    if (portfolio === undefined) return NO_PORTFOLIO;
    const link = ports.link(portfolio);
    if (link === null || !isFollowing(ports, portfolio)) return NOT_FOLLOWING;
    if (!dryRun && !ports.isOn) return OFF;
    const fresh = (await ports.investSuite.portfolioFresh(portfolio.id)) ?? portfolio;
    const plan = await planOf(ports, store, { portfolio: fresh, link });
    // Before the request is taken on: what is begun would be begun by the next event or sweep, too.
    if (!dryRun) await begin(store, plan);
    const { changes } = plan;
    return work(portfolio, {
      kind: SYNCHRONIZATION_RUN,
      idPrefix: 'srn_',
      firstStep: 'await',
      input: { dryRun, changes },
    });
  };
  const result = await runOnce(services, caller, request, { check, value: z.object({ changes: storedChanges }) });
  if (result.kind !== 'success') return result;
  const portfolio = await find();
  if (portfolio === undefined) return NO_PORTFOLIO;
  return { kind: 'success', value: { portfolio, changes: result.value.value.changes }, replayed: result.replayed };
}

const NOT_FOLLOWING = invalid(
  'portfolioId',
  'Only portfolios of real money follow the broker, while they are linked to it and not archived.',
);
