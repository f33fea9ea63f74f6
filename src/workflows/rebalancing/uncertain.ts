import type { OrderSide } from '../../domain/broker.ts';
import { openOfAccountGroup } from '../../store/index.ts';
import { ORDER } from '../cash/rows.ts';
import type { StepContext } from '../engine/step.ts';
import { stageOfOrder, takersOf } from '../withdrawal/promised-cash.ts';
import type { TradingAccount } from './rows.ts';

/** How often it is looked again while that is so. */
const MAX_LOOKS = 5;

/**
 * Whether the broker may have booked a request of ours or not: of cash, one whose answer is awaited; of units, any sell that it does not
 * have yet. Such a request counts where a client asks, who may ask again; an order of a rebalancing that is skipped stays skipped.
 */
export async function isUncertain(
  { row, read }: Pick<StepContext, 'row' | 'read'>,
  { groupId, currency }: TradingAccount,
  side: OrderSide,
): Promise<boolean> {
  if (row.waiting_for === 'cash' && row.attempts >= MAX_LOOKS) return false;
  if (side === 'BUY') {
    const takers = await read((reading) => takersOf(reading, groupId, currency));
    return takers.some(({ stage }) => stage === 'sending');
  }
  const open = await read((reading) => openOfAccountGroup(reading, groupId, [ORDER]));
  return open.some((order) => stageOfOrder(order, order.state) !== 'over');
}
