import type { WriteOutcome } from '../../datasources/upstream/outcome.ts';
import { type BrokerVirtualCash, type BrokerVirtualCashStatus, isBooked } from '../../domain/broker-payments.ts';
import type { VirtualCashDirection } from '../../domain/virtual-cash.ts';
import { newestVirtualCash, virtualCashSubject } from '../cash/broker-events.ts';
import { moneyOf, timeOf } from '../cash/rows.ts';
import type { StepContext } from '../engine/step.ts';
import { stepKey } from '../engine/upstream-keys.ts';

/** Sends an increase or a decrease under the row's key for this step: the same again is the same movement. */
export async function sendVirtualCash(
  { row, ports, sending }: StepContext,
  direction: VirtualCashDirection,
  step: string,
): Promise<WriteOutcome<BrokerVirtualCash>> {
  const order = { ...moneyOf(row), idempotencyKey: stepKey(row, step) };
  return direction === 'INCREASE'
    ? await ports.upvest.createVirtualCashIncrease(order, sending)
    : await ports.upvest.createVirtualCashDecrease(order, sending);
}

/** A day before the row was made: Upvest filters by whole days, in its own clock. */
const DAY_MS = 86_400_000;

/**
 * Status of a movement: from webhooks, or, in case one never came, CONFIRMED when the broker's cash ledger has booked
 * it (a line of its type that refers to it, not reversed). `UNKNOWN` without either.
 */
export async function statusOfVirtualCash(
  { row, ports, read }: StepContext,
  direction: VirtualCashDirection,
  id: string,
  askLedger: boolean,
): Promise<BrokerVirtualCashStatus> {
  const told = await read((reading) => newestVirtualCash(reading, virtualCashSubject(direction, id)));
  if (told?.status === 'CONFIRMED' || told?.status === 'CANCELLED' || !askLedger) return told?.status ?? 'UNKNOWN';
  const filter = { accountGroupId: moneyOf(row).accountGroupId, from: timeOf(row.created_at - DAY_MS) };
  const lines = (await ports.upvest.cashTransactions(filter)) ?? [];
  return isBooked(lines, `VIRTUAL_CASH_${direction}`, id) ? 'CONFIRMED' : (told?.status ?? 'UNKNOWN');
}
