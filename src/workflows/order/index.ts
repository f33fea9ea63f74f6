export { type UpdateHoldingsInput, updateHoldings } from '../holdings/update.ts';
export { type RecordTransactionInput, recordTransaction } from '../transaction/record.ts';
export { followOrder } from './follow.ts';
export { transactionIdOfOrder } from './followed.ts';
export type { OrderPorts, OrderTrouble } from './ports.ts';
export { type RecordOrderInput, recordOrder } from './record.ts';
export type { Ended, OrderServices } from './run.ts';
export { type UpdateOrderStatusInput, updateOrderStatus } from './update-status.ts';
export { orderWorkflows } from './workflows.ts';
