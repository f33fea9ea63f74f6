import { createHash } from 'node:crypto';
import { type ExactJson, isNestedDeeper, parseExactJson } from '../datasources/upstream/exact-json.ts';
import { parsePortfolioId } from '../domain/ids.ts';
import { decodeUtf8, hasLoneSurrogate } from '../domain/utf8.ts';
import type { NewInboxEvent, Nudge } from '../store/index.ts';
import { unreadableContent } from './upvest-events.ts';

/** An event of InvestSuite: it has ids only, details are read by REST. Numbers are text. */
export interface BusEvent {
  readonly id: string;
  /** As InvestSuite sends it; not always a time (`-1000000000-01-01T00:00:00Z`). */
  readonly created: string | null;
  readonly subject: string;
  readonly action: string;
  readonly data: { readonly [key: string]: ExactJson };
}

/** Ids may be longer than UUIDs; limited, since they are a key in the store. */
const MAX_ID_LENGTH = 200;
/** Maximum nesting of an event; far more than real ones have. */
const MAX_LEVELS = 100;

type ReadBusEvent =
  | { readonly kind: 'event'; readonly event: BusEvent }
  | { readonly kind: 'poison'; readonly id: string | null; readonly reason: string };

/** The inbox row of a bus message. Never throws: an unreadable message is parked, so that the offset moves on. */
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

/** A schema registry's frame: this byte and a schema id of four or eight bytes. */
const MAGIC_BYTE = 0;
const FRAME_LENGTHS = [5, 9];

const isFramed = (bytes: Uint8Array): boolean => bytes[0] === MAGIC_BYTE;

/** Possible starts of the JSON. JSON in UTF-8 never begins with a zero byte, so a frame is unambiguous. */
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

/** Parses the envelope of InvestSuite's events page. Never throws. */
export function readBusEvent(content: ExactJson): ReadBusEvent {
  if (!isObject(content)) return { kind: 'poison', id: null, reason: 'not an object' };
  const { id, created, subject, action, data } = content;
  // The store replaces lone surrogates, which could make two ids equal.
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

/** Subject and action with a dot, as InvestSuite names it. */
export const busEventType = ({ subject, action }: BusEvent): string => `${subject}.${action}`;

/** Requests may wait for the end of an optimization. */
function nudgesOf(event: BusEvent): Nudge[] {
  const portfolioId = portfolioIdOf(event);
  return portfolioId === null ? [] : [{ portfolioId, waitingFor: 'rebalancing' }];
}

/** The portfolio of an event: its subject, or the one that it names. */
export function portfolioIdOf({ subject, data }: BusEvent) {
  const id = subject === 'portfolios' ? data['id'] : (data['portfolio_id'] ?? data['portfolio']);
  return typeof id === 'string' ? (parsePortfolioId(id) ?? null) : null;
}

const isObject = (value: unknown): value is { readonly [key: string]: ExactJson } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
