import { randomUUID } from 'node:crypto';
import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { type Clock, upvestTime } from '../values/clock.ts';
import { NumberText } from '../values/json.ts';
import { type Check, flag, listOf, matching, object, oneOf, text, type ValueOf } from '../values/shape.ts';
import { bodyOf, type Operation, operation } from './context.ts';
import { refusal } from './errors.ts';
import { pageAnswer } from './paging.ts';
import { known } from './reads.ts';
import type { WebhookKeys } from './webhook-keys.ts';
import type { Webhook, WebhookDispatcher } from './webhooks.ts';

const READ = ['webhooks:read', 'webhooks:admin'];
const ADMIN = ['webhooks:admin'];

const CATEGORIES = (
  'ALL BUSINESS ROLE USER USER_CHECK ORDER ORDER_CANCELLATION EXECUTION POSITION CASH_BALANCE ACCOUNT ACCOUNT_GROUP ' +
  'INSTRUMENT REPORT TREASURY_REPORT DIRECT_DEBIT WITHDRAWAL PORTFOLIO PORTFOLIO_ALLOCATION PORTFOLIO_ORDER ' +
  'CORPORATE_ACTION ACCOUNT_VALUATION INTRADAY_ACCOUNT_VALUATION CASH_TRANSACTION SECURITY_TRANSACTION ' +
  'ACCOUNT_LIQUIDATION ACCOUNT_RETURNS VIRTUAL_CASH_INCREASE VIRTUAL_CASH_DECREASE FEE_COLLECTION SAVINGS_PLAN ' +
  'SAVINGS_PLAN_EXECUTION REBALANCING_EXECUTION_ORDER TAX_EXEMPTION TAX_COLLECTION ISA_WRAPPER ISA_WRAPPER_ALLOWANCE ' +
  'CREDIT_FUNDING VIRTUAL_BANK_ACCOUNT SECURITIES_TRANSFER ACCOUNT_TRANSFER TOPUP ISA_TRANSFER'
).split(' ');

const packageSize: Check<number> = (given, loc) => {
  const value = given instanceof NumberText ? Number(given.text) : Number.NaN;
  if (value >= 100 && value <= 1_048_576) return { value };
  return { problems: [{ loc, msg: 'must be between 100 and 1048576', type: 'value_error' }] };
};

const FIELDS = {
  title: matching(/^[a-zA-Z0-9 ()[\]{}.-]{1,32}$/),
  url: text(1000),
  type: listOf(oneOf(...CATEGORIES), 1),
  exclude_type: listOf(oneOf(...CATEGORIES)),
  config: object({
    delay: matching(/^([1-9]|[12][0-9]|30)s$/),
    max_package_size: packageSize,
  }),
};
const CREATION = object(FIELDS, ['title', 'url']);
const PATCH = object({ ...FIELDS, enabled: flag });

export function webhookOperations(
  clock: Clock,
  dispatcher: WebhookDispatcher,
  keys: WebhookKeys,
): readonly Route<Operation>[] {
  const { webhooks } = dispatcher;
  return [
    operation('GET /auth/verify_keys', READ, () => ({ status: 200, body: keys.asJwks() })),
    operation('GET /webhooks', READ, (exchange) =>
      pageAnswer(exchange, webhooks.all(), ['created_at', 'updated_at', 'title', 'url', 'enabled']),
    ),
    operation('GET /webhooks/:id', READ, (_, { id = '' }) => ({ status: 200, body: known(webhooks, 'Webhook', id) })),
    operation('POST /webhooks', ADMIN, (exchange) => create(clock, dispatcher, exchange)),
    operation('PATCH /webhooks/:id', ADMIN, (exchange, { id = '' }) => patch(clock, dispatcher, exchange, id)),
    operation('DELETE /webhooks/:id', ADMIN, (_, { id = '' }) => {
      known(webhooks, 'Webhook', id);
      webhooks.remove(id);
      dispatcher.drop(id);
      return { status: 204 };
    }),
    operation('POST /webhooks/:id/test', ADMIN, (_, { id = '' }) => {
      known(webhooks, 'Webhook', id);
      dispatcher.emit('WEBHOOK.TEST', { id }, id);
      return { status: 202 };
    }),
  ];
}

const DEFAULT_CONFIG = { delay: '5s', max_package_size: 10240 };

/** A new webhook, disabled as the vendor makes it. */
export function newWebhook(clock: Clock, url: string, given: Partial<Webhook> = {}): Webhook {
  const now = upvestTime(clock());
  return {
    id: randomUUID(),
    created_at: now,
    updated_at: now,
    title: 'Webhook',
    url,
    type: ['ALL'],
    enabled: false,
    config: DEFAULT_CONFIG,
    ...given,
  };
}

function create(clock: Clock, { webhooks }: WebhookDispatcher, exchange: Exchange): Answer {
  const body = bodyOf(exchange, CREATION);
  refuseUrl(body.url);
  return { status: 201, body: webhooks.put(newWebhook(clock, body.url, webhookFields(body))) };
}

function patch(clock: Clock, dispatcher: WebhookDispatcher, exchange: Exchange, id: string): Answer {
  const { webhooks } = dispatcher;
  const before = known(webhooks, 'Webhook', id);
  const given = webhookFields(bodyOf(exchange, PATCH));
  if (given.url !== undefined) refuseUrl(given.url);
  const after = webhooks.put({ ...before, ...given, updated_at: upvestTime(clock()) });
  dispatcher.kick(id);
  return { status: 200, body: after };
}

function webhookFields({ config, ...rest }: ValueOf<typeof PATCH>): Partial<Webhook> {
  return config === undefined ? rest : { ...rest, config: { ...DEFAULT_CONFIG, ...config } };
}

/** https and a DNS name, as the guide demands; loopback addresses are allowed, for local use. */
function refuseUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) return;
  const named = url?.protocol === 'https:' && !/^[\d.]+$|^\[/.test(url.hostname);
  if (!named) throw refusal(400, 'url must be https and have a DNS name');
}
