import type { User } from '../investsuite/entities.ts';
import type {
  Account,
  AccountGroup,
  CashBalance,
  Order,
  Position,
  ReferenceAccount,
  UpvestUser,
} from '../upvest/entities.ts';
import { uuidOf } from '../values/ids.ts';
import { hashOf } from '../values/random.ts';
import type { UpvestSeed } from './seed-data.ts';

const SEEDED_AT = '2020-08-24T14:15:22Z';

export interface BrokerSideInput {
  /** The portfolio's id: everything at the broker gets its id from it. */
  readonly key: string;
  readonly owner: User;
  readonly linked: boolean;
  readonly holdings: Readonly<Record<string, string>>;
  readonly baseCurrency?: string;
  readonly brokerCash?: string | Partial<CashBalance> | readonly Partial<CashBalance>[];
  readonly brokerPositions?: Readonly<Record<string, string>>;
  readonly brokerOrders?: readonly Partial<Order>[];
  readonly referenceAccounts?: number;
  readonly accounts?: number;
  readonly brokerIds?: BrokerIds;
}

/** Ids that are wanted as they are, e.g. those of the vendor's examples. */
export interface BrokerIds {
  readonly accountGroupId?: string;
  readonly userId?: string;
  /** Of the first account. */
  readonly accountId?: string;
  /** Of the first bank account. */
  readonly referenceAccountId?: string;
}

/** Upvest's side of a portfolio. The ids are empty strings where the portfolio is not linked. */
export interface BrokerSide {
  readonly accountGroupId: string;
  readonly userId: string;
  readonly accountIds: readonly string[];
  /** The first account: where the positions are. */
  readonly accountId: string;
  readonly referenceAccountIds: readonly string[];
  readonly orderIds: readonly string[];
  readonly seed: Partial<UpvestSeed>;
}

export function brokerSide(input: BrokerSideInput): BrokerSide {
  if (!input.linked)
    return {
      accountGroupId: '',
      userId: '',
      accountIds: [],
      accountId: '',
      referenceAccountIds: [],
      orderIds: [],
      seed: {},
    };
  const ids = input.brokerIds ?? {};
  const user = brokerUser(input.owner, ids.userId);
  const group = brokerGroup(input.key, user, ids.accountGroupId);
  const accounts = Array.from({ length: input.accounts ?? 1 }, (_, i) =>
    brokerAccount(input.key, group, i, ids.accountId),
  );
  const accountId = accounts[0]?.id ?? '';
  const orders = (input.brokerOrders ?? []).map((order, i) => brokerOrder(input.key, user, accountId, order, i));
  const referenceAccounts = Array.from({ length: input.referenceAccounts ?? 1 }, (_, i) =>
    bankAccount(user, i, ids.referenceAccountId),
  );
  return {
    accountGroupId: group.id,
    userId: user.id,
    accountIds: accounts.map(({ id }) => id),
    accountId,
    referenceAccountIds: referenceAccounts.map(({ id }) => id),
    orderIds: orders.map(({ id }) => id),
    seed: {
      users: [user],
      accountGroups: [group],
      accounts,
      referenceAccounts,
      balances: balancesOf(group.id, input),
      positions: positionsOf(accountId, input.brokerPositions ?? input.holdings),
      orders,
    },
  };
}

function brokerUser(owner: User, id: string | undefined): UpvestUser {
  return {
    id: id ?? owner.brokerage_user_id ?? uuidOf(`broker-user/${owner.id}`),
    created_at: SEEDED_AT,
    updated_at: SEEDED_AT,
    first_name: owner.first_name ?? 'Jane',
    last_name: owner.last_name ?? 'Doe',
    birth_date: '1980-05-17',
    nationalities: ['DE'],
    address: { address_line1: 'Unter den Linden 1', postcode: '10117', city: 'Berlin', country: 'DE' },
    status: 'ACTIVE',
  };
}

function brokerGroup(key: string, user: UpvestUser, id: string | undefined): AccountGroup {
  return {
    id: id ?? uuidOf(`group/${key}`),
    created_at: SEEDED_AT,
    updated_at: SEEDED_AT,
    type: 'PERSONAL',
    status: 'ACTIVE',
    users: [{ id: user.id, type: 'OWNER' }],
    securities_account_number: String(100_000_000 + (hashOf(key) % 900_000_000)),
  };
}

function brokerAccount(key: string, group: AccountGroup, i: number, firstId: string | undefined): Account {
  return {
    id: i === 0 && firstId !== undefined ? firstId : uuidOf(`account/${key}/${i}`),
    created_at: SEEDED_AT,
    updated_at: SEEDED_AT,
    account_group_id: group.id,
    type: 'TRADING',
    status: 'ACTIVE',
    users: group.users ?? [],
    account_number: i + 1,
    name: `Account ${i + 1}`,
  };
}

function bankAccount(user: UpvestUser, i: number, firstId: string | undefined): ReferenceAccount {
  return {
    id: i === 0 && firstId !== undefined ? firstId : uuidOf(`bank/${user.id}/${i}`),
    created_at: SEEDED_AT,
    updated_at: SEEDED_AT,
    user_id: user.id,
    account_owner: `${user.first_name} ${user.last_name}`,
    name: i === 0 ? 'Current account' : `Savings ${i}`,
    iban: `DE021005000000${String(54540402 + i).padStart(8, '0')}`,
    bic: 'BELADEBEXXX',
    confirmed_at: SEEDED_AT,
  };
}

/** A balance of which everything can be used. */
export function freeBalance(accountGroupId: string, currency: string, amount: string): CashBalance {
  const negative = amount.startsWith('-');
  return {
    account_group_id: accountGroupId,
    currency,
    balance: amount,
    locked_for_trading: '0',
    pending_settlement: '0',
    available_for_withdrawal: negative ? '0' : amount,
    available_for_trading: negative ? '0' : amount,
  };
}

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value);

function balancesOf(groupId: string, input: BrokerSideInput): readonly CashBalance[] {
  const base = input.baseCurrency ?? 'EUR';
  const cash = input.brokerCash;
  if (cash === undefined) {
    const held = Object.entries(input.holdings).filter(([id]) => id.startsWith('$'));
    const lines = held.map(([id, amount]) => freeBalance(groupId, id.slice(1), amount));
    return lines.some(({ currency }) => currency === base) ? lines : [...lines, freeBalance(groupId, base, '0')];
  }
  if (typeof cash === 'string') return [freeBalance(groupId, base, cash)];
  const given = isList(cash) ? cash : [cash];
  return given.map((one) => ({ ...freeBalance(groupId, one.currency ?? base, one.balance ?? '0'), ...one }));
}

/** Upvest's own id of an instrument. */
export const instrumentUuid = (isin: string): string => uuidOf(`instrument/${isin}`);

function positionsOf(accountId: string, holdings: Readonly<Record<string, string>>): readonly Position[] {
  return Object.entries(holdings)
    .filter(([id]) => !id.startsWith('$'))
    .map(([isin, quantity]) => ({
      account_id: accountId,
      instrument: { isin, uuid: instrumentUuid(isin) },
      quantity,
      locked_for_trading: '0',
      pending_settlement: '0',
      available_for_trading: quantity,
    }));
}

function brokerOrder(key: string, user: UpvestUser, accountId: string, order: Partial<Order>, i: number): Order {
  return {
    id: uuidOf(`order/${key}/${i}`),
    created_at: SEEDED_AT,
    updated_at: SEEDED_AT,
    user_id: user.id,
    account_id: accountId,
    cash_amount: '0',
    quantity: '7',
    currency: 'EUR',
    side: 'BUY',
    instrument_id: 'LU78468R1014',
    instrument_id_type: 'ISIN',
    order_type: 'MARKET',
    limit_price: '',
    stop_price: '',
    expiry_date: '2220-08-24',
    status: 'NEW',
    fee: '0',
    initiation_flow: 'API',
    execution_flow: 'STRAIGHT_THROUGH',
    client_reference: '',
    executions: [],
    ...order,
  };
}
