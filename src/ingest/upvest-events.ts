import { createHash } from 'node:crypto';
import { type EventItem, eventKeys, parseEvents, type UpvestEvent } from '../datasources/upvest/index.ts';
import { decodeUtf8 } from '../domain/utf8.ts';
import type { NewInboxEvent } from '../store/index.ts';
import { inboxEventOf } from '../workflows/index.ts';

/**
 * Inbox rows of an Upvest delivery. Never throws: an unusable event is parked, since a refused delivery is repeated and
 * delays all later ones.
 */
export function upvestInboxEvents(body: Uint8Array): readonly NewInboxEvent[] {
  const batch = parseEvents(body);
  if (batch.kind === 'events') return batch.items.map(inboxRow);
  return [parked({ id: null, type: 'UNREADABLE', content: unreadableContent(body), reason: batch.reason })];
}

/**
 * Stored content of an unreadable message: its text, or its bytes where it is not UTF-8. Replacement characters could
 * make two messages equal.
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

/** Subject of an event without a workflow: events of one subject are logged in the order of receipt. */
function subjectOf(event: UpvestEvent): string | null {
  const noun = event.type.split('.', 1)[0]?.toLowerCase().replaceAll('_', '-') ?? '';
  const { id, order_id: orderId } = event.object;
  // A fill, a refused cancellation and their order have one subject.
  if (noun === 'execution' && typeof orderId === 'string') return `upvest:order:${orderId}`;
  if (noun === 'order-cancellation' && typeof id === 'string') return `upvest:order:${id}`;
  const about = typeof id === 'string' ? id : eventKeys(event).accountGroupId;
  return about === null ? null : `upvest:${noun}:${about}`;
}

/** An event without an id gets one from its content, so that a repeated delivery parks it once. */
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
