import { type ObserveStep, review } from '../engine/step.ts';
import { orderNews } from '../order/news.ts';
import { brokerOrderIdOf } from './rows.ts';
import { lookForOrder, submitted } from './submit.ts';
import { follow } from './watch.ts';

/** An order that is over is told of again: a fill may have been taken back, or an order that was given up be at the broker after all. */
export const recheck: ObserveStep<'order'> = {
  kind: 'observe',
  run: async (context) => {
    const { row, ports } = context;
    const orderId = brokerOrderIdOf(row);
    if (orderId !== null) {
      const news = await orderNews(ports, context, orderId);
      return news === undefined ? { kind: 'advance', step: null } : await follow(context, news);
    }
    const seen = await lookForOrder(context);
    if (seen.kind !== 'found') return { kind: 'advance', step: null };
    // The broker decides: an order that was given up and is there after all is followed.
    if (row.state === 'EXPIRED' || row.state === 'REJECTED') return submitted(row, seen.value);
    return review(
      `Upvest has order ${seen.value.id}, whose state here is ${row.state}. Cancel it at Upvest or follow it.`,
    );
  },
  resolve: {
    done: () => ({ kind: 'advance', states: [{ state: 'SUBMITTED', reason: null }], step: 'watch' }),
    notDone: () => ({
      kind: 'advance',
      states: [{ state: 'CANCELLED', reason: 'Marked as not placed by an operator.' }],
      step: null,
    }),
  },
};
