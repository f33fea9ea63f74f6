import type { UpvestSeed } from '../seed/seed-data.ts';
import { Collection } from '../values/collection.ts';
import type {
  Account,
  AccountGroup,
  CashBalance,
  CashTransaction,
  InstrumentDetails,
  Order,
  Position,
  ReferenceAccount,
  SecuritiesTransaction,
  UpvestUser,
  VirtualCash,
  Withdrawal,
} from './entities.ts';
import { Outcomes } from './outcomes.ts';
import type { SavingsPlan } from './plans.ts';

/** One effect on money, once for each time it happened. Amounts are decimal text, without a sign. */
export interface UpvestLedgerEntry {
  readonly at: string;
  readonly kind:
    | 'withdrawal-requested'
    | 'withdrawal-paid'
    | 'withdrawal-cancelled'
    | 'withdrawal-returned'
    | 'virtual-cash-increase-requested'
    | 'virtual-cash-increased'
    | 'virtual-cash-decrease-requested'
    | 'virtual-cash-decreased'
    | 'virtual-cash-decrease-cancelled'
    | 'cash-arrived'
    | 'order-requested'
    | 'order-filled';
  readonly accountGroupId: string;
  readonly amount: string;
  readonly currency: string;
  readonly id: string;
  readonly idempotencyKey: string | null;
}

/**
 * Payments that wait for money: withdrawals (with `shortOfCash: 'wait'`) and queued decreases of virtual cash, in the
 * order in which they came. Each registers its retry, so that cash.ts need not know them.
 */
export interface Waiting {
  readonly groupId: string;
  readonly currency: string;
  /** True when it got the money, or does not wait any more. */
  retry(): boolean;
}

export class UpvestStore {
  readonly users = new Collection<UpvestUser>();
  readonly accountGroups = new Collection<AccountGroup>();
  readonly accounts = new Collection<Account>(({ account_group_id }) => account_group_id);
  readonly referenceAccounts = new Collection<ReferenceAccount>(({ user_id }) => user_id);
  readonly instruments = new Collection<InstrumentDetails>(({ isin = '' }) => isin);
  readonly orders = new Collection<Order>(({ account_id }) => account_id);
  readonly withdrawals = new Collection<Withdrawal>(({ account_group_id }) => account_group_id);
  readonly increases = new Collection<VirtualCash>();
  readonly decreases = new Collection<VirtualCash>();
  readonly cashTransactions = new Collection<CashTransaction>(({ account_group_id }) => account_group_id);
  readonly securitiesTransactions = new Collection<SecuritiesTransaction>(({ account_id }) => account_id);
  readonly ledger: UpvestLedgerEntry[] = [];
  /** The money for trading that each withdrawal holds, released if it is cancelled. */
  readonly holds = new Map<string, { readonly trading: string }>();
  /** Money held for each open order. */
  readonly locks = new Map<string, string>();
  readonly backlog: Waiting[] = [];
  readonly outcomes = new Outcomes();
  readonly plans = new Collection<SavingsPlan>(({ account_id }) => account_id);
  readonly #balances = new Map<string, Map<string, CashBalance>>();
  readonly #positions = new Map<string, Map<string, Position>>();
  readonly #groupsOfUser = new Map<string, Set<string>>();

  add(seed: Partial<UpvestSeed>): void {
    putAll(seed.users, (user) => this.users.put(user));
    putAll(seed.accountGroups, (group) => this.putGroup(group));
    putAll(seed.accounts, (account) => this.accounts.put(account));
    putAll(seed.referenceAccounts, (account) => this.referenceAccounts.put(account));
    putAll(seed.balances, (balance) => this.putBalance(balance));
    putAll(seed.positions, (position) => this.putPosition(position));
    putAll(seed.instruments, (instrument) => this.instruments.put(instrument));
    putAll(seed.orders, (order) => this.orders.put(order));
    putAll(seed.withdrawals, (withdrawal) => this.withdrawals.put(withdrawal));
    putAll(seed.cashTransactions, (transaction) => this.cashTransactions.put(transaction));
    putAll(seed.plans, (plan) => this.plans.put(plan));
    putAll(seed.securitiesTransactions, (transaction) => this.securitiesTransactions.put(transaction));
  }

  /** By `isin:` and the ISIN, or `uuid:` and the id. */
  instrument(key: string): InstrumentDetails | undefined {
    const [kind, id = ''] = key.split(':');
    return kind === 'isin' ? this.instruments.of(id)[0] : kind === 'uuid' ? this.instruments.get(id) : undefined;
  }

  putGroup(group: AccountGroup): void {
    this.accountGroups.put(group);
    for (const { id } of group.users ?? []) entry(this.#groupsOfUser, id, () => new Set<string>()).add(group.id);
  }

  groupsOf(userId: string): readonly AccountGroup[] {
    return this.accountGroups.some([...(this.#groupsOfUser.get(userId) ?? [])]);
  }

  accountsOf(userId: string): readonly Account[] {
    return this.groupsOf(userId).flatMap(({ id }) => this.accounts.of(id));
  }

  balances(groupId: string): readonly CashBalance[] {
    return [...(this.#balances.get(groupId)?.values() ?? [])];
  }

  balance(groupId: string, currency: string): CashBalance | undefined {
    return this.#balances.get(groupId)?.get(currency);
  }

  putBalance(balance: CashBalance): CashBalance {
    entry(this.#balances, balance.account_group_id, () => new Map<string, CashBalance>()).set(
      balance.currency,
      balance,
    );
    return balance;
  }

  positions(accountId: string): readonly Position[] {
    return [...(this.#positions.get(accountId)?.values() ?? [])];
  }

  position(accountId: string, isin: string): Position | undefined {
    return this.#positions.get(accountId)?.get(isin);
  }

  putPosition(position: Position): Position {
    const key = position.instrument.isin ?? position.instrument.uuid;
    entry(this.#positions, position.account_id, () => new Map<string, Position>()).set(key, position);
    return position;
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let held = map.get(key);
  if (held === undefined) {
    held = make();
    map.set(key, held);
  }
  return held;
}

function putAll<T>(rows: readonly T[] | undefined, put: (row: T) => unknown): void {
  for (const row of rows ?? []) put(row);
}
