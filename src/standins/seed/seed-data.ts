import type { Optimization, Portfolio, Transaction, User } from '../investsuite/entities.ts';
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
  Withdrawal,
} from '../upvest/entities.ts';
import type { SavingsPlan } from '../upvest/plans.ts';

export interface InvestSuiteSeed {
  readonly users: readonly User[];
  readonly portfolios: readonly Portfolio[];
  readonly transactions: readonly Transaction[];
  readonly optimizations: readonly Optimization[];
  /** Ids of users that our credentials may not read: 403. */
  readonly unreadableIds: readonly string[];
}

export interface UpvestSeed {
  readonly users: readonly UpvestUser[];
  readonly accountGroups: readonly AccountGroup[];
  readonly accounts: readonly Account[];
  readonly referenceAccounts: readonly ReferenceAccount[];
  readonly balances: readonly CashBalance[];
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
  readonly withdrawals: readonly Withdrawal[];
  readonly cashTransactions: readonly CashTransaction[];
  readonly securitiesTransactions: readonly SecuritiesTransaction[];
  readonly plans: readonly SavingsPlan[];
  /** Besides the broker's directory, which is always there: see instruments.ts. */
  readonly instruments: readonly InstrumentDetails[];
}

/** The initial data of both stand-ins. */
export interface SeedData {
  readonly investSuite: InvestSuiteSeed;
  readonly upvest: UpvestSeed;
}

/** A part of it, as the builders return it; may be added later. */
export interface PartialSeed {
  readonly investSuite?: Partial<InvestSuiteSeed>;
  readonly upvest?: Partial<UpvestSeed>;
}

/** Merges parts. Of an entity in several parts (a shared owner) the first is kept. */
export function combineSeeds(...parts: readonly PartialSeed[]): SeedData {
  const investSuite = parts.map((part) => part.investSuite ?? {});
  const upvest = parts.map((part) => part.upvest ?? {});
  return {
    investSuite: {
      users: byId(investSuite.flatMap(({ users }) => users ?? [])),
      portfolios: byId(investSuite.flatMap(({ portfolios }) => portfolios ?? [])),
      transactions: byId(investSuite.flatMap(({ transactions }) => transactions ?? [])),
      optimizations: byId(investSuite.flatMap(({ optimizations }) => optimizations ?? [])),
      unreadableIds: investSuite.flatMap(({ unreadableIds }) => unreadableIds ?? []),
    },
    upvest: {
      users: byId(upvest.flatMap(({ users }) => users ?? [])),
      accountGroups: byId(upvest.flatMap(({ accountGroups }) => accountGroups ?? [])),
      accounts: byId(upvest.flatMap(({ accounts }) => accounts ?? [])),
      referenceAccounts: byId(upvest.flatMap(({ referenceAccounts }) => referenceAccounts ?? [])),
      balances: upvest.flatMap(({ balances }) => balances ?? []),
      positions: upvest.flatMap(({ positions }) => positions ?? []),
      orders: byId(upvest.flatMap(({ orders }) => orders ?? [])),
      withdrawals: byId(upvest.flatMap(({ withdrawals }) => withdrawals ?? [])),
      cashTransactions: byId(upvest.flatMap(({ cashTransactions }) => cashTransactions ?? [])),
      securitiesTransactions: byId(upvest.flatMap(({ securitiesTransactions }) => securitiesTransactions ?? [])),
      plans: byId(upvest.flatMap(({ plans }) => plans ?? [])),
      instruments: byId(upvest.flatMap(({ instruments }) => instruments ?? [])),
    },
  };
}

function byId<T extends { readonly id: string }>(entities: readonly T[]): readonly T[] {
  const first = new Map<string, T>();
  for (const entity of entities) if (!first.has(entity.id)) first.set(entity.id, entity);
  return [...first.values()];
}

export const emptySeed = (): SeedData => combineSeeds();
