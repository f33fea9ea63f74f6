import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../values/clock.ts';
import { upvestTime } from '../values/clock.ts';
import { Collection } from '../values/collection.ts';
import { type JsonObject, writeJson } from '../values/json.ts';
import { postOnce, retryWaitSeconds } from './delivery.ts';
import type { UpvestSettings } from './settings.ts';
import { signWebhook } from './signature.ts';
import type { WebhookKeys } from './webhook-keys.ts';

/** A registered receiver. `type` holds categories (`WITHDRAWAL`) or `ALL`. */
export type Webhook = {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly title: string;
  readonly url: string;
  readonly type: readonly string[];
  readonly exclude_type?: readonly string[];
  readonly enabled: boolean;
  readonly config: { readonly delay: string; readonly max_package_size: number };
};

export type WebhookEvent = {
  readonly id: string;
  readonly created_at: string;
  readonly type: string;
  readonly object: JsonObject;
};

/** One attempt to deliver. */
export interface Delivery {
  readonly at: string;
  readonly webhookId: string;
  readonly eventIds: readonly string[];
  /** 1 for the first. */
  readonly attempt: number;
  /** Null: no answer. */
  readonly status: number | null;
}

const SIGNATURE_LIFETIME_SECONDS = 10;
const MAX_KEPT = 50_000;

/** The headers of every delivery that are covered by its signature. */
export const deliveryHeaders = (body: Buffer): Readonly<Record<string, string>> => ({
  accept: 'application/json',
  'content-length': String(body.length),
  'content-type': 'application/json',
});

export function deliveryBody(events: readonly WebhookEvent[], webhookId: string, shape: 'payload' | 'bare'): Buffer {
  const payload = events.map((event) => ({ ...event, webhook_id: webhookId }));
  const [first] = payload;
  return Buffer.from(writeJson(shape === 'bare' && first ? first : { payload }));
}

interface Queue {
  events: WebhookEvent[];
  running: boolean;
}

/**
 * Delivers events as in the vendor's guides: gathered for a while, in the order in which they were made, a failing
 * request sent again whole with growing waits and without end, and nothing else to that receiver until it succeeds.
 */
export class WebhookDispatcher {
  readonly webhooks = new Collection<Webhook>();
  readonly #settings: UpvestSettings;
  readonly #clock: Clock;
  readonly #calendar: Clock;
  readonly #keys: WebhookKeys;
  readonly #queues = new Map<string, Queue>();
  readonly #stopping = new AbortController();
  readonly listeners = new Set<(event: WebhookEvent) => void>();
  #events: WebhookEvent[] = [];
  #deliveries: Delivery[] = [];
  #paused = false;

  /** `clock`: of signatures; `calendar`: of events. */
  constructor(
    settings: UpvestSettings,
    { clock, calendar }: { readonly clock: Clock; readonly calendar: Clock },
    keys: WebhookKeys,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#calendar = calendar;
    this.#keys = keys;
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }
  get events(): readonly WebhookEvent[] {
    return this.#events;
  }
  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }
  /** No event waits, and no delivery is in progress. */
  get idle(): boolean {
    return [...this.#queues.values()].every(({ events, running }) => events.length === 0 && !running);
  }
  get waiting(): number {
    return [...this.#queues.values()].reduce((count, { events }) => count + events.length, 0);
  }

  /** Makes an event and queues it for all webhooks of its category, or for the given one. */
  emit(type: string, object: JsonObject, webhookId?: string): WebhookEvent {
    const event = { id: randomUUID(), created_at: upvestTime(this.#calendar()), type, object };
    this.#events.push(event);
    if (this.#events.length > MAX_KEPT * 1.1) this.#events = this.#events.slice(-MAX_KEPT);
    this.#send(event, webhookId);
    for (const listener of this.listeners) listener(event);
    return event;
  }

  /** Sends the newest events again, with the ids that they have; of a type, where one is given. */
  resend({ type, last }: { readonly type?: string | undefined; readonly last: number }): readonly WebhookEvent[] {
    const again = this.#events.filter((event) => type === undefined || event.type === type).slice(-last);
    for (const event of again) this.#send(event);
    return again;
  }

  #send(event: WebhookEvent, webhookId?: string): void {
    const isFor = (webhook: Webhook): boolean =>
      webhookId === undefined ? wants(webhook, event.type) : webhook.id === webhookId;
    for (const webhook of this.webhooks.all()) {
      if (!webhook.enabled || !isFor(webhook)) continue;
      this.#queue(webhook.id).events.push(event);
      this.kick(webhook.id);
    }
  }

  /** Holds back what has not been sent yet. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const id of this.#queues.keys()) this.kick(id);
  }

  /** Continues with a receiver that can take deliveries again. */
  kick(webhookId: string): void {
    const queue = this.#queues.get(webhookId);
    const able = !this.#paused && !this.#stopping.signal.aborted && this.webhooks.get(webhookId)?.enabled;
    if (queue && able) this.#run(webhookId, queue);
  }

  /** Drops the queue of a receiver, such as a removed one. */
  drop(webhookId: string): void {
    this.#queues.delete(webhookId);
  }

  stop(): void {
    this.#stopping.abort();
  }

  #queue(id: string): Queue {
    let queue = this.#queues.get(id);
    if (!queue) {
      queue = { events: [], running: false };
      this.#queues.set(id, queue);
    }
    return queue;
  }

  #run(id: string, queue: Queue): void {
    if (queue.running || queue.events.length === 0) return;
    queue.running = true;
    this.#drain(id, queue)
      // A wait ends early only when the stand-in stops.
      .catch(() => undefined)
      .finally(() => {
        queue.running = false;
        // Events that came, or a resume, while the last run ended.
        this.kick(id);
      });
  }

  async #drain(id: string, queue: Queue): Promise<void> {
    while (queue.events.length > 0 && !this.#paused) {
      const webhook = this.webhooks.get(id);
      if (!webhook?.enabled) return;
      await this.#wait(this.#settings.webhookGatherMs ?? delayMs(webhook.config.delay));
      if (this.#paused) return;
      for (const batch of this.#batches(queue, webhook)) {
        const repeats = 1 + this.#settings.webhookDuplicates;
        for (let i = 0; i < repeats; i += 1) await this.#deliver(id, batch);
      }
    }
  }

  /** Takes what is to be sent next out of the queue. */
  #batches(queue: Queue, webhook: Webhook): readonly (readonly WebhookEvent[])[] {
    if (this.#settings.webhookReversed)
      return queue.events
        .splice(0)
        .reverse()
        .map((event) => [event]);
    const most = this.#settings.webhookShape === 'bare' ? 1 : this.#settings.webhookMaxEvents;
    let bytes = 0;
    const fitting = queue.events.findIndex((event) => {
      bytes += deliveryBody([event], webhook.id, 'bare').length;
      return bytes > webhook.config.max_package_size;
    });
    // One event is sent however large it is.
    return [queue.events.splice(0, Math.min(most, fitting < 0 ? most : Math.max(1, fitting)))];
  }

  async #deliver(webhookId: string, events: readonly WebhookEvent[]): Promise<void> {
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt += 1) {
      const webhook = this.webhooks.get(webhookId);
      if (!webhook?.enabled) return;
      const status = await this.#attempt(webhook, events);
      this.#record({
        at: this.#clock().toISOString(),
        webhookId,
        eventIds: events.map(({ id }) => id),
        attempt,
        status,
      });
      if (status !== null && status >= 200 && status < 300) return;
      await this.#wait(retryWaitSeconds(attempt) * this.#settings.webhookRetrySecondMs);
    }
  }

  #attempt(webhook: Webhook, events: readonly WebhookEvent[]): Promise<number | null> {
    const url = new URL(webhook.url);
    const body = deliveryBody(events, webhook.id, this.#settings.webhookShape);
    // Signed anew at every attempt: a signature lives for seconds, a retry may come after minutes.
    const headers = signWebhook(this.#keys.current(), {
      method: 'POST',
      path: url.pathname,
      search: url.search,
      headers: deliveryHeaders(body),
      body,
      createdAt: this.#clock(),
      lifetimeSeconds: SIGNATURE_LIFETIME_SECONDS,
    });
    return postOnce(url, headers, body, this.#settings.webhookTimeoutMs, this.#stopping.signal);
  }

  #record(delivery: Delivery): void {
    this.#deliveries.push(delivery);
    if (this.#deliveries.length > MAX_KEPT * 1.1) this.#deliveries = this.#deliveries.slice(-MAX_KEPT);
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal });
  }
}

export function wants({ type, exclude_type }: Webhook, eventType: string): boolean {
  const category = eventType.slice(0, eventType.indexOf('.'));
  if (exclude_type?.includes(category)) return false;
  return type.includes('ALL') || type.includes(category);
}

/** `5s` in milliseconds. */
function delayMs(delay: string): number {
  return Number.parseInt(delay, 10) * (delay.endsWith('m') ? 60_000 : 1000);
}
