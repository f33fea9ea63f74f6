import { createHash } from 'node:crypto';
import { type EventItem, eventKeys, parseEvents, type UpvestEvent } from '../datasources/upvest/index.ts';
import { decodeUtf8 } from '../domain/utf8.ts';
import type { NewInboxEvent } from '../store/index.ts';
import { inboxEventOf } from '../workflows/index.ts';

/**
 * A delivery of Upvest's as rows of the inbox. Never throws: what can't be worked with is parked, since a delivery that
 * is refused comes again and again and holds up all that follow.
 */
export function upvestInboxEvents(body: Uint8Array): readonly NewInboxEvent[] {
  const batch = parseEvents(body);
  if (batch.kind === 'events') return batch.items.map(inboxRow);
  return [parked({ id: null, type: 'UNREADABLE', content: unreadableContent(body), reason: batch.reason })];
}

/**
 * What is kept of a message that cannot be read: its text, or its bytes where they are none. Text with replaced
 * characters would make two different messages one.
 */
export function unreadableContent(bytes: Uint8Array): { readonly body: string } | { readonly bodyBase64: string } {
  const body = decodeUtf8(bytes);
  return body === undefined ? { bodyBase64: Buffer.from(bytes).toString('base64') } : { body };
}

function inboxRow(item: EventItem): NewInboxEvent {
  if (item.kind === 'poison') return parked({ ...item, type: 'UNREADABLE' });
  const row = inboxEventOf(item.event);
  return { ...row, subject: row.subject ?? subjectOf(item.event) };
}

/** What an event is about, where no workflow names it: events about one thing are logged in the order they came in. */
function subjectOf(event: UpvestEvent): string | null {
  const noun = event.type.split('.', 1)[0]?.toLowerCase().replaceAll('_', '-') ?? '';
  const { id, order_id: orderId } = event.object;
  // A fill, a refused cancellation and their order are one story.
  if (noun === 'execution' && typeof orderId === 'string') return `upvest:order:${orderId}`;
  if (noun === 'order-cancellation' && typeof id === 'string') return `upvest:order:${id}`;
  const about = typeof id === 'string' ? id : eventKeys(event).accountGroupId;
  return about === null ? null : `upvest:${noun}:${about}`;
}

/** An event without an id of its own is known by its content, so that a repeated delivery parks it once. */
function parked(poison: {
  readonly id: string | null;
  readonly type: string;
  readonly reason: string;
  readonly content: unknown;
}): NewInboxEvent {
  const payload = JSON.stringify(poison.content);
  const eventId = poison.id ?? `content:${createHash('sha256').update(payload).digest('hex')}`;
  return { source: 'UPVEST', eventId, type: poison.type, subject: null, payload, parkedBecause: poison.reason };
}
