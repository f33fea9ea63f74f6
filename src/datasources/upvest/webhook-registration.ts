import { z } from 'zod';
import { systemRuntime } from '../../domain/runtime.ts';
import { UpstreamInvalidAnswerError, UpstreamRefusedReadError } from '../../errors.ts';
import type { UpstreamClient, WireAnswer, WireRequest } from '../upstream/client.ts';
import { type Outcome, refusal, UNEXPECTED, unanswered, unavailable } from './check-outcomes.ts';
import { tryScopes } from './check-token.ts';
import { connectUpvest, type UpvestConnection } from './connection.ts';
import { UpvestReads } from './reads.ts';

/** Result of checking or changing the gateway's webhook. */
export interface WebhookFinding extends Outcome {
  readonly tried: 'webhook' | 'test delivery' | 'old webhook';
}

/** A webhook in Upvest's list: the fields that must be right for events to arrive. */
const webhookWire = z.object({
  id: z.string().min(1),
  title: z.string().nullish(),
  url: z.string(),
  enabled: z.boolean().catch(false),
  type: z.array(z.string()).nullish(),
  exclude_type: z.array(z.string()).nullish(),
});
export type Webhook = z.infer<typeof webhookWire>;

export const READ_SCOPE = 'webhooks:read';
export const WRITE_SCOPE = 'webhooks:admin';
/** Upvest's longest package of events, and its shortest wait for more. */
const CONFIG = { delay: '1s', max_package_size: 1_048_576 };
const TITLE = 'invest-gateway';

/** The webhook that the gateway needs. */
export interface WantedWebhook {
  /** The address that Upvest has to call. */
  readonly url: string;
  /** Categories of events that it must be subscribed to. */
  readonly categories: readonly string[];
}

/** Whether the webhook that is needed is there. Writes nothing. */
export async function checkWebhook(connection: UpvestConnection, wanted: WantedWebhook): Promise<WebhookFinding> {
  const outcome = await withClient(connection, READ_SCOPE, async (client) => {
    const found = await webhooksOf(client);
    return 'problem' in found ? found : outcomeOf(wanted, found);
  });
  return { tried: 'webhook', ...outcome };
}

/**
 * Registers an address at Upvest: creates a missing webhook, enables it (new ones are disabled), subscribes it to all
 * events, and requests a test delivery. Reads first, so it is idempotent.
 */
export async function registerWebhook(
  connection: UpvestConnection,
  wanted: WantedWebhook,
): Promise<readonly WebhookFinding[]> {
  const findings = await withClient(connection, WRITE_SCOPE, async (client) => {
    const found = await webhooksOf(client);
    return 'problem' in found ? found : await registered(client, wanted, found);
  });
  return 'problem' in findings ? [{ tried: 'webhook', ...findings }] : findings;
}

async function registered(
  client: UpstreamClient,
  wanted: WantedWebhook,
  found: readonly Webhook[],
): Promise<readonly WebhookFinding[] | Outcome> {
  const mended = await mend(client, wanted, found);
  if ('problem' in mended) return mended;
  return [{ tried: 'webhook', problem: null, message: mended.message }, await requestTest(client, mended.webhook)];
}

export async function requestTest(client: UpstreamClient, { id }: Webhook): Promise<WebhookFinding> {
  const path = `/webhooks/${id}/test`;
  const tested = await send(client, { method: 'POST', path, operation: 'upvest.webhooks.test' });
  const asked = { problem: null, message: 'asked for; the gateway has to run to take it' };
  return { tried: 'test delivery', ...('problem' in tested ? tested : asked) };
}

/** Work with a token of one scope; the outcome of the token where it is not granted. */
export async function withClient<T>(
  connection: UpvestConnection,
  scope: string,
  work: (client: UpstreamClient) => Promise<T>,
): Promise<T | Outcome> {
  const scopes = { ...connection.scopes, webhooks: scope };
  const { client, authClient, close } = connectUpvest({ ...connection, scopes, readAttempts: 1 });
  try {
    const token = await tryScopes(authClient, connection, scope);
    return token.problem === null ? await work(client) : token;
  } finally {
    await close();
  }
}

export async function webhooksOf(client: UpstreamClient): Promise<readonly Webhook[] | Outcome> {
  const list = {
    resource: 'webhook',
    operation: 'upvest.webhooks',
    schema: webhookWire,
    keyOf: ({ id }: Webhook) => id,
  } as const;
  try {
    return (await readsOf(client).all('/webhooks', list, {}))?.rows ?? [];
  } catch (error) {
    return whyNotRead(error);
  }
}

export const readsOf = (client: UpstreamClient): UpvestReads =>
  new UpvestReads(client, { runtime: systemRuntime, deadlineMs: 10_000 });

export function whyNotRead(error: unknown): Outcome {
  if (error instanceof UpstreamRefusedReadError && error.status === 403) return notGranted(READ_SCOPE);
  if (error instanceof UpstreamRefusedReadError || error instanceof UpstreamInvalidAnswerError) return UNEXPECTED;
  return unavailable(error);
}

const notGranted = (scope: string): Outcome => ({
  problem: 'missing-scope',
  message: `Upvest does not grant what was asked for: ${scope}`,
});

export function outcomeOf({ url, categories }: WantedWebhook, all: readonly Webhook[]): Outcome {
  const mine = ours(url, all);
  if (mine === undefined) {
    const hosts = [...new Set(all.map((each) => hostOf(each.url)))].join(', ');
    const others = all.length === 0 ? '' : ` (those that there are call ${hosts})`;
    return { problem: 'webhook-missing', message: `no webhook calls ${url}${others}` };
  }
  if (!mine.enabled) return { problem: 'webhook-disabled', message: `the one that calls ${url} is disabled` };
  const missing = missingCategories(mine, categories);
  return missing.length === 0
    ? { problem: null, message: `enabled, calls ${url}` }
    : {
        problem: 'webhook-incomplete',
        message: `the one that calls ${url} is not subscribed to ${missing.join(' ')}`,
      };
}

/** The webhook that calls an address: an enabled one before others. */
function ours(url: string, all: readonly Webhook[]): Webhook | undefined {
  const mine = all.filter((each) => calls(each, url));
  return mine.find(({ enabled }) => enabled) ?? mine[0];
}

const calls = (webhook: Webhook, url: string): boolean =>
  URL.canParse(webhook.url) && new URL(webhook.url).href === new URL(url).href;

/** Whether it calls the address, or was made by a gateway. */
export const isOurs = (webhook: Webhook, { url }: WantedWebhook): boolean =>
  calls(webhook, url) || webhook.title === TITLE;

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'no address');

export function missingCategories(
  { type, exclude_type: excluded }: Webhook,
  wanted: readonly string[],
): readonly string[] {
  const subscribed = type ?? ['ALL'];
  return wanted.filter(
    (category) =>
      !(subscribed.includes('ALL') || subscribed.includes(category)) || excluded?.includes(category) === true,
  );
}

type Mended = { readonly webhook: Webhook; readonly message: string };

async function mend(client: UpstreamClient, wanted: WantedWebhook, all: readonly Webhook[]): Promise<Mended | Outcome> {
  const { url, categories } = wanted;
  const mine = ours(url, all);
  if (mine === undefined) return await create(client, wanted);
  if (outcomeOf(wanted, all).problem === null) return { webhook: mine, message: `enabled already, calls ${url}` };
  return await change(client, mine, categories, `enabled, calls ${url}`);
}

export async function create(client: UpstreamClient, { url, categories }: WantedWebhook): Promise<Mended | Outcome> {
  const body = { title: TITLE, url, type: ['ALL'], config: CONFIG };
  const created = await send(client, { method: 'POST', path: '/webhooks', operation: 'upvest.webhooks.create', body });
  if ('problem' in created) return created;
  const webhook = webhookIn(created);
  if (webhook === undefined) return UNEXPECTED;
  return await change(client, webhook, categories, `created and enabled, calls ${url}`);
}

/** Changes only what differs. */
async function change(
  client: UpstreamClient,
  webhook: Webhook,
  categories: readonly string[],
  message: string,
): Promise<Mended | Outcome> {
  const isIncomplete = missingCategories(webhook, categories).length > 0;
  const body = {
    enabled: true,
    ...(isIncomplete ? { type: ['ALL'] } : {}),
    ...(isIncomplete && (webhook.exclude_type ?? []).length > 0 ? { exclude_type: [] } : {}),
  };
  const path = `/webhooks/${webhook.id}`;
  const changed = await send(client, { method: 'PATCH', path, operation: 'upvest.webhooks.change', body });
  if ('problem' in changed) return changed;
  const after = webhookIn(changed);
  return after?.enabled === true ? { webhook: after, message } : UNEXPECTED;
}

interface Sending extends Pick<WireRequest, 'method' | 'path' | 'operation'> {
  readonly body?: object;
}

export async function send(client: UpstreamClient, { body, ...call }: Sending): Promise<WireAnswer | Outcome> {
  const content =
    body === undefined
      ? { headers: {} }
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const attempt = await client.write({ ...call, ...content });
  if (attempt.kind !== 'answered') return unanswered(attempt);
  const { answer } = attempt;
  if (answer.ok) return answer;
  // An address that it does not take is refused with one of these; so is a body that is wrong, and ours is not.
  if (answer.status === 400 || answer.status === 422) return NOT_TAKEN;
  return refusal(answer, WRITE_SCOPE);
}

const NOT_TAKEN: Outcome = {
  problem: 'webhook-refused',
  message: 'Upvest does not take this address: it has to be https with a DNS name, on TLS 1.2 or newer',
};

function webhookIn(answer: WireAnswer): Webhook | undefined {
  try {
    return webhookWire.safeParse(answer.json()).data;
  } catch {
    return undefined;
  }
}
