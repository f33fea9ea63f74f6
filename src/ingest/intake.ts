import { createHash } from 'node:crypto';
import { type NewInboxEvent, type Store, storeEvents } from '../store/index.ts';

/**
 * Stores received events, of webhooks and of the bus. Resolves to the number of new events once all are on disk; only
 * then may a delivery be acknowledged. Throws StoreUnavailableError.
 */
export type Intake = (events: readonly NewInboxEvent[]) => Promise<number>;

export const createIntake =
  (store: Store): Intake =>
  (events) =>
    events.length === 0 ? Promise.resolve(0) : store.write((writing) => storeEvents(writing, events.map(storable)));

/** Maximum length of an indexed column; PostgreSQL's limit is about 2,700 bytes. */
const MAX_KEY_LENGTH = 300;

/** A database may refuse text that JSON allows, and an event that can't be stored would be delivered again for ever. */
const storable = (event: NewInboxEvent): NewInboxEvent => ({
  ...event,
  eventId: keyText(event.eventId),
  type: keyText(event.type),
  subject: event.subject === null ? null : keyText(event.subject),
});

function keyText(text: string): string {
  const clean = text.replaceAll('\u0000', '\uFFFD');
  return clean.length <= MAX_KEY_LENGTH ? clean : `sha256:${createHash('sha256').update(clean).digest('hex')}`;
}
