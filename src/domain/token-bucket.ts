/**
 * The one algorithm of all rates: a token bucket that refills evenly, kept as the time at which it is full again (the generic cell
 * rate algorithm). What is at hand (callers in memory, rows of `allowances`) is only that number; a bucket that nobody has taken
 * from is 0. All times are of one clock and in one unit.
 */
export interface Bucket {
  /** How long one token takes to come back. */
  readonly interval: number;
  /** How far from full the bucket may be after one was taken. */
  readonly capacity: number;
}

/** Sums of times are not exact: what is missing by so little of a token counts as there. */
const TOLERANCE = 1e-4;

/** `perSecond` tokens come back; `burst` of them may be taken at once after a pause. In milliseconds. */
export function bucketOf(perSecond: number, burst: number): Bucket {
  const interval = 1000 / perSecond;
  return { interval, capacity: Math.max(1, burst) * interval };
}

/** How long until one token is there; 0 means now. */
export function waitFor({ interval, capacity }: Bucket, fullAt: number, now: number): number {
  const wait = Math.max(fullAt, now) + interval - capacity - now;
  return wait > interval * TOLERANCE ? wait : 0;
}

/** How many tokens are there; negative after more was spent. */
export const tokensIn = ({ interval, capacity }: Bucket, fullAt: number, now: number): number =>
  Math.floor((capacity - (Math.max(fullAt, now) - now)) / interval + TOLERANCE);

/** When the bucket is full again after `count` tokens were taken. It may be overdrawn, to at most `most` from full. */
export const take = (
  { interval }: Bucket,
  fullAt: number,
  now: number,
  count = 1,
  most = Number.POSITIVE_INFINITY,
): number => Math.min(Math.max(fullAt, now) + count * interval, now + most);
