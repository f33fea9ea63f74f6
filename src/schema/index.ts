import type { GraphQLSchema } from 'graphql';
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
import { type Builder, createBuilder } from './builder.ts';
import { addCashLedger } from './cash-ledger.ts';
import { addPageInfo } from './connections.ts';
import { addDeposits } from './deposit.ts';
import { addEnums } from './enums.ts';
import { addExecution } from './execution.ts';
import { addFailures } from './failures.ts';
import { addFederation, type FederationOptions } from './federation.ts';
import { addUpdateHoldings } from './holdings.ts';
import { addInstruments } from './instrument.ts';
import { refuseLoneSurrogates } from './lone-surrogates.ts';
import { addNotifications } from './notifications.ts';
import { addOperations } from './operations.ts';
import { addOrders } from './order.ts';
import { addOrdering } from './ordering.ts';
import type { SchemaParts } from './parts.ts';
import { addPortfolio } from './portfolio.ts';
import { addPrices } from './prices.ts';
import { addQuery } from './query.ts';
import { addRebalancings } from './rebalancing.ts';
import { addReviews } from './review.ts';
import { addScalars } from './scalars.ts';
import { addStateChange } from './state-change.ts';
import { addSubscription } from './subscription.ts';
import { addSynchronization } from './synchronization.ts';
import { addRecordTransaction } from './transaction.ts';
import { answerUnreadableInput } from './unreadable-input.ts';
import { addUpstreamRefusals } from './upstream-refusal.ts';
import { addUser } from './user.ts';
import { addVirtualCash } from './virtual-cash.ts';
import { addWithdrawals } from './withdrawal.ts';
import { addWorth } from './worth.ts';

/** Types of the graph that an embedder may extend or use. */
export type GraphTypes = SchemaParts['refs'] & Pick<SchemaParts, 'node' | 'pageInfo' | 'enums'>;

/** Adds an embedder's own types and fields before the schema is built. */
export type Extend = (builder: Builder, types: GraphTypes) => void;

export interface SchemaOptions {
  readonly extend?: Extend | undefined;
  /** Makes the graph a federated subgraph. */
  readonly federation?: FederationOptions | undefined;
}

export function buildSchema({ extend, federation }: SchemaOptions = {}): GraphQLSchema {
  const builder = createBuilder();
  addScalars(builder);
  const enums = addEnums(builder);
  const refs = {
    portfolio: builder.objectRef<Portfolio>('Portfolio'),
    transaction: builder.objectRef<Transaction>('Transaction'),
    user: builder.objectRef<User>('User'),
    deposit: builder.objectRef<Deposit>('Deposit'),
    withdrawal: builder.objectRef<Withdrawal>('Withdrawal'),
    virtualCash: builder.objectRef<VirtualCashMovement>('VirtualCashMovement'),
    cashBalance: builder.objectRef<CashBalance>('CashBalance'),
    order: builder.objectRef<Order>('Order'),
    rebalancing: builder.objectRef<Rebalancing>('Rebalancing'),
    execution: builder.objectRef<Execution>('Execution'),
    cashTransaction: builder.objectRef<LedgerLine>('CashTransaction'),
    viewer: builder.objectRef<Viewer>('Viewer'),
    instrument: builder.objectRef<Instrument>('Instrument'),
    price: builder.objectRef<Price>('Price'),
  };
  const parts: SchemaParts = {
    builder,
    enums,
    refs,
    failures: addFailures({ builder, enums }),
    reviewable: builder.unionType('Reviewable', {
      description: 'An object that may need an operator.',
      types: [refs.deposit, refs.withdrawal, refs.virtualCash, refs.order, refs.rebalancing],
    }),
    pageInfo: addPageInfo(builder),
    node: builder.interfaceRef<{ readonly id: string }>('Node').implement({
      description: 'An object with an id that `node` can find.',
      fields: (t) => ({ id: t.exposeID('id', { nullable: false, description: 'Id, unique over all types.' }) }),
    }),
  };
  addUser(parts);
  addPortfolio(parts);
  addWorth(parts);
  addCashLedger(parts);
  addQuery(parts);
  addInstruments(parts);
  addPrices(parts);
  builder.mutationType({
    description: 'Mutations. A document with two mutations that move money is refused before anything is sent.',
  });
  const history = addStateChange(parts);
  addDeposits(parts, history);
  addWithdrawals(parts, history);
  addVirtualCash(parts);
  addExecution(parts);
  addOrdering(parts, history);
  addUpstreamRefusals(parts);
  addRebalancings(parts, history);
  addReviews(parts);
  addOperations(parts);
  addRecordTransaction(parts);
  addOrders(parts);
  addUpdateHoldings(parts);
  addSynchronization(parts);
  addSubscription(parts, addNotifications(parts));
  if (federation !== undefined) addFederation(parts, federation);
  extend?.(builder, { ...refs, node: parts.node, pageInfo: parts.pageInfo, enums });
  return answerUnreadableInput(refuseLoneSurrogates(builder.toSchema()));
}
