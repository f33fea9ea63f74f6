export { transactionIdOfOrder } from './order-sync.ts';
export { orderWorkflows } from './order-workflows.ts';
export { type PlaceOrderInput, placeOrder } from './place-order.ts';
export type { OrderInvestSuitePort, OrderPorts, OrderTrouble, OrderUpvestPort } from './ports.ts';
export { type RecordTransactionInput, recordTransaction } from './record-transaction.ts';
export type { Ended, OrderServices } from './run-order.ts';
export { followOrder, orderIdOfEvent, syncOrder } from './sync-order.ts';
export { type UpdateHoldingsInput, updateHoldings } from './update-holdings.ts';
export { type UpdateOrderStatusInput, updateOrderStatus } from './update-order-status.ts';
