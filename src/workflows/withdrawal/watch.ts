import type { WorkflowRow } from '../../store/index.ts';
import { withdrawalInputOf } from '../cash/rows.ts';
import type { ObserveStep } from '../engine/step.ts';
import { cancelled } from './cancel-at-broker.ts';
import { follow, paid } from './follow.ts';
import { type Payment, readPayment, toldPayment } from './payment.ts';
import { leave } from './progress.ts';
import { findUnderAnotherId } from './submit.ts';
import { withTaxes } from './taxes.ts';

/** Follows the payment until it is paid or cancelled; asks for it to be cancelled where that was wanted. */
export const watch: ObserveStep<'withdrawal'> = {
  kind: 'observe',
  run: async (context) => {
    const { row } = context;
    // Right after it was made only the inbox is looked at: the webhook may have been here before the id was known.
    const isFirstLook = row.waiting_for === null && row.cancel_requested_at === null && row.state === 'SUBMITTED';
    const now = isFirstLook ? await toldPayment(context) : await readPayment(context);
    const elsewhere = isUnheardOf(row, now) ? await findUnderAnotherId(context) : undefined;
    if (elsewhere !== undefined) return elsewhere;
    return await withTaxes(
      row,
      now.taxes,
      async (taxed) => (await cancelled({ ...context, row: taxed }, now)) ?? follow(taxed, now),
    );
  },
  resolve: {
    done: ({ row }) => paid(row),
    notDone: ({ row }) => leave(row, 'FAILED', 'Marked as not paid by an operator.'),
  },
};

/** Requested more than once, so not merely late, and neither returned nor reported. */
const isUnheardOf = (row: WorkflowRow, { stage }: Payment): boolean =>
  stage === 'unknown' && row.attempts >= 2 && withdrawalInputOf(row).payout === 'withdrawal';
