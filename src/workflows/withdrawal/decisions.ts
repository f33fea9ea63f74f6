import { type Decision, review, type StepContext } from '../engine/step.ts';
import { returned } from './follow.ts';
import { toldPayment } from './payment.ts';
import { leave } from './progress.ts';

/** InvestSuite keeps reservations for robo portfolios only. */
export const firstWithdrawalStep = ({ robo }: { readonly robo: boolean }) => (robo ? 'reserve' : 'submit');

/** Before InvestSuite gets the withdraw event: the bank may have sent the money back meanwhile. */
export async function ifReturned(context: StepContext): Promise<Decision<'withdrawal'> | undefined> {
  const told = await toldPayment(context);
  return told.stage === 'cancelled' ? returned(context.row, told) : undefined;
}

export const refusedAfterPaid = ({ row }: StepContext, status: number): Decision<'withdrawal'> =>
  review(`Paid by the broker, but InvestSuite refused step ${row.step} (${status}).`);

export const notTold = ({ row }: Pick<StepContext, 'row'>): Decision<'withdrawal'> =>
  leave(row, 'FAILED', `Paid by the broker. Marked by an operator: InvestSuite did not carry out step ${row.step}.`);
