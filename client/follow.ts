import {
  type Answer,
  type AnswerError,
  type Connection,
  GraphqlRequestError,
  post,
  readAnswer,
  request,
  retryAfterMs,
  type TypedDocument,
  UnreadableAnswerError,
} from './connection.ts';
import { eventsOf } from './event-stream.ts';
import type { KeyValueStorage } from './storage.ts';
import { backoffMs, listen, wait } from './wait.ts';

/*
 * The log, followed over server-sent events by fetch.
 *
 *   1. Without a cursor it begins at the end of the log, which is read first: what happens before the first event arrives is not lost.
 *   2. Each event has a cursor. It becomes the place to resume from when the loop asks for the next event, or is left.
 *   3. A connection that breaks, is silent for longer than two of the gateway's pings, or ends without `complete` is made again from
 *      that cursor, with the token of that moment. An event that arrived in half is sent again as a whole; no other is.
 *   4. Events that the log no longer has are reported as one event with `isGap`: read the state again, then go on.
 */

/** How things stand between this page and the gateway. `refused`: it wants another token. */
export type FollowState = 'connecting' | 'live' | 'waiting' | 'refused';

export interface Followed<Data> {
  /** Null: this event could not be shown; see `errors`. */
  readonly data: Data | null;
  readonly errors: readonly AnswerError[] | undefined;
  /** Place of this event in the log. Undefined for subscriptions to states, which have none. */
  readonly cursor: string | undefined;
  /** Events before this one are missing: read the state again. */
  readonly isGap: boolean;
}

export interface FollowOptions<Data, Variables extends object> extends Connection {
  /** A subscription, such as `subscription ($after: ID) { notifications(after: $after) { id type __typename } }`. */
  readonly document: TypedDocument<Data, Variables>;
  readonly variables?: Variables | undefined;
  /** Where to begin. Default: the stored cursor, else the end of the log. */
  readonly after?: string | undefined;
  /** Keeps the cursor, under `name`. Leave it out where you store the cursor with what you made of the events. */
  readonly storage?: KeyValueStorage | undefined;
  readonly name?: string | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
  readonly onState?: ((state: FollowState) => void) | undefined;
  /** How long a connection may be silent. Default 30,000 ms; the gateway sends something every 12,000. */
  readonly silenceMs?: number | undefined;
  /** Pause before a connection is made again; after failures in a row it is longer, up to 5,000 ms. Default 250 ms. */
  readonly pauseMs?: number | undefined;
}

/**
 * Events in their order, each once, through every interruption, until the signal aborts. Throws a {@link GraphqlRequestError} for what
 * would be refused again: a document that is not valid, a permission that is missing.
 */
export function follow<Data, Variables extends object = Record<string, unknown>>(
  options: FollowOptions<Data, Variables>,
): AsyncIterableIterator<Followed<Data>> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  options.signal?.addEventListener('abort', stop);
  if (options.signal?.aborted === true) stop();
  const events = run(options, controller.signal);
  const iterator: AsyncIterableIterator<Followed<Data>> = {
    next: () => events.next(),
    // A generator that waits for the network would first wait for that.
    return: () => {
      stop();
      return events.return(undefined);
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

async function* run<Data, Variables extends object>(
  options: FollowOptions<Data, Variables>,
  signal: AbortSignal,
): AsyncGenerator<Followed<Data>, undefined> {
  const place = new Place(options);
  await place.load();
  for (let failures = 0; !signal.aborted; failures += 1) {
    let askedMs = 0;
    try {
      options.onState?.('connecting');
      if (options.after === undefined && place.cursor === undefined) await place.beginAtEnd(signal);
      for await (const event of connect(options, place.cursor, signal)) {
        failures = 0;
        if (event === 'complete') return;
        try {
          yield event;
        } finally {
          await place.move(event.cursor);
        }
      }
      if (!signal.aborted) options.onState?.('waiting');
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof GraphqlRequestError) {
        // A stored cursor that no gateway wrote: nothing can be resumed from there.
        if (!(await place.dropUnreadable(error, signal))) throw error;
        yield { data: null, errors: error.errors, cursor: place.cursor, isGap: true };
      }
      askedMs = error instanceof UnreadableAnswerError ? error.retryAfterMs : 0;
      options.onState?.(error instanceof TokenRefusedError ? 'refused' : 'waiting');
    }
    await wait(backoffMs(failures, options.pauseMs, askedMs), signal, ['online', 'pageshow', 'visibilitychange']);
  }
}

/** Registered too where a gateway takes trusted documents only. */
export const NOTIFICATIONS_END = 'query NotificationsEnd { notificationsEnd }';

type PlaceOptions = Connection &
  Pick<FollowOptions<unknown, object>, 'after' | 'storage' | 'name'> & { readonly document: { toString(): string } };

/** The cursor, and where it is kept. */
class Place {
  cursor: string | undefined;
  readonly #connection: PlaceOptions;
  readonly #name: string;
  #isStored = false;

  constructor(options: PlaceOptions) {
    this.cursor = options.after;
    this.#connection = options;
    this.#name = `invest-gateway/follow/${options.name ?? ''}`;
  }

  async load(): Promise<void> {
    const { after, storage } = this.#connection;
    if (after !== undefined || storage === undefined) return;
    this.cursor = (await storage.getItem(this.#name)) ?? undefined;
    this.#isStored = this.cursor !== undefined;
  }

  async move(cursor: string | undefined): Promise<void> {
    if (cursor === undefined) return;
    this.cursor = cursor;
    this.#isStored = false;
    await this.#connection.storage?.setItem(this.#name, cursor);
  }

  /** States have no log: only notifications begin somewhere. */
  async beginAtEnd(signal: AbortSignal): Promise<void> {
    if (!/\bnotifications\b/.test(String(this.#connection.document))) return;
    const end = request<{ readonly notificationsEnd: string }, object>(this.#connection, NOTIFICATIONS_END);
    const { data, errors = [] } = await end({}, signal);
    if (data?.notificationsEnd === undefined) throw failureOf(errors);
    await this.move(data.notificationsEnd);
  }

  /** Whether the error is about a cursor from the storage; it is then replaced by the end of the log. */
  async dropUnreadable({ errors }: GraphqlRequestError, signal: AbortSignal): Promise<boolean> {
    if (!this.#isStored || !errors.some(({ extensions }) => extensions?.['code'] === 'BAD_USER_INPUT')) return false;
    this.cursor = undefined;
    await this.beginAtEnd(signal);
    return true;
  }
}

/** Another token may do. */
class TokenRefusedError extends Error {}

/** Errors that pass are worth another try; others are final. */
function failureOf(errors: readonly AnswerError[]): Error {
  const message = errors.map((each) => each.message).join(' ') || 'The answer has no data.';
  if (errors.some(({ extensions }) => extensions?.['code'] === 'UNAUTHENTICATED'))
    return new TokenRefusedError(message);
  return errors.length === 0 || errors.some(mayPass) ? new Error(message) : new GraphqlRequestError(errors);
}

const mayPass = ({ extensions }: AnswerError): boolean =>
  extensions?.['retryable'] === true ||
  ['INTERNAL_SERVER_ERROR', undefined].some((code) => extensions?.['code'] === code);

/** Events of one connection. Returns when it ends; throws where none was made. */
async function* connect<Data, Variables extends object>(
  options: FollowOptions<Data, Variables>,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Followed<Data> | 'complete'> {
  const watch = new Watch(signal, options.silenceMs ?? 30_000);
  try {
    const query = String(options.document);
    // A proxy may drop the header, and a document may lack the variable: either is enough.
    const variables = { ...options.variables, ...(/\$after\b/.test(query) ? { after } : {}) };
    const headers = { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) };
    const response = await post(options, { query, variables }, headers, watch.signal);
    const { body } = response;
    if (!response.ok || body === null || !/^text\/event-stream\b/i.test(response.headers.get('content-type') ?? ''))
      throw await refusalOf(response);
    options.onState?.('live');
    for await (const { type, data, id } of eventsOf(body, () => watch.heard())) {
      if (type === 'complete') yield 'complete';
      else if (type === 'next') yield followed<Data>(JSON.parse(data), id);
    }
  } catch (error) {
    // Cut by the watch: as if it had ended by itself.
    if (!watch.signal.aborted) throw error;
  } finally {
    watch.end();
  }
}

function followed<Data>(
  { data, errors, extensions }: Answer<Data> & { readonly extensions?: { readonly cursor?: string } },
  id: string | undefined,
): Followed<Data> {
  // Not an event: the operation was not executed.
  if (data === undefined) throw failureOf(errors ?? []);
  const [root]: unknown[] = Object.values(data ?? {});
  const { __typename, type }: { readonly __typename?: unknown; readonly type?: unknown } = Object(root);
  const isGap = __typename === 'GapNotification' || (__typename === undefined && type === 'GAP');
  return { data, errors, cursor: id ?? extensions?.cursor, isGap };
}

/** Why there is no stream. */
async function refusalOf(response: Response): Promise<Error> {
  if (response.status === 401 || response.status === 429 || response.status >= 500) {
    await response.body?.cancel();
    return response.status === 401 ? new TokenRefusedError() : new UnreadableAnswerError(response);
  }
  const { errors = [] } = await readAnswer(response);
  return retryAfterMs(response) > 0 ? new UnreadableAnswerError(response) : failureOf(errors);
}

/** Cuts a connection that is silent, at once when a page wakes up or the network is gone. */
class Watch {
  readonly #controller = new AbortController();
  #heardAt = Date.now();
  readonly #release: (() => void)[];

  constructor(outer: AbortSignal, silenceMs: number) {
    const cut = (): void => this.#controller.abort();
    // By the clock: a timer of a page that sleeps stands still.
    const look = (): void => {
      if (Date.now() - this.#heardAt > silenceMs) cut();
    };
    const timer = setInterval(look, Math.max(50, Math.min(5_000, silenceMs / 4)));
    outer.addEventListener('abort', cut);
    if (outer.aborted) cut();
    this.#release = [
      () => clearInterval(timer),
      () => outer.removeEventListener('abort', cut),
      listen(['online', 'pageshow', 'visibilitychange'], look),
      listen(['offline'], cut),
    ];
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    this.#heardAt = Date.now();
  }

  end(): void {
    for (const release of this.#release) release();
    // Nothing of the connection stays open when the loop is left.
    this.#controller.abort();
  }
}
