import type { DateTime } from '../../domain/datetime.ts';
import { decodeUtf8, hasLoneSurrogate } from '../../domain/utf8.ts';
import { readRfc3339 } from '../../domain/written-time.ts';
import { type ExactJson, isNestedDeeper, isObject, parseExactJson } from '../upstream/exact-json.ts';

/** One event of a webhook delivery (or of Upvest's event stream). */
export interface UpvestEvent {
  /** Upvest's own id: the same event may be delivered more than once. */
  readonly id: string;
  /** Null where it is not an RFC 3339 time. */
  readonly createdAt: DateTime | null;
  /** `WITHDRAWAL.CONFIRMED`; new ones are added without notice. */
  readonly type: string;
  /** The resource as its GET answers it; numbers are text. See {@link readSubject}. */
  readonly object: { readonly [key: string]: ExactJson };
  readonly webhookId: string | null;
}

/** An event, or one that can't be worked with: to be parked, while the others of its delivery go on. */
export type EventItem =
  | { readonly kind: 'event'; readonly event: UpvestEvent }
  | { readonly kind: 'poison'; readonly id: string | null; readonly reason: string; readonly content: ExactJson };

/** Content of a delivery. `unreadable`: the body is not JSON or has no events where they should be. */
export type EventBatch =
  | { readonly kind: 'events'; readonly items: readonly EventItem[] }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Longer ids than UUIDs may come; a bound, since they are a key in the store. */
const MAX_ID_LENGTH = 200;
/** Levels of objects and lists in an event: far more than any resource has. */
const MAX_LEVELS = 100;

/**
 * Reads a delivery's body: `{"payload": [event, …]}` as Upvest sends it, or one bare event as its reference shows it.
 * Never throws.
 */
export function parseEvents(body: Uint8Array): EventBatch {
  const text = decodeUtf8(body);
  if (text === undefined) return { kind: 'unreadable', reason: 'the body is not UTF-8' };
  let content: ExactJson;
  try {
    content = parseExactJson(text);
  } catch {
    return { kind: 'unreadable', reason: 'the body is not JSON' };
  }
  if (!isObject(content)) return { kind: 'unreadable', reason: 'the body is not an object' };
  const payload = content['payload'];
  if (Array.isArray(payload)) return { kind: 'events', items: payload.map((each) => parseEvent(each, text)) };
  const single = isObject(payload) ? payload : content;
  if (single['type'] === undefined) return { kind: 'unreadable', reason: 'no payload and no event' };
  return { kind: 'events', items: [parseEvent(single, text)] };
}

/** @param body the whole delivery: what is kept of an event that can't be written again by itself. */
function parseEvent(content: ExactJson, body: string): EventItem {
  if (isNestedDeeper(content, MAX_LEVELS)) {
    return { kind: 'poison', id: null, reason: `more than ${MAX_LEVELS} levels deep`, content: { body } };
  }
  if (!isObject(content)) return { kind: 'poison', id: null, reason: 'not an object', content };
  const { id, type, object, created_at: createdAt, webhook_id: webhookId } = content;
  // The store would replace half of a surrogate pair, and two ids could become one.
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH || hasLoneSurrogate(id)) {
    return { kind: 'poison', id: null, reason: 'no id', content };
  }
  if (typeof type !== 'string' || type === '' || hasLoneSurrogate(type))
    return { kind: 'poison', id, reason: 'no type', content };
  if (!isObject(object)) return { kind: 'poison', id, reason: 'no object', content };
  const event: UpvestEvent = {
    id,
    createdAt: typeof createdAt === 'string' ? (readRfc3339(createdAt) ?? null) : null,
    type,
    object,
    webhookId: typeof webhookId === 'string' ? webhookId : null,
  };
  return { kind: 'event', event };
}
