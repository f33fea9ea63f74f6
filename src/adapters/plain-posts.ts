import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendNodeResponse } from '@whatwg-node/server';
import type { Admission, BodyRoom } from '../callers/admission.ts';
import { type AdmitOptions, admit } from '../callers/admit.ts';
import { callerOf } from '../domain/viewer.ts';
import type { Operations } from '../operations/core.ts';
import { type Exchange, type Result, type Stream, writeResult } from '../operations/operation.ts';
import type { Logger } from '../telemetry/logger.ts';
import { requestIdOf, SECURITY_HEADERS } from './answer-headers.ts';
import { type CorsOptions, corsHeaders } from './cors.ts';
import { readBodyParameters } from './graphql-parameters.ts';
import { failure } from './http.ts';
import { httpOf, isFault } from './http-status.ts';
import type { LiveConnections } from './live-connections.ts';
import { withReasonPhrase } from './reason-phrase.ts';
import { rememberingLast } from './remembering-last.ts';
import { acceptsEventStream, notAcceptable, sseResponse } from './sse.ts';

/*
 * The requests that clients send all day: a POST of JSON, to be answered with JSON. Served without a Request, a Response and
 * the server library, which together cost several times what a query does. The answers are the same, byte for byte.
 */

export interface PlainPostsOptions extends AdmitOptions {
  /** Where the graph is served. */
  readonly path: string;
  readonly operations: Operations;
  readonly admission: Admission;
  readonly connections: LiveConnections;
  readonly pingMs: number;
  readonly cors: CorsOptions;
  readonly logger: Logger;
}

export interface PlainPosts {
  /** False where a request is not a plain one: nothing was done with it. */
  takes(request: IncomingMessage): boolean;
  /** Answers the request. Never rejects. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** Longer ones are rare, and not plain. */
const MAX_BODY_BYTES = 64 * 1024;

export function createPlainPosts(options: PlainPostsOptions): PlainPosts {
  return {
    takes: (request) => pathOf(request) === options.path && isPlain(request),
    serve: async (request, response) => {
      const given = request.headers['x-request-id'];
      const served = { request, response, requestId: requestIdOf(typeof given === 'string' ? given : undefined) };
      try {
        await serve(options, served);
      } catch (error) {
        const { status, headers, body } = failure(options.logger, served.requestId, error);
        write(options, served, { status, headers: Object.entries(headers).flat(), body });
      }
    },
  };
}

function isPlain(request: IncomingMessage): boolean {
  const { headers, method, httpVersionMajor } = request;
  const length = headers['content-length'] ?? '';
  return (
    method === 'POST' &&
    httpVersionMajor === 1 &&
    /^application\/json(; ?charset=utf-8)?$/i.test(headers['content-type'] ?? '') &&
    /^[1-9]\d{0,4}$/.test(length) &&
    Number(length) <= MAX_BODY_BYTES &&
    headers['content-encoding'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    answerType(headers.accept) !== undefined &&
    // A server in front of us may have read the body.
    !('body' in request) &&
    !request.readableDidRead &&
    isHost(headers.host)
  );
}

/** Frameworks cut the path they are mounted at off `url` and keep the whole. */
function pathOf(request: IncomingMessage): string | undefined {
  return 'originalUrl' in request && typeof request.originalUrl === 'string' ? request.originalUrl : request.url;
}

/** Other forms of the Host header are left to http.ts. */
const isHost = rememberingLast(
  (host: string | undefined): boolean =>
    host !== undefined && /^[a-z0-9.-]+(:\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}/`),
);

/** Content types of answers, in order of preference. */
const ANSWER_TYPES = ['application/json', 'application/graphql-response+json'];

/** As the server library negotiates: the first range of an `Accept` that fits decides. Undefined where none does. */
const answerType = rememberingLast((accept: string | undefined): string | undefined => {
  for (const range of (accept ?? '*/*').replace(/\s/g, '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset=')) ?? 'charset=utf-8';
    const found = charset === 'charset=utf-8' ? ANSWER_TYPES.find((each) => fits(each, type)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
});

function fits(answer: string, range: string): boolean {
  const [group, kind] = range.split('/');
  return (group === '*' || group === 'application') && (kind === '*' || answer === `application/${kind}`);
}

interface Served {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

async function serve(options: PlainPostsOptions, served: Served): Promise<void> {
  const { request, response, requestId } = served;
  const { operations, admission } = options;
  const headers = new NodeHeaders(request);
  const viewer = await admit(options, headers);
  const room = admission.body(callerOf(viewer));
  try {
    const body = await wholeBody(request, room);
    // The client broke off.
    if (body === undefined) return;
    const exchange: Exchange = {
      ...{ requestId, viewer, headers, signal: () => goneSignal(response) },
      // Empty: a client that has seen nothing yet.
      resumeAfter: headers.get('last-event-id') || undefined,
    };
    const outcome = await operations.run(readBodyParameters(body), exchange);
    if (outcome.kind === 'stream') sendStream(options, served, outcome);
    else write(options, served, answerOf(outcome, request.headers.accept));
  } finally {
    room.release();
  }
}

interface Answer {
  readonly status: number;
  /** Names and values, besides those that all answers have. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** As the server library writes a result. */
function answerOf(result: Result, accept: string | undefined): Answer {
  const type = answerType(accept);
  const isOurFault = result.data === undefined && result.errors.some(isFault);
  const { status, spec, headers = {} } = httpOf(result) ?? { status: isOurFault ? 500 : 200 };
  return {
    status: spec === true && type === 'application/json' ? 200 : status,
    headers: ['content-type', `${type}; charset=utf-8`, 'cache-control', 'no-store', ...Object.entries(headers).flat()],
    body: writeResult(result),
  };
}

function write(options: PlainPostsOptions, served: Served, { status, headers, body }: Answer): void {
  const { response } = served;
  if (response.destroyed) return;
  const length = String(Buffer.byteLength(body));
  // As text it goes out together with the headers in one write.
  response.writeHead(status, [...headers, 'content-length', length, ...commonHeaders(options, served)]).end(body);
}

const SECURITY = SECURITY_HEADERS.flat();

/** Names and values. */
const commonHeaders = ({ cors }: PlainPostsOptions, { request, requestId }: Served): string[] => [
  ...['x-request-id', requestId],
  ...SECURITY,
  ...corsHeaders(cors, request.headers.origin),
];

function sendStream(options: PlainPostsOptions, served: Served, stream: Stream): void {
  const { request, response } = served;
  const answer = acceptsEventStream(request.headers.accept)
    ? sseResponse(stream, { ...options, signal: goneSignal(response) })
    : notAcceptable();
  const common = [
    'cache-control',
    answer.headers.get('cache-control') ?? 'no-store',
    ...commonHeaders(options, served),
  ];
  for (let at = 0; at < common.length; at += 2) answer.headers.set(common[at] ?? '', common[at + 1] ?? '');
  // The stream ends with the connection, however that ends.
  Promise.resolve(sendNodeResponse(withReasonPhrase(answer), response, request, false)).catch(() => undefined);
}

/** The body; undefined where the client broke off. Rejects with an OverloadedError where there is no room for it. */
async function wholeBody(request: IncomingMessage, room: BodyRoom): Promise<Uint8Array | undefined> {
  return await new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    const take = (chunk: Uint8Array): void => {
      try {
        room.add(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        // The rest is of no use: it is let pass.
        request.off('data', take).resume();
        reject(error);
      }
    };
    request.on('data', take);
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.once('error', () => resolve(undefined));
    request.once('close', () => resolve(undefined));
  });
}

/** Aborts when the client disconnects before the answer. */
function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const leave = (): void => {
    if (!response.writableEnded) controller.abort();
  };
  if (response.destroyed) leave();
  else response.once('close', leave);
  return controller.signal;
}

/** Headers for `authenticate` and for trace propagation, made lazily. */
class NodeHeaders {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  get(name: string): string | null {
    const value = this.#request.headers[name];
    return typeof value === 'string' ? value : null;
  }

  keys(): Iterable<string> {
    return Object.keys(this.#request.headers);
  }

  get headers(): Headers {
    const headers = new Headers();
    for (const [name, value = ''] of Object.entries(this.#request.headers)) {
      for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each);
    }
    return headers;
  }
}
