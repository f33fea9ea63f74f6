export {
  type Caller,
  type CommandResult,
  callerKeyOf,
  type MoneyServices,
} from './accept.ts';
export { awaitedEffects, claimForEnded, type ToldEffect, toldEffect } from './broker-claims.ts';
export { inboxEventOf, virtualCashSubject, withdrawalSubject } from './broker-events.ts';
export { type CancelInput, cancelVirtualCashDecrease, cancelWithdrawal } from './cancel.ts';
export type { WorkflowDefinition } from './definition.ts';
export { depositWorkflow } from './deposit.ts';
export { Engine, type EngineOptions } from './engine.ts';
export { findMoney, findMoneyByKey, listDeposits, listWithdrawals, reviewsPage } from './money-queries.ts';
export { MONEY_WORKFLOWS } from './money-workflows.ts';
export { decreaseVirtualCash, increaseVirtualCash, type VirtualCashInput } from './move-virtual-cash.ts';
export {
  type Ended,
  followOrder,
  type OrderPorts,
  type OrderServices,
  type OrderTrouble,
  orderWorkflows,
  type PlaceOrderInput,
  placeOrder,
  type RecordTransactionInput,
  recordTransaction,
  syncOrder,
  transactionIdOfOrder,
  type UpdateHoldingsInput,
  type UpdateOrderStatusInput,
  updateHoldings,
  updateOrderStatus,
} from './orders/index.ts';
export type { InvestSuitePort, Link, MoneySettings, UpvestPort, WorkflowPorts } from './ports.ts';
export { type RegisterDepositInput, registerDeposit } from './register-deposit.ts';
export { type RequestWithdrawalInput, requestWithdrawal } from './request-withdrawal.ts';
export { REVIEW_OUTCOMES, type ResolveReviewInput, type ReviewOutcome, resolveReview } from './resolve-review.ts';
export { depositOf, type MoneyObject, objectOf, virtualCashOf, withdrawalOf } from './rows.ts';
export type { Point } from './runner.ts';
export { virtualCashDecreaseWorkflow, virtualCashIncreaseWorkflow } from './virtual-cash.ts';
export { withdrawalWorkflow } from './withdrawal.ts';
