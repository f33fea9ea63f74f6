import { type Advance, type Decision, enter, type StepContext, type WriteStep } from '../engine/step.ts';
import { followHoldings, type HoldingsFollowed } from '../holdings/follow-broker.ts';
import { NOT_REVIEWED } from '../order/outcome.ts';
import { compared } from './portfolio.ts';
import type { SynchronizationPorts } from './ports.ts';
import { notYet } from './settle.ts';

/** Brings the holdings to what the broker has. */
export function holdingsStep(ports: SynchronizationPorts): WriteStep<'synchronization'> {
  const step = followHoldings<'synchronization'>(ports, {
    next: (context, done) => next(context, done),
    resolve: NOT_REVIEWED,
  });
  return {
    ...step,
    prepare: async (context) => {
      if (!ports.isOn) return { kind: 'advance', step: null };
      const before = await notYet(context);
      if (before !== undefined) return { ...before, step: 'settle' };
      const ready = await step.prepare(context);
      // Money that began to move while the broker was read is in what was read, or will be booked on top of it.
      const since = ready.kind === 'send' ? await notYet(context) : undefined;
      return since === undefined ? ready : { ...since, step: 'settle' };
    },
  };
}

function next({ row, now }: StepContext, followed: HoldingsFollowed): Decision<'synchronization'> {
  switch (followed.kind) {
    case 'written':
      return inSync(now, true);
    case 'unchanged':
      return inSync(now, row.state !== 'IN_SYNC');
    case 'notLinked':
      return { kind: 'advance', step: null, patch: compared(now) };
    case 'notWritable':
      return drifted(now, row.reason, followed.reason);
    case 'refused':
      return drifted(now, row.reason, `InvestSuite refused the holdings (${followed.status}).`);
    default:
      return followed satisfies never;
  }
}

const inSync = (now: number, isNews: boolean): Advance<'synchronization'> => ({
  kind: 'advance',
  step: null,
  patch: compared(now),
  states: isNews ? [enter('IN_SYNC')] : [],
});

const drifted = (now: number, before: string | null, reason: string): Advance<'synchronization'> => ({
  kind: 'advance',
  step: null,
  patch: compared(now),
  states: before === reason ? [] : [enter('DRIFTED', reason)],
});
