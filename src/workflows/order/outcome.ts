import { z } from 'zod';
import type { UpstreamRefused } from '../../domain/failures.ts';
import type { WorkflowRow } from '../../store/index.ts';
import { keepJson, readKept } from '../engine/kept-json.ts';
import { type Advance, enter, type ReviewAnswers } from '../engine/step.ts';
import type { AskedOnceKind } from './definition.ts';
import type { OrderPorts, OrderTrouble } from './ports.ts';
import { type RowFailure, storedFailure } from './stored.ts';

/** How a row ended, as stored and as returned to the waiting caller. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T; readonly warnings: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: RowFailure };

const stored = z.object({
  outcome: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('done'), value: z.unknown(), warnings: z.array(z.string()) }),
      z.object({ kind: z.literal('failed'), failure: storedFailure }),
    ])
    .optional(),
});

/** How the row ended; undefined while it has not. */
export function outcomeOf<T>(row: Pick<WorkflowRow, 'progress'>, value: z.ZodType<T>): Outcome<T> | undefined {
  if (row.progress === null) return undefined;
  const { outcome } = readKept(stored, row.progress);
  return outcome?.kind === 'done' ? { ...outcome, value: value.parse(outcome.value) } : outcome;
}

/** An end of a row of any of these kinds. */
export type End = Pick<Advance<AskedOnceKind>, 'kind' | 'states' | 'patch'> & { readonly step: null };

/** Ends a row well; `value` in the form in which it is kept. */
export const completed = (value: unknown, warnings: readonly string[]): End => ({
  kind: 'advance',
  states: [enter('COMPLETED')],
  step: null,
  patch: { progress: keepJson({ outcome: { kind: 'done', value, warnings } }) },
});

/** Ends a row with nothing done, or (IN_DOUBT) without knowing whether anything was. */
export const failed = (failure: RowFailure, state: 'FAILED' | 'IN_DOUBT' = 'FAILED'): End => ({
  kind: 'advance',
  states: [enter(state, failure.message)],
  step: null,
  patch: { progress: keepJson({ outcome: { kind: 'failed', failure } }) },
});

export const refusedByInvestSuite = (status: number): UpstreamRefused => ({
  kind: 'upstreamRefused',
  code: 'UPSTREAM_REFUSED',
  message: `InvestSuite refused the request (${status}).`,
  retryable: false,
  system: 'INVESTSUITE',
  status,
});

export const outcomeUnknown: UpstreamRefused = {
  kind: 'upstreamRefused',
  code: 'OUTCOME_UNKNOWN',
  message:
    'The outcome is unknown: InvestSuite did not answer, and refuses to list the transactions. Look for the transaction in InvestSuite before you repeat the request.',
  retryable: false,
  system: 'INVESTSUITE',
  status: null,
};

/** After a write with a lost answer, when its object is gone or can't be read. */
export const changeUnknown: UpstreamRefused = {
  ...outcomeUnknown,
  message:
    'The outcome is unknown: InvestSuite did not answer, and does not show the object of the change. Look at InvestSuite before you repeat the request.',
};

/** Ends a row whose write can't be settled, and reports it: `reconcile` lists it. */
export function endInDoubt(
  { onTrouble }: Pick<OrderPorts, 'onTrouble'>,
  { id, portfolio_id: portfolioId, step }: WorkflowRow,
  failure: UpstreamRefused,
  about: OrderTrouble['about'] = {},
): End {
  onTrouble?.({
    kind: 'in-doubt',
    message: failure.message,
    about: { portfolioId, rowId: id, step: step ?? '', ...about },
  });
  return failed(failure, 'IN_DOUBT');
}

const neverReviewed = (): never => {
  throw new TypeError('rows of this kind are not reviewed');
};

/** These kinds never enter NEEDS_REVIEW: what no machine can settle ends IN_DOUBT. */
export const NOT_REVIEWED: ReviewAnswers<never> = { done: neverReviewed, notDone: neverReviewed };
