import {
  type Check,
  dateTime,
  flag,
  listOf,
  mapOf,
  matching,
  nullable,
  numberLiteral,
  object,
  oneOf,
  text,
  type ValueOf,
} from '../values/shape.ts';

const id = (letter: string): Check<string> => matching(new RegExp(`^${letter}[0-9A-HJKMNP-TV-Z]{26}$`));
const anyId = matching(/^[A-Z][0-9A-HJKMNP-TV-Z]{26}$/);
const BANK_ACCOUNT = matching(/^[A-Z]{2}[A-Z0-9]{14,30}$/);
const BANK_ID = matching(/^([0-9]{9}|[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?)$/);

/** Cash of a currency, an ISIN, or an instrument of InvestSuite's own. */
export const INSTRUMENT_ID = /^(\$[A-Z]{3}|[A-Z]{2}[A-Z0-9]{9}[0-9]|I[0-9A-HJKMNP-TV-Z]{26})$/;

const SETTINGS_OF_ALL = {
  broker_provider: nullable(text()),
  active: flag,
  tags: listOf(text()),
  background_image: nullable(text()),
  background_color: nullable(text()),
  commission_profile: nullable(text()),
};

const SETTINGS_OF_ROBO = {
  ...SETTINGS_OF_ALL,
  policy_id: nullable(id('Y')),
  goal_id: nullable(id('L')),
  horizon_id: nullable(id('H')),
  risk_profile_id: nullable(id('K')),
  proposed_risk_profile_id: nullable(id('K')),
  risk_profile_score: nullable(numberLiteral),
  suitability_profile_id: nullable(text()),
  divest_amount: nullable(numberLiteral),
  start_amount: nullable(numberLiteral),
  recurring_deposit_amount: nullable(numberLiteral),
  end_datetime: nullable(dateTime),
  optimization_cooldown_end: nullable(dateTime),
};

const BROKERAGE_ACCOUNT = object(
  {
    bank_account_number: BANK_ACCOUNT,
    bank_account_type: oneOf('ABA', 'IBAN'),
    bank_id: nullable(BANK_ID),
    payment_reference: nullable(text()),
    brokerage_portfolio_id: nullable(text()),
    brokerage_user_id: nullable(text()),
  },
  ['bank_account_number', 'bank_account_type'],
);

const ROBO_SETTINGS = object(SETTINGS_OF_ROBO);

/** `divest_amount` and its like do not exist for a self investor's portfolio: extra fields there. */
const configOf = (robo: boolean) => {
  const settings: typeof ROBO_SETTINGS = robo ? ROBO_SETTINGS : object(SETTINGS_OF_ALL);
  return {
    manager: oneOf('USER_MANAGED', 'ROBO_ADVISOR_ADVISORY', 'ROBO_ADVISOR_DISCRETIONARY'),
    manager_version: numberLiteral,
    manager_settings: settings,
  };
};

const HOLDINGS = mapOf(INSTRUMENT_ID, numberLiteral);

const COMMON = {
  external_id: nullable(text(64)),
  name: nullable(text(128)),
  readable_by: listOf(anyId),
  modifiable_by: listOf(anyId),
  owned_by_user_id: id('U'),
  base_currency: matching(/^[A-Z]{3}$/),
  money_type: oneOf('REAL_MONEY', 'PAPER_MONEY'),
  portfolio: HOLDINGS,
  brokerage_account: nullable(BROKERAGE_ACCOUNT),
  funded_since: nullable(dateTime),
  archived: flag,
};

export const portfolioCreation = (robo: boolean) =>
  object({ ...COMMON, config: object(configOf(robo), ['manager', 'manager_version']) }, [
    'owned_by_user_id',
    'base_currency',
    'money_type',
    'config',
  ]);

/** Fields of a PATCH; those that may be written once are refused afterwards, with another status. */
export const portfolioPatch = (robo: boolean) => object({ ...COMMON, config: object(configOf(robo)) });
export type PortfolioPatch = ValueOf<ReturnType<typeof portfolioPatch>>;
