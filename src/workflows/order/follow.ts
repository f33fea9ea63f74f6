import { v5 } from 'uuid';
import type { PortfolioId } from '../../domain/ids.ts';
import {
  changeWorkflow,
  insertWorkflow,
  lockWorkflow,
  nudge,
  type Writing,
  workflowOfSubject,
} from '../../store/index.ts';
import { orderSubject } from '../cash/broker-events.ts';
import { firstRow } from '../engine/first-row.ts';
import { ORDER_SYNC } from './followed.ts';

/** Never changed: the row of an order has the same id whoever makes it. */
const NAMESPACE = '7d1b2a90-5a1e-4f0c-8f4e-6d2c7f0b9e35';

/** The id of the row that follows a broker's order. */
export const followerIdOf = (orderId: string): string => `ord_${v5(orderId, NAMESPACE)}`;

/**
 * Has the InvestSuite transaction of an order follow the broker: called in the transaction that finishes an event about it,
 * which is in the inbox under {@link orderSubject}. Twice, late or out of order does no harm, since an event only nudges.
 * Where the order was another portfolio's, since a wrong link was corrected, it is followed for this one from now on.
 */
export async function followOrder(writing: Writing, orderId: string, portfolioId: PortfolioId): Promise<void> {
  const subject = orderSubject(orderId);
  const known = await workflowOfSubject(writing, subject);
  const isTheirs = known !== undefined && known.portfolio_id !== portfolioId;
  // Locked before it is changed: a worker may be committing a step of it.
  const row = isTheirs ? await lockWorkflow(writing, known.id) : known;
  // A row that is sending finishes that first; the next event comes by here again.
  const isLeft = isTheirs && row?.subject === subject && row.sent_at === null;
  // Also where storing the event has nudged already: the row may have looked before the event was there to be seen.
  if (row !== undefined && !isLeft) return await nudge(writing, { subject });
  if (row !== undefined) await changeWorkflow(writing, row, LEFT, NOTHING_TOLD);
  const id = followerIdOf(row === undefined ? orderId : `${orderId} ${portfolioId}`);
  const before = await lockWorkflow(writing, id);
  if (before === undefined) return await beginToFollow(writing, { id, orderId, portfolioId, subject });
  await changeWorkflow(writing, before, { subject, step: FIRST_STEP, due_at: writing.now() }, NOTHING_TOLD);
}

const FIRST_STEP = 'look';
const LEFT = { subject: null, step: null, due_at: null, waiting_for: null } as const;
const NOTHING_TOLD = { states: [], events: [], audit: [] } as const;

interface Followed {
  readonly id: string;
  readonly orderId: string;
  readonly portfolioId: PortfolioId;
  readonly subject: string;
}

async function beginToFollow(writing: Writing, { id, orderId, portfolioId, subject }: Followed): Promise<void> {
  const row = firstRow(writing, {
    id,
    kind: ORDER_SYNC,
    portfolioId,
    // Not the group's own money: this row makes nothing at the broker.
    accountGroupId: null,
    amount: null,
    currency: null,
    firstStep: FIRST_STEP,
    input: { orderId },
    name: { caller: 'gateway', mutation: ORDER_SYNC, idempotencyKey: orderId },
  });
  // No audit entry: there is no request, and nothing was written yet.
  const states = [{ state: row.state, reason: null }];
  await insertWorkflow(writing, { ...row, subject }, { states, events: [], audit: [] });
}
