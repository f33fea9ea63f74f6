import type { CashBalance } from '../../domain/broker.ts';
import { compare, type Decimal, isNegative, subtract, sum, ZERO } from '../../domain/decimal.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import type { WorkflowKind, WorkflowState } from '../../domain/workflow-kinds.ts';
import { openOfAccountGroup, type Reading, type WorkflowRow } from '../../store/index.ts';
import { ORDER, VIRTUAL_CASH_DECREASE, WITHDRAWAL, withdrawalInputOf } from '../cash/rows.ts';

/**
 * Cash of an account group that requests will take and the balance does not show. Upvest deducts a withdrawal from
 * `available_for_withdrawal` when it is NEW, and a virtual cash decrease when it is CONFIRMED. A row counts from
 * acceptance until it is paid or has ended, also while it is in doubt or in review, for every portfolio of the group.
 */

/** The kinds of rows that take cash. Of orders those that buy, until the broker has them: then its balance shows them. */
export const CASH_TAKERS: readonly WorkflowKind[] = [WITHDRAWAL, VIRTUAL_CASH_DECREASE, ORDER];

/**
 * `asked`: nothing was sent. `sending`: sent, and the answer is not known: the balance may show it or not. `issued`: a decrease
 * of virtual cash that is ISSUED or QUEUED. `withdrawing`: a withdrawal that is NEW or PROCESSING. `over`: paid, or it
 * will not be.
 */
type Stage = 'asked' | 'sending' | 'issued' | 'withdrawing' | 'over';

/** Where a row stands with the broker's cash. */
function stageOf(row: WorkflowRow): Stage {
  // Where a review was entered from is where the row stands.
  const state = row.state === 'NEEDS_REVIEW' ? (row.resume_state ?? 'REQUESTED') : row.state;
  if (row.kind === WITHDRAWAL) return stageOfWithdrawal(row, state);
  return row.kind === ORDER ? stageOfOrder(row, state) : stageOfDecrease(row, state);
}

/** Whether the broker does not have an order yet, as far as is known. */
export function stageOfOrder(row: WorkflowRow, state: WorkflowState): 'asked' | 'sending' | 'over' {
  if (state !== 'REQUESTED' && state !== 'RECORDED') return 'over';
  return row.sent_at !== null || row.state === 'NEEDS_REVIEW' ? 'sending' : 'asked';
}

function stageOfWithdrawal(row: WorkflowRow, state: WorkflowState): Stage {
  // Its end is decided, and it is not paid: only the reservation in InvestSuite is left to be released.
  if (row.step === 'release') return 'over';
  const issued = withdrawalInputOf(row).payout === 'virtual-cash' ? 'issued' : 'withdrawing';
  switch (state) {
    case 'REQUESTED':
    case 'RESERVED':
    case 'AWAITING_CASH':
      return row.step === 'submit' && row.sent_at !== null ? 'sending' : 'asked';
    case 'SUBMITTED':
    case 'PROCESSING':
      return issued;
    case 'CANCELLED':
    case 'FAILED':
      // In review: the broker goes on with a withdrawal that had ended here.
      return row.state === 'NEEDS_REVIEW' ? issued : 'over';
    default:
      return 'over';
  }
}

function stageOfDecrease(row: WorkflowRow, state: WorkflowState): Stage {
  if (state === 'REQUESTED') return row.sent_at === null ? 'asked' : 'sending';
  return state === 'ISSUED' || state === 'QUEUED' ? 'issued' : 'over';
}

/** A row that takes cash, and where it stands. */
export interface Taker {
  readonly id: string;
  readonly kind: string;
  readonly amount: Decimal;
  readonly stage: Exclude<Stage, 'over'>;
}

/** Cash that a row takes, or took before it was over; undefined where it is none of this currency. */
export function takenBy(row: WorkflowRow, currency: string): (Omit<Taker, 'stage'> & { stage: Stage }) | undefined {
  if (row.currency !== currency || row.amount === null) return undefined;
  return { id: row.id, kind: row.kind, amount: row.amount, stage: stageOf(row) };
}

/** The rows that take cash of an account group now. */
export async function takersOf(reading: Reading, group: AccountGroupId, currency: string): Promise<Taker[]> {
  const rows = await openOfAccountGroup(reading, group, CASH_TAKERS);
  return rows.flatMap((row) => {
    const taken = takenBy(row, currency);
    return taken === undefined || taken.stage === 'over' ? [] : [{ ...taken, stage: taken.stage }];
  });
}

export const amountOf = (takers: readonly Pick<Taker, 'amount'>[]): Decimal => sum(takers.map(({ amount }) => amount));

/** The cash that orders may take, after all promises that the broker does not show yet; negative where it is too small. */
export const leftForTrading = (balance: CashBalance | null, takers: readonly Taker[]): Decimal =>
  subtract(balance?.availableForTrading ?? ZERO, amountOf(takers.filter((taker) => !isWithdrawing(taker))));

/** As {@link leftForTrading}, were all in the balance that may be in it. */
export const leftForTradingIfShown = (balance: CashBalance | null, takers: readonly Taker[]): Decimal =>
  subtract(balance?.availableForTrading ?? ZERO, amountOf(takers.filter(({ stage }) => stage === 'asked')));

/** The rest of a balance after all promises; negative where it is too small. */
export function leftBy(balance: CashBalance | null, takers: readonly Taker[]): Decimal {
  const [withdrawing, others] = [takers.filter(isWithdrawing), takers.filter((taker) => !isWithdrawing(taker))];
  const available = balance?.availableForWithdrawal ?? ZERO;
  return subtract(subtract(available, amountOf(others)), hidden(balance, amountOf(withdrawing)));
}

const isWithdrawing = ({ stage }: Taker): boolean => stage === 'withdrawing';

/**
 * The part of withdrawals at the broker that `available_for_withdrawal` does not show: the read may be stale, or a
 * tenant's may not deduct at NEW. A shown withdrawal is missing from it, but contained in `balance`. Where the fields
 * do not add up that way (virtual cash without balance), the documented behaviour is assumed.
 */
function hidden(balance: CashBalance | null, withdrawing: Decimal): Decimal {
  if (balance === null) return ZERO;
  const elsewhere = sum([balance.availableForWithdrawal, balance.lockedForTrading, balance.pendingSettlement]);
  const shown = subtract(balance.balance, elsewhere);
  if (isNegative(shown) || compare(shown, withdrawing) >= 0) return ZERO;
  return subtract(withdrawing, shown);
}

/**
 * As {@link leftBy}, were all in the balance that may be in it: what is being sent, and what the broker may have booked
 * before its event has told so. Never less than {@link leftBy}.
 */
export function leftIfShown(balance: CashBalance | null, takers: readonly Taker[]): Decimal {
  const notSent = takers.filter(({ stage }) => stage === 'asked');
  return subtract(balance?.availableForWithdrawal ?? ZERO, amountOf(notSent));
}

/**
 * Cash that other rows take before this one is sent: what the broker has or may have, and decreases, which do not wait
 * for cash. Withdrawals that wait for cash are not part of it: the first that finds enough is sent.
 */
export const aheadOf = (row: Pick<WorkflowRow, 'id'>, takers: readonly Taker[]): Taker[] =>
  takers.filter(({ id, kind, stage }) => id !== row.id && (stage !== 'asked' || kind === VIRTUAL_CASH_DECREASE));
