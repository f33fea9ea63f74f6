import type { Reception, WebhookReceiver } from '../ingest/webhook.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { BodyError } from './body.ts';
import { MAX_WEBHOOK_BYTES, type WebhookBodies } from './webhook-bodies.ts';

/** Where Upvest's webhooks come in. */
export const WEBHOOK_PATH = '/webhooks/upvest';

export interface WebhookEndpointOptions {
  readonly receive: WebhookReceiver;
  readonly bodies: WebhookBodies;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

export type WebhookEndpoint = (request: Request, requestId: string) => Promise<Response>;

/**
 * `POST /webhooks/upvest`: 200 once all events are on disk; 401 for a delivery without a valid signature, mostly before
 * its body is read; 413 above 8 MiB, 408 for a body that comes too slowly. After a failure (503) Upvest delivers again;
 * see `failure` in http.ts.
 */
export function createWebhookEndpoint(options: WebhookEndpointOptions): WebhookEndpoint {
  return (request, requestId) =>
    options.tracing.incoming(
      { name: 'webhook upvest', headers: request.headers, attributes: { 'gateway.request_id': requestId } },
      () => take(options, request, requestId),
      ({ status }) => ({ ok: status < 400, attributes: { 'http.response.status_code': status } }),
    );
}

async function take(
  { receive, bodies, logger, metrics }: WebhookEndpointOptions,
  request: Request,
  requestId: string,
): Promise<Response> {
  if (request.method !== 'POST') return answer(405, 'Webhooks come by POST.', { allow: 'POST' });
  if (Number(request.headers.get('content-length') ?? '0') > MAX_WEBHOOK_BYTES) {
    return answer(413, 'The body is larger than 8 MiB.');
  }
  const { pathname, host } = new URL(request.url, 'http://localhost');
  const head = {
    method: request.method,
    path: pathname,
    query: queryOf(request.url),
    // Servers that speak fetch, and HTTP/2, may tell the host by the address only.
    headers: { host, ...Object.fromEntries(request.headers) },
  };
  const startedAt = performance.now();
  try {
    const reception = await bodies.holding(request, (readBody) => receive(head, readBody));
    metrics.webhook(outcomeOf(reception), (performance.now() - startedAt) / 1000);
    if (reception.kind === 'accepted') return answer(200);
    logger.warn({ requestId, verdict: reception.verdict, ...hintFor(reception.verdict) }, 'a webhook was refused');
    return answer(401, 'The signature does not hold.');
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    return answer(error.status, error.message);
  }
}

/** Byte for byte as it came, since signatures cover it: a URL would write some characters in another way. */
function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at).replace(/#.*$/, '');
}

/** The commonest reason why what Upvest has signed does not hold here. */
const hintFor = (verdict: Extract<Reception, { kind: 'refused' }>['verdict']): { readonly hint?: string } =>
  verdict.kind === 'tampered' && verdict.detail === 'signature'
    ? { hint: 'if it is a true one, set PUBLIC_URL: a proxy in front changes host or path' }
    : {};

const outcomeOf = (reception: Reception): string =>
  reception.kind === 'accepted' ? 'accepted' : reception.verdict.kind;

/** Upvest reads the status only. */
function answer(status: number, message?: string, headers: Record<string, string> = {}): Response {
  const body = message === undefined ? {} : { errors: [{ message }] };
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}
