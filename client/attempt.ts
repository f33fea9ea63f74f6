import { type Answer, type AnswerError, UnreadableAnswerError } from './connection.ts';
import type { KeyValueStorage } from './storage.ts';
import { backoffMs, wait } from './wait.ts';

/*
 * A money mutation whose key outlives everything but its answer.
 *
 *   1. The key is stored together with the input, then the mutation is sent. What can't be stored is not sent.
 *   2. No answer, or one that does not tell the outcome: it is sent again, with the same key and input.
 *   3. The answer is a success: the key is forgotten. It is a refusal: see 4.
 *   4. A refusal ends the attempt if nothing was sent before whose outcome is unknown, or if the gateway looked for the key first.
 *      The gateway may still be working on what was sent before, so the key then stays for a minute, for the same input.
 *   5. Nobody waits any longer, or the page is gone: the stored attempt is what `resume` sends again.
 */

/** Sends the mutation. Resolves with what the GraphQL client resolves with; it may also reject. */
export type Send<Data, Input extends object> = (
  variables: { readonly input: Input & { readonly idempotencyKey: string } },
  signal: AbortSignal,
) => Promise<Answer<Data> | { readonly data?: Data | null | undefined; readonly error?: unknown }>;

/** The member of the mutation's result union that reports success; of a document without types, any object. */
export type SucceededMember<Data> = unknown extends Data
  ? Readonly<Record<string, unknown>>
  : Extract<Data[keyof Data], { readonly __typename?: `${string}Success` }>;

/** Why nothing has happened. */
export interface Refusal {
  /** Name of the error type, such as `InsufficientCashError`; null for an error outside of the result union. */
  readonly type: string | null;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** Input field that is at fault. */
  readonly field: string | null;
}

export type Outcome<Data> =
  /** The gateway has recorded it and carries it out. */
  | { readonly kind: 'done'; readonly result: SucceededMember<Data>; readonly key: string }
  /** Nothing has happened. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly key: string }
  /** It may have happened. The attempt is stored: `resume` finds out. */
  | { readonly kind: 'unknown'; readonly cause: unknown; readonly key: string };

/** An attempt whose outcome is unknown. */
export interface Attempt<Input> {
  readonly key: string;
  readonly input: Input;
  /** Milliseconds since 1970 of its first sending. */
  readonly startedAt: number;
}

export interface ResumeOptions<Data, Input extends object> {
  /** Where the key is kept. A storage that survives a reload makes the attempt survive it. */
  readonly storage: KeyValueStorage;
  /** Name of the attempt, such as `withdrawal/P01…`: one attempt is kept for each name. */
  readonly name: string;
  readonly send: Send<Data, Input>;
  /** How long to send again before the outcome is reported as unknown. Default 30,000 ms. */
  readonly patienceMs?: number | undefined;
  /** How long one answer is waited for. Default 20,000 ms; the gateway itself takes up to 10,000. */
  readonly answerMs?: number | undefined;
  /** Pause before the first repetition; later ones are longer, up to 5,000 ms. Default 250 ms. */
  readonly pauseMs?: number | undefined;
  /** Ends the waiting, not the attempt: the outcome is then unknown. */
  readonly signal?: AbortSignal | undefined;
}

export interface AttemptOptions<Data, Input extends object> extends ResumeOptions<Data, Input> {
  /** Input of the mutation without `idempotencyKey`. */
  readonly input: Input;
  /** Makes a key. Default 128 random bits of `crypto.getRandomValues`. */
  readonly newKey?: (() => string) | undefined;
}

/** Another input is still without an answer under this name. `resume` it first, or two inputs may be carried out. */
export class AttemptPendingError extends Error {
  override readonly name = 'AttemptPendingError';
  readonly pending: Attempt<unknown>;

  constructor(pending: Attempt<unknown>) {
    super('An earlier attempt with another input has no answer yet. Resume it before you attempt another.');
    this.pending = pending;
  }
}

interface Kept<Input> extends Attempt<Input> {
  /** Until when a refused attempt keeps its key, in milliseconds since 1970. Null: its outcome is unknown. */
  readonly refusedUntil: number | null;
}

/** Longer than a gateway works on one request. */
const KEEP_REFUSED_MS = 60_000;

/**
 * Sends a mutation until its outcome is known, under one key. The same input is never carried out twice, however often this is called
 * before an answer arrived. Rejects with {@link AttemptPendingError}, and with the storage's own error where the key can't be kept; then
 * nothing was sent.
 */
export async function attempt<Data, Input extends object>(
  options: AttemptOptions<Data, Input>,
): Promise<Outcome<Data>> {
  const { kept, isRepetition } = await alone(options, () => claim(options));
  return await finish(options, kept, isRepetition);
}

/** The attempt to make: the stored one where it is of the same input, else a new one, which is stored. */
async function claim<Data, Input extends object>({
  storage,
  name,
  input,
  newKey = randomKey,
}: AttemptOptions<Data, Input>): Promise<{ readonly kept: Kept<Input>; readonly isRepetition: boolean }> {
  const before = await read<Input>(storage, name);
  const isSame = before !== undefined && canonical(before.input) === canonical(input);
  if (before !== undefined && !isSame && before.refusedUntil === null) throw new AttemptPendingError(before);
  const isRepetition = isSame && (before.refusedUntil === null || before.refusedUntil > Date.now());
  const kept = isRepetition
    ? { ...before, refusedUntil: null }
    : { key: newKey(), input, startedAt: Date.now(), refusedUntil: null };
  await keep(storage, name, kept);
  return { kept, isRepetition };
}

/** The last claim of each storage in this page. */
const claims = new WeakMap<KeyValueStorage, Promise<unknown>>();

/** One claim after the other, so that a double click has one key; with the other tabs too where the browser has locks. */
async function alone<T>(
  { storage, name }: { storage: KeyValueStorage; name: string },
  work: () => Promise<T>,
): Promise<T> {
  const locks: unknown = Reflect.get(Object(Reflect.get(globalThis, 'navigator')), 'locks');
  const request: unknown = Reflect.get(Object(locks), 'request');
  const locked = (): Promise<T> => (typeof request === 'function' ? request.call(locks, slot(name), work) : work());
  const turn = (claims.get(storage) ?? Promise.resolve()).then(locked);
  claims.set(
    storage,
    turn.catch(() => undefined),
  );
  return await turn;
}

/** Sends the stored attempt again, with its own input and key; undefined where there is none. */
export async function resume<Data, Input extends object>(
  options: ResumeOptions<Data, Input>,
): Promise<Outcome<Data> | undefined> {
  const kept = await read<Input>(options.storage, options.name);
  return kept === undefined || kept.refusedUntil !== null ? undefined : await finish(options, kept, true);
}

/** The stored attempt of this name whose outcome is unknown. */
export async function unanswered<Input>(storage: KeyValueStorage, name: string): Promise<Attempt<Input> | undefined> {
  const kept = await read<Input>(storage, name);
  return kept?.refusedUntil === null ? kept : undefined;
}

/** Gives an attempt up whose outcome stays unknown, when a person has decided that. A new one may then be a second payment. */
export async function abandon(storage: KeyValueStorage, name: string): Promise<void> {
  await storage.removeItem(slot(name));
}

/** Sends until the outcome is known or patience ends. `maybeSent`: something was sent before whose outcome is unknown. */
async function finish<Data, Input extends object>(
  options: ResumeOptions<Data, Input>,
  kept: Kept<Input>,
  maybeSent: boolean,
): Promise<Outcome<Data>> {
  const { patienceMs = 30_000 } = options;
  const signal = options.signal ?? new AbortController().signal;
  const giveUpAt = Date.now() + patienceMs;
  for (let failures = 0, doubtful = maybeSent; ; failures += 1) {
    const reading = await sendOnce(options, kept);
    doubtful ||= reading.kind === 'unknown';
    const pauseMs = backoffMs(failures, options.pauseMs, reading.kind === 'done' ? 0 : reading.retryAfterMs);
    const isLast = signal.aborted || Date.now() + pauseMs > giveUpAt;
    const outcome = await outcomeOf(options, kept, reading, { doubtful, isLast });
    if (outcome !== undefined) return outcome;
    await wait(pauseMs, signal, ['online']);
  }
}

/** The outcome that a reading is, with the stored key forgotten or kept; undefined where it has to be sent again. */
async function outcomeOf<Data, Input extends object>(
  { storage, name }: ResumeOptions<Data, Input>,
  kept: Kept<Input>,
  reading: Reading<Data>,
  { doubtful, isLast }: { readonly doubtful: boolean; readonly isLast: boolean },
): Promise<Outcome<Data> | undefined> {
  const { key } = kept;
  if (reading.kind === 'done') {
    await forget(storage, name, key);
    return { kind: 'done', result: reading.result, key };
  }
  if (reading.kind === 'refused' && (reading.afterRecall || !doubtful) && (isLast || !reading.passes)) {
    if (doubtful) await keep(storage, name, { ...kept, refusedUntil: Date.now() + KEEP_REFUSED_MS });
    else await forget(storage, name, key);
    return { kind: 'refused', refusal: reading.refusal, key };
  }
  return isLast
    ? { kind: 'unknown', cause: reading.kind === 'refused' ? reading.refusal : reading.cause, key }
    : undefined;
}

type Reading<Data> =
  | { readonly kind: 'done'; readonly result: SucceededMember<Data> }
  | {
      readonly kind: 'refused';
      readonly refusal: Refusal;
      /** Made after the gateway has looked for the key, or the same for ever: what was sent before was not recorded. */
      readonly afterRecall: boolean;
      /** The gateway is only busy: it is worth to send again soon. */
      readonly passes: boolean;
      readonly retryAfterMs: number;
    }
  | { readonly kind: 'unknown'; readonly cause: unknown; readonly retryAfterMs: number };

async function sendOnce<Data, Input extends object>(
  { send, answerMs = 20_000, signal }: ResumeOptions<Data, Input>,
  { input, key }: Kept<Input>,
): Promise<Reading<Data>> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, answerMs);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  const gone = new Promise<never>((_resolve, reject) => {
    // A client that does not listen to the signal is left behind.
    controller.signal.addEventListener('abort', () => reject(new Error('No answer came in time.')));
    if (controller.signal.aborted) reject(new Error('The attempt was aborted.'));
  });
  try {
    return readingOf(await Promise.race([send({ input: { ...input, idempotencyKey: key } }, controller.signal), gone]));
  } catch (error) {
    return readingOfErrors(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    gone.catch(() => undefined);
  }
}

function readingOf<Data>(answer: {
  readonly data?: Data | null | undefined;
  readonly error?: unknown;
  readonly errors?: unknown;
}): Reading<Data> {
  const [member]: unknown[] = Object.values(answer.data ?? {});
  if (typeof member !== 'object' || member === null) return readingOfErrors(answer);
  if (isSucceeded<Data>(member)) return { kind: 'done', result: member };
  const { __typename: type = null, ...error }: Partial<ErrorMember> = member;
  const { code = type, message = '', retryable = false, field = null } = error;
  // An UpstreamRefusedError without its code may be the one that says that the outcome is not known yet.
  if (code === null || code === 'OUTCOME_PENDING' || code === 'UpstreamRefusedError')
    return { kind: 'unknown', cause: member, retryAfterMs: 0 };
  return {
    kind: 'refused',
    refusal: { type, code, message, retryable, field },
    // Permission is the one thing that is checked before.
    afterRecall: code !== 'FORBIDDEN' && code !== 'ForbiddenError',
    passes: false,
    retryAfterMs: 0,
  };
}

/** Error fields of the result unions that a document selects. */
interface ErrorMember extends Refusal {
  readonly __typename: string | null;
}

const isSucceeded = <Data>(member: object): member is SucceededMember<Data> =>
  String(Reflect.get(member, '__typename')).endsWith('Success');

/** Codes of errors outside of the result unions with which the gateway has recorded nothing. */
const NOTHING_RECORDED = ['UNAUTHENTICATED', 'FORBIDDEN', 'UPSTREAM_UNAVAILABLE', 'CAPABILITY_NOT_GRANTED'];
/** The same; these pass soon. */
const BUSY = ['RATE_LIMITED', 'OVERLOADED'];
/** The same; these never pass. */
const WRONG = ['BAD_USER_INPUT', 'BAD_REQUEST', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'];

function readingOfErrors(failure: unknown): Reading<never> {
  const [error] = graphqlErrors(failure);
  const code = error?.extensions?.['code'];
  const retryAfterMs = failure instanceof UnreadableAnswerError ? failure.retryAfterMs : 0;
  if (error === undefined || typeof code !== 'string' || ![...NOTHING_RECORDED, ...BUSY, ...WRONG].includes(code))
    return { kind: 'unknown', cause: failure, retryAfterMs };
  const refusal = {
    ...{ type: null, code, message: error.message, field: null },
    retryable: error.extensions?.['retryable'] === true || code === 'UNAUTHENTICATED',
  };
  return { kind: 'refused', refusal, afterRecall: WRONG.includes(code), passes: BUSY.includes(code), retryAfterMs };
}

/** Errors of an answer, or of what a client resolves or rejects with: Apollo Client, urql, graphql-request. */
function graphqlErrors(failure: unknown, depth = 0): readonly AnswerError[] {
  if (typeof failure !== 'object' || failure === null || depth > 2) return [];
  for (const name of ['errors', 'graphQLErrors']) {
    const errors: unknown = Reflect.get(failure, name);
    if (Array.isArray(errors) && errors.length > 0) return errors;
  }
  for (const name of ['error', 'response', 'cause']) {
    const errors = graphqlErrors(Reflect.get(failure, name), depth + 1);
    if (errors.length > 0) return errors;
  }
  return [];
}

const slot = (name: string): string => `invest-gateway/attempt/${name}`;

async function read<Input>(storage: KeyValueStorage, name: string): Promise<Kept<Input> | undefined> {
  const text = await storage.getItem(slot(name));
  if (text === null || text === undefined) return undefined;
  try {
    const kept = JSON.parse(text);
    return typeof kept?.key === 'string' && typeof kept.input === 'object' ? kept : undefined;
  } catch {
    // Not written by this kit.
    return undefined;
  }
}

const keep = async (storage: KeyValueStorage, name: string, kept: Kept<object>): Promise<void> => {
  await storage.setItem(slot(name), JSON.stringify(kept));
};

/** Unless another attempt has taken the place meanwhile. */
async function forget(storage: KeyValueStorage, name: string, key: string): Promise<void> {
  const kept = await read(storage, name);
  if (kept?.key === key) await storage.removeItem(slot(name));
}

/** JSON with sorted names and without undefined values. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

const randomKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
