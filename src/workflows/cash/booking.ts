import { z } from 'zod';
import { parseDateTime } from '../../domain/datetime.ts';
import { add, type Decimal, equals, negate, ZERO } from '../../domain/decimal.ts';
import { mergeHoldings } from '../../domain/holdings.ts';
import { decimalText } from '../../domain/parsed-text.ts';
import { cashInstrument, type Portfolio } from '../../domain/portfolio.ts';
import type { Movement, Transaction } from '../../domain/transaction.ts';
import type { StateOf, WorkflowState } from '../../domain/workflow-kinds.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import { historyOf, portfolioLock, type StateEntry, type WorkflowRow } from '../../store/index.ts';
import { portfolioNow } from '../engine/read-under-lock.ts';
import { REBALANCING } from '../engine/settle.ts';
import {
  ABSENT,
  type Decision,
  type Evidence,
  enter,
  found,
  NOT_KNOWN,
  type Review,
  type ReviewAnswers,
  review,
  type StepContext,
  type Wait,
  type WriteStep,
  writeStepOf,
} from '../engine/step.ts';
import { isTrading } from '../rebalancing/open.ts';
import { moneyOf, timeOf } from './rows.ts';

type BookedKind = 'deposit' | 'withdrawal';

/** How a deposit and a withdrawal differ when we book them in InvestSuite ourselves. */
export interface Booking<K extends BookedKind> {
  readonly direction: 'in' | 'out';
  /** Decides otherwise before anything is sent, e.g. because the money came back. */
  readonly instead?: (context: StepContext) => Promise<Decision<K> | undefined>;
  /** Entered when the step is marked, where the row is not in it yet. */
  readonly state?: StateOf<K>;
  readonly accepted: (context: StepContext) => Decision<K>;
  /**
   * As `accepted`, for a transaction that was there before this row sent one: made by this request before the database was
   * set back. What else was booked then is not known.
   */
  readonly foundBooked?: ((context: StepContext) => Decision<K>) | undefined;
  /** InvestSuite said no, and not because it is rebalancing. */
  readonly refused: (context: StepContext, status: number) => Decision<K>;
  readonly resolve: ReviewAnswers<K>;
}

const timeText = z.string().transform((text) => parseDateTime(text) ?? timeOf(0));

export const waitForRebalancing: Wait = { kind: 'wait', for: 'rebalancing' };

/** The states to enter with a mark: none where the row is there already. */
export const entering = <S extends WorkflowState>(row: WorkflowRow, state: S | undefined): readonly StateEntry<S>[] =>
  state === undefined || row.state === state ? [] : [enter(state)];

const signed = ({ direction }: Pick<Booking<BookedKind>, 'direction'>, amount: Decimal): Decimal =>
  direction === 'in' ? amount : negate(amount);

/**
 * Books the transaction. InvestSuite has no key for this, so our row's id travels as `external_id`, and an unknown
 * outcome is settled by looking for it.
 */
export function bookTransactionStep<K extends BookedKind>(booking: Booking<K>): WriteStep<K> {
  return writeStepOf<K>()({
    system: 'INVESTSUITE',
    memo: z.object({ datetime: timeText }),
    prepare: async (context) => {
      const instead = await booking.instead?.(context);
      if (instead !== undefined) return instead;
      const before = await findTransaction(context);
      if (before.kind === 'found') return foundBefore(context, booking);
      return {
        kind: 'send' as const,
        memo: { datetime: timeOf(context.now) },
        states: entering(context.row, booking.state),
      };
    },
    send: ({ row, ports, sending }, { datetime }) => {
      const { amount, currency } = moneyOf(row);
      const movement: Movement = {
        ...EMPTY_MOVEMENT,
        externalId: row.id,
        type: booking.direction === 'in' ? 'CASH_DEPOSIT' : 'CASH_WITHDRAWAL',
        datetime,
        instrumentId: cashInstrument(currency),
        quantity: signed(booking, amount),
      };
      const draft = { externalId: row.id, movements: [movement] };
      return ports.investSuite.createTransaction(row.portfolio_id, draft, sending);
    },
    repeats: 'never',
    look: async (context) => await findTransaction(context),
    doubt:
      'The outcome of the booking is unknown: InvestSuite did not answer. Look for the transaction in InvestSuite.',
    accepted: booking.accepted,
    refused: (context, _memo, status) =>
      status === REBALANCING ? waitForRebalancing : booking.refused(context, status),
    resolve: booking.resolve,
  });
}

/** Enters the step's state, since nothing is marked, and continues with the existing transaction. */
function foundBefore<K extends BookedKind>(context: StepContext, booking: Booking<K>): Decision<K> {
  const decision = (booking.foundBooked ?? booking.accepted)(context);
  const states = entering(context.row, booking.state);
  return decision.kind === 'advance' ? { ...decision, states: [...states, ...(decision.states ?? [])] } : decision;
}

const EMPTY_MOVEMENT = {
  referenceExternalId: null,
  status: 'SETTLED',
  unitPrice: null,
  unitPriceCurrency: null,
  tradeType: null,
  description: null,
  referenceInstrumentId: null,
} as const;

async function findTransaction({ row, ports }: StepContext): Promise<Evidence<Transaction> | Review> {
  try {
    const [transaction] = await ports.investSuite.findTransactionsByExternalId(row.portfolio_id, row.id);
    return transaction === undefined ? ABSENT : found(transaction);
  } catch (error) {
    if (error instanceof UpstreamRefusedReadError) {
      return review('The outcome of the booking is unknown: InvestSuite refuses to list the transactions.');
    }
    throw error;
  }
}

const holdingsMemo = z.object({
  before: decimalText,
  after: decimalText,
  /** The whole map, since InvestSuite takes it for the whole. */
  holdings: z.array(z.object({ instrumentId: z.string(), quantity: decimalText })),
  fundedSince: timeText.nullable(),
  /** The new total of reservations, where it changes with the cash. */
  total: decimalText.nullable(),
});

export interface HoldingsBooking<K extends BookedKind> extends Booking<K> {
  /** True where the transaction was there before this row sent one: the holdings may have its cash already. */
  readonly isPerhapsBooked: (row: WorkflowRow) => boolean;
  /** The total of reservations that goes with the new cash; undefined where there is nothing to change. */
  readonly total?: (context: StepContext, portfolio: Portfolio) => Promise<Decimal | undefined>;
}

/**
 * Sets the cash holding, and `funded_since` at a first funding or the rest of the reservation. The map is absolute and
 * computed under the portfolio's lock, so a repeated arrival has no second effect.
 */
export function bookHoldingsStep<K extends BookedKind>(booking: HoldingsBooking<K>): WriteStep<K> {
  return writeStepOf<K>()({
    system: 'INVESTSUITE',
    memo: holdingsMemo,
    lock: (row) => portfolioLock(row.portfolio_id),
    prepare: async (context) => {
      const { row, read } = context;
      if (await read((reading) => isTrading(reading, row.portfolio_id))) return waitForRebalancing;
      if (booking.isPerhapsBooked(row) && !(await wasReviewed(context))) return review(PERHAPS_BOOKED);
      const portfolio = await portfolioNow(context);
      if (portfolio === null) return review('InvestSuite no longer has the portfolio.');
      const memo = await holdingsAfter(booking, context, portfolio);
      return { kind: 'send' as const, memo, states: entering(row, booking.state) };
    },
    send: ({ row, ports, sending }, memo) => {
      const patch = {
        holdings: memo.holdings,
        ...(memo.fundedSince !== null && { fundedSince: memo.fundedSince }),
        ...(memo.total !== null && { divestAmount: memo.total }),
      };
      return ports.investSuite.patchPortfolio(row.portfolio_id, patch, sending);
    },
    repeats: 'never',
    look: async (context, memo) => {
      const portfolio = await portfolioNow(context);
      if (portfolio === null) return NOT_KNOWN;
      const cash = cashOf(portfolio, context.row);
      if (equals(cash, memo.after)) return found(portfolio);
      return equals(cash, memo.before)
        ? ABSENT
        : review('The outcome of the booking is unknown, and the cash in InvestSuite has changed since.');
    },
    doubt:
      'The outcome of the cash update is unknown: InvestSuite did not answer, and the portfolio cannot be read. Look at InvestSuite.',
    accepted: booking.accepted,
    refused: (context, _memo, status) =>
      status === REBALANCING ? waitForRebalancing : booking.refused(context, status),
    resolve: booking.resolve,
  });
}

async function holdingsAfter<K extends BookedKind>(
  booking: HoldingsBooking<K>,
  context: StepContext,
  portfolio: Portfolio,
): Promise<z.output<typeof holdingsMemo>> {
  const { amount, currency } = moneyOf(context.row);
  const before = cashOf(portfolio, context.row);
  const after = add(before, signed(booking, amount));
  const merged = mergeHoldings(
    portfolio.holdings,
    [{ instrumentId: cashInstrument(currency), quantity: after }],
    false,
  );
  return {
    before,
    after,
    holdings: [...(merged.kind === 'changed' ? merged.holdings : portfolio.holdings)],
    fundedSince: booking.direction === 'in' && portfolio.fundedSince === null ? timeOf(context.now) : null,
    total: (await booking.total?.(context, portfolio)) ?? null,
  };
}

const PERHAPS_BOOKED =
  'InvestSuite had the transaction before the gateway sent it, e.g. because the database was restored. Look whether its cash is in the holdings: DONE if it is, RETRY to book it.';

/** An operator has looked since: RETRY leaves the step as it was. */
async function wasReviewed({ row, read }: StepContext): Promise<boolean> {
  const history = (await read((reading) => historyOf(reading, [row.id]))).get(row.id) ?? [];
  return history.some(({ state }) => state === 'NEEDS_REVIEW');
}

function cashOf(portfolio: Portfolio, row: WorkflowRow): Decimal {
  const instrumentId = cashInstrument(moneyOf(row).currency);
  return portfolio.holdings.find((line) => line.instrumentId === instrumentId)?.quantity ?? ZERO;
}
