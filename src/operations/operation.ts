import type { GraphQLError } from 'graphql';
import { findLoneSurrogate } from '../domain/utf8.ts';
import type { Viewer } from '../domain/viewer.ts';
import type { Sink } from '../live/index.ts';
import type { ReadableHeaders } from '../telemetry/tracing.ts';

/** An operation as a client has sent it, by whatever door. Its members have these types; nothing else of it is checked. */
export interface OperationRequest {
  readonly query?: string | undefined;
  /** Names a trusted document, as `extensions.persistedQuery` does. */
  readonly documentId?: string | undefined;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** Request, viewer and connection of an operation. */
export interface Exchange {
  readonly requestId: string;
  readonly viewer: Viewer;
  /** Makes the signal that fires when the client disconnects; called on demand. */
  readonly signal: () => AbortSignal;
  /** The last event that the client has seen, where its protocol says so (SSE). */
  readonly resumeAfter?: string | undefined;
  /** True: mutations are refused (a GET). */
  readonly onlyReads?: boolean | undefined;
  /** Where the caller's trace is found. */
  readonly headers?: ReadableHeaders | undefined;
}

/**
 * Why an operation was not executed. Doors translate it.
 *
 * - `request`: no client may send this; the code of the error says what is wrong.
 * - `document`: it does not parse, or is not valid.
 * - `variables`: their values are not of the declared types.
 * - `persisted`: the hash of a document is not known; the client sends the document.
 * - `mutation`: by this door only what reads may come.
 * - `subscription`: the field refused to begin.
 */
export type Refusal = 'request' | 'document' | 'variables' | 'persisted' | 'mutation' | 'subscription';

/** The answer to a query or a mutation, or to what was refused. */
export interface Result {
  readonly kind: 'result';
  /** Undefined: the operation was executed. */
  readonly refusal?: Refusal | undefined;
  /** Masked, with codes and the request's id. */
  readonly errors: readonly GraphQLError[];
  /** JSON text: `null` where an error took all of it. Undefined where nothing was executed. */
  readonly data?: string | undefined;
}

/** A subscription that was accepted: to be served by the connection that it came on. */
export interface Stream {
  readonly kind: 'stream';
  readonly viewer: Viewer;
  /** Sends until it is stopped. `onEnd`: the source has no more. */
  serve(sink: Sink, onEnd: () => void): { stop(): void };
}

export type Outcome = Result | Stream;

/** Message for a lone surrogate in JSON: it cannot be encoded as UTF-8, and nothing is replaced. */
export const LONE_SURROGATE = 'A lone surrogate is not a character; nothing was done.';

/** JSON writes a lone surrogate as an escape: searching for that first is faster than checking each value. */
export const hasLoneSurrogateEscape = (value: unknown): boolean =>
  /\\ud[89a-f]/.test(JSON.stringify(value) ?? '') && findLoneSurrogate(value) !== undefined;

export const refused = (refusal: Refusal, ...errors: readonly GraphQLError[]): Result => ({
  kind: 'result',
  refusal,
  errors,
});

/** Body of an answer. Errors come first, so that a streaming client sees them early. */
export function writeResult({
  errors,
  data,
  extensions,
}: Pick<Result, 'errors' | 'data'> & { readonly extensions?: object | undefined }): string {
  // Concatenated, so that long data is copied once: when it is sent.
  let text = errors.length === 0 ? '' : `"errors":${JSON.stringify(errors)}`;
  if (data !== undefined) text += `${text === '' ? '' : ','}"data":${data}`;
  if (extensions !== undefined) text += `,"extensions":${JSON.stringify(extensions)}`;
  return `{${text}}`;
}
