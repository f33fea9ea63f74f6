import type { Movement, MovementType, TransactionType } from './transaction.ts';

/** The movement types that can be written. */
export type KnownMovementType = Exclude<MovementType, 'UNKNOWN'>;

/** Properties of a movement type, from the vendor's pages. */
export interface MovementTypeRule {
  /** Type of the transaction whose primary movement has this type. */
  readonly transactionType: Exclude<TransactionType, 'UNKNOWN'>;
  /** Sign of the quantity: into the portfolio (+), out of it (-), or as given (splits have either sign). */
  readonly direction: 'in' | 'out' | 'as-given';
  /** Allowed `instrumentId`. */
  readonly subject: 'cash' | 'instrument' | 'any';
  /** A fee or a tax: a cash movement that may belong to an order. */
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
/** The vendor's older page has fees as cash transactions, the newest as administrative. */
const charge: MovementTypeRule = {
  transactionType: 'ADMINISTRATIVE',
  direction: 'out',
  subject: 'cash',
  isCharge: true,
};

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
  // A split is booked as the difference, or as old units out and new units in: the sign is the sender's.
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

/** Fees and taxes. */
export const isChargeType = (type: MovementType): type is KnownMovementType =>
  isKnownMovementType(type) && MOVEMENT_TYPE_RULES[type].isCharge;

/** The vendor's pattern allows `$` at the beginning of cash only (`$CCY`). */
export const isCash = (movement: Pick<Movement, 'instrumentId'>): boolean => movement.instrumentId.startsWith('$');

/** The leg of an order that moves units; the other leg moves cash. */
export const isSecurityLeg = (movement: Pick<Movement, 'type' | 'instrumentId'>): boolean =>
  (movement.type === 'BUY' || movement.type === 'SELL') && !isCash(movement);
