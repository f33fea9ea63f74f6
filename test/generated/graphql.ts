/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** How far a movement is. */
export type MovementStatus =
  /** Cancelled. */
  | 'CANCELLED'
  /** Done at the market, not yet settled. */
  | 'EXECUTED'
  /** Ran out before it came about. */
  | 'EXPIRED'
  /** Did not come about. */
  | 'NOT_EXECUTED'
  /** About to be placed. */
  | 'PENDING'
  /** Placed at the market. */
  | 'PLACED'
  /** Intended. */
  | 'PLANNED'
  /** Done; money and instruments have changed hands. */
  | 'SETTLED'
  /** A value of the upstream that the gateway does not know. */
  | 'UNKNOWN';

/** What one leg of a transaction does. */
export type MovementType =
  /** Comes into the portfolio; of cash: the money leg of a sale. */
  | 'BUY'
  /** Cash paid in. */
  | 'CASH_DEPOSIT'
  /** Dividend paid in cash. */
  | 'CASH_DIVIDEND'
  /** Cash paid out. */
  | 'CASH_WITHDRAWAL'
  /** Comes in by a corporate action. */
  | 'CORPORATE_ACTION_IN'
  /** Leaves by a corporate action. */
  | 'CORPORATE_ACTION_OUT'
  /** Interest of a bond. */
  | 'COUPON'
  /** Fee for safekeeping. */
  | 'CUSTODY_FEE'
  /** Fee of the instrument on entry or exit. */
  | 'INSTRUMENT_ENTRY_EXIT_FEE'
  /** Fee for managing the portfolio. */
  | 'MANAGEMENT_FEE'
  /** Another fee; the description says which. */
  | 'OTHER_FEE'
  /** Another tax; the description says which. */
  | 'OTHER_TAX'
  /** Several shares become one. */
  | 'REVERSE_STOCK_SPLIT'
  /** Leaves the portfolio; of cash: the money leg of a purchase. */
  | 'SELL'
  /** Fee of the service on entry or exit. */
  | 'SERVICE_ENTRY_EXIT_FEE'
  /** Dividend paid in shares. */
  | 'STOCK_DIVIDEND'
  /** One share becomes several. */
  | 'STOCK_SPLIT'
  /** Fee for a transaction. */
  | 'TRANSACTION_FEE'
  /** Comes from another broker. */
  | 'TRANSFER_IN'
  /** Goes to another broker. */
  | 'TRANSFER_OUT'
  /** A value of the upstream that the gateway does not know. */
  | 'UNKNOWN'
  /** Tax withheld at source. */
  | 'WITHHOLDING_TAX';

/** What a transaction is about. */
export type TransactionType =
  /** Fees and taxes that belong to no order. */
  | 'ADMINISTRATIVE'
  /** Cash comes in or goes out. */
  | 'CASH_TRANSFER'
  /** A company acts on its shares: dividend, split and the like. */
  | 'CORPORATE_ACTION'
  /** An instrument is bought or sold. */
  | 'ORDER'
  /** Instruments come from or go to another broker. */
  | 'SECURITY_TRANSFER'
  /** A value of the upstream that the gateway does not know. */
  | 'UNKNOWN';

export type DashboardQueryVariables = Exact<{
  first: number;
  transactions: number;
}>;


export type DashboardQuery = { portfolios: { edges: Array<{ node: { id: string, name: string | null, baseCurrency: string, holdings: Array<
          | { instrumentId: string, quantity: string }
          | { instrumentId: string, quantity: string }
        >, cashBalance: { balance: string, availableForWithdrawal: string } | null, transactions: { edges: Array<{ node: { id: string, type: TransactionType, status: MovementStatus, movements: Array<{ type: MovementType, status: MovementStatus, instrumentId: string, quantity: string, unitPrice: string | null }> } }> } | null } }> } | null };


// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const DashboardDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Dashboard"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"transactions"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"portfolios"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"baseCurrency"}},{"kind":"Field","name":{"kind":"Name","value":"holdings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}}]}},{"kind":"Field","name":{"kind":"Name","value":"cashBalance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"availableForWithdrawal"}}]}},{"kind":"Field","name":{"kind":"Name","value":"transactions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"transactions"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"movements"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"unitPrice"}}]}}]}}]}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<DashboardQuery, DashboardQueryVariables>;