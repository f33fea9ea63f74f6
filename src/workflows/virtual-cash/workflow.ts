import { VIRTUAL_CASH_STATES, VIRTUAL_CASH_TRANSITIONS, type VirtualCashDirection } from '../../domain/virtual-cash.ts';
import { brokerIdOf } from '../cash/broker-events.ts';
import { cashDefinition } from '../cash/definition.ts';
import { recheckAfterEnd } from '../cash/ended.ts';
import { VIRTUAL_CASH_DECREASE, VIRTUAL_CASH_INCREASE } from '../cash/rows.ts';
import { enter, type ObserveStep } from '../engine/step.ts';
import { awaitStep } from './await.ts';
import { statusOfVirtualCash } from './broker.ts';
import type { VirtualCashKind } from './decisions.ts';
import { issueStep } from './issue.ts';

export const CANCEL_VIRTUAL_CASH_DECREASE = 'cancelVirtualCashDecrease';

/** An event of an ended movement: only an effect after CANCELLED or FAILED matters. */
const recheckStep = (direction: VirtualCashDirection): ObserveStep<VirtualCashKind> =>
  recheckAfterEnd<VirtualCashKind>({
    states: VIRTUAL_CASH_STATES,
    stillMoves: async (context) => {
      const { row } = context;
      const status = await statusOfVirtualCash(context, direction, brokerIdOf(row.subject) ?? '', false);
      // A late event may report a cancelled movement as ISSUED or QUEUED; not a failed one.
      return status === 'CONFIRMED' || (row.state === 'FAILED' && (status === 'ISSUED' || status === 'QUEUED'));
    },
    done: ({ row }) => ({ kind: 'advance', states: [enter('ISSUED')], step: 'await', patch: { subject: row.subject } }),
  });

const workflow = (direction: VirtualCashDirection) => ({
  noun: `VIRTUAL_CASH_${direction}`,
  transitions: VIRTUAL_CASH_TRANSITIONS,
  steps: { issue: issueStep(direction), await: awaitStep(direction) },
  recheck: recheckStep(direction),
});

export const virtualCashIncreaseWorkflow = cashDefinition({ kind: VIRTUAL_CASH_INCREASE, ...workflow('INCREASE') });
export const virtualCashDecreaseWorkflow = cashDefinition({
  kind: VIRTUAL_CASH_DECREASE,
  ...workflow('DECREASE'),
  cancelMutation: CANCEL_VIRTUAL_CASH_DECREASE,
});
