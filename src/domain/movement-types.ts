import type { Movement, MovementType, TransactionType } from './transaction.ts';

/** Every movement type but ours for one that we do not know: what can be written. */
export type KnownMovementType = Exclude<MovementType, 'UNKNOWN'>;

/** What is known of a movement type from the vendor's pages. */
export interface MovementTypeRule {
  /** The transaction it makes when it is the one that triggers the others. */
  readonly transactionType: Exclude<TransactionType, 'UNKNOWN'>;
  /** Which way the quantity goes: into the portfolio (+), out of it (-), or as given (splits come both ways). */
  readonly direction: 'in' | 'out' | 'as-given';
  /** What `instrumentId` may be. */
  readonly subject: 'cash' | 'instrument' | 'any';
  /** A fee or a tax: may hang on an order, in cash, going out. */
  readonly isCharge: boolean;
}

const order = (direction: 'in' | 'out'): MovementTypeRule => ({
  transactionType: 'ORDER',
  direction,
  subject: 'any',
  isCharge: false,
});
const cashTransfer = (direction: 'in' | 'out'): MovementTypeRule => ({
  transactionType: 'CASH_TRANSFER',
  direction,
  subject: 'cash',
  isCharge: false,
});
const corporateAction = (
  direction: MovementTypeRule['direction'],
  subject: MovementTypeRule['subject'],
): MovementTypeRule => ({ transactionType: 'CORPORATE_ACTION', direction, subject, isCharge: false });
const transfer = (direction: 'in' | 'out'): MovementTypeRule => ({
  transactionType: 'SECURITY_TRANSFER',
  direction,
  subject: 'any',
  isCharge: false,
});
/** Fees were counted as cash transactions once; the newest page of the vendor has them as administrative. */
const charge: MovementTypeRule = {
  transactionType: 'ADMINISTRATIVE',
  direction: 'out',
  subject: 'cash',
  isCharge: true,
};

/** The 21 movement types, each with its direction, subject and the transaction that it makes. */
export const MOVEMENT_TYPE_RULES: Readonly<Record<KnownMovementType, MovementTypeRule>> = {
  CASH_DEPOSIT: cashTransfer('in'),
  CASH_WITHDRAWAL: cashTransfer('out'),
  BUY: order('in'),
  SELL: order('out'),
  CASH_DIVIDEND: corporateAction('in', 'cash'),
  COUPON: corporateAction('in', 'cash'),
  CORPORATE_ACTION_IN: corporateAction('in', 'any'),
  CORPORATE_ACTION_OUT: corporateAction('out', 'any'),
  STOCK_DIVIDEND: corporateAction('in', 'instrument'),
  // A split is booked as the difference, or as the old units out and the new ones in: the sign is the sender's.
  STOCK_SPLIT: corporateAction('as-given', 'instrument'),
  REVERSE_STOCK_SPLIT: corporateAction('as-given', 'instrument'),
  TRANSFER_IN: transfer('in'),
  TRANSFER_OUT: transfer('out'),
  CUSTODY_FEE: charge,
  INSTRUMENT_ENTRY_EXIT_FEE: charge,
  MANAGEMENT_FEE: charge,
  OTHER_FEE: charge,
  OTHER_TAX: charge,
  SERVICE_ENTRY_EXIT_FEE: charge,
  TRANSACTION_FEE: charge,
  WITHHOLDING_TAX: charge,
};

export const isKnownMovementType = (type: MovementType): type is KnownMovementType => type !== 'UNKNOWN';

/** The fees and taxes: what may be charged on an order. */
export const isChargeType = (type: MovementType): type is KnownMovementType =>
  isKnownMovementType(type) && MOVEMENT_TYPE_RULES[type].isCharge;

/** `$CCY`: cash. The vendor's pattern allows nothing else to begin with `$`. */
export const isCash = (movement: Pick<Movement, 'instrumentId'>): boolean => movement.instrumentId.startsWith('$');

/** The leg of an order that moves units of an instrument; the other one moves cash. */
export const isSecurityLeg = (movement: Pick<Movement, 'type' | 'instrumentId'>): boolean =>
  (movement.type === 'BUY' || movement.type === 'SELL') && !isCash(movement);
