/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Status of a movement. */
export type MovementStatus =
  /** The order was cancelled. */
  | 'CANCELLED'
  /** The movement is executed at the market, not yet settled. */
  | 'EXECUTED'
  /** The order expired before it was executed. */
  | 'EXPIRED'
  /** The order was not executed. */
  | 'NOT_EXECUTED'
  /** The order is about to be placed. */
  | 'PENDING'
  /** The order is placed at the market. */
  | 'PLACED'
  /** The movement is intended. */
  | 'PLANNED'
  /** The movement is settled: money and instruments have changed hands. */
  | 'SETTLED'
  /** A value of the upstream that the gateway does not know; not allowed as input. */
  | 'UNKNOWN';

/** Type of a movement. */
export type MovementType =
  /** An instrument is bought; for cash: the cash leg of a sale. */
  | 'BUY'
  /** Cash is paid in. */
  | 'CASH_DEPOSIT'
  /** A dividend is paid in cash. */
  | 'CASH_DIVIDEND'
  /** Cash is paid out. */
  | 'CASH_WITHDRAWAL'
  /** A corporate action adds units or cash. */
  | 'CORPORATE_ACTION_IN'
  /** A corporate action removes units or cash. */
  | 'CORPORATE_ACTION_OUT'
  /** A bond pays interest. */
  | 'COUPON'
  /** Fee for safekeeping. */
  | 'CUSTODY_FEE'
  /** Fee of the instrument on entry or exit. */
  | 'INSTRUMENT_ENTRY_EXIT_FEE'
  /** Fee for managing the portfolio. */
  | 'MANAGEMENT_FEE'
  /** Any other fee; the description names it. */
  | 'OTHER_FEE'
  /** Any other tax; the description names it. */
  | 'OTHER_TAX'
  /** Several shares are merged into one. */
  | 'REVERSE_STOCK_SPLIT'
  /** An instrument is sold; for cash: the cash leg of a purchase. */
  | 'SELL'
  /** Fee of the service on entry or exit. */
  | 'SERVICE_ENTRY_EXIT_FEE'
  /** A dividend is paid in shares. */
  | 'STOCK_DIVIDEND'
  /** One share is split into several. */
  | 'STOCK_SPLIT'
  /** Fee for a transaction. */
  | 'TRANSACTION_FEE'
  /** Units are transferred in from another broker. */
  | 'TRANSFER_IN'
  /** Units are transferred out to another broker. */
  | 'TRANSFER_OUT'
  /** A value of the upstream that the gateway does not know; not allowed as input. */
  | 'UNKNOWN'
  /** Tax withheld at source. */
  | 'WITHHOLDING_TAX';

/** Type of a transaction. */
export type TransactionType =
  /** Fees and taxes that belong to no order. */
  | 'ADMINISTRATIVE'
  /** Moves cash in or out. */
  | 'CASH_TRANSFER'
  /** Corporate action: dividend, split and similar. */
  | 'CORPORATE_ACTION'
  /** Buys or sells an instrument. */
  | 'ORDER'
  /** Moves instruments from or to another broker. */
  | 'SECURITY_TRANSFER'
  /** A value of the upstream that the gateway does not know; not allowed as input. */
  | 'UNKNOWN';

export type DashboardQueryVariables = Exact<{
  first: number;
  transactions: number;
}>;


export type DashboardQuery = { portfolios: { edges: Array<{ node: { id: string, name: string | null, baseCurrency: string, holdings: Array<
          | { instrumentId: string, quantity: string }
          | { instrumentId: string, quantity: string }
        >, cashBalance: { balance: string, availableForWithdrawal: string } | null, transactions: { edges: Array<{ node: { id: string, type: TransactionType, status: MovementStatus, movements: Array<{ type: MovementType, status: MovementStatus, instrumentId: string, quantity: string, unitPrice: string | null }> } }> } | null } }> } | null };

export type OwnPortfolioQueryVariables = Exact<{
  id: string | number;
}>;


export type OwnPortfolioQuery = { portfolio: { id: string, name: string | null, baseCurrency: string, holdings: Array<
      | { instrumentId: string, quantity: string }
      | { instrumentId: string, quantity: string }
    >, cashBalance: { balance: string, availableForWithdrawal: string } | null, transactions: { edges: Array<{ node: { id: string, type: TransactionType, status: MovementStatus, movements: Array<{ type: MovementType, status: MovementStatus, instrumentId: string, quantity: string, unitPrice: string | null }> } }> } | null } | null };


// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const DashboardDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Dashboard"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"transactions"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"portfolios"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"baseCurrency"}},{"kind":"Field","name":{"kind":"Name","value":"holdings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}}]}},{"kind":"Field","name":{"kind":"Name","value":"cashBalance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"availableForWithdrawal"}}]}},{"kind":"Field","name":{"kind":"Name","value":"transactions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"transactions"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"movements"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"unitPrice"}}]}}]}}]}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<DashboardQuery, DashboardQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const OwnPortfolioDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"OwnPortfolio"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"portfolio"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"baseCurrency"}},{"kind":"Field","name":{"kind":"Name","value":"holdings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}}]}},{"kind":"Field","name":{"kind":"Name","value":"cashBalance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"availableForWithdrawal"}}]}},{"kind":"Field","name":{"kind":"Name","value":"transactions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"movements"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"unitPrice"}}]}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<OwnPortfolioQuery, OwnPortfolioQueryVariables>;