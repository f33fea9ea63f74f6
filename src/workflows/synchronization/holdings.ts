import { type Advance, type Decision, enter, type StepContext, type WriteStep } from '../engine/step.ts';
import { followHoldings, type HoldingsFollowed } from '../holdings/follow-broker.ts';
import { NOT_REVIEWED } from '../order/outcome.ts';
import { compared, drifted, noting, progressOf } from './portfolio.ts';
import type { SynchronizationPorts } from './ports.ts';
import { refusedHoldings } from './refused.ts';
import { notYet } from './settle.ts';

/** Brings the holdings to what the broker has. */
export function holdingsStep(ports: SynchronizationPorts): WriteStep<'synchronization'> {
  const step = followHoldings<'synchronization'>(ports, {
    next: (context, done) => next(context, done),
    kept: (row) => progressOf(row).kept ?? [],
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
  const { refused, kept = [] } = progressOf(row);
  switch (followed.kind) {
    case 'written':
    case 'unchanged':
      if (kept.length > 0) return drifted(row, now, notKnown(kept));
      return inSync(now, followed.kind === 'written' || row.state !== 'IN_SYNC');
    case 'notLinked':
      return { kind: 'advance', step: null, patch: compared(now) };
    case 'notWritable':
      return drifted(row, now, followed.reason);
    case 'refused':
      // Tried once more without the instruments that it knows nothing of.
      return refused === undefined
        ? { kind: 'advance', step: 'settle', patch: noting(row, { refused: followed.status }) }
        : drifted(row, now, refusedHoldings(followed.status));
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

const notKnown = (kept: readonly string[]): string =>
  `InvestSuite refuses transactions of ${kept.join(', ')}, whose holdings stay as it has them; all others are the broker's.`;
