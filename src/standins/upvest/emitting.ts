import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { type Clock, upvestTime } from '../values/clock.ts';
import type { JsonObject } from '../values/json.ts';
import { postOnce } from './delivery.ts';
import type { UpvestSettings } from './settings.ts';
import { signWebhook, type WebhookSigner } from './signature.ts';
import type { WebhookKeys } from './webhook-keys.ts';
import { deliveryBody, deliveryHeaders, type WebhookDispatcher, type WebhookEvent } from './webhooks.ts';

/**
 * How a delivery is made wrong:
 * - `forged`: signed by another key under our key id; `unknown-key`: by a key that was never served;
 * - `tampered`: the body was changed after signing; `wrong-digest`: so was the digest, to fit the changed body;
 * - `expired`: signed an hour ago; `wrong-path`: signed for another path; `no-signature`: not signed at all;
 * - `quoted`: a true signature over quoted component names, as in version 15.
 */
export type Tampering =
  | 'forged'
  | 'unknown-key'
  | 'tampered'
  | 'wrong-digest'
  | 'expired'
  | 'wrong-path'
  | 'no-signature'
  | 'quoted';

export interface Emission {
  /** In the order in which they are sent. Missing members are invented. */
  readonly events: readonly (Partial<WebhookEvent> & { readonly type: string; readonly object: JsonObject })[];
  readonly tampering?: Tampering;
  readonly shape?: 'payload' | 'bare';
  /** Where to; the first enabled webhook's address when left out. */
  readonly url?: string;
  /** These bytes are sent instead of the events. */
  readonly rawBody?: string;
}

export interface Emitted {
  /** The receiver's status; null without an answer. */
  readonly status: number | null;
  readonly events: readonly WebhookEvent[];
}

export interface EmitContext {
  readonly settings: UpvestSettings;
  /** Of signatures. */
  readonly clock: Clock;
  /** Of events. */
  readonly calendar: Clock;
  readonly keys: WebhookKeys;
  readonly dispatcher: WebhookDispatcher;
}

/** Sends one delivery at once, past the queue and without retries. */
export async function emitNow(context: EmitContext, emission: Emission): Promise<Emitted> {
  const target = context.dispatcher.webhooks.all().find(({ enabled }) => enabled);
  const address = emission.url ?? target?.url;
  if (address === undefined) throw new Error('no webhook is registered and enabled, and no url was given');
  const url = new URL(address);
  const now = context.clock();
  const madeAt = upvestTime(context.calendar());
  const events = emission.events.map((event) => ({ id: randomUUID(), created_at: madeAt, ...event }));
  const body =
    emission.rawBody === undefined
      ? deliveryBody(events, target?.id ?? randomUUID(), emission.shape ?? 'payload')
      : Buffer.from(emission.rawBody);
  const { headers, sent } = signed(context, emission.tampering, url, body, now);
  const { webhookTimeoutMs } = context.settings;
  const status = await postOnce(url, headers, sent, webhookTimeoutMs, context.dispatcher.stopping);
  return { status, events };
}

function signed(context: EmitContext, tampering: Tampering | undefined, url: URL, body: Buffer, now: Date) {
  const headers = deliveryHeaders(body);
  if (tampering === 'no-signature') return { headers, sent: body };
  const createdAt = tampering === 'expired' ? new Date(now.getTime() - 3_600_000) : now;
  const signing = {
    method: 'POST',
    path: tampering === 'wrong-path' ? `${url.pathname}/other` : url.pathname,
    search: url.search,
    headers,
    body,
    createdAt,
    lifetimeSeconds: 10,
    quoted: tampering === 'quoted',
  };
  const good = signWebhook(signerFor(context.keys, tampering), signing);
  if (tampering !== 'tampered' && tampering !== 'wrong-digest') return { headers: good, sent: body };
  const sent = changed(body);
  if (tampering === 'tampered') return { headers: good, sent };
  const { digest = '' } = signWebhook(context.keys.current(), { ...signing, body: sent });
  return { headers: { ...good, digest }, sent };
}

/** One digit of the body is another one: the same length, the same JSON, another amount or id. */
function changed(body: Buffer): Buffer {
  const text = body.toString('latin1');
  const at = text.search(/\d(?=\D*$)/);
  const digit = text[at] === '9' ? '1' : '9';
  return Buffer.from(at < 0 ? `${text} ` : text.slice(0, at) + digit + text.slice(at + 1), 'latin1');
}

function signerFor(keys: WebhookKeys, tampering: Tampering | undefined): WebhookSigner {
  if (tampering !== 'forged' && tampering !== 'unknown-key') return keys.current();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp521r1' });
  return { keyId: tampering === 'forged' ? keys.current().keyId : randomUUID(), privateKey };
}
