import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bucket, bucketOf, take, tokensIn, waitFor } from '../../src/domain/token-bucket.ts';

/** Takes one token after another, each when it is there; answers how long each had to wait, all asked for at once. */
function waits(bucket: Bucket, times: number, now: number, fullAt = 0): readonly number[] {
  const found: number[] = [];
  for (let taken = fullAt; found.length < times; taken = take(bucket, taken, now))
    found.push(waitFor(bucket, taken, now));
  return found;
}

describe('a token bucket', () => {
  it('gives its burst at once, then one token per interval', () => {
    expect(waits(bucketOf(100, 10), 13, 1_000)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20, 30]);
    expect(waits(bucketOf(100, 0), 3, 1_000)).toEqual([0, 10, 20]);
  });

  it('is full again after a pause, and no fuller', () => {
    const bucket = bucketOf(20, 2);
    expect(waits(bucket, 3, 60_000, 150)).toEqual([0, 0, 50]);
  });

  it('never lets more than its rate and one burst pass', () => {
    const rate = fc.integer({ min: 1, max: 10_000 });
    const pauses = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(rate, fc.integer({ min: 1, max: 100 }), pauses, (perSecond, burst, before) => {
        const bucket = bucketOf(perSecond, burst);
        let [fullAt, now, passed] = [0, 1_000_000, 0];
        for (const pauseMs of before) {
          now += pauseMs;
          if (waitFor(bucket, fullAt, now) > 0) continue;
          fullAt = take(bucket, fullAt, now);
          passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(burst + ((now - 1_000_000) * perSecond) / 1000 + 1);
      }),
    );
  });

  it('has as many tokens as it lets pass at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 150 }), (burst, spent) => {
        const bucket = bucketOf(7, burst);
        const fullAt = take(bucket, 0, 5_000, spent);
        const there = tokensIn(bucket, fullAt, 5_000);
        expect(there).toBe(burst - spent);
        expect(waits(bucket, 200, 5_000, fullAt).filter((wait) => wait === 0)).toHaveLength(Math.max(0, there));
      }),
    );
  });

  it('is overdrawn only as far as it may be', () => {
    const bucket = bucketOf(1, 60);
    const fullAt = take(bucket, 0, 1_000, 1_000, 120_000);
    expect(fullAt).toBe(121_000);
    expect(waitFor(bucket, fullAt, 1_000)).toBe(61_000);
  });
});
