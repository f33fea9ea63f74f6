/**
 * Token bucket of all rate limits: refills evenly, and is stored as the time at which it is full again (generic cell
 * rate algorithm). Callers in memory and rows of `allowances` store only that number; a full bucket is 0. All times are
 * of one clock and in one unit.
 */
export interface Bucket {
  /** Time to refill one token. */
  readonly interval: number;
  /** Longest time until the bucket is full after a token was taken. */
  readonly capacity: number;
}

/** Sums of times are not exact: a token that is missing by this fraction counts as present. */
const TOLERANCE = 1e-4;

/** A bucket that refills `perSecond` tokens and holds `burst`. In milliseconds. */
export function bucketOf(perSecond: number, burst: number): Bucket {
  const interval = 1000 / perSecond;
  return { interval, capacity: Math.max(1, burst) * interval };
}

/** Time until one token is available; 0 means now. */
export function waitFor({ interval, capacity }: Bucket, fullAt: number, now: number): number {
  const wait = Math.max(fullAt, now) + interval - capacity - now;
  return wait > interval * TOLERANCE ? wait : 0;
}

/** Available tokens; negative where the bucket is overdrawn. */
export const tokensIn = ({ interval, capacity }: Bucket, fullAt: number, now: number): number =>
  Math.floor((capacity - (Math.max(fullAt, now) - now)) / interval + TOLERANCE);

/** Time at which the bucket is full again after `count` tokens were taken. It may be overdrawn, by at most `most`. */
export const take = (
  { interval }: Bucket,
  fullAt: number,
  now: number,
  count = 1,
  most = Number.POSITIVE_INFINITY,
): number => Math.min(Math.max(fullAt, now) + count * interval, now + most);
