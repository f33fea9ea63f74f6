import { eventKeys, parseEvents, readSubject, type UpvestEvent } from '../../datasources/upvest/index.ts';
import type { BrokerVirtualCash, BrokerWithdrawal } from '../../domain/broker-payments.ts';
import { type DateTime, epochNanoseconds } from '../../domain/datetime.ts';
import type { VirtualCashDirection } from '../../domain/virtual-cash.ts';
import { eventsAbout, type InboxRow, type NewInboxEvent, type Nudge, type Reading } from '../../store/index.ts';

/** How an Upvest object is named in the inbox and in the row that it belongs to. */
export const withdrawalSubject = (id: string): string => `upvest:withdrawal:${id}`;
export const virtualCashSubject = (direction: VirtualCashDirection, id: string): string =>
  `upvest:virtual-cash-${direction.toLowerCase()}:${id}`;

/** An order and its executions are one story. */
export const orderSubject = (id: string): string => `upvest:order:${id}`;

/** The same order, for the row of the gateway's own request to place it. */
export const placedOrderSubject = (id: string): string => `upvest:placed-order:${id}`;

/** Upvest's id in a subject; null where there is none yet. */
export const brokerIdOf = (subject: string | null): string | null =>
  subject?.slice(subject.lastIndexOf(':') + 1) ?? null;

/**
 * A webhook's event as the inbox keeps it, with the workflows that should look again because of it. Store it before the
 * delivery is answered.
 */
export function inboxEventOf(event: UpvestEvent): NewInboxEvent {
  const subject = subjectOf(event);
  const { id, createdAt, type, object, webhookId } = event;
  const payload = JSON.stringify({ id, created_at: createdAt, type, object, webhook_id: webhookId });
  return { source: 'UPVEST', eventId: id, type, subject, payload, nudges: nudgesOf(event, subject) };
}

function subjectOf(event: UpvestEvent): string | null {
  const about = readSubject(event);
  switch (about.kind) {
    case 'withdrawal':
      return withdrawalSubject(about.withdrawal.id);
    case 'virtualCash':
      return virtualCashSubject(about.direction, about.virtualCash.id);
    case 'order':
      return orderSubject(about.order.id);
    case 'execution':
      return about.execution.orderId === null ? null : orderSubject(about.execution.orderId);
    default:
      return null;
  }
}

function nudgesOf(event: UpvestEvent, subject: string | null): Nudge[] {
  const { accountGroupId } = eventKeys(event);
  const bySubject = subject === null ? [] : [{ subject }, ...placedOrdersOf(event, subject)];
  const byCash =
    event.type.startsWith('CASH_BALANCE.') && accountGroupId !== null ? [{ accountGroupId, waitingFor: 'cash' }] : [];
  return [...bySubject, ...byCash];
}

/** An order that the gateway has placed is woken too: by Upvest's id, and by the reference that it was placed with. */
function placedOrdersOf(event: UpvestEvent, subject: string): Nudge[] {
  const about = readSubject(event);
  if (about.kind !== 'order' && about.kind !== 'execution') return [];
  const placed = { subject: placedOrderSubject(brokerIdOf(subject) ?? '') };
  const reference = about.kind === 'order' ? about.order.clientReference : null;
  return reference?.startsWith('ord_') === true ? [placed, { workflowId: reference }] : [placed];
}

/** A report about one object at one time. */
interface Told<T> {
  readonly value: T;
  readonly at: bigint;
}

/** The newest state of a withdrawal among webhooks and the read; undefined without any. */
export async function newestWithdrawal(
  reading: Reading,
  subject: string,
  read: BrokerWithdrawal | null,
): Promise<BrokerWithdrawal | undefined> {
  const told: Told<BrokerWithdrawal>[] = [];
  for (const event of await upvestEvents(reading, subject)) {
    const about = readSubject(event);
    if (about.kind === 'withdrawal') told.push(toldAt(about.withdrawal, event.createdAt));
  }
  if (read !== null) told.push(toldAt(read, null));
  const order = ['NEW', 'PROCESSING', 'CONFIRMED', 'CANCELLED'];
  const known = newest(told, order);
  // Not every answer repeats what it was taxed.
  const taxed = newest(
    told.filter(({ value }) => value.taxes !== null),
    order,
  );
  return known && { ...known, taxes: known.taxes ?? taxed?.taxes ?? null };
}

/** The newest state of a virtual cash movement among webhooks: Upvest can't return one. */
export async function newestVirtualCash(reading: Reading, subject: string): Promise<BrokerVirtualCash | undefined> {
  const told: Told<BrokerVirtualCash>[] = [];
  for (const event of await upvestEvents(reading, subject)) {
    const about = readSubject(event);
    if (about.kind === 'virtualCash') told.push(toldAt(about.virtualCash, event.createdAt));
  }
  return newest(told, ['ISSUED', 'QUEUED', 'CONFIRMED', 'CANCELLED']);
}

/** Webhook events of one object, in the order of receipt. */
export async function upvestEvents(reading: Reading, subject: string): Promise<UpvestEvent[]> {
  return upvestEventsOf(await eventsAbout(reading, subject));
}

/** Kept events as Upvest sent them. */
export function upvestEventsOf(rows: readonly Pick<InboxRow, 'payload'>[]): UpvestEvent[] {
  return rows.flatMap((row) => {
    const batch = parseEvents(Buffer.from(row.payload));
    return batch.kind === 'events' ? batch.items.flatMap((item) => (item.kind === 'event' ? [item.event] : [])) : [];
  });
}

function toldAt<T extends { readonly updatedAt: DateTime | null }>(value: T, eventAt: DateTime | null): Told<T> {
  const at = value.updatedAt ?? eventAt;
  return { value, at: at === null ? 0n : epochNanoseconds(at) };
}

/** By time; within one second, which is as fine as Upvest's times may be, by how far it has come. */
function newest<T extends { readonly status: string }>(
  told: readonly Told<T>[],
  order: readonly string[],
): T | undefined {
  let best: Told<T> | undefined;
  for (const each of told) {
    // An answer without status does not contradict earlier reports.
    if (each.value.status === 'UNKNOWN') continue;
    if (best === undefined || each.at > best.at) best = each;
    else if (each.at === best.at && order.indexOf(each.value.status) > order.indexOf(best.value.status)) best = each;
  }
  return best?.value;
}
