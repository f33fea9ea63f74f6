/** Origins of pages that may call, and the headers that they may send. */
export interface CorsOptions {
  /** None by default, so that only pages of the gateway's own origin can. */
  readonly origins: readonly string[];
  /** Request headers besides {@link USUAL_HEADERS}. */
  readonly headers: readonly string[];
  /** Gets the origin of a page whose preflight is refused. */
  readonly onRefused?: ((origin: string | null) => void) | undefined;
}

/**
 * Headers that clients and browser monitoring send by themselves: a preflight with an unlisted header fails, and with
 * it the request. The gateway ignores them.
 */
const USUAL_HEADERS = [
  ...['accept', 'authorization', 'content-type', 'last-event-id', 'x-request-id', 'x-requested-with'],
  // Sentry, OpenTelemetry (W3C and B3), Datadog, New Relic, Elastic.
  ...['sentry-trace', 'baggage', 'traceparent', 'tracestate', 'b3', 'newrelic', 'elastic-apm-traceparent'],
  ...['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
  ...['x-datadog-trace-id', 'x-datadog-parent-id', 'x-datadog-origin', 'x-datadog-sampling-priority', 'x-datadog-tags'],
  // Apollo Client on the web and on phones, and the names that Hive and others read.
  ...['apollographql-client-name', 'apollographql-client-version', 'apollo-require-preflight'],
  ...['x-apollo-operation-id', 'x-apollo-operation-name', 'x-apollo-operation-type'],
  ...[
    'graphql-client-name',
    'graphql-client-version',
    'graphql-preflight',
    'x-graphql-client-name',
    'x-graphql-client-version',
  ],
];

/** Headers that a page may read: when to retry, the request id, the reason of a 401. */
const EXPOSED_HEADERS = 'x-request-id, retry-after, www-authenticate';

/** Names and values of what allows an origin to read an answer; empty where it may not. */
export function corsHeaders({ origins }: CorsOptions, origin: string | null | undefined): string[] {
  if (origin === null || origin === undefined || !origins.includes(origin)) return [];
  return ['access-control-allow-origin', origin, 'access-control-expose-headers', EXPOSED_HEADERS, 'vary', 'Origin'];
}

/** Adds them to an answer; where it answers a preflight, also what may be sent. */
export function allowCrossOrigin(headers: Headers, request: Request, options: CorsOptions): void {
  const allowed = corsHeaders(options, request.headers.get('origin'));
  for (let at = 0; at < allowed.length; at += 2) headers.append(allowed[at] ?? '', allowed[at + 1] ?? '');
  if (request.method !== 'OPTIONS') return;
  // Browsers send a preflight to other origins only.
  if (allowed.length === 0) {
    options.onRefused?.(request.headers.get('origin'));
    return;
  }
  headers.set('access-control-allow-methods', 'GET, POST');
  headers.set('access-control-allow-headers', [...USUAL_HEADERS, ...options.headers].join(', '));
  headers.set('access-control-max-age', '86400');
}
