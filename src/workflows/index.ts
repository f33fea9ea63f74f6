export {
  type Caller,
  type CashServices,
  type CommandResult,
  callerKeyOf,
} from './accept.ts';
export { allWorkflows } from './all.ts';
export { awaitedEffects, claimForEnded, type ReportedEffect, reportedEffect } from './cash/broker-claims.ts';
export { inboxEventOf } from './cash/broker-events.ts';
export type { CancelInput } from './cash/cancel.ts';
export {
  findCashRequest,
  findCashRequestByKey,
  listDeposits,
  listOrders,
  listRebalancings,
  listWithdrawals,
  ordersWithIds,
  reviewsPage,
} from './cash/queries.ts';
export { CASH_WORKFLOWS } from './cash/workflows.ts';
export { type RegisterDepositInput, registerDeposit } from './deposit/register.ts';
export type { WorkflowDefinition } from './engine/definition.ts';
export { Engine, type EngineOptions } from './engine/engine.ts';
export type { Point } from './engine/runner-options.ts';
export type { CashRequest } from './objects.ts';
export {
  type Ended,
  followOrder,
  type OrderPorts,
  type OrderServices,
  type OrderTrouble,
  orderWorkflows,
  type RecordOrderInput,
  type RecordTransactionInput,
  recordOrder,
  recordTransaction,
  transactionIdOfOrder,
  type UpdateHoldingsInput,
  type UpdateOrderStatusInput,
  updateHoldings,
  updateOrderStatus,
} from './order/index.ts';
export { eventIdOf, eventNumberOf, type ReplayParkedEventInput, replayParkedEvent } from './parked-event/replay.ts';
export { cancelOrder } from './placed-order/cancel.ts';
export type { OrderDraft } from './placed-order/check-draft.ts';
export { type PlaceOrderInput, placeOrder } from './placed-order/place.ts';
export type { Market, OrderingServices } from './placed-order/ports.ts';
export { type OrderPreview, previewOrder } from './placed-order/preview.ts';
export { orderWorkflow } from './placed-order/workflow.ts';
export type { InvestSuitePort, Link, MoneySettings, UpvestPort, WorkflowPorts } from './ports.ts';
export { type ExecuteOptimizationInput, executeOptimization } from './rebalancing/execute.ts';
export { followOptimization } from './rebalancing/news.ts';
export type { RebalancingPorts, RebalancingServices, RebalancingSettings } from './rebalancing/ports.ts';
export { reviewedRebalancing } from './rebalancing/workflow.ts';
export { rebalancingWorkflows } from './rebalancing/workflows.ts';
export {
  REVIEW_OUTCOMES,
  type ResolveReviewInput,
  type ReviewOutcome,
  resolveReview,
} from './review/resolve.ts';
export { REVIEWED_WORKFLOWS } from './reviewed.ts';
export {
  isFollowing,
  type StoredSynchronization,
  Sweeper,
  type SweeperOptions,
  type Synchronizable,
  type SynchronizationPorts,
  type SynchronizationServices,
  type Synchronized,
  type SynchronizePortfolioInput,
  storedSynchronization,
  synchronizableOf,
  synchronizeEvents,
  synchronizePortfolio,
} from './synchronization/index.ts';
export { cancelVirtualCashDecrease } from './virtual-cash/cancel-decrease.ts';
export { decreaseVirtualCash } from './virtual-cash/decrease.ts';
export { increaseVirtualCash } from './virtual-cash/increase.ts';
export type { VirtualCashInput } from './virtual-cash/move.ts';
export { cancelWithdrawal } from './withdrawal/cancel.ts';
export { type RequestWithdrawalInput, requestWithdrawal } from './withdrawal/request.ts';
