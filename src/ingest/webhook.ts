import type { Delivery, Upvest, Verdict } from '../datasources/upvest/index.ts';
import type { Intake } from './intake.ts';
import { upvestInboxEvents } from './upvest-events.ts';

/** What became of a delivery. `refused`: it is not Upvest's, and nothing of it was kept. */
export type Reception =
  | { readonly kind: 'accepted'; readonly events: number; readonly fresh: number }
  | { readonly kind: 'refused'; readonly verdict: Exclude<Verdict, { kind: 'valid' }> };

export interface WebhookOptions {
  readonly upvest: Pick<Upvest, 'verifyDelivery'>;
  readonly intake: Intake;
  /** The path that Upvest calls, where a proxy in front of us rewrites it: signatures cover the public one. */
  readonly publicPath?: string | undefined;
}

/** A delivery as the server got it; what became of it. */
export type WebhookReceiver = (delivery: Delivery) => Promise<Reception>;

/**
 * Takes webhooks in: checked over the raw bytes, stored, and only then acknowledged. Throws an UpstreamError where
 * Upvest's keys can't be had and a StoreUnavailableError where it can't be kept: then the delivery has to come again.
 */
export function createWebhookReceiver(options: WebhookOptions): WebhookReceiver {
  return async (delivery) => {
    const verdict = await verdictOn(options, delivery);
    if (verdict.kind !== 'valid') return { kind: 'refused', verdict };
    const events = upvestInboxEvents(delivery.body);
    return { kind: 'accepted', events: events.length, fresh: await options.intake(events) };
  };
}

/** The path is part of what is signed: tried as it came in, then as it is known outside. */
async function verdictOn({ upvest, publicPath }: WebhookOptions, delivery: Delivery): Promise<Verdict> {
  const verdict = await upvest.verifyDelivery(delivery);
  const badSignature = verdict.kind === 'tampered' && verdict.detail === 'signature';
  if (!badSignature || publicPath === undefined || publicPath === delivery.path) return verdict;
  return await upvest.verifyDelivery({ ...delivery, path: publicPath });
}
