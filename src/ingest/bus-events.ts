import { createHash } from 'node:crypto';
import { type ExactJson, isNestedDeeper, parseExactJson } from '../datasources/upstream/exact-json.ts';
import { parsePortfolioId } from '../domain/ids.ts';
import { decodeUtf8, hasLoneSurrogate } from '../domain/utf8.ts';
import type { NewInboxEvent, Nudge } from '../store/index.ts';
import { unreadableContent } from './upvest-events.ts';

/** An event as InvestSuite publishes it: thin, details are asked for by REST. Numbers are text. */
export interface BusEvent {
  readonly id: string;
  /** As InvestSuite wrote it; not always a time (`-1000000000-01-01T00:00:00Z`). */
  readonly created: string | null;
  readonly subject: string;
  readonly action: string;
  readonly data: { readonly [key: string]: ExactJson };
}

/** Longer ids than UUIDs may come; a bound, since they are a key in the store. */
const MAX_ID_LENGTH = 200;
/** Levels of objects and lists in an event: far more than any has. */
const MAX_LEVELS = 100;

type ReadBusEvent =
  | { readonly kind: 'event'; readonly event: BusEvent }
  | { readonly kind: 'poison'; readonly id: string | null; readonly reason: string };

/** A message of the bus as a row of the inbox. Never throws: one that can't be read is parked, and the offset moves on. */
export function busInboxEvent(value: Uint8Array | null): NewInboxEvent {
  const bytes = value ?? new Uint8Array();
  const content = framesOf(bytes)
    .map(contentOf)
    .find((each) => each !== undefined);
  const isDeep = content !== undefined && isNestedDeeper(content, MAX_LEVELS);
  const read = content === undefined ? unreadable(bytes) : isDeep ? tooDeep : readBusEvent(content);
  const payload = JSON.stringify(content === undefined || isDeep ? unreadableContent(bytes) : content);
  if (read.kind === 'poison') {
    const eventId = read.id ?? `content:${createHash('sha256').update(payload).digest('hex')}`;
    return {
      source: 'INVESTSUITE',
      eventId,
      type: 'UNREADABLE',
      subject: null,
      payload,
      parkedBecause: read.reason,
    };
  }
  const { event } = read;
  const { id } = event.data;
  const subject = typeof id === 'string' ? `investsuite:${event.subject}:${id}` : null;
  return {
    source: 'INVESTSUITE',
    eventId: event.id,
    type: busEventType(event),
    subject,
    payload,
    nudges: nudgesOf(event),
  };
}

/** What a schema registry puts in front of a message: this byte and the id of a schema, of four bytes or of eight. */
const MAGIC_BYTE = 0;
const FRAME_LENGTHS = [5, 9];

const isFramed = (bytes: Uint8Array): boolean => bytes[0] === MAGIC_BYTE;

/** Where the JSON of a message may begin. No JSON in UTF-8 begins with a zero byte, so a frame can't be mistaken. */
const framesOf = (bytes: Uint8Array): readonly Uint8Array[] =>
  isFramed(bytes) ? FRAME_LENGTHS.map((length) => bytes.subarray(length)) : [bytes];

const unreadable = (bytes: Uint8Array): ReadBusEvent => ({
  kind: 'poison',
  id: null,
  reason: isFramed(bytes) ? 'framed by a schema registry, and not JSON behind it' : 'the message is not JSON in UTF-8',
});

const tooDeep: ReadBusEvent = { kind: 'poison', id: null, reason: `more than ${MAX_LEVELS} levels deep` };

function contentOf(bytes: Uint8Array): ExactJson | undefined {
  const text = decodeUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}

/** Reads the envelope that InvestSuite's events page documents. Never throws. */
export function readBusEvent(content: ExactJson): ReadBusEvent {
  if (!isObject(content)) return { kind: 'poison', id: null, reason: 'not an object' };
  const { id, created, subject, action, data } = content;
  // The store would replace half of a surrogate pair, and two ids could become one.
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH || hasLoneSurrogate(id)) {
    return { kind: 'poison', id: null, reason: 'no id' };
  }
  if (typeof subject !== 'string' || subject === '') return { kind: 'poison', id, reason: 'no subject' };
  if (typeof action !== 'string' || action === '') return { kind: 'poison', id, reason: 'no action' };
  const event: BusEvent = {
    id,
    created: typeof created === 'string' ? created : null,
    subject,
    action,
    data: isObject(data) ? data : {},
  };
  return { kind: 'event', event };
}

/** InvestSuite's own name of the kind: subject and action with a dot. */
export const busEventType = ({ subject, action }: BusEvent): string => `${subject}.${action}`;

/** An optimization that has moved on may have been what a request waits for. */
function nudgesOf(event: BusEvent): Nudge[] {
  const portfolioId = portfolioIdOf(event);
  return portfolioId === null ? [] : [{ portfolioId, waitingFor: 'rebalancing' }];
}

/** The portfolio that an event is about: itself, or the one it names. */
export function portfolioIdOf({ subject, data }: BusEvent) {
  const id = subject === 'portfolios' ? data['id'] : (data['portfolio_id'] ?? data['portfolio']);
  return typeof id === 'string' ? (parsePortfolioId(id) ?? null) : null;
}

const isObject = (value: unknown): value is { readonly [key: string]: ExactJson } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
