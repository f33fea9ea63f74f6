/**
 * Queryable fields of an entity: which paths exist, what they hold, and which hold ids of other entities (those can
 * be embedded).
 */
export type FieldKind = 'text' | 'number' | 'money' | 'date' | 'boolean' | 'reference' | 'object';
export type FieldTable = Readonly<Record<string, FieldKind>>;

const COMMON: FieldTable = {
  id: 'text',
  external_id: 'text',
  creation_datetime: 'date',
  version: 'number',
  version_datetime: 'date',
  // The docs' names for the date of the last change, in queries only.
  lastmodified: 'date',
  last_modified: 'date',
  version_authored_by_user_id: 'reference',
  deleted: 'boolean',
};

export const PORTFOLIO_FIELDS: FieldTable = {
  ...COMMON,
  readable_by: 'reference',
  modifiable_by: 'reference',
  name: 'text',
  owned_by_user_id: 'reference',
  owned_by_user_ids: 'reference',
  base_currency: 'text',
  money_type: 'text',
  portfolio: 'object',
  'portfolio.*': 'money',
  config: 'object',
  'config.manager': 'text',
  'config.manager_version': 'number',
  'config.manager_settings': 'object',
  'config.manager_settings.active': 'boolean',
  'config.manager_settings.policy_id': 'text',
  'config.manager_settings.goal_id': 'text',
  'config.manager_settings.horizon_id': 'text',
  'config.manager_settings.risk_profile_id': 'text',
  'config.manager_settings.risk_profile_score': 'number',
  'config.manager_settings.divest_amount': 'money',
  'config.manager_settings.start_amount': 'money',
  'config.manager_settings.recurring_deposit_amount': 'money',
  'config.manager_settings.end_datetime': 'date',
  brokerage_account: 'object',
  'brokerage_account.brokerage_portfolio_id': 'text',
  'brokerage_account.brokerage_user_id': 'text',
  'brokerage_account.bank_account_type': 'text',
  'brokerage_account.bank_account_number': 'text',
  'brokerage_account.bank_id': 'text',
  'brokerage_account.payment_reference': 'text',
  funded_since: 'date',
  snapshot_datetime: 'date',
  start_datetime: 'date',
  archived: 'boolean',
  status: 'text',
};

export const USER_FIELDS: FieldTable = {
  ...COMMON,
  readable_by: 'reference',
  modifiable_by: 'reference',
  first_name: 'text',
  last_name: 'text',
  email: 'text',
  phone: 'text',
  language: 'text',
  status: 'text',
  counter_account: 'object',
  'counter_account.bank_account_number': 'text',
  brokerage_user_id: 'text',
  idp_user_id: 'text',
};

export const TRANSACTION_FIELDS: FieldTable = {
  ...COMMON,
  portfolio_id: 'reference',
  portfolio_currency: 'text',
  optimization_id: 'text',
  type: 'text',
  status: 'text',
  order_type: 'text',
  description: 'text',
  movements: 'object',
  'movements.external_id': 'text',
  'movements.type': 'text',
  'movements.status': 'text',
  'movements.datetime': 'date',
  'movements.instrument_id': 'text',
  'movements.quantity': 'money',
  'movements.unit_price': 'money',
  'movements.reference_external_id': 'text',
  'movements.reference_instrument_id': 'text',
};

export function kindOf(table: FieldTable, path: string): FieldKind | undefined {
  const parent = path.slice(0, Math.max(0, path.indexOf('.')));
  return table[path] ?? table[`${parent}.*`];
}
