import type { Outcome } from './check-outcomes.ts';
import type { UpvestConnection } from './connection.ts';
import { parseKeys } from './verify-keys.ts';
import {
  create,
  isOurs,
  missingCategories,
  outcomeOf,
  READ_SCOPE,
  readsOf,
  requestTest,
  send,
  type WantedWebhook,
  type Webhook,
  type WebhookFinding,
  WRITE_SCOPE,
  webhooksOf,
  whyNotRead,
  withClient,
} from './webhook-registration.ts';

/** A webhook as Upvest has it. */
export interface RegisteredWebhook {
  readonly id: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly types: readonly string[];
  readonly excludedTypes: readonly string[];
  /** Categories that the gateway works with and this webhook does not ask for. */
  readonly missingTypes: readonly string[];
  /** It calls this gateway, or was made by it. */
  readonly isOurs: boolean;
}

export interface WebhookStatus {
  /** Whether events arrive: as the doctor says it. */
  readonly outcome: Outcome;
  readonly webhooks: readonly RegisteredWebhook[];
  /** The keys that Upvest signs deliveries with. */
  readonly keys: readonly { readonly id: string; readonly curve: string }[];
}

/** All webhooks of the tenant and the keys of their deliveries. Writes nothing. */
export async function webhookStatus(
  connection: UpvestConnection,
  wanted: WantedWebhook,
): Promise<WebhookStatus | Outcome> {
  return await withClient(connection, READ_SCOPE, async (client) => {
    const found = await webhooksOf(client);
    if ('problem' in found) return found;
    try {
      const operation = { operation: 'upvest.verifyKeys' };
      const answer = (await readsOf(client).get('/auth/verify_keys', operation, {}, [])) ?? null;
      const keys = [...parseKeys(answer, undefined)].map(([id, key]) => {
        return { id, curve: key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? '' };
      });
      const none = {
        problem: 'unexpected-answer',
        message: 'Upvest shows no key that deliveries could be checked with',
      } as const;
      const outcome = keys.length === 0 ? none : outcomeOf(wanted, found);
      return { outcome, webhooks: found.map((each) => shown(each, wanted)), keys };
    } catch (error) {
      return whyNotRead(error);
    }
  });
}

const shown = (webhook: Webhook, wanted: WantedWebhook): RegisteredWebhook => ({
  id: webhook.id,
  url: webhook.url,
  enabled: webhook.enabled,
  types: webhook.type ?? ['ALL'],
  excludedTypes: webhook.exclude_type ?? [],
  missingTypes: missingCategories(webhook, wanted.categories),
  isOurs: isOurs(webhook, wanted),
});

/**
 * Replaces the webhook by a new one: creates and enables it and asks for a test delivery, and only then deletes those that
 * called this address or that a gateway had made before. For a moment both deliver; the gateway counts an event once. May be
 * run again: what was left over is deleted then.
 */
export async function rotateWebhook(
  connection: UpvestConnection,
  wanted: WantedWebhook,
): Promise<readonly WebhookFinding[]> {
  const findings = await withClient(connection, WRITE_SCOPE, async (client) => {
    const found = await webhooksOf(client);
    if ('problem' in found) return found;
    const created = await create(client, wanted);
    if ('problem' in created) return created;
    const tested = await requestTest(client, created.webhook);
    const replacement: WebhookFinding = { tried: 'webhook', problem: null, message: created.message };
    if (tested.problem !== null) return [replacement, tested];
    const old = found.filter((each) => isOurs(each, wanted));
    const deleted: WebhookFinding[] = [];
    for (const { id, url } of old) {
      const gone = await send(client, {
        method: 'DELETE',
        path: `/webhooks/${id}`,
        operation: 'upvest.webhooks.delete',
      });
      const done = { problem: null, message: `deleted ${id}, which called ${url}` };
      deleted.push({ tried: 'old webhook', ...('problem' in gone ? gone : done) });
    }
    return [replacement, tested, ...deleted];
  });
  return 'problem' in findings ? [{ tried: 'webhook', ...findings }] : findings;
}
