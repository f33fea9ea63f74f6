import type { BrokerMoney } from '../../domain/broker-payments.ts';
import { type Review, review } from '../engine/step.ts';

/**
 * The review of a row whose request Upvest answered with the object of another request: the key was used before with
 * another amount, currency or account group. That happens when the database was restored from an older copy and a
 * client reuses a key that is not known any more. The key belongs to the other request, so no attempt of this row had
 * an effect.
 */
export const reviewOfOther = ({ id, amount, currency, accountGroupId }: BrokerMoney): Review =>
  review(
    `Upvest answered with ${id} over ${amount} ${currency} of account group ${accountGroupId}: the idempotency key belongs to another request, e.g. one from before the database was restored. Upvest did nothing for this request.`,
  );
