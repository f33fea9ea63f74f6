import { REBALANCING_TRANSITIONS } from '../../domain/rebalancing.ts';
import { portfolioLock } from '../../store/index.ts';
import { timeOf } from '../cash/rows.ts';
import type { CompleteDefinition, WorkflowDefinition } from '../engine/definition.ts';
import { type Decision, enter, type ReviewAnswers, review } from '../engine/step.ts';
import { followHoldings, type HoldingsFollowed } from '../holdings/follow-broker.ts';
import { notYet } from '../synchronization/settle.ts';
import { checkStep } from './check.ts';
import type { RebalancingPorts } from './ports.ts';
import { REBALANCING, rebalancingOf } from './rows.ts';
import { buyStep, recordsStep, sellStep } from './trade.ts';

/** docs/orders.md, "Rebalancing" */
export const rebalancingWorkflow = (ports: RebalancingPorts): CompleteDefinition<'rebalancing'> => ({
  ...COMMON,
  steps: {
    check: checkStep(ports),
    sell: sellStep,
    buy: buyStep(ports),
    records: recordsStep(ports),
    holdings: followHoldings<'rebalancing'>(ports, {
      next: (_context, followed) => afterHoldings(followed),
      // What the broker has then is compared, and a payment that is in one of the systems only would be booked on top of it.
      instead: (context) => notYet(context),
      resolve: ANSWERS,
    }),
  },
});

const COMMON: Omit<CompleteDefinition<'rebalancing'>, 'steps'> = {
  kind: REBALANCING,
  transitions: REBALANCING_TRANSITIONS,
  event: (row, history, at) => ({
    portfolioId: row.portfolio_id,
    source: 'GATEWAY',
    type: `REBALANCING.${row.state}`,
    objectId: row.id,
    occurredAt: timeOf(at),
    receivedAt: at,
    event: { kind: 'rebalancing', content: rebalancingOf(row, history) },
  }),
};

const completed = (reason: string | null = null): Decision<'rebalancing'> => ({
  kind: 'advance',
  states: [enter('COMPLETED', reason)],
  step: null,
});

const ANSWERS: ReviewAnswers<'rebalancing'> = {
  done: () => completed('Completed by an operator.'),
  notDone: () => completed('Completed by an operator; the holdings were not written.'),
};

/** For resolving a review where there are no upstreams: it runs no step. */
export const reviewedRebalancing: WorkflowDefinition<'rebalancing'> = {
  ...COMMON,
  steps: {
    holdings: {
      kind: 'observe',
      lock: (row) => portfolioLock(row.portfolio_id),
      run: () => Promise.reject(new TypeError('no upstreams')),
      resolve: ANSWERS,
    },
  },
};

function afterHoldings(followed: HoldingsFollowed): Decision<'rebalancing'> {
  switch (followed.kind) {
    case 'written':
    case 'unchanged':
      return completed();
    case 'notLinked':
      return completed('The holdings were not written: the portfolio is no longer linked to the broker.');
    case 'notWritable':
      return review(followed.reason);
    case 'refused':
      return review(`InvestSuite refused the holdings of the portfolio (${followed.status}).`);
    default:
      return followed satisfies never;
  }
}
