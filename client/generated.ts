// Written by npm run schema.

/** The types of each interface and union. */
export const possibleTypes: Record<string, string[]> = {
  "CancelOrderResult": [
    "CancelOrderSuccess",
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotCancellableError",
    "NotFoundError",
    "UpstreamRefusedError"
  ],
  "CancelVirtualCashDecreaseResult": [
    "CancelVirtualCashDecreaseSuccess",
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotCancellableError",
    "NotFoundError",
    "UpstreamRefusedError"
  ],
  "CancelWithdrawalResult": [
    "CancelWithdrawalSuccess",
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotCancellableError",
    "NotFoundError",
    "UpstreamRefusedError"
  ],
  "DecreaseVirtualCashResult": [
    "DecreaseVirtualCashSuccess",
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotFoundError",
    "PortfolioNotFundableError",
    "UpstreamRefusedError"
  ],
  "Error": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "IllegalStatusChangeError",
    "InstrumentNotTradableError",
    "InsufficientCashError",
    "InsufficientPositionError",
    "InvalidInputError",
    "NotCancellableError",
    "NotFoundError",
    "OptimizationNotExecutableError",
    "PortfolioNotFundableError",
    "PortfolioNotTradableError",
    "RebalancingInProgressError",
    "UpstreamRefusedError"
  ],
  "ExecuteOptimizationResult": [
    "ExecuteOptimizationSuccess",
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotFoundError",
    "OptimizationNotExecutableError",
    "PortfolioNotTradableError",
    "UpstreamRefusedError"
  ],
  "Holding": [
    "CashHolding",
    "InstrumentHolding"
  ],
  "IncreaseVirtualCashResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "IncreaseVirtualCashSuccess",
    "InvalidInputError",
    "NotFoundError",
    "PortfolioNotFundableError",
    "UpstreamRefusedError"
  ],
  "Node": [
    "Deposit",
    "Instrument",
    "Order",
    "Portfolio",
    "Rebalancing",
    "Transaction",
    "User",
    "VirtualCashMovement",
    "Withdrawal"
  ],
  "Notification": [
    "CashBalanceNotification",
    "CashTransactionNotification",
    "DepositNotification",
    "GapNotification",
    "OptimizationNotification",
    "OrderNotification",
    "OtherNotification",
    "PortfolioNotification",
    "RebalancingNotification",
    "SynchronizationNotification",
    "ValuationNotification",
    "VirtualCashNotification",
    "WithdrawalNotification"
  ],
  "PlaceOrderResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InstrumentNotTradableError",
    "InsufficientCashError",
    "InsufficientPositionError",
    "InvalidInputError",
    "NotFoundError",
    "PlaceOrderSuccess",
    "PortfolioNotTradableError",
    "UpstreamRefusedError"
  ],
  "RecordOrderResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotFoundError",
    "RecordOrderSuccess",
    "UpstreamRefusedError"
  ],
  "RecordTransactionResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotFoundError",
    "RecordTransactionSuccess",
    "UpstreamRefusedError"
  ],
  "RegisterDepositResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotFoundError",
    "PortfolioNotFundableError",
    "RegisterDepositSuccess",
    "UpstreamRefusedError"
  ],
  "ReplayParkedEventResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotFoundError",
    "ReplayParkedEventSuccess",
    "UpstreamRefusedError"
  ],
  "RequestWithdrawalResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InsufficientCashError",
    "InvalidInputError",
    "NotFoundError",
    "PortfolioNotFundableError",
    "RebalancingInProgressError",
    "RequestWithdrawalSuccess",
    "UpstreamRefusedError"
  ],
  "ResolveReviewResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotFoundError",
    "ResolveReviewSuccess",
    "UpstreamRefusedError"
  ],
  "Reviewable": [
    "Deposit",
    "Order",
    "Rebalancing",
    "VirtualCashMovement",
    "Withdrawal"
  ],
  "SynchronizePortfolioResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotFoundError",
    "SynchronizePortfolioSuccess",
    "UpstreamRefusedError"
  ],
  "UpdateHoldingsResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "NotFoundError",
    "RebalancingInProgressError",
    "UpdateHoldingsSuccess",
    "UpstreamRefusedError"
  ],
  "UpdateOrderStatusResult": [
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "IllegalStatusChangeError",
    "InvalidInputError",
    "NotFoundError",
    "UpdateOrderStatusSuccess",
    "UpstreamRefusedError"
  ]
};

/** Types whose objects have no id of their own: they belong to the object that they are in. */
export const EMBEDDED: readonly string[] = [
  "AuditCheck",
  "AuditEntry",
  "BankAccount",
  "BrokerOrderConnection",
  "BrokerOrderEdge",
  "BrokerageAccount",
  "CancelOrderSuccess",
  "CancelVirtualCashDecreaseSuccess",
  "CancelWithdrawalSuccess",
  "CapabilityStatus",
  "CashHolding",
  "CashTransactionConnection",
  "CashTransactionEdge",
  "DailyPrice",
  "DailyReturn",
  "DailyValuation",
  "DecreaseVirtualCashSuccess",
  "DepositConnection",
  "DepositEdge",
  "Divestment",
  "ExecuteOptimizationSuccess",
  "ForbiddenError",
  "IdempotencyKeyReusedError",
  "IllegalStatusChangeError",
  "IncreaseVirtualCashSuccess",
  "InstrumentConnection",
  "InstrumentEdge",
  "InstrumentHolding",
  "InstrumentNotTradableError",
  "InsufficientCashError",
  "InsufficientPositionError",
  "InvalidInputError",
  "LedgerReference",
  "Movement",
  "NotCancellableError",
  "NotFoundError",
  "NotificationConnection",
  "NotificationEdge",
  "OptimizationNotExecutableError",
  "OrderConnection",
  "OrderEdge",
  "OrderPreview",
  "OrderProblem",
  "PageInfo",
  "ParkedEventConnection",
  "ParkedEventEdge",
  "PlaceOrderSuccess",
  "PortfolioConnection",
  "PortfolioEdge",
  "PortfolioNotFundableError",
  "PortfolioNotTradableError",
  "Position",
  "Price",
  "RebalancingConnection",
  "RebalancingEdge",
  "RebalancingInProgressError",
  "RecommendedOrder",
  "Reconciliation",
  "ReconciliationDifference",
  "RecordOrderSuccess",
  "RecordTransactionSuccess",
  "RegisterDepositSuccess",
  "ReplayParkedEventSuccess",
  "RequestWithdrawalSuccess",
  "ResolveReviewSuccess",
  "Returns",
  "ReviewConnection",
  "ReviewEdge",
  "SkippedOrder",
  "StateChange",
  "Synchronization",
  "SynchronizationChange",
  "SynchronizationProblem",
  "SynchronizePortfolioSuccess",
  "TransactionConnection",
  "TransactionEdge",
  "UpdateHoldingsSuccess",
  "UpdateOrderStatusSuccess",
  "UpstreamRefusal",
  "UpstreamRefusedError",
  "Valuation",
  "ValuationLine",
  "WithdrawalConnection",
  "WithdrawalEdge"
];

/** Fields that are lists of objects, by type. */
export const LISTS: Readonly<Record<string, readonly string[]>> = {
  "BrokerOrder": [
    "executions"
  ],
  "BrokerOrderConnection": [
    "edges"
  ],
  "CashTransaction": [
    "references"
  ],
  "CashTransactionConnection": [
    "edges"
  ],
  "Deposit": [
    "history",
    "refusals"
  ],
  "DepositConnection": [
    "edges"
  ],
  "Instrument": [
    "prices"
  ],
  "InstrumentConnection": [
    "edges"
  ],
  "NotificationConnection": [
    "edges"
  ],
  "Optimization": [
    "orders"
  ],
  "Order": [
    "executions",
    "history",
    "refusals"
  ],
  "OrderConnection": [
    "edges"
  ],
  "OrderPreview": [
    "problems"
  ],
  "ParkedEventConnection": [
    "edges"
  ],
  "Portfolio": [
    "cashBalances",
    "holdings",
    "positions",
    "referenceAccounts",
    "valuations"
  ],
  "PortfolioConnection": [
    "edges"
  ],
  "Rebalancing": [
    "history",
    "orders",
    "skipped"
  ],
  "RebalancingConnection": [
    "edges"
  ],
  "Reconciliation": [
    "differences"
  ],
  "Returns": [
    "days"
  ],
  "ReviewConnection": [
    "edges"
  ],
  "Synchronization": [
    "problems"
  ],
  "SynchronizePortfolioSuccess": [
    "changes"
  ],
  "Transaction": [
    "movements"
  ],
  "TransactionConnection": [
    "edges"
  ],
  "Valuation": [
    "lines"
  ],
  "VirtualCashMovement": [
    "refusals"
  ],
  "Withdrawal": [
    "history",
    "refusals"
  ],
  "WithdrawalConnection": [
    "edges"
  ]
};
