import { z } from 'zod';
import type { MoneyOfGroup } from '../../domain/broker-payments.ts';
import { type DateTime, dateTime } from '../../domain/datetime.ts';
import { type Decimal, decimal } from '../../domain/decimal.ts';
import { DEPOSIT_STATES, type Deposit } from '../../domain/deposit.ts';
import { type BrokerageUserId, keptBrokerageUserId } from '../../domain/ids.ts';
import { type ReasonCode, reasonCodeOf } from '../../domain/reason-codes.ts';
import type { StateChange } from '../../domain/state-change.ts';
import type { UpstreamRefusal } from '../../domain/upstream-refusal.ts';
import { VIRTUAL_CASH_STATES, VIRTUAL_CASH_STATUS, type VirtualCashMovement } from '../../domain/virtual-cash.ts';
import { WITHDRAWAL_STATES, type Withdrawal } from '../../domain/withdrawal.ts';
import type { HistoryRow, WorkflowRow } from '../../store/index.ts';
import { readKept } from '../engine/kept-json.ts';
import { notesOf, refusalsOf } from '../engine/sendings.ts';
import { brokerIdOf } from './broker-events.ts';

export const DEPOSIT = 'deposit';
export const WITHDRAWAL = 'withdrawal';
export const VIRTUAL_CASH_INCREASE = 'virtual-cash-increase';
export const VIRTUAL_CASH_DECREASE = 'virtual-cash-decrease';
export const ORDER = 'order';

const booking = z.enum(['investsuite', 'gateway']);

/** Input and settings at the acceptance of a deposit. */
export const depositInput = z.object({ booking, funding: z.enum(['virtual-cash', 'none']) });
export type DepositInput = z.infer<typeof depositInput>;

/** Input and settings at the acceptance of a withdrawal. */
export const withdrawalInput = z.object({
  booking,
  payout: z.enum(['withdrawal', 'virtual-cash']),
  /** True where InvestSuite keeps reservations for it. */
  robo: z.boolean(),
  brokerageUserId: z
    .string()
    .transform((text): BrokerageUserId | null => keptBrokerageUserId(text) ?? null)
    .nullable(),
  /** Null with virtual cash, where the bank pays. */
  referenceAccountId: z.string().nullable(),
  remittanceInformation: z.string().nullable(),
});
export type WithdrawalInput = z.infer<typeof withdrawalInput>;

export const depositInputOf = (row: WorkflowRow): DepositInput => readKept(depositInput, row.input);
export const withdrawalInputOf = (row: WorkflowRow): WithdrawalInput => readKept(withdrawalInput, row.input);

/** Amount, currency and account group of a cash request. Throws a TypeError for a row of another kind. */
export function moneyOf(row: WorkflowRow): MoneyOfGroup {
  const { amount, currency, account_group_id: accountGroupId } = row;
  if (amount === null || currency === null || accountGroupId === null) {
    throw new TypeError(`row ${row.id} of kind ${row.kind} has no amount, currency or account group`);
  }
  return { amount, currency, accountGroupId };
}

export function depositOf(row: WorkflowRow<typeof DEPOSIT>, history: readonly HistoryRow[]): Deposit {
  return {
    ...commonOf(row),
    state: row.state,
    virtualCashIncreaseId: brokerIdOf(row.subject),
    history: changes(DEPOSIT_STATES, row, history),
  };
}

export function withdrawalOf(row: WorkflowRow<typeof WITHDRAWAL>, history: readonly HistoryRow[]): Withdrawal {
  return {
    ...commonOf(row),
    state: row.state,
    reason: row.reason ?? (row.state === 'AWAITING_CASH' && row.waiting_for === 'cash' ? awaitedCash(row) : null),
    upvestWithdrawalId: brokerIdOf(row.subject),
    taxes: taxesOf(row),
    remittanceInformation: withdrawalInputOf(row).remittanceInformation,
    history: changes(WITHDRAWAL_STATES, row, history),
  };
}

/** Reason of the wait in AWAITING_CASH. */
export function awaitedCash(row: WorkflowRow): string {
  const { amount, currency } = moneyOf(row);
  const cash = `The broker does not have ${amount} ${currency} available for withdrawal yet.`;
  return withdrawalInputOf(row).robo
    ? `${cash} InvestSuite sells for it; the money of a sale is available when its trade has settled, usually after two trading days.`
    : `${cash} Another withdrawal may have to be paid first.`;
}

const toldTaxes = z.object({ taxes: z.string().optional() });

/** The taxes on a withdrawal as the broker last reported them; null where it has not. */
function taxesOf({ progress }: WorkflowRow): Decimal | null {
  const { taxes } = progress === null ? {} : readKept(toldTaxes, progress);
  return taxes === undefined ? null : decimal(taxes);
}

type VirtualCashRow = WorkflowRow<typeof VIRTUAL_CASH_INCREASE | typeof VIRTUAL_CASH_DECREASE>;

export function virtualCashOf(row: VirtualCashRow, history: readonly HistoryRow[]): VirtualCashMovement {
  return {
    ...commonOf(row),
    upvestId: brokerIdOf(row.subject),
    direction: row.kind === VIRTUAL_CASH_INCREASE ? 'INCREASE' : 'DECREASE',
    accountGroupId: moneyOf(row).accountGroupId,
    state: row.state,
    status: VIRTUAL_CASH_STATUS[row.state],
    history: changes(VIRTUAL_CASH_STATES, row, history),
  };
}

function commonOf(row: WorkflowRow) {
  const { amount, currency } = moneyOf(row);
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    amount,
    currency,
    reason: row.reason,
    ...refusedBy(row),
    createdAt: timeOf(row.created_at),
    updatedAt: timeOf(row.updated_at),
  };
}

const REFUSED_STATES: readonly string[] = ['FAILED', 'REJECTED', 'NEEDS_REVIEW'];

/** Refusals of upstreams, and the code of the one that ended the row or brought it into review. */
export function refusedBy(row: WorkflowRow): { reasonCode: ReasonCode | null; refusals: UpstreamRefusal[] } {
  const refusals = refusalsOf(row);
  const last = REFUSED_STATES.includes(row.state) ? refusals.at(-1) : undefined;
  const isReason = last !== undefined && row.reason?.includes(`(${last.status})`) === true;
  return {
    reasonCode: isReason ? reasonCodeOf(last) : null,
    refusals: refusals.map((refusal) => ({ ...refusal, at: timeOf(refusal.at) })),
  };
}

export function changes<S extends string>(
  states: readonly S[],
  row: Pick<WorkflowRow, 'sendings'>,
  history: readonly HistoryRow[],
): StateChange<S>[] {
  const notes = new Map(notesOf(row).map(({ version, note }) => [version, note]));
  return history.map(({ sequence, state, at, reason }) => {
    const note = notes.get(sequence);
    return { state: stateIn(states, state), at: timeOf(at), reason, ...(note !== undefined && { note }) };
  });
}

export function stateIn<S extends string>(states: readonly S[], state: string): S {
  const known = states.find((each) => each === state);
  if (known === undefined) throw new TypeError(`no such state: ${state}`);
  return known;
}

export const timeOf = (ms: number): DateTime => dateTime(new Date(ms));
