import {
  type BrokerageAccount,
  cashKey,
  type Holdings,
  type Manager,
  type ManagerSettings,
  type Movement,
  type Optimization,
  type OptimizationOrder,
  type Portfolio,
  type PortfolioStatus,
  SYSTEM_AUTHOR,
  type Transaction,
  type User,
} from '../investsuite/entities.ts';
import type { CashBalance, Order } from '../upvest/entities.ts';
import { investSuiteIdOf, uuidOf } from '../values/ids.ts';
import { num } from '../values/json.ts';
import { hashOf } from '../values/random.ts';
import { type BrokerIds, type BrokerSide, brokerSide } from './broker-side.ts';
import { securitiesLedger } from './ledgers.ts';
import type { PartialSeed } from './seed-data.ts';

/**
 * Builders of seed data for tests and for the demo. All ids come from a `key`: the same key gives the same ids, so a
 * test that needs two things names two keys.
 */

const SEEDED_AT = '2022-07-26T14:31:06.976215+00:00';

let unnamed = 0;
const keyOr = (key: string | undefined, kind: string): string => key ?? `${kind}-${++unnamed}`;

export interface UserOverrides {
  readonly key?: string;
  readonly id?: string;
  readonly externalId?: string | null;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly language?: string;
  readonly status?: string;
  readonly counterAccount?: User['counter_account'];
  readonly deleted?: boolean;
  /** Overrides fields of the wire format. */
  readonly raw?: Partial<User>;
}

export function seedUser(overrides: UserOverrides = {}): User {
  const key = keyOr(overrides.key, 'user');
  const id = overrides.id ?? investSuiteIdOf('U', key);
  return {
    ...envelope(id, overrides.externalId ?? null),
    deleted: overrides.deleted ?? false,
    readable_by: [id],
    modifiable_by: [id],
    first_name: overrides.firstName === undefined ? 'Jane' : overrides.firstName,
    last_name: overrides.lastName === undefined ? 'Doe' : overrides.lastName,
    email: `${key.replace(/[^a-z0-9]/gi, '.').toLowerCase()}@example.com`,
    phone: null,
    language: overrides.language ?? 'en-US',
    status: overrides.status ?? 'ACTIVE',
    counter_account:
      overrides.counterAccount === undefined
        ? {
            bank_account_number: 'BE01234567891234',
            bank_account_number_type: 'IBAN',
            bank_id: 'IDQMIE2D',
            bank_id_type: 'BIC',
          }
        : overrides.counterAccount,
    brokerage_user_id: uuidOf(`broker-user/${id}`),
    idp_user_id: null,
    products: [],
    feature_flags: ['ROBO_ADVISOR'],
    ...overrides.raw,
  };
}

export interface TransactionOverrides {
  readonly key?: string;
  readonly id?: string;
  readonly externalId?: string | null;
  readonly orderType?: 'MARKET' | 'LIMIT' | null;
  readonly optimizationId?: string | null;
  readonly movements: readonly Movement[];
  readonly createdAt?: string;
  readonly raw?: Partial<Transaction>;
}

export interface MovementOverrides extends Partial<Movement> {
  /** Number text; written as a literal. */
  readonly units?: string;
  /** Number text of the unit price; written as a literal. */
  readonly price?: string;
}

/** A movement; by default a settled deposit of 500 EUR. */
export function seedMovement({ units, price, ...overrides }: MovementOverrides = {}): Movement {
  return {
    type: 'CASH_DEPOSIT',
    status: 'SETTLED',
    datetime: '2021-10-06T00:00:00+00:00',
    instrument_id: '$EUR',
    quantity: num(units ?? '500.0'),
    ...(price === undefined ? {} : { unit_price: num(price) }),
    ...overrides,
  };
}

export function seedTransaction(portfolioId: string, overrides: TransactionOverrides): Transaction {
  const key = keyOr(overrides.key, `${portfolioId}/transaction`);
  return {
    ...envelope(overrides.id ?? investSuiteIdOf('T', key), overrides.externalId ?? null),
    creation_datetime: overrides.createdAt ?? overrides.movements[0]?.datetime ?? SEEDED_AT,
    portfolio_id: portfolioId,
    optimization_id: overrides.optimizationId ?? null,
    order_type: overrides.orderType ?? null,
    description: null,
    movements: overrides.movements,
    ...overrides.raw,
  };
}

export interface OptimizationOverrides {
  readonly id?: string;
  readonly inProgress?: boolean;
  readonly isRecommended?: boolean;
  readonly ownerChoice?: Optimization['owner_choice'];
  /** ISIN to units (number text, positive buys), or to the fields of the order on the wire. */
  readonly orders?: Readonly<Record<string, string | OptimizationOrder>>;
}

export interface PortfolioOverrides {
  readonly key?: string;
  readonly id?: string;
  readonly externalId?: string | null;
  readonly name?: string | null;
  /** A user made by {@link seedUser}; by default one of its own. */
  readonly owner?: User;
  readonly coOwners?: readonly User[];
  readonly baseCurrency?: string;
  readonly moneyType?: Portfolio['money_type'];
  readonly manager?: Manager;
  readonly status?: PortfolioStatus;
  readonly archived?: boolean;
  readonly deleted?: boolean;
  readonly fundedSince?: string | null;
  readonly version?: number;
  /** Instrument id to number text: `{ $EUR: '1000.00', US0378331005: '10.4' }`. */
  readonly holdings?: Readonly<Record<string, string>>;
  /** Number text; robo portfolios only. */
  readonly divestAmount?: string | null;
  readonly settings?: Partial<ManagerSettings>;
  readonly transactions?: readonly TransactionOverrides[];
  readonly optimization?: OptimizationOverrides | null;
  /** False: without ids of the broker, and without data at the broker. */
  readonly linked?: boolean;
  readonly brokerageAccount?: Partial<BrokerageAccount>;
  /** By default the broker holds the same as `holdings`. */
  readonly brokerCash?: string | Partial<CashBalance> | readonly Partial<CashBalance>[];
  readonly brokerPositions?: Readonly<Record<string, string>>;
  readonly brokerOrders?: readonly Partial<Order>[];
  /** Bank accounts at the broker that money may be paid out to. */
  readonly referenceAccounts?: number;
  /** Broker accounts in the group; positions are in the first. */
  readonly accounts?: number;
  readonly brokerIds?: BrokerIds;
  /** Overrides fields of the wire format. */
  readonly raw?: Partial<Portfolio>;
}

/** One portfolio with its data and ids. Pass it to `startStandins({ seed })` with `combineSeeds`. */
export interface SeededPortfolio extends PartialSeed {
  readonly portfolioId: string;
  readonly ownerId: string;
  readonly transactionIds: readonly string[];
  readonly broker: Omit<BrokerSide, 'seed'>;
}

/** A portfolio: by default discretionary robo, EUR, real money, active, linked, 1,000 in cash and two positions. */
export function seedPortfolio(overrides: PortfolioOverrides = {}): SeededPortfolio {
  const key = keyOr(overrides.key, 'portfolio');
  const owner = overrides.owner ?? seedUser({ key: `${key}/owner` });
  const portfolioId = overrides.id ?? investSuiteIdOf('P', key);
  const holdings = overrides.holdings ?? {
    [cashKey(overrides.baseCurrency ?? 'EUR')]: '1000.00',
    US0378331005: '10.4',
    LU78468R1014: '7',
  };
  const linked = overrides.linked ?? true;
  const broker = brokerSide({ ...overrides, key: portfolioId, owner, holdings, linked });
  const portfolio = portfolioOf(portfolioId, owner, holdings, broker, overrides);
  const transactions = (overrides.transactions ?? []).map((one, i) =>
    seedTransaction(portfolioId, { key: `${portfolioId}/${i}`, ...one }),
  );
  const { seed, ...ids } = broker;
  return {
    portfolioId,
    ownerId: owner.id,
    transactionIds: transactions.map(({ id }) => id),
    broker: ids,
    investSuite: {
      users: [owner, ...(overrides.coOwners ?? [])],
      portfolios: [portfolio],
      transactions,
      optimizations: overrides.optimization ? [seedOptimization(portfolio, overrides.optimization)] : [],
    },
    upvest: linked ? { ...seed, securitiesTransactions: securitiesLedger(broker, transactions) } : seed,
  };
}

function portfolioOf(
  id: string,
  owner: User,
  holdings: Readonly<Record<string, string>>,
  broker: BrokerSide,
  overrides: PortfolioOverrides,
): Portfolio {
  const status = overrides.status ?? 'ACTIVE';
  const manager = overrides.manager ?? 'ROBO_ADVISOR_DISCRETIONARY';
  const funded = status === 'ACTIVE' || status === 'INACTIVE';
  return {
    ...envelope(id, overrides.externalId === undefined ? `bank-${id}` : overrides.externalId),
    version: overrides.version ?? 1,
    deleted: overrides.deleted ?? false,
    readable_by: [owner.id],
    modifiable_by: [owner.id],
    name: overrides.name === undefined ? "Child's education" : overrides.name,
    owned_by_user_id: owner.id,
    owned_by_user_ids: (overrides.coOwners ?? []).map((one) => one.id),
    base_currency: overrides.baseCurrency ?? 'EUR',
    money_type: overrides.moneyType ?? 'REAL_MONEY',
    portfolio: numbers(holdings),
    config: { manager, manager_version: 1, manager_settings: settingsOf(manager, overrides) },
    brokerage_account: brokerageAccountOf(id, broker, overrides),
    funded_since:
      overrides.fundedSince === undefined ? (funded ? '2021-02-18T08:21:02+00:00' : null) : overrides.fundedSince,
    snapshot_datetime: '2022-08-18T05:14:31.904742+00:00',
    start_datetime: SEEDED_AT,
    archived: overrides.archived ?? false,
    status,
    ...overrides.raw,
  };
}

function brokerageAccountOf(id: string, broker: BrokerSide, overrides: PortfolioOverrides): BrokerageAccount | null {
  if (!broker.accountGroupId) return null;
  return {
    brokerage_portfolio_id: broker.accountGroupId,
    brokerage_user_id: broker.userId,
    bank_account_type: 'IBAN',
    bank_account_number: 'BE19000000001212',
    bank_id: null,
    payment_reference: String(10_000_000 + (hashOf(id) % 90_000_000)),
    ...overrides.brokerageAccount,
  };
}

function settingsOf(manager: Manager, overrides: PortfolioOverrides): ManagerSettings {
  const common: ManagerSettings = {
    broker_provider: null,
    active: true,
    tags: [],
    background_image: null,
    background_color: null,
    commission_profile: null,
  };
  if (manager === 'USER_MANAGED') return { ...common, ...overrides.settings };
  const divest = overrides.divestAmount ?? null;
  return {
    ...common,
    policy_id: investSuiteIdOf('Y', 'policy'),
    goal_id: investSuiteIdOf('L', 'goal'),
    horizon_id: investSuiteIdOf('H', 'horizon'),
    risk_profile_id: investSuiteIdOf('K', 'risk-profile'),
    proposed_risk_profile_id: null,
    risk_profile_score: num('3'),
    suitability_profile_id: null,
    divest_amount: divest === null ? null : num(divest),
    start_amount: num('2000'),
    recurring_deposit_amount: num('500.0'),
    end_datetime: null,
    optimization_cooldown_end: null,
    ...overrides.settings,
  };
}

export function seedOptimization(portfolio: Portfolio, overrides: OptimizationOverrides = {}): Optimization {
  const orders = Object.entries(overrides.orders ?? {}).map(([isin, order]) => [
    isin,
    typeof order === 'string' ? orderByUnits(order) : order,
  ]);
  const solution = { objective_value: num('-2.3899945188058256e-05'), portfolio: portfolio.portfolio };
  return {
    ...envelope(overrides.id ?? investSuiteIdOf('O', portfolio.id), null),
    portfolio_id: portfolio.id,
    status: overrides.inProgress ? 'PENDING' : 'SUCCESS',
    owner_choice: overrides.ownerChoice ?? null,
    current_solution: solution,
    optimal_solution: solution,
    portfolio_update: {
      is_recommended: overrides.isRecommended ?? orders.length > 0,
      orders: Object.fromEntries(orders),
    },
  };
}

const orderByUnits = (shares: string): OptimizationOrder => ({
  shares: num(shares),
  // Noise of binary fractions is normal in what the optimizer sends.
  expected_share_price: num('14.769662844999981'),
  expected_transaction_cost: num('0.05'),
  quantity_type: 'UNITS',
  quantity: num(shares),
});

export const numbers = (texts: Readonly<Record<string, string>>): Holdings =>
  Object.fromEntries(Object.entries(texts).map(([instrument, text]) => [instrument, num(text)]));

function envelope(id: string, externalId: string | null) {
  return {
    id,
    external_id: externalId,
    creation_datetime: SEEDED_AT,
    version: 1,
    version_datetime: SEEDED_AT,
    version_authored_by_user_id: SYSTEM_AUTHOR,
    deleted: false,
  };
}
