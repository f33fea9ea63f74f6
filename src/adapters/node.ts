import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createServerAdapter } from '@whatwg-node/server';
import { NOT_OUR_NAME } from '../callers/local-names.ts';
import { NOT_FROM_ELSEWHERE } from '../callers/loopback.ts';
import type { Newcomers } from '../callers/newcomers.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Fetch } from './http.ts';
import type { PlainPosts } from './plain-posts.ts';
import { withReasonPhrase } from './reason-phrase.ts';
import { rememberingLast } from './remembering-last.ts';

/**
 * A listener of node:http, and a middleware of Express and its kin: `next`, where it is given, gets the requests that
 * are for somebody else.
 */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void;

export interface NodeHandlerOptions {
  /** The paths that are ours. */
  readonly paths: readonly string[];
  /** The one of webhooks, whose signatures are over the bytes of the body. */
  readonly webhookPath: string;
  /** Whether a Host header is one that this gateway answers to. */
  readonly mayName: (host: string | undefined) => boolean;
  /** Whether a path may be requested over a connection to this local address. */
  readonly mayReach: (path: string, localAddress: string | undefined) => boolean;
  /** Told of each new connection. */
  readonly newcomers: Pick<Newcomers, 'arrived'>;
  readonly logger: Logger;
  /** How long a client may take to send a body. Default 30,000 ms. */
  readonly bodyMs?: number | undefined;
}

/** A body of 1 MiB over a bad line takes no longer. */
const BODY_MS = 30_000;

/** At least one byte must arrive in a third of the time: a silent client is gone. */
const SILENT_SHARE = 3;

/**
 * Limits the time of a body, since connection and bytes cost memory: `bodyMs` in all, and a third of it without a byte.
 */
function endWithin(request: IncomingMessage, bodyMs: number): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if ((length === undefined || length === '0') && encoding === undefined) return;
  const bytesRead = (): number => request.socket.bytesRead;
  let looksLeft = SILENT_SHARE;
  let before = bytesRead();
  const timer = setInterval(() => {
    looksLeft -= 1;
    const isSilent = bytesRead() === before;
    before = bytesRead();
    if (isSilent || looksLeft === 0) end();
  }, bodyMs / SILENT_SHARE).unref();
  const arrived = (): void => clearInterval(timer);
  const end = (): void => {
    arrived();
    if (!request.complete) request.destroy();
  };
  request.once('end', arrived).once('close', arrived);
}

/** How long the rest of a body may go on when it has been answered already. */
const REST_MS = 5_000;

/**
 * A webhook is refused before its body is read, a query when there is no memory for the rest. If the connection were
 * closed then, a client that still writes would not see the answer; if the rest stayed unread, the next request would
 * wait behind it for ever. So the rest is read and discarded, for a while.
 */
function dropRest(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    request.removeAllListeners('data').removeAllListeners('readable').resume();
    // After the whole body, the connection serves other requests.
    const timer = setTimeout(() => {
      if (!request.complete) request.destroy();
    }, REST_MS).unref();
    request.once('close', () => clearTimeout(timer));
  });
}

/**
 * Serves a fetch function from node:http: streams answers, and aborts the request's signal when the client disconnects.
 */
export function nodeHandler(
  fetch: Fetch,
  plainPosts: PlainPosts,
  { paths, webhookPath, mayName, mayReach, newcomers, logger, bodyMs = BODY_MS }: NodeHandlerOptions,
): NodeHandler {
  const adapter = createServerAdapter(async (request) => withReasonPhrase(await fetch(request)));
  const ours = new Set(paths);
  const isNamed = rememberingLast(mayName);
  const met = new WeakSet<Socket>();
  return (request, response, next) => {
    if (!met.has(request.socket)) {
      met.add(request.socket);
      newcomers.arrived();
    }
    const path = pathOf(request);
    if (next !== undefined && !ours.has(path)) return next();
    // A webhook comes by whatever name it was given, and proves itself.
    if (path !== webhookPath && !isNamed(request.headers.host)) {
      return refuse(response, 403, NOT_OUR_NAME, 'FORBIDDEN');
    }
    if (!mayReach(path, request.socket.localAddress)) return refuse(response, 403, NOT_FROM_ELSEWHERE, 'FORBIDDEN');
    // Node reads bytes outside of ASCII as if they were ISO-8859-1, and the text in them would be another.
    if (!ASCII.test(request.url ?? '')) {
      return refuse(response, 400, 'The address must be percent-encoded UTF-8.', 'BAD_REQUEST');
    }
    if (authorizations(request) > 1) return refuse(response, 400, 'More than one Authorization header.', 'BAD_REQUEST');
    if (path === webhookPath && wasParsed(request)) {
      logger.error({ path: webhookPath }, 'a body parser came before the gateway; mount the gateway first');
      return refuse(response, 500, 'Internal error of the gateway.', 'INTERNAL_SERVER_ERROR');
    }
    endWithin(request, bodyMs);
    dropRest(request, response);
    if (plainPosts.takes(request)) void plainPosts.serve(request, response);
    else void adapter(request, response);
  };
}

const ASCII = /^[\x21-\x7e]*$/;

/** Frameworks remove the path at which a middleware is mounted; the client has requested the whole path. */
function pathOf(request: IncomingMessage): string {
  const whole = 'originalUrl' in request && typeof request.originalUrl === 'string' ? request.originalUrl : request.url;
  return (whole ?? '').split('?', 1)[0] ?? '';
}

/** A parser has read the bytes and kept only what they mean. One that keeps them (express.raw) does no harm. */
function wasParsed(request: IncomingMessage): boolean {
  const body: unknown = 'body' in request ? request.body : undefined;
  // Some parsers leave {} where there was nothing for them.
  return typeof body === 'object' && body !== null && !(body instanceof Uint8Array) && Object.keys(body).length > 0;
}

/** Node keeps the first header and silently drops the others; a proxy may have checked the last. */
function authorizations({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') count += 1;
  }
  return count;
}

function refuse(response: ServerResponse, status: number, message: string, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}
