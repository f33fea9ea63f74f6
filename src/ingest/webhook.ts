import type { DeliveryHead, Refusal, Upvest } from '../datasources/upvest/index.ts';
import type { Intake } from './intake.ts';
import { upvestInboxEvents } from './upvest-events.ts';

/** What became of a delivery. `refused`: it is not Upvest's, and nothing of it was kept. */
export type Reception =
  | { readonly kind: 'accepted'; readonly events: number; readonly fresh: number }
  | { readonly kind: 'refused'; readonly verdict: Refusal };

export interface WebhookOptions {
  readonly upvest: Pick<Upvest, 'verifyHead'>;
  readonly intake: Intake;
  /** Addresses that Upvest may call, where a proxy in front of us changes host or path: signatures cover those. */
  readonly publicUrls?: readonly string[] | undefined;
}

/** Reads the body of a delivery. `signed`: its signature holds, so that it is Upvest's but for the digest. */
export type ReadDelivery = (options: { readonly signed: boolean }) => Promise<Uint8Array>;

/** A delivery as the server gets it, its body still on the way; what became of it. */
export type WebhookReceiver = (head: DeliveryHead, readBody: ReadDelivery) => Promise<Reception>;

/**
 * Takes webhooks in: checked by their headers before the body is read, then over the raw bytes, stored, and only then
 * acknowledged. Throws an UpstreamError where Upvest's keys can't be had, a StoreUnavailableError where it can't be kept, and
 * what `readBody` throws: then the delivery has to come again.
 */
export function createWebhookReceiver({ upvest, intake, publicUrls }: WebhookOptions): WebhookReceiver {
  return async (head, readBody) => {
    const opened = await upvest.verifyHead({ ...head, publicUrls });
    if (opened.kind !== 'open') return { kind: 'refused', verdict: opened };
    const body = await readBody({ signed: opened.signed });
    const verdict = await opened.finish(body);
    if (verdict.kind !== 'valid') return { kind: 'refused', verdict };
    const events = upvestInboxEvents(body);
    return { kind: 'accepted', events: events.length, fresh: await intake(events) };
  };
}
