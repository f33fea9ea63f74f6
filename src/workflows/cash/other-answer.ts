import type { BrokerMoney } from '../../domain/broker-payments.ts';
import { type Review, review } from '../engine/step.ts';

/**
 * The review of a row whose request Upvest answered with what it had made of another one: the key was used before, with another
 * amount, currency or account group. That happens when the database was set back to an older copy and the same client key comes
 * with another input, which this gateway can't know of any more. The key stands for the other request, so neither this attempt
 * nor an earlier one made anything.
 */
export const reviewOfOther = ({ id, amount, currency, accountGroupId }: BrokerMoney): Review =>
  review(
    `Upvest answered with ${id} over ${amount} ${currency} of account group ${accountGroupId}: the idempotency key belongs to another request, e.g. one from before the database was restored. Upvest did nothing for this request.`,
  );
