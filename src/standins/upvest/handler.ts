import { randomUUID } from 'node:crypto';
import { type Answer, type Exchange, header, Refusal } from '../server/exchange.ts';
import { createRouter } from '../server/router.ts';
import type { TokenAuth } from './auth.ts';
import type { Operation, UpvestContext } from './context.ts';
import { missing, problem, refusal } from './errors.ts';
import { instrumentOperations } from './instruments.ts';
import { orderOperations } from './orders.ts';
import { priceOperations } from './price-data.ts';
import { createRateLimit } from './rate-limit.ts';
import { readOperations } from './reads.ts';
import type { UpvestCredentials } from './server.ts';
import type { RequestVerifier } from './signature.ts';
import { valuationOperations } from './valuations.ts';
import { virtualCashOperations } from './virtual-cash.ts';
import type { WebhookKeys } from './webhook-keys.ts';
import { webhookOperations } from './webhook-operations.ts';
import type { WebhookDispatcher } from './webhooks.ts';
import { withdrawalOperations } from './withdrawals.ts';

export interface HandlerParts {
  readonly context: UpvestContext;
  readonly credentials: Pick<UpvestCredentials, 'clientId'>;
  readonly auth: TokenAuth;
  readonly verifier: RequestVerifier;
  readonly dispatcher: WebhookDispatcher;
  readonly webhookKeys: WebhookKeys;
}

const TOKEN_PATH = '/auth/token';
const IDEMPOTENCY_KEY =
  /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-5][0-9a-fA-F]{3}-?[089abAB][0-9a-fA-F]{3}-?[0-9a-fA-F]{12}$/;

/**
 * Checks each request in this order: client id, headers, signature, token and scope, idempotency key;
 * then calls the operation.
 */
export function createHandler(parts: HandlerParts): (exchange: Exchange) => Answer {
  const { context, auth, verifier, credentials } = parts;
  const limit = createRateLimit();
  const router = createRouter<Operation>([
    ...readOperations(context),
    ...withdrawalOperations(context),
    ...virtualCashOperations(context),
    ...instrumentOperations(context),
    ...orderOperations(context),
    ...valuationOperations(context),
    ...priceOperations(context),
    ...webhookOperations(context.clock, parts.dispatcher, parts.webhookKeys),
  ]);

  function answer(exchange: Exchange): Answer {
    const isToken = exchange.path === TOKEN_PATH;
    checkClient(exchange, credentials.clientId);
    if (!limit.allows(context.settings.requestsPerSecond, context.clock().getTime())) return tooMany(context);
    checkForm(exchange, isToken);
    verifier.verify(exchange, !isToken);
    if (isToken) return exchange.method === 'POST' ? auth.token(exchange) : problem(405, 'POST is expected');
    const found = router.find(exchange.method, exchange.path);
    if (found.kind === 'no-such-path') return problem(404, 'No such resource');
    if (found.kind === 'other-method') return problem(405, `${found.allowed.join(', ')} is expected`);
    const { scopes, needsKey, handle } = found.route.handler;
    auth.authorize(exchange, scopes);
    const work = (): Answer => handle(exchange, found.parameters);
    return needsKey ? once(context, exchange, work) : work();
  }

  return (exchange) => {
    try {
      return withRequestId(answer(exchange));
    } catch (error) {
      if (error instanceof Refusal) throw new Refusal(withRequestId(error.answer), error.message);
      throw error;
    }
  };
}

/** On every answer; support asks for both. */
export function withRequestId(answer: Answer): Answer {
  const id = randomUUID();
  return { ...answer, headers: { 'upvest-request-id': id, 'cf-ray': `${id.slice(0, 16)}-FRA`, ...answer.headers } };
}

function checkClient(exchange: Exchange, clientId: string): void {
  const given = header(exchange, 'upvest-client-id');
  if (given === undefined || given === '') throw missing('client_id');
  if (given !== clientId) throw refusal(401, 'Signature is incorrect', `unknown client id ${given}`);
}

function checkForm(exchange: Exchange, isToken: boolean): void {
  const accept = header(exchange, 'accept');
  if (accept !== 'application/json') throw refusal(406, 'Only application/json is served', `accept: ${accept}`);
  const version = header(exchange, 'upvest-api-version');
  if (version !== undefined && version !== '1') throw refusal(400, 'Unknown API version');
  // The length is signed, so it must be sent.
  if (header(exchange, 'transfer-encoding') !== undefined) throw refusal(400, 'A content-length is expected');
  if (exchange.body.length === 0 && exchange.method !== 'POST' && exchange.method !== 'PATCH') return;
  const type = header(exchange, 'content-type');
  const expected = isToken ? 'application/x-www-form-urlencoded' : 'application/json';
  if (exchange.body.length > 0 && type !== expected)
    throw refusal(400, 'unexpected request Content-Type', `content-type: ${type}`);
}

function once(context: UpvestContext, exchange: Exchange, work: () => Answer): Answer {
  const key = header(exchange, 'idempotency-key');
  if (key === undefined || key === '') throw missing('idempotency_key');
  if (!IDEMPOTENCY_KEY.test(key)) throw refusal(400, 'The idempotency key is not a UUID');
  return context.idempotent.once(key, `${exchange.method} ${exchange.path}`, exchange.body, work);
}

function tooMany({ settings }: UpvestContext): Answer {
  const answer = problem(429, 'Too many requests');
  return settings.sendRetryAfter ? { ...answer, headers: { ...answer.headers, 'retry-after': '1' } } : answer;
}
