import type {
  BrokerVirtualCashStatus,
  BrokerWithdrawal,
  BrokerWithdrawalStatus,
} from '../../domain/broker-payments.ts';
import type { Decimal } from '../../domain/decimal.ts';
import { brokerIdOf, newestVirtualCash, newestWithdrawal } from '../cash/broker-events.ts';
import { withdrawalInputOf } from '../cash/rows.ts';
import type { StepContext } from '../engine/step.ts';
import { statusOfVirtualCash } from '../virtual-cash/broker.ts';

/** How far the broker is with the payment, whichever way it pays. */
export interface Payment {
  readonly stage: 'new' | 'processing' | 'paid' | 'cancelled' | 'unknown';
  /** The broker's word for why it was cancelled. */
  readonly cancellationReason: string | null;
  /** Tax that the broker keeps; null where it has not said. */
  readonly taxes: Decimal | null;
}

const STAGES: Readonly<Record<BrokerWithdrawalStatus | BrokerVirtualCashStatus, Payment['stage']>> = {
  NEW: 'new',
  ISSUED: 'new',
  PROCESSING: 'processing',
  QUEUED: 'processing',
  CONFIRMED: 'paid',
  CANCELLED: 'cancelled',
  UNKNOWN: 'unknown',
};

const payment = (withdrawal: BrokerWithdrawal | undefined): Payment => ({
  stage: STAGES[withdrawal?.status ?? 'UNKNOWN'],
  cancellationReason: withdrawal?.cancellationReason ?? null,
  taxes: withdrawal?.taxes ?? null,
});

/** State from webhooks; without an upstream call. */
export async function toldPayment({ row, read }: StepContext): Promise<Payment> {
  const { subject } = row;
  if (subject === null) return payment(undefined);
  if (withdrawalInputOf(row).payout === 'withdrawal') {
    return payment(await read((reading) => newestWithdrawal(reading, subject, null)));
  }
  const told = await read((reading) => newestVirtualCash(reading, subject));
  return { stage: STAGES[told?.status ?? 'UNKNOWN'], cancellationReason: null, taxes: null };
}

/** State from webhooks and from the broker's answer. */
export async function readPayment(context: StepContext): Promise<Payment> {
  const { row, ports, read } = context;
  const { subject } = row;
  const id = brokerIdOf(subject);
  if (subject === null || id === null) return payment(undefined);
  if (withdrawalInputOf(row).payout === 'withdrawal') {
    const now = await ports.upvest.withdrawal(id);
    return payment(await read((reading) => newestWithdrawal(reading, subject, now)));
  }
  const stage = STAGES[await statusOfVirtualCash(context, 'DECREASE', id, true)];
  return { stage, cancellationReason: null, taxes: null };
}
