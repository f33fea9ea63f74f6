import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FleetRateLimit, type RequestsOfCaller } from '../../src/callers/fleet-rate-limit.ts';
import { RateLimitedError, StoreUnavailableError } from '../../src/errors.ts';

const WINDOW_MS = 60_000;

/** The buckets of all gateways, in memory. */
class Buckets {
  readonly fullAt = new Map<string, number>();
  queries = 0;
  away = false;
  readonly #intervalMs: number;
  readonly #perMinute: number;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#intervalMs = WINDOW_MS / perMinute;
  }

  gateway(): FleetRateLimit {
    return new FleetRateLimit({ perMinute: this.#perMinute, count: (requests) => this.#count(requests) });
  }

  async #count(requests: readonly RequestsOfCaller[]) {
    await sleep(1);
    if (this.away) throw new StoreUnavailableError('away');
    this.queries += 1;
    const now = performance.now();
    return requests.map(({ caller, served, asked }) => {
      const before = Math.max(this.fullAt.get(caller) ?? 0, now) + served * this.#intervalMs;
      const granted = Math.max(0, Math.min(asked, Math.floor((now + WINDOW_MS - before) / this.#intervalMs + 1e-6)));
      this.fullAt.set(caller, before + granted * this.#intervalMs);
      return { caller, granted, fullInMs: before + granted * this.#intervalMs - now };
    });
  }
}

/** How many of so many requests in a row are let through; the reason of those that are not. */
async function ask(gateways: readonly FleetRateLimit[], times: number, caller = 'a') {
  const outcomes = await Promise.allSettled(
    Array.from({ length: times }, async (_, index) => await gateways[index % gateways.length]?.take(caller)),
  );
  const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  return { passed: times - refused.length, refused };
}

describe('a rate of callers that gateways share', () => {
  it('is exact where it is small', async () => {
    const buckets = new Buckets(10);
    const gateways = [buckets.gateway(), buckets.gateway(), buckets.gateway()];
    const { passed, refused } = await ask(gateways, 40);
    expect(passed).toBe(10);
    expect(refused.every((error) => error instanceof RateLimitedError && error.retryAfterSeconds >= 1)).toBe(true);
    expect((await ask(gateways, 10, 'b')).passed).toBe(10);
  });

  it('is exact for a caller that comes to all of them without a pause', async () => {
    const buckets = new Buckets(1_000);
    const gateways = [buckets.gateway(), buckets.gateway(), buckets.gateway()];
    let passed = 0;
    const startedAt = performance.now();
    for (let turn = 0; turn < 60; turn += 1) passed += (await ask(gateways, 30)).passed;
    expect(passed).toBeGreaterThanOrEqual(1_000);
    const refilled = ((performance.now() - startedAt) * 1_000) / WINDOW_MS;
    expect(passed).toBeLessThanOrEqual(1_000 + refilled + 1);
  });

  it('asks little for those who ask little', async () => {
    const buckets = new Buckets(6_000);
    const gateway = buckets.gateway();
    for (let turn = 0; turn < 200; turn += 1) await gateway.take('a');
    expect(buckets.queries).toBeLessThan(5);
  });

  it('counts what a request cost beside itself, at all gateways', async () => {
    const buckets = new Buckets(100);
    const [one, other] = [buckets.gateway(), buckets.gateway()];
    await one.take('a');
    one.spend('a', 150);
    await expect(ask([one], 1)).resolves.toMatchObject({ passed: 0 });
    await expect.poll(() => buckets.queries).toBeGreaterThan(1);
    await expect.poll(async () => (await ask([other], 1)).passed).toBe(0);
    expect((await ask([one, other], 10, 'b')).passed).toBe(10);
  });

  it('learns what was taken elsewhere', async () => {
    const buckets = new Buckets(100);
    expect((await ask([buckets.gateway()], 200)).passed).toBe(100);
    expect((await ask([buckets.gateway()], 10)).passed).toBeLessThanOrEqual(1);
  });

  it('lets little through while the buckets can not be had, and counts it afterwards', async () => {
    const buckets = new Buckets(100);
    const gateway = buckets.gateway();
    await gateway.take('a');
    buckets.away = true;
    const { passed, refused } = await ask([gateway], 90);
    expect(passed).toBe(5);
    expect(refused.every((error) => error instanceof StoreUnavailableError)).toBe(true);
    buckets.away = false;
    const rest = (await ask([gateway], 110)).passed;
    expect(rest).toBeGreaterThanOrEqual(94);
    expect(rest).toBeLessThan(100);
  });
});
