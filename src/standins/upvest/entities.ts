/**
 * Upvest's resources as they are stored and answered: field names as in the vendor's API reference. All numbers are
 * decimal strings. Replaced by new versions, never changed in place.
 */

export type UpvestUser = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly birth_date: string;
  readonly nationalities: readonly string[];
  readonly address: {
    readonly address_line1: string;
    readonly postcode: string;
    readonly city: string;
    readonly country: string;
  };
  readonly status: 'ACTIVE' | 'INACTIVE' | 'OFFBOARDING' | 'OFFBOARDED';
};

export type GroupStatus = 'PENDING_APPROVAL' | 'ACTIVE' | 'CLOSING' | 'CLOSED' | 'LOCKED';

export type AccountGroup = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly type: 'PERSONAL' | 'LEGAL_ENTITY' | 'BUSINESS';
  readonly status: GroupStatus;
  /** A business's group has no users, and the business's id. */
  readonly business_id?: string;
  readonly users?: readonly { readonly id: string; readonly type: 'OWNER' }[];
  readonly securities_account_number: string;
};

export type Account = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly account_group_id: string;
  readonly type: 'TRADING' | 'PORTFOLIO';
  readonly status: GroupStatus;
  readonly users: readonly { readonly id: string; readonly type: 'OWNER' }[];
  readonly account_number: number;
  readonly name: string;
};

/** Kept with the whole IBAN, answered masked. */
export type ReferenceAccount = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly user_id: string;
  readonly account_owner: string;
  readonly name: string;
  readonly iban: string;
  readonly bic: string;
  readonly confirmed_at: string;
};

export type CashBalance = {
  readonly account_group_id: string;
  readonly currency: string;
  readonly balance: string;
  readonly locked_for_trading: string;
  readonly pending_settlement: string;
  readonly available_for_withdrawal: string;
  readonly available_for_trading: string;
};

export type Instrument = { readonly isin?: string; readonly uuid: string };

/** An instrument of the directory. */
export type InstrumentDetails = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly isin?: string;
  readonly wkn?: string;
  readonly name: string;
  readonly fractional_trading: boolean;
  readonly trading_status: 'ACTIVE' | 'INACTIVE';
};

export type Position = {
  readonly account_id: string;
  readonly instrument: Instrument;
  readonly quantity: string;
  readonly locked_for_trading: string;
  readonly pending_settlement: string;
  readonly available_for_trading: string;
};

export type Execution = {
  readonly id: string;
  readonly order_id: string;
  readonly status: 'FILLED' | 'SETTLED' | 'CANCELLED';
  readonly side: 'BUY' | 'SELL';
  readonly currency: string;
  readonly cash_amount: string;
  readonly share_quantity: string;
  readonly price: string;
  readonly transaction_time: string;
  readonly taxes: readonly { readonly type: 'TOTAL'; readonly amount: string }[];
  readonly settlement_date?: string;
};

export type OrderStatus = 'NEW' | 'PROCESSING' | 'FILLED' | 'CANCELLED';

export type Order = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly user_id: string;
  readonly account_id: string;
  readonly cash_amount: string;
  readonly quantity: string;
  readonly currency: string;
  readonly side: 'BUY' | 'SELL';
  readonly instrument_id: string;
  readonly instrument_id_type: 'ISIN';
  readonly order_type: 'MARKET' | 'LIMIT' | 'STOP';
  readonly limit_price: string;
  readonly stop_price: string;
  readonly expiry_date: string;
  readonly status: OrderStatus;
  readonly fee: string;
  readonly cancellation_reason?: string;
  readonly initiation_flow: string;
  readonly execution_flow: 'STRAIGHT_THROUGH' | 'BLOCK';
  readonly client_reference: string;
  readonly executions: readonly Execution[];
};

export type WithdrawalStatus = 'NEW' | 'PROCESSING' | 'CONFIRMED' | 'CANCELLED';

export type Withdrawal = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly reference_account_id: string;
  readonly account_group_id: string;
  readonly user_id?: string;
  readonly amount: string;
  readonly currency: string;
  readonly remittance_information: string;
  readonly status: WithdrawalStatus;
  readonly cancellation_reason?: string;
  readonly purpose_code?: string;
  readonly taxes?: readonly { readonly type: 'TOTAL'; readonly amount: string; readonly currency: string }[];
};

export type VirtualCashStatus = 'ISSUED' | 'CONFIRMED' | 'QUEUED' | 'CANCELLED';

export type VirtualCash = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly account_group_id: string;
  readonly amount: string;
  readonly currency: string;
  readonly status: VirtualCashStatus;
};

/** A change of the units of an account. */
export type SecuritiesTransaction = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly type: string;
  readonly account_id: string;
  readonly account_group_id: string;
  readonly instrument: Instrument;
  readonly delta: { readonly amount: string };
  readonly references: readonly { readonly id: string; readonly type: string }[];
  readonly booking_date: string;
  readonly value_date: string;
};

export type CashTransaction = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly type: string;
  readonly account_group_id: string;
  readonly account_id?: string;
  readonly instrument?: Instrument;
  readonly delta: { readonly amount: string; readonly currency: string };
  readonly taxes: readonly { readonly type: 'TOTAL'; readonly amount: string; readonly currency: string }[];
  readonly references: readonly { readonly id: string; readonly type: string }[];
  readonly booking_date: string;
  readonly value_date: string;
};

/** As the vendor masks it: `DE0210**********0402`. */
export const maskedIban = (iban: string): string => `${iban.slice(0, 6)}**********${iban.slice(-4)}`;
