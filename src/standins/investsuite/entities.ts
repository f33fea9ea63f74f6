import type { NumberText } from '../values/json.ts';

/**
 * InvestSuite's entities as they are stored and (nearly) as they are answered: field names and nesting as in the vendor's
 * pages on portfolios, users and transactions. They are replaced by new versions, never changed in place.
 *
 * Type aliases, not interfaces, so that they are JSON objects to the compiler.
 */

export type Entity = {
  readonly id: string;
  readonly external_id: string | null;
  readonly creation_datetime: string;
  readonly version: number;
  readonly version_datetime: string;
  readonly version_authored_by_user_id: string;
  readonly deleted: boolean;
};

export type PortfolioStatus =
  | 'WAITING_FOR_ACCOUNT'
  | 'WAITING_FOR_POLICY'
  | 'WAITING_FOR_FUNDS'
  | 'ACTIVE'
  | 'INACTIVE';

export type Manager = 'USER_MANAGED' | 'ROBO_ADVISOR_ADVISORY' | 'ROBO_ADVISOR_DISCRETIONARY';

export type ManagerSettings = {
  readonly broker_provider: string | null;
  readonly active: boolean;
  readonly tags: readonly string[];
  readonly background_image: string | null;
  readonly background_color: string | null;
  readonly commission_profile: string | null;
  /** The fields from here on exist for robo portfolios only. */
  readonly policy_id?: string | null;
  readonly goal_id?: string | null;
  readonly horizon_id?: string | null;
  readonly risk_profile_id?: string | null;
  readonly proposed_risk_profile_id?: string | null;
  readonly risk_profile_score?: NumberText | null;
  readonly suitability_profile_id?: string | null;
  /** Total money asked back; 1e100 is everything; null and 0 are nothing. */
  readonly divest_amount?: NumberText | null;
  readonly start_amount?: NumberText | null;
  readonly recurring_deposit_amount?: NumberText | null;
  readonly end_datetime?: string | null;
  readonly optimization_cooldown_end?: string | null;
};

export type BrokerageAccount = {
  readonly brokerage_portfolio_id?: string | null;
  readonly brokerage_user_id?: string | null;
  readonly bank_account_type: string;
  readonly bank_account_number: string;
  readonly bank_id?: string | null;
  readonly payment_reference?: string | null;
};

/** Instrument id (`$CCY` or ISIN) to quantity. */
export type Holdings = { readonly [instrumentId: string]: NumberText };

export type Portfolio = Entity & {
  readonly readable_by: readonly string[];
  readonly modifiable_by: readonly string[];
  readonly name: string | null;
  readonly owned_by_user_id: string;
  readonly owned_by_user_ids: readonly string[];
  readonly base_currency: string;
  readonly money_type: 'REAL_MONEY' | 'PAPER_MONEY';
  readonly portfolio: Holdings;
  readonly config: {
    readonly manager: Manager;
    readonly manager_version: number;
    readonly manager_settings: ManagerSettings;
  };
  readonly brokerage_account: BrokerageAccount | null;
  readonly funded_since: string | null;
  readonly snapshot_datetime: string | null;
  readonly start_datetime: string;
  readonly archived: boolean;
  readonly status: PortfolioStatus;
};

export type CounterAccount = {
  readonly bank_account_number: string;
  readonly bank_account_number_type: string;
  readonly bank_id?: string | null;
  readonly bank_id_type?: string | null;
};

export type User = Entity & {
  readonly readable_by: readonly string[];
  readonly modifiable_by: readonly string[];
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly language: string;
  readonly status: string;
  readonly counter_account: CounterAccount | null;
  readonly brokerage_user_id: string | null;
  readonly idp_user_id: string | null;
  readonly products: readonly string[];
  readonly feature_flags: readonly string[];
};

/** Numbers of movements come as literals and as strings; what was sent is kept. */
export type Quantity = NumberText | string;

export type Movement = {
  readonly external_id?: string | null;
  readonly type: string;
  readonly status: string;
  readonly datetime: string;
  readonly instrument_id: string;
  readonly quantity: Quantity;
  readonly unit_price?: Quantity | null;
  readonly unit_price_currency?: string | null;
  readonly reference_external_id?: string | null;
  readonly reference_instrument_id?: string | null;
  readonly trade_type?: string | null;
  readonly description?: string | null;
};

export type Transaction = Entity & {
  readonly portfolio_id: string;
  readonly optimization_id: string | null;
  readonly order_type: string | null;
  readonly description: string | null;
  readonly movements: readonly Movement[];
};

export type OptimizationOrder = {
  /** Tenants that order by amount may send none. */
  readonly shares?: NumberText;
  readonly expected_share_price: NumberText;
  readonly expected_transaction_cost: NumberText;
  readonly quantity_type: 'UNITS' | 'AMOUNT';
  readonly quantity: NumberText;
};

export type Optimization = Entity & {
  readonly portfolio_id: string;
  readonly status: 'PENDING' | 'SUCCESS' | 'FAILURE' | 'INFEASIBLE' | 'NOT_OPTIMIZED';
  readonly owner_choice: 'ACCEPT' | 'REJECT' | 'REOPTIMIZE' | 'IGNORED' | null;
  readonly current_solution: { readonly objective_value: NumberText; readonly portfolio: Holdings };
  readonly optimal_solution: { readonly objective_value: NumberText; readonly portfolio: Holdings };
  readonly portfolio_update: {
    readonly is_recommended: boolean;
    readonly orders: { readonly [isin: string]: OptimizationOrder };
  };
};

export const SYSTEM_AUTHOR = 'UXXXXXXXXXXXXXXXXXXXXXXXXXX';

export const isRobo = ({ config }: Portfolio): boolean => config.manager !== 'USER_MANAGED';

export const cashKey = (currency: string): string => `$${currency}`;
