import { callerOf, type Viewer } from '../domain/viewer.ts';
import { GatewayError, OverloadedError, RateLimitedError, UnauthenticatedError } from '../errors.ts';
import { describeError, type Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { requestIdOf, SECURITY_HEADERS } from './answer-headers.ts';
import type { Authenticate } from './authenticate.ts';
import { allowCrossOrigin, type CorsOptions } from './cors.ts';
import type { GraphiqlPage } from './graphiql.ts';
import { type Executed, GRAPHQL_PATH, type GraphqlServer } from './graphql-server.ts';
import { isNestedTooDeep } from './json-nesting.ts';
import { NOT_OUR_NAME } from './local-names.ts';
import { bodyRefusal } from './media-type.ts';
import type { CallerLimit } from './rate-limit.ts';
import { isUtf8Query } from './request-parameters.ts';
import { WEBHOOK_PATH, type WebhookEndpoint } from './webhooks.ts';

/** What `/readyz` says: whether to send traffic here, and what works less well. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not ready. */
  readonly reason?: string | undefined;
  /** Upstreams and buses that are out of reach; the gateway still answers what it can. */
  readonly degraded: readonly string[];
}

export interface HttpOptions {
  readonly graphql: GraphqlServer;
  readonly webhooks: WebhookEndpoint;
  readonly authenticate: Authenticate;
  /** Undefined: callers may ask as often as they like. */
  readonly rateLimit: CallerLimit | undefined;
  /** Whether the graph is served under this Host header. */
  readonly mayName: (host: string | undefined) => boolean;
  readonly readiness: () => Readiness | Promise<Readiness>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** GET /graphql with `Accept: text/html` shows it, to anybody; its queries need a token like all others. */
  readonly graphiql: GraphiqlPage | undefined;
  /** What all paths begin with: `` or `/bank`. */
  readonly basePath: string;
  readonly cors: CorsOptions;
}

export type Fetch = (request: Request) => Promise<Response>;

/** A request to the graph that somebody has begun to serve and hands over. */
export interface Begun {
  readonly requestId: string;
  /** Who makes it, where that has been found out and counted, or why that was not possible. */
  readonly caller: { readonly viewer: Viewer } | { readonly error: unknown };
  readonly executed?: Executed | undefined;
}

/** The gateway as one function from requests to responses, for any server that speaks fetch. */
export function createFetch(options: HttpOptions): (request: Request, begun?: Begun) => Promise<Response> {
  return async (request, begun) => {
    const requestId = begun?.requestId ?? requestIdOf(request.headers.get('x-request-id'));
    const response = await respond(options, request, { requestId, begun }).catch((error: unknown) =>
      request.signal.aborted ? CLIENT_GONE() : failure(options.logger, requestId, error),
    );
    finish(response, request, requestId, options.cors);
    return response;
  };
}

interface Exchange {
  readonly requestId: string;
  readonly begun: Begun | undefined;
}

async function respond(options: HttpOptions, request: Request, exchange: Exchange): Promise<Response> {
  const { requestId } = exchange;
  // A Host header may be anything.
  if (!URL.canParse(request.url, 'http://localhost'))
    return badRequest('The address or Host header is not valid.', requestId);
  const { pathname, search, searchParams } = new URL(request.url, 'http://localhost');
  if (request.method === 'OPTIONS' && request.headers.has('access-control-request-method')) {
    return new Response(null, { status: 204 });
  }
  switch (pathWithin(options.basePath, pathname)) {
    case GRAPHQL_PATH:
      if (!isUtf8Query(search)) return badRequest('The parameters are not UTF-8.', requestId);
      return hasReadableParameters(request, searchParams)
        ? await graphql(options, request, exchange)
        : badRequest('variables and extensions must be JSON.', requestId);
    case WEBHOOK_PATH:
      return await options.webhooks(request, requestId);
    case '/healthz':
      return json(200, { status: 'alive' });
    case '/readyz':
      return readiness(await options.readiness());
    case '/metrics':
      return new Response(await options.metrics.registry.metrics(), {
        headers: { 'content-type': options.metrics.registry.contentType },
      });
    default:
      return refusal(
        404,
        `There is nothing at this path; the graph is at ${options.basePath}${GRAPHQL_PATH}.`,
        'NOT_FOUND',
        requestId,
      );
  }
}

/** Undefined: outside of what is ours. */
const pathWithin = (basePath: string, pathname: string): string | undefined =>
  pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : undefined;

async function graphql(options: HttpOptions, request: Request, exchange: Exchange): Promise<Response> {
  const { requestId, begun } = exchange;
  if (!options.mayName(request.headers.get('host') ?? undefined)) {
    return refusal(403, NOT_OUR_NAME, 'FORBIDDEN', requestId);
  }
  const page = request.method === 'GET' && acceptsHtml(request) ? options.graphiql : undefined;
  if (page !== undefined) return await page.respond();
  // A form of another site can send neither this content type nor a header without asking first.
  const unread = request.method === 'POST' ? bodyRefusal(request.headers) : undefined;
  if (unread !== undefined) return refusal(415, unread.message, 'BAD_REQUEST', requestId, unread.headers);
  const viewer = await viewerOf(options, request, begun);
  const response = await options.graphql(request, {
    requestId,
    viewer,
    handover: { transport: 'http' },
    executed: begun?.executed,
    // Empty: a client that has seen nothing yet.
    resumeAfter: request.headers.get('last-event-id') || undefined,
  });
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  return response;
}

async function viewerOf(options: HttpOptions, request: Request, begun: Begun | undefined): Promise<Viewer> {
  if (begun === undefined) return await admit(options, request);
  if ('viewer' in begun.caller) return begun.caller.viewer;
  throw begun.caller.error;
}

/** Finds out who makes a request and counts it. Throws where nobody is known by it, or it is one too many. */
export async function admit(
  { authenticate, rateLimit }: Pick<HttpOptions, 'authenticate' | 'rateLimit'>,
  request: { readonly headers: Headers },
): Promise<Viewer> {
  const viewer = await authenticate(request);
  const counted = rateLimit?.take(callerOf(viewer));
  if (counted !== undefined) await counted;
  return viewer;
}

/** GraphQL over HTTP: in a GET these two are JSON in the query string. Yoga takes for granted that they can be read. */
function hasReadableParameters({ method }: Request, parameters: URLSearchParams): boolean {
  if (method !== 'GET') return true;
  return ['variables', 'extensions'].every((name) => {
    const text = parameters.get(name);
    return text === null || text === '' || (!isNestedTooDeep(text) && isJson(text));
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const acceptsHtml = (request: Request): boolean => request.headers.get('accept')?.includes('text/html') === true;

function readiness({ ready, reason, degraded }: Readiness): Response {
  return json(ready ? 200 : 503, {
    status: ready ? 'ready' : 'not ready',
    ...(reason === undefined ? {} : { reason }),
    degraded,
  });
}

/** Nobody reads it; the status is what nginx logs for this. */
const CLIENT_GONE = (): Response => new Response(null, { status: 499 });

function failure(logger: Logger, requestId: string, error: unknown): Response {
  if (error instanceof GatewayError) {
    const extensions = { code: error.code, retryable: error.retryable, requestId };
    const body = { errors: [{ message: error.message, extensions }] };
    if (error instanceof UnauthenticatedError) return json(401, body, { 'www-authenticate': 'Bearer' });
    if (error instanceof OverloadedError) return json(503, body, { 'retry-after': String(error.retryAfterSeconds) });
    if (error instanceof RateLimitedError) return json(429, body, { 'retry-after': String(error.retryAfterSeconds) });
    if (error.retryable) return json(503, body, { 'retry-after': '1' });
    return json(error.code === 'FORBIDDEN' ? 403 : 400, body);
  }
  logger.error({ requestId, err: describeError(error) }, 'a request failed on our side');
  const extensions = { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId };
  return json(500, { errors: [{ message: 'Something went wrong on our side.', extensions }] });
}

/** What is said of a request that GraphQL does not get to see. */
const refusal = (
  status: number,
  message: string,
  code: string,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Response => json(status, { errors: [{ message, extensions: { code, requestId } }] }, headers);

const badRequest = (message: string, requestId: string): Response => refusal(400, message, 'BAD_REQUEST', requestId);

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

function finish(response: Response, request: Request, requestId: string, cors: CorsOptions): void {
  const { headers } = response;
  headers.set('x-request-id', requestId);
  // The rest of a body that was too long is still on its way: this connection can't carry another request.
  if (response.status === 413) headers.set('connection', 'close');
  for (const [name, value] of SECURITY_HEADERS) if (!headers.has(name)) headers.set(name, value);
  allowCrossOrigin(headers, request, cors);
}
