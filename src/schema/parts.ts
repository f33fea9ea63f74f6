import type { InterfaceRef, ObjectRef, UnionRef } from '@pothos/core';
import type { CashBalance } from '../domain/broker.ts';
import type { Execution } from '../domain/broker-executions.ts';
import type { LedgerLine } from '../domain/cash-ledger.ts';
import type { Deposit } from '../domain/deposit.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Order } from '../domain/order/placed.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Price } from '../domain/prices.ts';
import type { Rebalancing } from '../domain/rebalancing.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { User } from '../domain/user.ts';
import type { Viewer } from '../domain/viewer.ts';
import type { VirtualCashMovement } from '../domain/virtual-cash.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import type { CashObject } from '../resolvers/cash-requests.ts';
import type { Builder, SchemaTypes } from './builder.ts';
import type { PageInfoRef } from './connections.ts';
import type { Enums } from './enums.ts';
import type { FailureTypes } from './failures.ts';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

export type TypeRef<T> = ObjectRef<Types, T, T>;
export type NodeRef = InterfaceRef<Types, { readonly id: string }>;

/** Shared by the files of this folder while the schema is built. `refs` has the types that refer to each other. */
export interface SchemaParts {
  readonly builder: Builder;
  readonly enums: Enums;
  readonly node: NodeRef;
  readonly pageInfo: PageInfoRef;
  readonly refs: {
    readonly portfolio: TypeRef<Portfolio>;
    readonly transaction: TypeRef<Transaction>;
    readonly user: TypeRef<User>;
    readonly deposit: TypeRef<Deposit>;
    readonly withdrawal: TypeRef<Withdrawal>;
    readonly virtualCash: TypeRef<VirtualCashMovement>;
    readonly cashBalance: TypeRef<CashBalance>;
    readonly order: TypeRef<Order>;
    readonly rebalancing: TypeRef<Rebalancing>;
    readonly execution: TypeRef<Execution>;
    readonly cashTransaction: TypeRef<LedgerLine>;
    readonly viewer: TypeRef<Viewer>;
    readonly instrument: TypeRef<Instrument>;
    readonly price: TypeRef<Price>;
  };
  readonly reviewable: UnionRef<Types, CashObject, CashObject>;
  readonly failures: FailureTypes;
}
