import type { Reception, WebhookReceiver } from '../ingest/webhook.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { readBody } from './body.ts';

/** Where Upvest's webhooks come in. */
export const WEBHOOK_PATH = '/webhooks/upvest';
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface WebhookEndpointOptions {
  readonly receive: WebhookReceiver;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

export type WebhookEndpoint = (request: Request, requestId: string) => Promise<Response>;

/**
 * `POST /webhooks/upvest`: 200 once all its events are on disk, 401 for what is not Upvest's, 413 above 8 MiB. What
 * comes of trouble here (503) is delivered again by Upvest; see `failure` in http.ts.
 */
export function createWebhookEndpoint(options: WebhookEndpointOptions): WebhookEndpoint {
  const take = taking(options);
  return (request, requestId) =>
    options.tracing.incoming(
      { name: 'webhook upvest', headers: request.headers, attributes: { 'gateway.request_id': requestId } },
      () => take(request, requestId),
      ({ status }) => ({ ok: status < 400, attributes: { 'http.response.status_code': status } }),
    );
}

function taking({ receive, logger, metrics }: WebhookEndpointOptions): WebhookEndpoint {
  return async (request, requestId) => {
    if (request.method !== 'POST') return answer(405, 'Webhooks come by POST.', { allow: 'POST' });
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) return answer(413, 'The body is larger than 8 MiB.');
    const { pathname, search } = new URL(request.url, 'http://localhost');
    const startedAt = performance.now();
    const reception = await receive({
      method: request.method,
      path: pathname,
      query: search,
      headers: Object.fromEntries(request.headers),
      body,
    });
    metrics.webhook(outcomeOf(reception), (performance.now() - startedAt) / 1000);
    if (reception.kind === 'accepted') return answer(200);
    const { verdict } = reception;
    logger.warn({ requestId, verdict }, 'a webhook was refused');
    return answer(401, 'The signature does not hold.');
  };
}

const outcomeOf = (reception: Reception): string =>
  reception.kind === 'accepted' ? 'accepted' : reception.verdict.kind;

/** Upvest reads the status only. */
function answer(status: number, message?: string, headers: Record<string, string> = {}): Response {
  const body = message === undefined ? {} : { errors: [{ message }] };
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}
