import type { KnownMovementType } from '../movement-types.ts';
import type { Ledger } from './line.ts';

/** The movement of a line that adds (`in`) and of one that takes away (`out`). */
export interface Booking {
  readonly in: KnownMovementType;
  readonly out: KnownMovementType;
  /** Taxes of the line become a movement of their own of this type; undefined: they stay in the amount. */
  readonly tax?: 'WITHHOLDING_TAX' | 'OTHER_TAX';
  /** It corrects what was booked before. */
  readonly corrects?: true;
  /** The type alone does not say what the line is. */
  readonly described?: true;
}

export type LineRule =
  | ({ readonly kind: 'booked'; readonly payment?: true } & { readonly [L in Ledger]?: Booking })
  | { readonly kind: 'order' }
  | { readonly kind: 'problem'; readonly reason: string };

const both = (type: KnownMovementType, more: Omit<Booking, 'in' | 'out'> = {}): Booking => ({
  in: type,
  out: type,
  ...more,
});

const MONEY: Booking = { in: 'CASH_DEPOSIT', out: 'CASH_WITHDRAWAL' };
const TRANSFER: Booking = { in: 'TRANSFER_IN', out: 'TRANSFER_OUT', described: true };
const ACTION: Booking = { in: 'CORPORATE_ACTION_IN', out: 'CORPORATE_ACTION_OUT', tax: 'OTHER_TAX', described: true };
const UNITS: Booking = { in: 'CORPORATE_ACTION_IN', out: 'CORPORATE_ACTION_OUT', described: true };
const DISTRIBUTION = both('CASH_DIVIDEND', { tax: 'WITHHOLDING_TAX' });

const payment: LineRule = { kind: 'booked', payment: true, cash: MONEY };
const money: LineRule = { kind: 'booked', cash: MONEY };
const fee: LineRule = { kind: 'booked', cash: both('OTHER_FEE', { described: true }) };
const tax: LineRule = { kind: 'booked', cash: both('OTHER_TAX', { described: true }) };
const distribution: LineRule = { kind: 'booked', cash: DISTRIBUTION, securities: UNITS };
const stockDividend: LineRule = { kind: 'booked', cash: DISTRIBUTION, securities: both('STOCK_DIVIDEND') };
const action: LineRule = { kind: 'booked', cash: ACTION, securities: UNITS };
const notice: LineRule = { kind: 'problem', reason: 'It is a notice, which should move nothing.' };
const unexplained: LineRule = { kind: 'problem', reason: "Upvest's documents do not say what lines of this type are." };

/**
 * The mapping of each type of line of the broker's ledgers: docs/synchronization.md. Types: the models CashTransaction and
 * SecurityTransaction of Upvest's generated client (1.102.0), and Upvest's OpenAPI 1.9.0. Movements: InvestSuite's page
 * "Synchronize portfolios". Each has a `…_CANCELLATION`, which is the same with the opposite sign.
 */
export const LINE_RULES: Readonly<Record<string, LineRule>> = {
  // Orders: the transaction of the order has the fill and its taxes.
  ORDER_EXECUTION: { kind: 'order' },
  // Payments that the gateway may have made itself.
  WITHDRAWAL: payment,
  VIRTUAL_CASH_INCREASE: payment,
  VIRTUAL_CASH_DECREASE: payment,
  // Money that came and went otherwise.
  TOPUP: money,
  CREDIT_FUNDING: money,
  CREDIT_FUNDING_CHARGE_BACK: money,
  SEPA_DIRECT_DEBIT: money,
  SEPA_DIRECT_DEBIT_CHARGE_BACK: money,
  EXTERNAL_SEPA_DIRECT_DEBIT: money,
  EXTERNAL_SEPA_DIRECT_DEBIT_CHARGE_BACK: money,
  // Transfers and corrections.
  INTERNAL_CASH_TRANSFER: { kind: 'booked', cash: TRANSFER },
  ISA_TRANSFER: { kind: 'booked', cash: TRANSFER },
  SECURITIES_TRANSFER: { kind: 'booked', securities: TRANSFER },
  BALANCE_CORRECTION: {
    kind: 'booked',
    cash: { ...MONEY, corrects: true, described: true },
    securities: { ...TRANSFER, corrects: true },
  },
  VIRTUAL_CASH_CORRECTION: { kind: 'booked', cash: { ...MONEY, corrects: true, described: true } },
  // Fees and taxes. InvestSuite's kinds of fees say what the bank charges for, which the broker does not know.
  FEE_COLLECTION: fee,
  DD_REFUND_REJECT_FEE: fee,
  TAX_PAYMENT: tax,
  TAX_PREPAYMENT_DE: tax,
  TAX_REFUND: tax,
  TAX_RECLAIM: tax,
  TAX_ON_NON_DISTRIBUTED_PROCEEDS: tax,
  // Distributions.
  CASH_DIVIDEND: distribution,
  CAPITAL_DISTRIBUTION: distribution,
  CAPITAL_GAINS_DISTRIBUTION: distribution,
  CASH_DISTRIBUTION_FROM_NON_ELIGIBLE_SECURITIES_SALES: distribution,
  SHARES_PREMIUM_DIVIDEND: distribution,
  STOCK_DIVIDEND: stockDividend,
  SCRIP_DIVIDEND: stockDividend,
  DIVIDEND_OPTION: stockDividend,
  INTEREST_PAYMENT: { kind: 'booked', cash: both('COUPON', { tax: 'WITHHOLDING_TAX' }), securities: UNITS },
  // Splits. Their cash is what was paid for a fraction.
  STOCK_SPLIT: { kind: 'booked', cash: ACTION, securities: both('STOCK_SPLIT') },
  REVERSE_STOCK_SPLIT: { kind: 'booked', cash: ACTION, securities: both('REVERSE_STOCK_SPLIT') },
  // Other corporate actions, by what they add and take away.
  ACCUMULATION: action,
  ATTACHMENT: action,
  BANKRUPTCY: action,
  BOND_DEFAULT: action,
  BONUS_ISSUE: action,
  CALL_ON_INTERMEDIATE_SECURITIES: action,
  CAPITALISATION: action,
  CHANGE: action,
  CLASS_ACTION: action,
  COMPANY_OPTION: action,
  CONVERSION: action,
  CREDIT_EVENT: action,
  DECREASE_IN_VALUE: action,
  DETACHMENT: action,
  DIVIDEND_REINVESTMENT: action,
  DRAWING: action,
  DUTCH_AUCTION: action,
  EXCHANGE: action,
  FINAL_MATURITY: action,
  FULL_CALL: action,
  INCREASE_IN_VALUE: action,
  INSTALMENT_CALL: action,
  INTERMEDIATE_SECURITIES_DISTRIBUTION: action,
  LIQUIDATION_PAYMENT: action,
  MERGER: action,
  NON_OFFICIAL_OFFER: action,
  ODD_LOT_SALE: action,
  OTHER_EVENT: action,
  PARI_PASSU: action,
  PARTIAL_DEFEASANCE: action,
  PARTIAL_REDEMPTION_WITH_POOL_FACTOR_REDUCTION: action,
  PARTIAL_REDEMPTION_WITHOUT_POOL_FACTOR_REDUCTION: action,
  PAY_IN_KIND: action,
  PEAK_FRACTION_COMPENSATION: action,
  PRIORITY_ISSUE: action,
  PUT_REDEMPTION: action,
  REDENOMINATION: action,
  REMARKETING_AGREEMENT: action,
  REPURCHASE_OFFER: action,
  RIGHTS_ISSUE: action,
  SPIN_OFF: action,
  TENDER: action,
  WARRANT_EXERCISE: action,
  WORTHLESS: action,
  // Meetings, certificates and other notices.
  ANNUAL_GENERAL_MEETING: notice,
  BOND_HOLDER_MEETING: notice,
  CONSENT: notice,
  COURT_MEETING: notice,
  DISCLOSURE: notice,
  EXTRAORDINARY_OR_SPECIAL_GENERAL_MEETING: notice,
  INFORMATION: notice,
  MATURITY_EXTENSION: notice,
  NON_US_TEFRA_D_CERTIFICATION: notice,
  ORDINARY_GENERAL_MEETING: notice,
  PLACE_OF_INCORPORATION: notice,
  SMALLEST_NEGOTIABLE_UNIT: notice,
  TRADING_STATUS_ACTIVE: notice,
  TRADING_STATUS_DELISTED: notice,
  TRADING_STATUS_SUSPENDED: notice,
  WITHHOLDING_TAX_RELIEF_CERTIFICATION: notice,
  // Named, and not explained.
  DUST_CLEANUP: unexplained,
  PEAK_ORDER_ADJUSTMENT: unexplained,
  SECURITIES_LENDING: unexplained,
  TREASURY_PAYMENT: unexplained,
};
