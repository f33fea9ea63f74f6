import { WITHDRAWAL_STATES } from '../../domain/withdrawal.ts';
import { staysEnded } from '../cash/ended.ts';
import { endOf } from '../engine/sendings.ts';
import { enter, type ObserveStep, review } from '../engine/step.ts';
import { paid, returned } from './follow.ts';
import { readPayment, toldPayment } from './payment.ts';
import { leave } from './progress.ts';
import { withTaxes } from './taxes.ts';

/** An event about a withdrawal that has ended: the bank may have sent the money back, or the broker contradict itself. */
export const recheck: ObserveStep<'withdrawal'> = {
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    const { stage, taxes } = await toldPayment(context);
    const isNews =
      (row.state === 'COMPLETED' && stage === 'cancelled') ||
      ((row.state === 'CANCELLED' || row.state === 'FAILED') && (stage === 'paid' || stage === 'processing')) ||
      // A late event may report a cancelled payment as NEW; not a failed one.
      (row.state === 'FAILED' && stage === 'new');
    if (!isNews) return await withTaxes(row, taxes, () => ({ kind: 'advance', step: null }));
    const now = await readPayment(context);
    if (row.state === 'COMPLETED')
      return await withTaxes(row, now.taxes, (taxed) =>
        now.stage === 'cancelled' ? returned(taxed, now) : { kind: 'advance', step: null },
      );
    if (now.stage === 'cancelled') return { kind: 'advance', step: null };
    return review(`Upvest is paying a withdrawal whose state here was ${row.state}.`);
  },
  resolve: {
    // It may not be paid yet: followed like any other.
    done: ({ row }) =>
      row.subject === null ? paid(row) : { kind: 'advance', states: [enter('SUBMITTED')], step: 'watch' },
    notDone: (context) =>
      endOf(context.row) === undefined
        ? leave(context.row, 'CANCELLED', 'Marked as not paid by an operator.')
        : staysEnded(context, WITHDRAWAL_STATES),
  },
};
