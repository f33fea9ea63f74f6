import type { DeliveryHead, Refusal, Upvest } from '../datasources/upvest/index.ts';
import type { Intake } from './intake.ts';
import { upvestInboxEvents } from './upvest-events.ts';

/** Result of a delivery. `refused`: not signed by Upvest, nothing was stored. */
export type Reception =
  | { readonly kind: 'accepted'; readonly events: number; readonly fresh: number }
  | { readonly kind: 'refused'; readonly verdict: Refusal };

export interface WebhookOptions {
  readonly upvest: Pick<Upvest, 'verifyHead'>;
  readonly intake: Intake;
  /** Addresses for Upvest, where a proxy changes host or path: signatures cover them. */
  readonly publicUrls?: readonly string[] | undefined;
}

/** Reads the body of a delivery. `signed`: its header signature is valid, so that only the digest is open. */
export type ReadDelivery = (options: { readonly signed: boolean }) => Promise<Uint8Array>;

/** Handles a delivery whose body is not read yet. */
export type WebhookReceiver = (head: DeliveryHead, readBody: ReadDelivery) => Promise<Reception>;

/**
 * Webhook intake: checks the headers before the body is read, then the raw bytes; stores the events and only then
 * acknowledges. Throws an UpstreamError where Upvest's keys can't be read, StoreUnavailableError, and the errors of
 * `readBody`: then Upvest must deliver again.
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
