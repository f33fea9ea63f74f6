import { equals, magnitude } from '../../domain/decimal.ts';
import { cashInstrument } from '../../domain/portfolio.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { changedAlike, subjectsOfWorkflows, type WorkflowRow } from '../../store/index.ts';
import { sendingOf } from '../engine/sendings.ts';
import type { Attempt, StepContext } from '../engine/step.ts';
import { ABSENT, type Evidence, found, NOT_KNOWN } from '../engine/step.ts';
import { lineSubject } from '../synchronization/line.ts';
import { CLOCK_DIFFERENCE_MS, notBefore } from './broker-evidence.ts';
import { DEPOSIT, depositInputOf, moneyOf, withdrawalInputOf } from './rows.ts';

/** The steps that send InvestSuite's events where these book. */
const EVENT_STEPS = ['book', 'tell'];

/**
 * Whether InvestSuite has taken a deposit or withdraw event, by the transactions that it books for events. These carry
 * no id of the gateway, so they are counted: where there are more than other requests of the same amount can explain,
 * the event was taken.
 */
export async function lookForCashEvent(
  { row, ports, read }: StepContext,
  type: 'CASH_DEPOSIT' | 'CASH_WITHDRAWAL',
  { sentAt }: Attempt,
): Promise<Evidence<null>> {
  // Where the gateway books, the event only notifies, and nothing shows whether it did.
  if (bookingOf(row) === 'gateway') return NOT_KNOWN;
  const all = await ports.investSuite.transactionsFresh(row.portfolio_id);
  const cash = all.filter(({ movements }) => movements.some((movement) => movement.type === type));
  const lines = await read((reading) => subjectsOfWorkflows(reading, cash.flatMap(lineSubjectOf)));
  const own = cash.filter((each) => !lineSubjectOf(each).some((subject) => lines.has(subject)));
  const booked = own.filter((each) => isBooking(each, row, type, sentAt)).length;
  const alike = await read((reading) => changedAlike(reading, row, sentAt - CLOCK_DIFFERENCE_MS));
  const { amount } = moneyOf(row);
  const rivals = alike.filter((each) => equals(moneyOf(each).amount, amount) && mayHaveSent(each));
  if (booked > rivals.length) return found(null);
  // Only where the list has shown such a booking before does it say something that it shows none now.
  const showsThem = own.length > 0;
  return booked === 0 && rivals.length === 0 && showsThem ? ABSENT : NOT_KNOWN;
}

const bookingOf = (row: WorkflowRow): 'investsuite' | 'gateway' =>
  row.kind === DEPOSIT ? depositInputOf(row).booking : withdrawalInputOf(row).booking;

function isBooking(
  { movements, createdAt, externalId }: Transaction,
  row: WorkflowRow,
  type: 'CASH_DEPOSIT' | 'CASH_WITHDRAWAL',
  sentAt: number,
): boolean {
  const { amount, currency } = moneyOf(row);
  const cash = movements.filter((each) => each.type === type && each.instrumentId === cashInstrument(currency));
  const [movement, ...others] = cash;
  if (movement === undefined || others.length > 0 || isOurs(externalId)) return false;
  return equals(magnitude(movement.quantity), amount) && notBefore(createdAt ?? movement.datetime, sentAt);
}

/** The line of the broker's ledger that a transaction may have been made for: InvestSuite's own have no such id. */
const lineSubjectOf = ({ externalId }: Transaction): readonly string[] =>
  externalId === null ? [] : [lineSubject(externalId)];

/** A transaction that the gateway booked, with its own id. */
const isOurs = (externalId: string | null): boolean => externalId !== null && /^(dep|wdr)_/.test(externalId);

/** A request whose event may have been booked; rows of earlier releases do not store what they sent. */
const mayHaveSent = (row: WorkflowRow): boolean =>
  row.sendings === null || EVENT_STEPS.some((step) => sendingOf(row, step) !== undefined);
