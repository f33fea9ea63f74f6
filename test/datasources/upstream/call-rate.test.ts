import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Askers } from '../../../src/datasources/upstream/askers.ts';
import { LocalCallRate, SharedCallRate, type Slice, sliceOf } from '../../../src/datasources/upstream/call-rate.ts';

const later = (ms: number): number => performance.now() + ms;

/** The bucket of all, in memory: as the database keeps it. */
class Bucket {
  fullAt = 0;
  leases = 0;
  away = false;
  readonly #perSecond: number;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  readonly lease = async ({ count, maxWaitMs }: Slice) => {
    const at = performance.now();
    await sleep(1);
    if (this.away) throw new Error('away');
    this.leases += 1;
    const burstMs = ((sliceOf(this.#perSecond) - 1) * 1000) / this.#perSecond;
    const before = Math.max(this.fullAt, at);
    if (before - burstMs - at > maxWaitMs) return undefined;
    this.fullAt = before + (count * 1000) / this.#perSecond;
    return { aheadMs: before - at, at };
  };

  member = (): SharedCallRate => new SharedCallRate({ perSecond: this.#perSecond, lease: this.lease });
}

/** Most calls within any second. */
function mostInASecond(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(...sorted.map((from, index) => sorted.slice(index).filter((at) => at < from + 1_000).length));
}

describe('a call rate that several gateways share', () => {
  it('hold for all members together, and cost few leases', async () => {
    const bucket = new Bucket(200);
    const members = [bucket.member(), bucket.member(), bucket.member()];
    const times: number[] = [];
    const end = later(1_500);
    const caller = async (member: SharedCallRate): Promise<void> => {
      while (performance.now() < end && (await member.take(later(5_000)))) times.push(performance.now());
    };
    // One of them has far more to do than the others.
    await Promise.all(
      [...Array.from({ length: 30 }, () => 0), 1, 2].map((at) => caller(members[at] ?? bucket.member())),
    );
    expect(mostInASecond(times)).toBeLessThanOrEqual(200 + 4 * sliceOf(200));
    expect(times.length).toBeGreaterThan(200);
    expect(bucket.leases).toBeLessThan(times.length / 3);
  });

  it('are given in order, and not after the deadline', async () => {
    const rate = new Bucket(20).member();
    const order: number[] = [];
    const taken = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const got = await rate.take(later(300));
        if (got) order.push(index);
        return got;
      }),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(taken.filter(Boolean).length).toBeLessThan(12);
    expect(taken[0]).toBe(true);
    expect(taken.at(-1)).toBe(false);
  });

  it('are not given while the rate can not be asked, and are again when it can', async () => {
    const bucket = new Bucket(100);
    const rate = bucket.member();
    bucket.away = true;
    expect(await rate.take(later(50))).toBe(false);
    const waiting = rate.take(later(5_000));
    bucket.away = false;
    expect(await waiting).toBe(true);
  });

  it('that were leased before the process was stopped are gone', async () => {
    const bucket = new Bucket(1_000);
    let calls = 0;
    const rate = new SharedCallRate({
      perSecond: 1_000,
      lease: async (slice) => {
        const leased = await bucket.lease(slice);
        calls += 1;
        return leased && { ...leased, at: calls === 1 ? leased.at - 5_000 : leased.at };
      },
    });
    expect(await rate.take(later(1_000))).toBe(true);
    expect(calls).toBe(2);
  });

  it('grants no token to aborted calls', async () => {
    const bucket = new Bucket(100);
    const rate = bucket.member();
    bucket.away = true;
    const reason = new Error('gone');
    const controller = new AbortController();
    const gone = rate.take(later(1_000), controller.signal);
    controller.abort(reason);
    await expect(gone).rejects.toBe(reason);
    bucket.away = false;
    expect(await rate.take(later(1_000))).toBe(true);
  });
});

describe.each([
  ['of one process', () => new LocalCallRate(100)],
  ['of several processes', () => new Bucket(100).member()],
])('a call rate %s', (_which, create) => {
  it('serves callers round robin, however many calls one of them has', async () => {
    const rate = create();
    const order: string[] = [];
    const take = async (caller: string): Promise<void> => {
      if (await rate.take(later(20_000), undefined, new Askers(caller))) order.push(caller);
    };
    const busy = Array.from({ length: 60 }, () => take('busy'));
    await Promise.all(['other', 'third'].map(take));
    expect(order.length).toBeLessThan(40);
    await Promise.all(busy);
    expect(order).toHaveLength(62);
  });

  it('are not waited for where they come after the deadline', async () => {
    const rate = create();
    const all = await Promise.all(Array.from({ length: 60 }, () => rate.take(later(200))));
    expect(all.filter(Boolean).length).toBeLessThan(45);
    expect(all[0]).toBe(true);
  });
});
