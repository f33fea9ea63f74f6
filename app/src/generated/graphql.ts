/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** An order to be cancelled. */
export type CancelOrderInput = {
  /** Id of the order (ord_…). */
  id: string | number;
  /** Key of the request, 1 to 255 characters. The same key with the same input returns the same result and has no second effect, for ever. Error: IdempotencyKeyReusedError where the key was used with another input. */
  idempotencyKey: string;
};

/** A withdrawal to be cancelled. */
export type CancelWithdrawalInput = {
  /** Id of the withdrawal (wdr_…). */
  id: string | number;
  /** Key of the request, 1 to 255 characters. The same key with the same input returns the same result and has no second effect, for ever. Error: IdempotencyKeyReusedError where the key was used with another input. */
  idempotencyKey: string;
};

/** Whether the gateway uses a capability of the broker. */
export type CapabilityState =
  /** The broker has granted it. */
  | 'GRANTED'
  /** The broker has refused it; it is asked again after ten minutes. */
  | 'NOT_GRANTED'
  /** Off by setting. */
  | 'OFF'
  /** Nothing has been asked of it yet. */
  | 'UNKNOWN';

/** State of a deposit. */
export type DepositState =
  /** InvestSuite is being updated. */
  | 'BOOKING'
  /** Both systems have booked the deposit. */
  | 'COMPLETED'
  /** The deposit was refused and no money moved; reason says why. */
  | 'FAILED'
  /** The broker has confirmed the increase: the money can be traded with. */
  | 'FUNDED'
  /** The virtual cash increase is issued at the broker. */
  | 'FUNDING'
  /** The gateway cannot settle the deposit by itself: an operator must look at it; reason says why. */
  | 'NEEDS_REVIEW'
  /** The deposit is recorded and will be carried out. */
  | 'REQUESTED';

/** An optimization to carry out. */
export type ExecuteOptimizationInput = {
  /** Key of the request, 1 to 255 characters. The same key with the same input returns the same result and has no second effect, for ever. Error: IdempotencyKeyReusedError where the key was used with another input. */
  idempotencyKey: string;
  /** InvestSuite's id of the optimization: the latest one. */
  optimizationId: string | number;
  /** Id of the portfolio. */
  portfolioId: string | number;
};

/** Whether a portfolio holds real money. */
export type MoneyType =
  /** The portfolio holds play money: nothing moves at the broker. */
  | 'PAPER_MONEY'
  /** The portfolio holds real money. */
  | 'REAL_MONEY'
  /** A value of the upstream that the gateway does not know; not allowed as input. */
  | 'UNKNOWN';

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

/** The system that reported an event. */
export type NotificationSource =
  /** The gateway changed the state of a deposit, a withdrawal or a virtual cash movement. */
  | 'GATEWAY'
  /** InvestSuite reported the event on its event bus. */
  | 'INVESTSUITE'
  /** Upvest reported the event by webhook. */
  | 'UPVEST';

/** An order, as for placeOrder. */
export type OrderPreviewInput = {
  /** The broker's account to trade in. */
  accountId?: string | number | null | undefined;
  /** Money to trade. */
  amount?: string | null | undefined;
  /** EUR, GBP or USD; the portfolio's base currency when left out. */
  currency?: string | null | undefined;
  /** Last day on which it may be executed. */
  expiresOn?: string | null | undefined;
  /** ISIN of the instrument. */
  isin: string;
  /** Limit price of one unit, for LIMIT. */
  limitPrice?: string | null | undefined;
  /** Type of the order; MARKET when left out. */
  orderType?: OrderType | null | undefined;
  /** Id of the portfolio that it trades for. */
  portfolioId: string | number;
  /** Units to trade. */
  quantity?: string | null | undefined;
  /** Whether it buys or sells. */
  side: OrderSide;
  /** Stop price of one unit, for STOP. */
  stopPrice?: string | null | undefined;
};

/** Whether an order buys or sells. */
export type OrderSide =
  /** Buys the instrument. */
  | 'BUY'
  /** Sells the instrument. */
  | 'SELL';

/** State of an order. */
export type OrderState =
  /** The order was cancelled; what was filled stays. */
  | 'CANCELLED'
  /** The order could not be sent in time, or its last day is over; what was filled stays. */
  | 'EXPIRED'
  /** All of it is filled. */
  | 'FILLED'
  /** The gateway cannot settle the order by itself: an operator must look at it; reason says why. */
  | 'NEEDS_REVIEW'
  /** InvestSuite has the order as PLANNED. */
  | 'RECORDED'
  /** The order was refused; nothing was traded. */
  | 'REJECTED'
  /** The order is recorded at the gateway and will be sent. */
  | 'REQUESTED'
  /** All of it is settled. */
  | 'SETTLED'
  /** The broker has accepted the order (Upvest: NEW). */
  | 'SUBMITTED'
  /** The broker works on the order (Upvest: PROCESSING); parts may be filled. */
  | 'WORKING';

/** Type of an order. */
export type OrderType =
  /** Executes at the limit price or better. */
  | 'LIMIT'
  /** Executes at the market price. */
  | 'MARKET'
  /** Executed at the next price once the stop price is reached. */
  | 'STOP'
  /** A value of the upstream that the gateway does not know; not allowed as input. */
  | 'UNKNOWN';

/** An order for the broker. Exactly one of quantity (units) and amount (money, at most two decimals). MARKET when left out; LIMIT needs limitPrice, STOP stopPrice. */
export type PlaceOrderInput = {
  /** The broker's account to trade in; the only one of the portfolio when left out. */
  accountId?: string | number | null | undefined;
  /** The customer was told that the instrument may not suit them and wants it. */
  acknowledgeUnsuitable?: boolean | null | undefined;
  /** Money to trade: more than 0, at most 999999999.99. */
  amount?: string | null | undefined;
  /** EUR, GBP or USD; the portfolio's base currency when left out. */
  currency?: string | null | undefined;
  /** Last day on which it may be executed; must not be past (UTC). */
  expiresOn?: string | null | undefined;
  /** Key of the request, 1 to 255 characters. The same key with the same input returns the same result and has no second effect, for ever. Error: IdempotencyKeyReusedError where the key was used with another input. */
  idempotencyKey: string;
  /** ISIN of the instrument. */
  isin: string;
  /** Limit price of one unit, for LIMIT. */
  limitPrice?: string | null | undefined;
  /** Operators only: the recommendation it belongs to. */
  optimizationId?: string | number | null | undefined;
  /** Type of the order. */
  orderType?: OrderType | null | undefined;
  /** Id of the portfolio that it trades for. */
  portfolioId: string | number;
  /** Units to trade, more than 0. */
  quantity?: string | null | undefined;
  /** Whether it buys or sells. */
  side: OrderSide;
  /** Stop price of one unit, for STOP. */
  stopPrice?: string | null | undefined;
};

/** Filter of portfolios; all conditions must hold. */
export type PortfolioFilter = {
  /** Portfolios with this id of the integrator. It must not contain ' or *. */
  externalId?: string | null | undefined;
  /** Portfolios that this user owns. */
  ownerId?: string | number | null | undefined;
  /** true: portfolios with money reserved for withdrawal; false: those without. */
  withPendingDivestment?: boolean | null | undefined;
};

/** Manager of a portfolio. */
export type PortfolioManager =
  /** The robo advisor recommends, the customer decides. */
  | 'ROBO_ADVISOR_ADVISORY'
  /** The robo advisor decides. */
  | 'ROBO_ADVISOR_DISCRETIONARY'
  /** A value of the upstream that the gateway does not know; not allowed as input. */
  | 'UNKNOWN'
  /** The customer decides (self investor). */
  | 'USER_MANAGED';

/** Set-up status of a portfolio. */
export type PortfolioStatus =
  /** The portfolio is in use. */
  | 'ACTIVE'
  /** The portfolio is not in use. */
  | 'INACTIVE'
  /** A value of the upstream that the gateway does not know; not allowed as input. */
  | 'UNKNOWN'
  /** The customer must still add brokerage accounts. */
  | 'WAITING_FOR_ACCOUNT'
  /** The first deposit has not arrived. */
  | 'WAITING_FOR_FUNDS'
  /** The customer has not finished risk profiling. */
  | 'WAITING_FOR_POLICY';

/** Unit of the quantity of a recommended order. */
export type QuantityType =
  /** Money, in the base currency. */
  | 'AMOUNT'
  /** Units of the instrument. */
  | 'UNITS'
  /** A value of the upstream that the gateway does not know; not allowed as input. */
  | 'UNKNOWN';

/** State of a rebalancing. */
export type RebalancingState =
  /** The sells are done: one buy after the other is sent, as far as the cash goes. */
  | 'BUYING'
  /** The optimization could not be carried out any more; nothing was sent. */
  | 'CANCELLED'
  /** All orders have ended, and InvestSuite has them. */
  | 'COMPLETED'
  /** The gateway cannot write the holdings by itself: an operator must look at it; reason says why. */
  | 'NEEDS_REVIEW'
  /** The rebalancing is recorded at the gateway; nothing was sent. */
  | 'REQUESTED'
  /** The sells are at the broker or on their way. */
  | 'SELLING';

/** A parked event to process again. */
export type ReplayParkedEventInput = {
  /** Id of the event (evt_…). */
  id: string | number;
  /** Key of the request, 1 to 255 characters. The same key with the same input returns the same result and has no second effect, for ever. Error: IdempotencyKeyReusedError where the key was used with another input. */
  idempotencyKey: string;
};

/** A withdrawal to be paid out. */
export type RequestWithdrawalInput = {
  /** Amount: more than 0, at most two decimals, at most 999999999.99. */
  amount: string;
  /** Currency of the amount: the base currency of the portfolio. Upvest pays out EUR and GBP only; where the bank pays (UPVEST_PAYOUT=virtual-cash), any. */
  currency: string;
  /** Key of the request, 1 to 255 characters. The same key with the same input returns the same result and has no second effect, for ever. Error: IdempotencyKeyReusedError where the key was used with another input. */
  idempotencyKey: string;
  /** The portfolio it comes from. */
  portfolioId: string | number;
  /** Upvest's id of the reference account to pay to; may be left out where the owner has only one. */
  referenceAccountId?: string | number | null | undefined;
  /** Text for the bank statement, at most 140 characters. */
  remittanceInformation?: string | null | undefined;
};

/** Decision of an operator about an object in NEEDS_REVIEW. It is written to the audit log. */
export type ResolveReviewInput = {
  /** Id of the object in NEEDS_REVIEW. */
  id: string | number;
  /** Key of the request, 1 to 255 characters. The same key with the same input returns the same result and has no second effect, for ever. Error: IdempotencyKeyReusedError where the key was used with another input. */
  idempotencyKey: string;
  /** How the operator found out; kept in the history and in the audit log. */
  note: string;
  /** Outcome that the operator found. */
  outcome: ReviewOutcome;
};

/** Outcome of the step in doubt, as the operator found it. */
export type ReviewOutcome =
  /** The step was done: the workflow goes on. */
  | 'DONE'
  /** The step was not done: the workflow fails and releases what it reserved. */
  | 'NOT_DONE'
  /** The outcome is still unknown: the gateway asks the upstream again. */
  | 'RETRY';

/** Whether the holdings in InvestSuite are what the broker has. */
export type SynchronizationState =
  /** The two differ and nothing under way explains it; see reconciliation. */
  | 'DRIFTED'
  /** The holdings are equal. */
  | 'IN_SYNC'
  /** The gateway does not synchronize (PORTFOLIO_SYNC). */
  | 'OFF'
  /** Something is being brought over, or waits for orders or money that are under way. */
  | 'PENDING';

/** Filter of transactions; all conditions must hold. from is inclusive, to is exclusive; both compare the date of the primary movement. */
export type TransactionFilter = {
  /** Transactions at or after this time. */
  from?: string | null | undefined;
  /** Transactions with a movement of this instrument ($CCY for cash). */
  instrumentId?: string | null | undefined;
  /** Transactions in one of these statuses; in all statuses where it is left out, null or empty. */
  statuses?: Array<MovementStatus> | null | undefined;
  /** Transactions before this time. */
  to?: string | null | undefined;
  /** Transactions of one of these types; of all types where it is left out, null or empty. */
  types?: Array<TransactionType> | null | undefined;
};

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

/** Direction of a virtual cash movement. */
export type VirtualCashDirection =
  /** Decreases the money that can be traded with. */
  | 'DECREASE'
  /** Increases the money that can be traded with. */
  | 'INCREASE';

/** Status of a virtual cash movement. */
export type VirtualCashStatus =
  /** The movement was cancelled and has no effect. */
  | 'CANCELLED'
  /** The broker has confirmed the movement. */
  | 'CONFIRMED'
  /** The movement is issued at the broker, or about to be (upvestId is null then). */
  | 'ISSUED'
  /** The broker has queued the decrease until there is enough cash. */
  | 'QUEUED'
  /** The status is not known; an operator must look at it. */
  | 'UNKNOWN';

/** State of a withdrawal. */
export type WithdrawalState =
  /** The withdrawal waits until the broker has enough cash available. */
  | 'AWAITING_CASH'
  /** The withdrawal was cancelled before anything was paid; the reservation is released. */
  | 'CANCELLED'
  /** Both systems have booked the withdrawal. */
  | 'COMPLETED'
  /** The withdrawal was refused and nothing was paid; reason says why. */
  | 'FAILED'
  /** The gateway cannot settle the withdrawal by itself: an operator must look at it; reason says why. */
  | 'NEEDS_REVIEW'
  /** The broker has handed the payment to the bank (Upvest: CONFIRMED). */
  | 'PAID'
  /** The broker is processing the withdrawal (Upvest: PROCESSING). */
  | 'PROCESSING'
  /** The withdrawal is recorded and will be carried out. */
  | 'REQUESTED'
  /** InvestSuite does not invest the amount (robo portfolios). */
  | 'RESERVED'
  /** The bank returned the money after it was paid. The gateway does not pay it again. */
  | 'RETURNED'
  /** The broker has accepted the withdrawal (Upvest: NEW). */
  | 'SUBMITTED';

export type NotificationsSubscriptionVariables = Exact<{
  after?: string | number | null | undefined;
}>;


export type NotificationsSubscription = { notifications:
    | { __typename: 'CashBalanceNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null, cashBalance: { currency: string, balance: string, availableForWithdrawal: string } }
    | { __typename: 'CashTransactionNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null }
    | { __typename: 'DepositNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null, deposit: { id: string, amount: string, currency: string, depositState: DepositState } }
    | { __typename: 'GapNotification', reason: string, id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null }
    | { __typename: 'OptimizationNotification', optimizationId: string | null, value: string | null, isRecommended: boolean | null, id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null }
    | { __typename: 'OrderNotification', orderId: string | null, id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null, orderStatus: string | null }
    | { __typename: 'OtherNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null }
    | { __typename: 'PortfolioNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null }
    | { __typename: 'RebalancingNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null, rebalancing: { id: string, rebalancingState: RebalancingState } }
    | { __typename: 'SynchronizationNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null }
    | { __typename: 'ValuationNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null }
    | { __typename: 'VirtualCashNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null, virtualCashMovement: { id: string, direction: VirtualCashDirection, amount: string, currency: string, status: VirtualCashStatus } }
    | { __typename: 'WithdrawalNotification', id: string, source: NotificationSource, type: string, occurredAt: string, portfolioId: string | null, withdrawal: { id: string, amount: string, currency: string, withdrawalState: WithdrawalState } }
   };

export type ReviewsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;


export type ReviewsQuery = { reviews: { edges: Array<{ reason: string, node:
        | { __typename: 'Deposit', id: string, portfolioId: string, amount: string, currency: string }
        | { __typename: 'Order', id: string, portfolioId: string, side: OrderSide, isin: string, quantity: string | null, currency: string, orderAmount: string | null }
        | { __typename: 'Rebalancing', id: string, portfolioId: string, optimizationId: string }
        | { __typename: 'VirtualCashMovement', id: string, amount: string, currency: string, direction: VirtualCashDirection }
        | { __typename: 'Withdrawal', id: string, portfolioId: string, amount: string, currency: string }
       }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ResolveReviewMutationVariables = Exact<{
  input: ResolveReviewInput;
}>;


export type ResolveReviewMutation = { resolveReview:
    | { __typename: 'ForbiddenError', code: string, message: string, retryable: boolean }
    | { __typename: 'IdempotencyKeyReusedError', code: string, message: string, retryable: boolean }
    | { __typename: 'InvalidInputError', code: string, message: string, retryable: boolean, field: string | null }
    | { __typename: 'NotFoundError', code: string, message: string, retryable: boolean }
    | { __typename: 'ResolveReviewSuccess', replayed: boolean, subject:
        | { __typename: 'Deposit' }
        | { __typename: 'Order' }
        | { __typename: 'Rebalancing' }
        | { __typename: 'VirtualCashMovement' }
        | { __typename: 'Withdrawal' }
       }
    | { __typename: 'UpstreamRefusedError', code: string, message: string, retryable: boolean }
   };

export type ParkedEventsQueryVariables = Exact<{
  first: number;
}>;


export type ParkedEventsQuery = { parkedEvents: { edges: Array<{ node: { id: string, source: string, type: string, eventId: string, receivedAt: string, reason: string | null } }>, pageInfo: { hasNextPage: boolean } } };

export type ReplayParkedEventMutationVariables = Exact<{
  input: ReplayParkedEventInput;
}>;


export type ReplayParkedEventMutation = { replayParkedEvent:
    | { __typename: 'ForbiddenError', code: string, message: string, retryable: boolean }
    | { __typename: 'IdempotencyKeyReusedError', code: string, message: string, retryable: boolean }
    | { __typename: 'InvalidInputError', code: string, message: string, retryable: boolean }
    | { __typename: 'NotFoundError', code: string, message: string, retryable: boolean }
    | { __typename: 'ReplayParkedEventSuccess', eventId: string }
    | { __typename: 'UpstreamRefusedError', code: string, message: string, retryable: boolean }
   };

export type AuditEntriesQueryVariables = Exact<{
  id: string | number;
}>;


export type AuditEntriesQuery = { auditEntries: Array<{ at: string, actor: string, action: string, states: Array<string>, note: string | null, refusal: string | null }> };

export type HealthQueryVariables = Exact<{
  first: number;
}>;


export type HealthQuery = { capabilities: Array<{ name: string, state: CapabilityState }>, driftedPortfolios: { edges: Array<{ node: { id: string, name: string | null, externalId: string | null, synchronization: { state: SynchronizationState, checkedAt: string | null, problems: Array<{ id: string, type: string, amount: string | null, currency: string | null, isin: string | null, reason: string }> } | null } }>, pageInfo: { hasNextPage: boolean } } };

export type AuditCheckQueryVariables = Exact<{ [key: string]: never; }>;


export type AuditCheckQuery = { auditCheck: { entries: number, objects: number, newestAt: string | null, findings: Array<string> } };

export type CallerQueryVariables = Exact<{ [key: string]: never; }>;


export type CallerQuery = { viewer: { id: string, scopes: Array<string> } };

export type OrdersQueryVariables = Exact<{
  portfolioId: string | number;
  first: number;
}>;


export type OrdersQuery = { portfolio: { id: string, orders: { edges: Array<{ node: { id: string, side: OrderSide, isin: string, quantity: string | null, amount: string | null, currency: string, orderType: OrderType, limitPrice: string | null, stopPrice: string | null, expiresOn: string | null, state: OrderState, reason: string | null, cancelling: boolean, filledQuantity: string, filledAmount: string, averagePrice: string | null, fee: string | null, taxes: string, createdAt: string, instrument: { id: string, name: string } | null, history: Array<{ state: string, at: string, reason: string | null }> } }> } } | null };

export type OrderProgressFragment = { id: string, side: OrderSide, isin: string, quantity: string | null, amount: string | null, currency: string, orderType: OrderType, limitPrice: string | null, stopPrice: string | null, expiresOn: string | null, state: OrderState, reason: string | null, cancelling: boolean, filledQuantity: string, filledAmount: string, averagePrice: string | null, fee: string | null, taxes: string, createdAt: string, instrument: { id: string, name: string } | null, history: Array<{ state: string, at: string, reason: string | null }> };

export type FindInstrumentsQueryVariables = Exact<{
  search: string;
}>;


export type FindInstrumentsQuery = { instruments: { edges: Array<{ node: { id: string, isin: string, name: string, price: { amount: string, currency: string } | null } }> } };

export type PreviewOrderQueryVariables = Exact<{
  input: OrderPreviewInput;
}>;


export type PreviewOrderQuery = { orderPreview: { estimatedQuantity: string | null, estimatedAmount: string | null, currency: string, availableCash: string | null, availableQuantity: string | null, estimatedPrice: { amount: string, currency: string, at: string } | null, problems: Array<{ code: string, message: string }> } };

export type PlaceOrderMutationVariables = Exact<{
  input: PlaceOrderInput;
}>;


export type PlaceOrderMutation = { placeOrder:
    | { __typename: 'ForbiddenError', code: string, message: string, retryable: boolean }
    | { __typename: 'IdempotencyKeyReusedError', code: string, message: string, retryable: boolean }
    | { __typename: 'InstrumentNotTradableError', code: string, message: string, retryable: boolean }
    | { __typename: 'InsufficientCashError', code: string, message: string, retryable: boolean }
    | { __typename: 'InsufficientPositionError', code: string, message: string, retryable: boolean }
    | { __typename: 'InvalidInputError', code: string, message: string, retryable: boolean, field: string | null }
    | { __typename: 'NotFoundError', code: string, message: string, retryable: boolean }
    | { __typename: 'PlaceOrderSuccess', replayed: boolean, order: { id: string, side: OrderSide, isin: string, quantity: string | null, amount: string | null, currency: string, orderType: OrderType, limitPrice: string | null, stopPrice: string | null, expiresOn: string | null, state: OrderState, reason: string | null, cancelling: boolean, filledQuantity: string, filledAmount: string, averagePrice: string | null, fee: string | null, taxes: string, createdAt: string, instrument: { id: string, name: string } | null, history: Array<{ state: string, at: string, reason: string | null }> } }
    | { __typename: 'PortfolioNotTradableError', code: string, message: string, retryable: boolean }
    | { __typename: 'UpstreamRefusedError', code: string, message: string, retryable: boolean }
   };

export type CancelOrderMutationVariables = Exact<{
  input: CancelOrderInput;
}>;


export type CancelOrderMutation = { cancelOrder:
    | { __typename: 'CancelOrderSuccess', order: { id: string, side: OrderSide, isin: string, quantity: string | null, amount: string | null, currency: string, orderType: OrderType, limitPrice: string | null, stopPrice: string | null, expiresOn: string | null, state: OrderState, reason: string | null, cancelling: boolean, filledQuantity: string, filledAmount: string, averagePrice: string | null, fee: string | null, taxes: string, createdAt: string, instrument: { id: string, name: string } | null, history: Array<{ state: string, at: string, reason: string | null }> } }
    | { __typename: 'ForbiddenError', code: string, message: string, retryable: boolean }
    | { __typename: 'IdempotencyKeyReusedError', code: string, message: string, retryable: boolean }
    | { __typename: 'InvalidInputError', code: string, message: string, retryable: boolean }
    | { __typename: 'NotCancellableError', code: string, message: string, retryable: boolean }
    | { __typename: 'NotFoundError', code: string, message: string, retryable: boolean }
    | { __typename: 'UpstreamRefusedError', code: string, message: string, retryable: boolean }
   };

export type OrderUpdatedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type OrderUpdatedSubscription = { orderUpdated: { id: string, side: OrderSide, isin: string, quantity: string | null, amount: string | null, currency: string, orderType: OrderType, limitPrice: string | null, stopPrice: string | null, expiresOn: string | null, state: OrderState, reason: string | null, cancelling: boolean, filledQuantity: string, filledAmount: string, averagePrice: string | null, fee: string | null, taxes: string, createdAt: string, instrument: { id: string, name: string } | null, history: Array<{ state: string, at: string, reason: string | null }> } };

export type PortfolioQueryVariables = Exact<{
  id: string | number;
}>;


export type PortfolioQuery = { portfolio: { fundedSince: string | null, id: string, externalId: string | null, name: string | null, baseCurrency: string, manager: PortfolioManager, moneyType: MoneyType, status: PortfolioStatus | null, archived: boolean | null, divestment: { everything: boolean, amount: string | null, currency: string } | null, cashBalance: { lockedForTrading: string, pendingSettlement: string, availableForTrading: string, accountGroupId: string, currency: string, balance: string, availableForWithdrawal: string } | null, positions: Array<{ accountId: string, isin: string | null, quantity: string, instrument: { id: string, name: string } | null }> | null, referenceAccounts: Array<{ id: string, name: string | null, iban: string | null }> | null, reconciliation: { inSync: boolean, differences: Array<{ instrumentId: string, investsuite: string, upvest: string, difference: string }> } | null, owner: { id: string, firstName: string | null, lastName: string | null } | null, holdings: Array<
      | { instrumentId: string, quantity: string }
      | { instrumentId: string, quantity: string, instrument: { id: string, name: string } | null }
    >, brokerageAccount: { accountGroupId: string } | null, valuation: { total: string | null, currency: string } | null } | null };

export type TransactionsQueryVariables = Exact<{
  portfolioId: string | number;
  first: number;
  after?: string | null | undefined;
  filter?: TransactionFilter | null | undefined;
}>;


export type TransactionsQuery = { portfolio: { id: string, transactions: { edges: Array<{ node: { id: string, externalId: string | null, type: TransactionType, status: MovementStatus, orderType: OrderType | null, primaryMovement: { type: MovementType, status: MovementStatus, datetime: string, instrumentId: string, quantity: string, unitPrice: string | null, unitPriceCurrency: string | null, description: string | null, isCash: boolean, instrument: { id: string, name: string } | null } | null, movements: Array<{ type: MovementType, status: MovementStatus, datetime: string, instrumentId: string, quantity: string, unitPrice: string | null, unitPriceCurrency: string | null, description: string | null, isCash: boolean, instrument: { id: string, name: string } | null }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null } | null };

export type MovementLineFragment = { type: MovementType, status: MovementStatus, datetime: string, instrumentId: string, quantity: string, unitPrice: string | null, unitPriceCurrency: string | null, description: string | null, isCash: boolean, instrument: { id: string, name: string } | null };

export type PortfoliosQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: PortfolioFilter | null | undefined;
}>;


export type PortfoliosQuery = { portfolios: { edges: Array<{ node: { id: string, externalId: string | null, name: string | null, baseCurrency: string, manager: PortfolioManager, moneyType: MoneyType, status: PortfolioStatus | null, archived: boolean | null, owner: { id: string, firstName: string | null, lastName: string | null } | null, holdings: Array<
          | { instrumentId: string, quantity: string }
          | { instrumentId: string, quantity: string, instrument: { id: string, name: string } | null }
        >, brokerageAccount: { accountGroupId: string } | null, cashBalance: { accountGroupId: string, currency: string, balance: string, availableForWithdrawal: string } | null, valuation: { total: string | null, currency: string } | null, reconciliation: { inSync: boolean } | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type PortfolioRowFragment = { id: string, externalId: string | null, name: string | null, baseCurrency: string, manager: PortfolioManager, moneyType: MoneyType, status: PortfolioStatus | null, archived: boolean | null, owner: { id: string, firstName: string | null, lastName: string | null } | null, holdings: Array<
    | { instrumentId: string, quantity: string }
    | { instrumentId: string, quantity: string, instrument: { id: string, name: string } | null }
  >, brokerageAccount: { accountGroupId: string } | null, cashBalance: { accountGroupId: string, currency: string, balance: string, availableForWithdrawal: string } | null, valuation: { total: string | null, currency: string } | null, reconciliation: { inSync: boolean } | null };

export type RebalancingsQueryVariables = Exact<{
  portfolioId: string | number;
  first: number;
}>;


export type RebalancingsQuery = { viewer: { id: string, scopes: Array<string> }, portfolio: { id: string, optimization: { id: string | null, inProgress: boolean, isRecommended: boolean | null, ownerChoice: string | null, orders: Array<{ instrumentId: string, shares: string | null, quantityType: QuantityType, quantity: string, expectedSharePrice: string | null, instrument: { id: string, name: string } | null }> | null } | null, rebalancings: { edges: Array<{ node: { id: string, optimizationId: string, state: RebalancingState, reason: string | null, createdAt: string, orders: Array<{ id: string, side: OrderSide, isin: string, quantity: string | null, amount: string | null, currency: string, filledQuantity: string, orderState: OrderState, orderReason: string | null, instrument: { id: string, name: string } | null }>, skipped: Array<{ isin: string, side: OrderSide, quantity: string, reason: string }>, history: Array<{ state: string, at: string, reason: string | null }> } }> } } | null };

export type RebalancingProgressFragment = { id: string, optimizationId: string, state: RebalancingState, reason: string | null, createdAt: string, orders: Array<{ id: string, side: OrderSide, isin: string, quantity: string | null, amount: string | null, currency: string, filledQuantity: string, orderState: OrderState, orderReason: string | null, instrument: { id: string, name: string } | null }>, skipped: Array<{ isin: string, side: OrderSide, quantity: string, reason: string }>, history: Array<{ state: string, at: string, reason: string | null }> };

export type ExecuteOptimizationMutationVariables = Exact<{
  input: ExecuteOptimizationInput;
}>;


export type ExecuteOptimizationMutation = { executeOptimization:
    | { __typename: 'ExecuteOptimizationSuccess', replayed: boolean, rebalancing: { id: string, optimizationId: string, state: RebalancingState, reason: string | null, createdAt: string, orders: Array<{ id: string, side: OrderSide, isin: string, quantity: string | null, amount: string | null, currency: string, filledQuantity: string, orderState: OrderState, orderReason: string | null, instrument: { id: string, name: string } | null }>, skipped: Array<{ isin: string, side: OrderSide, quantity: string, reason: string }>, history: Array<{ state: string, at: string, reason: string | null }> } }
    | { __typename: 'ForbiddenError', code: string, message: string, retryable: boolean }
    | { __typename: 'IdempotencyKeyReusedError', code: string, message: string, retryable: boolean }
    | { __typename: 'InvalidInputError', code: string, message: string, retryable: boolean }
    | { __typename: 'NotFoundError', code: string, message: string, retryable: boolean }
    | { __typename: 'OptimizationNotExecutableError', code: string, message: string, retryable: boolean }
    | { __typename: 'PortfolioNotTradableError', code: string, message: string, retryable: boolean }
    | { __typename: 'UpstreamRefusedError', code: string, message: string, retryable: boolean }
   };

export type RebalancingUpdatedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type RebalancingUpdatedSubscription = { rebalancingUpdated: { id: string, optimizationId: string, state: RebalancingState, reason: string | null, createdAt: string, orders: Array<{ id: string, side: OrderSide, isin: string, quantity: string | null, amount: string | null, currency: string, filledQuantity: string, orderState: OrderState, orderReason: string | null, instrument: { id: string, name: string } | null }>, skipped: Array<{ isin: string, side: OrderSide, quantity: string, reason: string }>, history: Array<{ state: string, at: string, reason: string | null }> } };

export type WithdrawalsQueryVariables = Exact<{
  portfolioId: string | number;
  first: number;
}>;


export type WithdrawalsQuery = { portfolio: { id: string, withdrawals: { edges: Array<{ node: { id: string, amount: string, currency: string, state: WithdrawalState, reason: string | null, remittanceInformation: string | null, createdAt: string, history: Array<{ state: string, at: string, reason: string | null }> } }> } } | null };

export type WithdrawalStateFragment = { id: string, amount: string, currency: string, state: WithdrawalState, reason: string | null, remittanceInformation: string | null, createdAt: string, history: Array<{ state: string, at: string, reason: string | null }> };

export type RequestWithdrawalMutationVariables = Exact<{
  input: RequestWithdrawalInput;
}>;


export type RequestWithdrawalMutation = { requestWithdrawal:
    | { __typename: 'ForbiddenError', code: string, message: string, retryable: boolean }
    | { __typename: 'IdempotencyKeyReusedError', code: string, message: string, retryable: boolean }
    | { __typename: 'InsufficientCashError', code: string, message: string, retryable: boolean, available: string, currency: string }
    | { __typename: 'InvalidInputError', code: string, message: string, retryable: boolean, field: string | null }
    | { __typename: 'NotFoundError', code: string, message: string, retryable: boolean }
    | { __typename: 'PortfolioNotFundableError', code: string, message: string, retryable: boolean }
    | { __typename: 'RebalancingInProgressError', code: string, message: string, retryable: boolean }
    | { __typename: 'RequestWithdrawalSuccess', replayed: boolean, withdrawal: { id: string, amount: string, currency: string, state: WithdrawalState, reason: string | null, remittanceInformation: string | null, createdAt: string, history: Array<{ state: string, at: string, reason: string | null }> } }
    | { __typename: 'UpstreamRefusedError', code: string, message: string, retryable: boolean }
   };

export type CancelWithdrawalMutationVariables = Exact<{
  input: CancelWithdrawalInput;
}>;


export type CancelWithdrawalMutation = { cancelWithdrawal:
    | { __typename: 'CancelWithdrawalSuccess', replayed: boolean, withdrawal: { id: string, amount: string, currency: string, state: WithdrawalState, reason: string | null, remittanceInformation: string | null, createdAt: string, history: Array<{ state: string, at: string, reason: string | null }> } }
    | { __typename: 'ForbiddenError', code: string, message: string, retryable: boolean }
    | { __typename: 'IdempotencyKeyReusedError', code: string, message: string, retryable: boolean }
    | { __typename: 'InvalidInputError', code: string, message: string, retryable: boolean }
    | { __typename: 'NotCancellableError', code: string, message: string, retryable: boolean }
    | { __typename: 'NotFoundError', code: string, message: string, retryable: boolean }
    | { __typename: 'UpstreamRefusedError', code: string, message: string, retryable: boolean }
   };

export type WithdrawalUpdatedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type WithdrawalUpdatedSubscription = { withdrawalUpdated: { id: string, amount: string, currency: string, state: WithdrawalState, reason: string | null, remittanceInformation: string | null, createdAt: string, history: Array<{ state: string, at: string, reason: string | null }> } };

export type WorthQueryVariables = Exact<{
  id: string | number;
  from: string;
  to: string;
}>;


export type WorthQuery = { portfolio: { id: string, valuation: { total: string | null, cash: string, currency: string, unpriced: number, at: string, lines: Array<{ accountId: string, isin: string | null, quantity: string, value: string | null, currency: string | null, weight: string | null, instrument: { id: string, name: string, price: { amount: string, currency: string } | null } | null }> } | null, valuations: Array<{ on: string, securities: string, currency: string }> | null, returns: { cumulative: string | null, since: string | null } | null } | null };

// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const OrderProgressFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OrderProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Order"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"orderType"}},{"kind":"Field","name":{"kind":"Name","value":"limitPrice"}},{"kind":"Field","name":{"kind":"Name","value":"stopPrice"}},{"kind":"Field","name":{"kind":"Name","value":"expiresOn"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"cancelling"}},{"kind":"Field","name":{"kind":"Name","value":"filledQuantity"}},{"kind":"Field","name":{"kind":"Name","value":"filledAmount"}},{"kind":"Field","name":{"kind":"Name","value":"averagePrice"}},{"kind":"Field","name":{"kind":"Name","value":"fee"}},{"kind":"Field","name":{"kind":"Name","value":"taxes"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<OrderProgressFragment, unknown>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const MovementLineFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"MovementLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Movement"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"datetime"}},{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"unitPrice"}},{"kind":"Field","name":{"kind":"Name","value":"unitPriceCurrency"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"isCash"}}]}}]} as unknown as DocumentNode<MovementLineFragment, unknown>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const PortfolioRowFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PortfolioRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Portfolio"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"externalId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"baseCurrency"}},{"kind":"Field","name":{"kind":"Name","value":"manager"}},{"kind":"Field","name":{"kind":"Name","value":"moneyType"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"archived"}},{"kind":"Field","name":{"kind":"Name","value":"owner"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}}]}},{"kind":"Field","name":{"kind":"Name","value":"holdings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InstrumentHolding"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"brokerageAccount"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountGroupId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"cashBalance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountGroupId"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"availableForWithdrawal"}}]}},{"kind":"Field","name":{"kind":"Name","value":"valuation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reconciliation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inSync"}}]}}]}}]} as unknown as DocumentNode<PortfolioRowFragment, unknown>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const RebalancingProgressFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RebalancingProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Rebalancing"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"optimizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"orders"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"filledQuantity"}},{"kind":"Field","alias":{"kind":"Name","value":"orderState"},"name":{"kind":"Name","value":"state"}},{"kind":"Field","alias":{"kind":"Name","value":"orderReason"},"name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"skipped"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<RebalancingProgressFragment, unknown>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const WithdrawalStateFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WithdrawalState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Withdrawal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remittanceInformation"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<WithdrawalStateFragment, unknown>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const NotificationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"Notifications"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"notifications"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"occurredAt"}},{"kind":"Field","name":{"kind":"Name","value":"portfolioId"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CashBalanceNotification"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cashBalance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"availableForWithdrawal"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"DepositNotification"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"deposit"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","alias":{"kind":"Name","value":"depositState"},"name":{"kind":"Name","value":"state"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"WithdrawalNotification"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"withdrawal"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","alias":{"kind":"Name","value":"withdrawalState"},"name":{"kind":"Name","value":"state"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"VirtualCashNotification"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"virtualCashMovement"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"direction"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RebalancingNotification"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rebalancing"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","alias":{"kind":"Name","value":"rebalancingState"},"name":{"kind":"Name","value":"state"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OrderNotification"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"orderId"}},{"kind":"Field","alias":{"kind":"Name","value":"orderStatus"},"name":{"kind":"Name","value":"status"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"OptimizationNotification"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"optimizationId"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"isRecommended"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"GapNotification"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]} as unknown as DocumentNode<NotificationsSubscription, NotificationsSubscriptionVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const ReviewsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Reviews"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reviews"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Deposit"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"portfolioId"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Withdrawal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"portfolioId"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"VirtualCashMovement"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"direction"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Order"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"portfolioId"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","alias":{"kind":"Name","value":"orderAmount"},"name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Rebalancing"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"portfolioId"}},{"kind":"Field","name":{"kind":"Name","value":"optimizationId"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<ReviewsQuery, ReviewsQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const ResolveReviewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ResolveReview"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ResolveReviewInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"resolveReview"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ResolveReviewSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replayed"}},{"kind":"Field","name":{"kind":"Name","value":"subject"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInputError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"field"}}]}}]}}]}}]} as unknown as DocumentNode<ResolveReviewMutation, ResolveReviewMutationVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const ParkedEventsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ParkedEvents"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"parkedEvents"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"source"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"eventId"}},{"kind":"Field","name":{"kind":"Name","value":"receivedAt"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}}]}}]} as unknown as DocumentNode<ParkedEventsQuery, ParkedEventsQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const ReplayParkedEventDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ReplayParkedEvent"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ReplayParkedEventInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replayParkedEvent"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ReplayParkedEventSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"eventId"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}}]} as unknown as DocumentNode<ReplayParkedEventMutation, ReplayParkedEventMutationVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const AuditEntriesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"AuditEntries"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"auditEntries"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"actor"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"states"}},{"kind":"Field","name":{"kind":"Name","value":"note"}},{"kind":"Field","name":{"kind":"Name","value":"refusal"}}]}}]}}]} as unknown as DocumentNode<AuditEntriesQuery, AuditEntriesQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const HealthDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Health"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"capabilities"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}},{"kind":"Field","name":{"kind":"Name","value":"driftedPortfolios"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"externalId"}},{"kind":"Field","name":{"kind":"Name","value":"synchronization"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"problems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}}]}}]}}]}}]} as unknown as DocumentNode<HealthQuery, HealthQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const AuditCheckDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"AuditCheck"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"auditCheck"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"entries"}},{"kind":"Field","name":{"kind":"Name","value":"objects"}},{"kind":"Field","name":{"kind":"Name","value":"newestAt"}},{"kind":"Field","name":{"kind":"Name","value":"findings"}}]}}]}}]} as unknown as DocumentNode<AuditCheckQuery, AuditCheckQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const CallerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Caller"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}}]}}]}}]} as unknown as DocumentNode<CallerQuery, CallerQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const OrdersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Orders"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"portfolioId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"portfolio"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"portfolioId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"orders"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OrderProgress"}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OrderProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Order"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"orderType"}},{"kind":"Field","name":{"kind":"Name","value":"limitPrice"}},{"kind":"Field","name":{"kind":"Name","value":"stopPrice"}},{"kind":"Field","name":{"kind":"Name","value":"expiresOn"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"cancelling"}},{"kind":"Field","name":{"kind":"Name","value":"filledQuantity"}},{"kind":"Field","name":{"kind":"Name","value":"filledAmount"}},{"kind":"Field","name":{"kind":"Name","value":"averagePrice"}},{"kind":"Field","name":{"kind":"Name","value":"fee"}},{"kind":"Field","name":{"kind":"Name","value":"taxes"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<OrdersQuery, OrdersQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const FindInstrumentsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FindInstruments"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"search"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instruments"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"search"},"value":{"kind":"Variable","name":{"kind":"Name","value":"search"}}},{"kind":"Argument","name":{"kind":"Name","value":"tradable"},"value":{"kind":"BooleanValue","value":true}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"6"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"price"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}}]}}]}}]}}]}}]} as unknown as DocumentNode<FindInstrumentsQuery, FindInstrumentsQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const PreviewOrderDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PreviewOrder"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"OrderPreviewInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"orderPreview"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"estimatedPrice"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}},{"kind":"Field","name":{"kind":"Name","value":"estimatedQuantity"}},{"kind":"Field","name":{"kind":"Name","value":"estimatedAmount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"availableCash"}},{"kind":"Field","name":{"kind":"Name","value":"availableQuantity"}},{"kind":"Field","name":{"kind":"Name","value":"problems"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<PreviewOrderQuery, PreviewOrderQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const PlaceOrderDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PlaceOrder"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PlaceOrderInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"placeOrder"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"PlaceOrderSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replayed"}},{"kind":"Field","name":{"kind":"Name","value":"order"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OrderProgress"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInputError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"field"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OrderProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Order"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"orderType"}},{"kind":"Field","name":{"kind":"Name","value":"limitPrice"}},{"kind":"Field","name":{"kind":"Name","value":"stopPrice"}},{"kind":"Field","name":{"kind":"Name","value":"expiresOn"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"cancelling"}},{"kind":"Field","name":{"kind":"Name","value":"filledQuantity"}},{"kind":"Field","name":{"kind":"Name","value":"filledAmount"}},{"kind":"Field","name":{"kind":"Name","value":"averagePrice"}},{"kind":"Field","name":{"kind":"Name","value":"fee"}},{"kind":"Field","name":{"kind":"Name","value":"taxes"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<PlaceOrderMutation, PlaceOrderMutationVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const CancelOrderDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CancelOrder"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CancelOrderInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cancelOrder"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CancelOrderSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"order"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OrderProgress"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OrderProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Order"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"orderType"}},{"kind":"Field","name":{"kind":"Name","value":"limitPrice"}},{"kind":"Field","name":{"kind":"Name","value":"stopPrice"}},{"kind":"Field","name":{"kind":"Name","value":"expiresOn"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"cancelling"}},{"kind":"Field","name":{"kind":"Name","value":"filledQuantity"}},{"kind":"Field","name":{"kind":"Name","value":"filledAmount"}},{"kind":"Field","name":{"kind":"Name","value":"averagePrice"}},{"kind":"Field","name":{"kind":"Name","value":"fee"}},{"kind":"Field","name":{"kind":"Name","value":"taxes"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<CancelOrderMutation, CancelOrderMutationVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const OrderUpdatedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"OrderUpdated"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"orderUpdated"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OrderProgress"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OrderProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Order"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"orderType"}},{"kind":"Field","name":{"kind":"Name","value":"limitPrice"}},{"kind":"Field","name":{"kind":"Name","value":"stopPrice"}},{"kind":"Field","name":{"kind":"Name","value":"expiresOn"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"cancelling"}},{"kind":"Field","name":{"kind":"Name","value":"filledQuantity"}},{"kind":"Field","name":{"kind":"Name","value":"filledAmount"}},{"kind":"Field","name":{"kind":"Name","value":"averagePrice"}},{"kind":"Field","name":{"kind":"Name","value":"fee"}},{"kind":"Field","name":{"kind":"Name","value":"taxes"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<OrderUpdatedSubscription, OrderUpdatedSubscriptionVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const PortfolioDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Portfolio"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"portfolio"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PortfolioRow"}},{"kind":"Field","name":{"kind":"Name","value":"fundedSince"}},{"kind":"Field","name":{"kind":"Name","value":"divestment"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"everything"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"Field","name":{"kind":"Name","value":"cashBalance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"lockedForTrading"}},{"kind":"Field","name":{"kind":"Name","value":"pendingSettlement"}},{"kind":"Field","name":{"kind":"Name","value":"availableForTrading"}}]}},{"kind":"Field","name":{"kind":"Name","value":"positions"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountId"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"referenceAccounts"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"iban"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reconciliation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"differences"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"investsuite"}},{"kind":"Field","name":{"kind":"Name","value":"upvest"}},{"kind":"Field","name":{"kind":"Name","value":"difference"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PortfolioRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Portfolio"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"externalId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"baseCurrency"}},{"kind":"Field","name":{"kind":"Name","value":"manager"}},{"kind":"Field","name":{"kind":"Name","value":"moneyType"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"archived"}},{"kind":"Field","name":{"kind":"Name","value":"owner"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}}]}},{"kind":"Field","name":{"kind":"Name","value":"holdings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InstrumentHolding"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"brokerageAccount"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountGroupId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"cashBalance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountGroupId"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"availableForWithdrawal"}}]}},{"kind":"Field","name":{"kind":"Name","value":"valuation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reconciliation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inSync"}}]}}]}}]} as unknown as DocumentNode<PortfolioQuery, PortfolioQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const TransactionsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Transactions"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"portfolioId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"TransactionFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"portfolio"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"portfolioId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"transactions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"externalId"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"orderType"}},{"kind":"Field","name":{"kind":"Name","value":"primaryMovement"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"MovementLine"}}]}},{"kind":"Field","name":{"kind":"Name","value":"movements"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"MovementLine"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"MovementLine"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Movement"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"datetime"}},{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"unitPrice"}},{"kind":"Field","name":{"kind":"Name","value":"unitPriceCurrency"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"isCash"}}]}}]} as unknown as DocumentNode<TransactionsQuery, TransactionsQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const PortfoliosDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Portfolios"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"PortfolioFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"portfolios"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PortfolioRow"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PortfolioRow"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Portfolio"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"externalId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"baseCurrency"}},{"kind":"Field","name":{"kind":"Name","value":"manager"}},{"kind":"Field","name":{"kind":"Name","value":"moneyType"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"archived"}},{"kind":"Field","name":{"kind":"Name","value":"owner"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"firstName"}},{"kind":"Field","name":{"kind":"Name","value":"lastName"}}]}},{"kind":"Field","name":{"kind":"Name","value":"holdings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InstrumentHolding"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"brokerageAccount"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountGroupId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"cashBalance"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountGroupId"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"balance"}},{"kind":"Field","name":{"kind":"Name","value":"availableForWithdrawal"}}]}},{"kind":"Field","name":{"kind":"Name","value":"valuation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"Field","name":{"kind":"Name","value":"reconciliation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"inSync"}}]}}]}}]} as unknown as DocumentNode<PortfoliosQuery, PortfoliosQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const RebalancingsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Rebalancings"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"portfolioId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"viewer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"scopes"}}]}},{"kind":"Field","name":{"kind":"Name","value":"portfolio"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"portfolioId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"optimization"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"inProgress"}},{"kind":"Field","name":{"kind":"Name","value":"isRecommended"}},{"kind":"Field","name":{"kind":"Name","value":"ownerChoice"}},{"kind":"Field","name":{"kind":"Name","value":"orders"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"instrumentId"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"shares"}},{"kind":"Field","name":{"kind":"Name","value":"quantityType"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"expectedSharePrice"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"rebalancings"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RebalancingProgress"}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RebalancingProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Rebalancing"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"optimizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"orders"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"filledQuantity"}},{"kind":"Field","alias":{"kind":"Name","value":"orderState"},"name":{"kind":"Name","value":"state"}},{"kind":"Field","alias":{"kind":"Name","value":"orderReason"},"name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"skipped"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<RebalancingsQuery, RebalancingsQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const ExecuteOptimizationDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ExecuteOptimization"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ExecuteOptimizationInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"executeOptimization"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ExecuteOptimizationSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replayed"}},{"kind":"Field","name":{"kind":"Name","value":"rebalancing"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RebalancingProgress"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RebalancingProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Rebalancing"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"optimizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"orders"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"filledQuantity"}},{"kind":"Field","alias":{"kind":"Name","value":"orderState"},"name":{"kind":"Name","value":"state"}},{"kind":"Field","alias":{"kind":"Name","value":"orderReason"},"name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"skipped"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<ExecuteOptimizationMutation, ExecuteOptimizationMutationVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const RebalancingUpdatedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"RebalancingUpdated"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"rebalancingUpdated"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"RebalancingProgress"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"RebalancingProgress"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Rebalancing"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"optimizationId"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"orders"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"filledQuantity"}},{"kind":"Field","alias":{"kind":"Name","value":"orderState"},"name":{"kind":"Name","value":"state"}},{"kind":"Field","alias":{"kind":"Name","value":"orderReason"},"name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"skipped"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"side"}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<RebalancingUpdatedSubscription, RebalancingUpdatedSubscriptionVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const WithdrawalsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Withdrawals"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"portfolioId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"portfolio"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"portfolioId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"withdrawals"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"WithdrawalState"}}]}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WithdrawalState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Withdrawal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remittanceInformation"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<WithdrawalsQuery, WithdrawalsQueryVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const RequestWithdrawalDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RequestWithdrawal"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RequestWithdrawalInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"requestWithdrawal"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RequestWithdrawalSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replayed"}},{"kind":"Field","name":{"kind":"Name","value":"withdrawal"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"WithdrawalState"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InvalidInputError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"field"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"InsufficientCashError"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"available"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WithdrawalState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Withdrawal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remittanceInformation"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<RequestWithdrawalMutation, RequestWithdrawalMutationVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const CancelWithdrawalDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CancelWithdrawal"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"CancelWithdrawalInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cancelWithdrawal"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CancelWithdrawalSuccess"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"replayed"}},{"kind":"Field","name":{"kind":"Name","value":"withdrawal"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"WithdrawalState"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"retryable"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WithdrawalState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Withdrawal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remittanceInformation"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<CancelWithdrawalMutation, CancelWithdrawalMutationVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const WithdrawalUpdatedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WithdrawalUpdated"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"withdrawalUpdated"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"WithdrawalState"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"WithdrawalState"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Withdrawal"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"remittanceInformation"}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}}]}}]} as unknown as DocumentNode<WithdrawalUpdatedSubscription, WithdrawalUpdatedSubscriptionVariables>;
// Sound: types and document are made of the same text. In TypeScript a node's kind is an enum, here its text.
export const WorthDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Worth"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"from"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"to"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Date"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"portfolio"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"valuation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"total"}},{"kind":"Field","name":{"kind":"Name","value":"cash"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"unpriced"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"lines"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accountId"}},{"kind":"Field","name":{"kind":"Name","value":"isin"}},{"kind":"Field","name":{"kind":"Name","value":"instrument"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"price"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"amount"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"quantity"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}},{"kind":"Field","name":{"kind":"Name","value":"weight"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"valuations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"from"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}},{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"Variable","name":{"kind":"Name","value":"to"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"on"}},{"kind":"Field","name":{"kind":"Name","value":"securities"}},{"kind":"Field","name":{"kind":"Name","value":"currency"}}]}},{"kind":"Field","name":{"kind":"Name","value":"returns"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"from"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}},{"kind":"Argument","name":{"kind":"Name","value":"to"},"value":{"kind":"Variable","name":{"kind":"Name","value":"to"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cumulative"}},{"kind":"Field","name":{"kind":"Name","value":"since"}}]}}]}}]}}]} as unknown as DocumentNode<WorthQuery, WorthQueryVariables>;