import { type AdmitOptions, admit } from '../callers/admit.ts';
import { NOT_OUR_NAME } from '../callers/local-names.ts';
import { GatewayError, OverloadedError, RateLimitedError, UnauthenticatedError } from '../errors.ts';
import { describeError, type Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { requestIdOf, SECURITY_HEADERS } from './answer-headers.ts';
import { BodyError } from './body.ts';
import { allowCrossOrigin, type CorsOptions } from './cors.ts';
import type { GraphiqlPage } from './graphiql.ts';
import { GRAPHQL_PATH, type GraphqlHttp } from './graphql-http.ts';
import { isUtf8Query } from './graphql-parameters.ts';
import { bodyRefusal } from './media-type.ts';
import { WEBHOOK_PATH, type WebhookEndpoint } from './webhooks.ts';

/** Answer of `/readyz`: whether to send traffic here, and what is degraded. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not ready. */
  readonly reason?: string | undefined;
  /** Upstreams and buses that are out of reach; the gateway still answers what it can. */
  readonly degraded: readonly string[];
}

export interface HttpOptions extends AdmitOptions {
  readonly graphql: GraphqlHttp;
  readonly webhooks: WebhookEndpoint;
  /** Whether the graph is served under this Host header. */
  readonly mayName: (host: string | undefined) => boolean;
  readonly readiness: () => Readiness | Promise<Readiness>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** GET /graphql with `Accept: text/html` shows it, to anybody; its queries need a token like all others. */
  readonly graphiql: GraphiqlPage | undefined;
  /** Prefix of all paths: `` or `/bank`. */
  readonly basePath: string;
  readonly cors: CorsOptions;
}

export type Fetch = (request: Request) => Promise<Response>;

/** The gateway as one function from requests to responses, for any server that speaks fetch. */
export function createFetch(options: HttpOptions): Fetch {
  return async (request) => {
    const requestId = requestIdOf(request.headers.get('x-request-id'));
    const response = await respond(options, request, requestId).catch((error: unknown) =>
      request.signal.aborted ? CLIENT_GONE() : responseOf(failure(options.logger, requestId, error)),
    );
    finish(response, request, requestId, options.cors);
    return response;
  };
}

async function respond(options: HttpOptions, request: Request, requestId: string): Promise<Response> {
  // A Host header may be anything.
  if (!URL.canParse(request.url, 'http://localhost'))
    return badRequest('The address or Host header is not valid.', requestId);
  const { pathname, search } = new URL(request.url, 'http://localhost');
  if (request.method === 'OPTIONS' && request.headers.has('access-control-request-method')) {
    return new Response(null, { status: 204 });
  }
  switch (pathWithin(options.basePath, pathname)) {
    case GRAPHQL_PATH:
      if (!isUtf8Query(search)) return badRequest('The parameters are not UTF-8.', requestId);
      return await graphql(options, request, requestId);
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

/** Undefined for a path of the host. */
const pathWithin = (basePath: string, pathname: string): string | undefined =>
  pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : undefined;

async function graphql(options: HttpOptions, request: Request, requestId: string): Promise<Response> {
  const { method, headers, signal } = request;
  if (!options.mayName(headers.get('host') ?? undefined)) {
    return refusal(403, NOT_OUR_NAME, 'FORBIDDEN', requestId);
  }
  const page = method === 'GET' && acceptsHtml(request) ? options.graphiql : undefined;
  if (page !== undefined) return await page.respond();
  // A form of another site can send neither this content type nor a header without asking first.
  const unread = method === 'POST' ? bodyRefusal(headers) : undefined;
  if (unread !== undefined) return refusal(415, unread.message, 'BAD_REQUEST', requestId, unread.headers);
  const viewer = await admit(options, request);
  if (method !== 'GET' && method !== 'POST') {
    return refusal(405, 'GraphQL only supports GET and POST requests.', 'BAD_REQUEST', requestId, {
      allow: 'GET, POST',
    });
  }
  const response = await options.graphql(request, {
    ...{ requestId, viewer, headers, onlyReads: method === 'GET', signal: () => signal },
    // Empty: a client that has seen nothing yet.
    resumeAfter: headers.get('last-event-id') || undefined,
  });
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  return response;
}

const acceptsHtml = (request: Request): boolean => request.headers.get('accept')?.includes('text/html') === true;

function readiness({ ready, reason, degraded }: Readiness): Response {
  return json(ready ? 200 : 503, {
    status: ready ? 'ready' : 'not ready',
    ...(reason === undefined ? {} : { reason }),
    degraded,
  });
}

/** The client is gone; nginx logs this status. */
const CLIENT_GONE = (): Response => new Response(null, { status: 499 });

/** An answer to what could not be served. */
export interface Failure {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answer after an exception. */
export function failure(logger: Logger, requestId: string, error: unknown): Failure {
  if (error instanceof GatewayError) {
    const { message, code, retryable } = error;
    const [status, headers] = statusOf(error);
    return failed(status, { message, extensions: { code, retryable, requestId } }, headers);
  }
  if (error instanceof BodyError) {
    return failed(error.status, { message: error.message, extensions: { code: 'BAD_REQUEST', requestId } });
  }
  logger.error({ requestId, err: describeError(error) }, 'a request failed on our side');
  const extensions = { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId };
  return failed(500, { message: 'Internal error of the gateway.', extensions });
}

function statusOf(error: GatewayError): readonly [status: number, headers?: Readonly<Record<string, string>>] {
  if (error instanceof UnauthenticatedError) return [401, { 'www-authenticate': 'Bearer' }];
  if (error instanceof OverloadedError) return [503, { 'retry-after': String(error.retryAfterSeconds) }];
  if (error instanceof RateLimitedError) return [429, { 'retry-after': String(error.retryAfterSeconds) }];
  if (error.retryable) return [503, { 'retry-after': '1' }];
  return [error.code === 'FORBIDDEN' ? 403 : 400];
}

const failed = (status: number, error: object, headers: Readonly<Record<string, string>> = {}): Failure => ({
  status,
  body: JSON.stringify({ errors: [error] }),
  headers: { 'content-type': 'application/json', ...headers },
});

const responseOf = ({ status, body, headers }: Failure): Response => new Response(body, { status, headers });

/** Answer to a request that does not reach GraphQL. */
const refusal = (
  status: number,
  message: string,
  code: string,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Response => responseOf(failed(status, { message, extensions: { code, requestId } }, headers));

const badRequest = (message: string, requestId: string): Response => refusal(400, message, 'BAD_REQUEST', requestId);

const json = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

function finish(response: Response, request: Request, requestId: string, cors: CorsOptions): void {
  const { headers } = response;
  headers.set('x-request-id', requestId);
  // The rest of a body that was too long is still on its way: this connection can't carry another request.
  if (response.status === 413) headers.set('connection', 'close');
  for (const [name, value] of SECURITY_HEADERS) if (!headers.has(name)) headers.set(name, value);
  allowCrossOrigin(headers, request, cors);
}
