import type { LedgerLine, LineFee } from '../cash-ledger.ts';
import type { DateTime } from '../datetime.ts';
import type { Decimal } from '../decimal.ts';
import type { AccountGroupId } from '../ids.ts';
import type { KnownMovementType } from '../movement-types.ts';
import type { Movement, TradeType } from '../transaction.ts';

export const LEDGERS = ['cash', 'securities'] as const;
export type Ledger = (typeof LEDGERS)[number];

/** A line of one of the broker's two ledgers, with what a transaction in InvestSuite needs of it. */
export interface BrokerLine {
  readonly ledger: Ledger;
  readonly id: string;
  /** In the broker's words: CASH_DIVIDEND, STOCK_SPLIT, WITHDRAWAL_CANCELLATION and so on. */
  readonly type: string;
  readonly accountGroupId: AccountGroupId;
  /** Signed, after taxes: money of the cash ledger, units of the securities ledger. */
  readonly amount: Decimal;
  /** ISO 4217; null for units. */
  readonly currency: string | null;
  /** Instrument of the line; null where the broker names no ISIN. */
  readonly isin: string | null;
  /** Taxes that `amount` is after, in its currency; 0 where the broker reports none. */
  readonly taxes: Decimal;
  readonly references: readonly { readonly id: string; readonly type: string }[];
  /** Fees of the line. Upvest does not document whether `amount` is after them, so they stay in it. */
  readonly fees: readonly LineFee[];
  /** When it was booked, else made; null where the broker says neither. */
  readonly bookedAt: DateTime | null;
}

/** A line that can't be read as a whole, as far as it can be. It is a problem until it is told in a form that can be read. */
export interface UnreadableLine extends Pick<BrokerLine, 'ledger' | 'id' | 'type' | 'currency' | 'isin'> {
  readonly amount: Decimal | null;
  /** The fields that can't be read and why, never their content. */
  readonly unreadable: string;
}

export type ToldLine = BrokerLine | UnreadableLine;

export const isReadable = (line: ToldLine): line is BrokerLine => !('unreadable' in line);

/** A line of the cash ledger. */
export const lineOfCash = (line: LedgerLine): BrokerLine => ({
  ledger: 'cash',
  id: line.id,
  type: line.type,
  accountGroupId: line.accountGroupId,
  amount: line.amount,
  currency: line.currency,
  isin: line.isin,
  taxes: line.taxes,
  references: line.references,
  fees: line.fees ?? [],
  bookedAt: line.bookedAt ?? line.createdAt,
});

/** A movement of a line's transaction. It is SETTLED, at the time of the line. */
export interface LineMovement {
  readonly type: KnownMovementType;
  /** `$CCY`, or an ISIN. */
  readonly instrumentId: string;
  readonly quantity: Decimal;
  readonly tradeType: Exclude<TradeType, 'UNKNOWN'> | null;
  readonly description: string | null;
  readonly referenceInstrumentId: string | null;
}

/** Mapping of a line of the broker's ledger to InvestSuite. */
export type MappedLine =
  /**
   * A transaction with these movements. `reverses`: the type of line that it takes back, which must be in the ledger. `payment`:
   * nothing where a deposit, a withdrawal or a virtual cash movement of the gateway made the line.
   */
  | {
      readonly kind: 'transaction';
      readonly movements: readonly LineMovement[];
      readonly reverses?: string | undefined;
      readonly payment?: boolean | undefined;
    }
  /** Nothing: the transaction of the order has it. */
  | { readonly kind: 'order' }
  /** Nothing: the line moves nothing. */
  | { readonly kind: 'nothing' }
  /** Nothing, and a person has to look; `reason` is a sentence. */
  | { readonly kind: 'problem'; readonly reason: string };

/** Maps a line; undefined for one that the gateway's own table is to map. */
export type LedgerMapping = (line: BrokerLine) => MappedLine | undefined;

/** The movements as InvestSuite gets them. */
export const movementsOfLine = (movements: readonly LineMovement[], datetime: DateTime): readonly Movement[] =>
  movements.map((movement) => ({
    ...movement,
    status: 'SETTLED',
    datetime,
    externalId: null,
    referenceExternalId: null,
    unitPrice: null,
    unitPriceCurrency: null,
  }));
