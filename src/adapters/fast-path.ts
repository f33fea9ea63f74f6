import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeUtf8 } from '../domain/utf8.ts';
import { callerOf, type Viewer } from '../domain/viewer.ts';
import type { Admission, BodyRoom } from '../operations/admission.ts';
import { spendOn } from '../operations/limits.ts';
import { allErrors } from '../operations/partial.ts';
import type { PlainQueries, PlainQuery } from '../operations/plain-queries.ts';
import type { RequestContext } from '../resolvers/context.ts';
import type { Lookups } from '../resolvers/lookups.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Tracing } from '../telemetry/tracing.ts';
import { requestIdOf, SECURITY_HEADERS } from './answer-headers.ts';
import { corsHeaders } from './cors.ts';
import { admit, type Begun, type HttpOptions } from './http.ts';
import { isNestedTooDeep } from './json-nesting.ts';
import { rememberingLast } from './remembering-last.ts';
import { mayHaveLoneSurrogate } from './request-parameters.ts';

/*
 * Queries that clients send all day, served without a Request, a Response and the server library, which together cost
 * several times what such a query does. Who asks, how often, how much is under way and what is measured is the same here
 * as there; and whatever is not plainly in order, or has an error in its answer, is handed over to be answered there.
 */

export interface FastPathOptions extends Pick<HttpOptions, 'authenticate' | 'rateLimit' | 'cors'> {
  /** Where the graph is served. */
  readonly path: string;
  readonly queries: PlainQueries;
  readonly newContext: (exchange: { readonly requestId: string; readonly viewer: Viewer }) => RequestContext;
  readonly admission: Admission;
  readonly lookups: Pick<Lookups, 'admit'>;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** Takes nothing: for the bench. */
  readonly off: boolean;
}

/** A request to be served by the way for all others, and what has been read of it. */
export interface HandedOver extends Begun {
  readonly body: Uint8Array | undefined;
}

export interface FastPath {
  /** False where the request is not one to try: nothing was done with it. */
  takes(request: IncomingMessage): boolean;
  /** Answers the request, or says how far it came. Never rejects. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<HandedOver | undefined>;
}

/** Longer ones are rare, and not plain. */
const MAX_BODY_BYTES = 64 * 1024;

export function createFastPath(options: FastPathOptions): FastPath {
  return {
    takes: (request) => !options.off && pathOf(request) === options.path && isPlain(request),
    serve: async (request, response) => await serve(options, request, response),
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

/** Of what else a Host header may be, the way for all others says whether it is one. */
const isHost = rememberingLast(
  (host: string | undefined): boolean =>
    host !== undefined && /^[a-z0-9.-]+(:\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}/`),
);

async function serve(
  options: FastPathOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HandedOver | undefined> {
  const given = request.headers['x-request-id'];
  const requestId = requestIdOf(typeof given === 'string' ? given : undefined);
  try {
    const viewer = await admit(options, new NodeHeaders(request));
    const caller = callerOf(viewer);
    options.lookups.admit(caller, viewer);
    const room = options.admission.body(caller);
    try {
      const body = await wholeBody(request, room);
      if (body === undefined) return undefined;
      return await options.admission.run(caller, () => answer(options, { requestId, viewer, body }, request, response));
    } finally {
      room.release();
    }
  } catch (error) {
    return { requestId, caller: { error }, body: undefined };
  }
}

interface Exchange {
  readonly requestId: string;
  readonly viewer: Viewer;
  readonly body: Uint8Array;
}

async function answer(
  options: FastPathOptions,
  { requestId, viewer, body }: Exchange,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HandedOver | undefined> {
  const begun: HandedOver = { requestId, caller: { viewer }, body };
  const context = options.newContext({ requestId, viewer });
  const query = findQuery(options.queries, body, context);
  if (query === undefined) return begun;
  spendOn(options.rateLimit, viewer, query.cost);
  context.patience.endWith(() => goneSignal(response));
  const startedAt = performance.now();
  const result = await options.tracing.incoming(
    { name: 'graphql', headers: new NodeHeaders(request), attributes: { 'gateway.request_id': requestId } },
    async (span) => {
      const { data, errors: thrown } = await options.queries.execute(query, context);
      const errors = allErrors(thrown, context);
      const name = query.plan.operation.name?.value;
      Tracing.describe(span, { type: 'query', name, errors: errors.length });
      return { data, errors };
    },
    () => ({ ok: true }),
  );
  if (result.errors.length > 0) {
    return { ...begun, executed: { result: { errors: result.errors, data: JSON.parse(result.data) }, startedAt } };
  }
  options.metrics.request('query', 'ok', (performance.now() - startedAt) / 1000);
  if (!response.destroyed) send(response, result.data, headersOf(options, request, requestId));
  return undefined;
}

function findQuery(queries: PlainQueries, body: Uint8Array, context: RequestContext): PlainQuery | undefined {
  const text = decodeUtf8(body);
  if (text === undefined || mayHaveLoneSurrogate(text) || isNestedTooDeep(text)) return undefined;
  try {
    return queries.find(JSON.parse(text), context);
  } catch {
    // No JSON, or a limit that can't be computed: whoever takes over says so.
    return undefined;
  }
}

function send(response: ServerResponse, data: string, [type, ...others]: readonly string[]): void {
  // As text it goes out together with the headers in one write.
  const body = `{"data":${data}}`;
  const headers = ['content-type', type ?? '', 'content-length', String(Buffer.byteLength(body)), ...others];
  response.writeHead(200, headers).end(body);
}

const SECURITY = SECURITY_HEADERS.flat();

/** The content type, then names and values of all others. */
function headersOf({ cors }: FastPathOptions, { headers }: IncomingMessage, requestId: string): string[] {
  const type = `${answerType(headers.accept)}; charset=utf-8`;
  return [
    type,
    'cache-control',
    'no-store',
    'x-request-id',
    requestId,
    ...SECURITY,
    ...corsHeaders(cors, headers.origin),
  ];
}

/** What the server library can answer with, in its order of preference where a range allows both. */
const ANSWER_TYPES = ['application/json', 'application/graphql-response+json'];

/** What an `Accept` makes the server library answer with: its first range that fits decides. Undefined where none does. */
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

/** Fires when the client goes away before it has its answer. */
function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const leave = (): void => {
    if (!response.writableEnded) controller.abort();
  };
  if (response.destroyed) leave();
  else response.once('close', leave);
  return controller.signal;
}

/** What `authenticate` is given, made only where it is looked at; and what a trace is found in. */
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
