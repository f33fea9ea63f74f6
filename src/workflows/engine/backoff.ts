/** Delays between retries. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** After this many tries in a row the delay may grow further, to `laterMaxMs`. */
  readonly laterAfter?: number;
  readonly laterMaxMs?: number;
}

/** For conditions without an event: an unavailable upstream, a rebalancing. */
const ASKING: Backoff = { firstMs: 1_000, maxMs: 15_000 };
/** For what InvestSuite does right after its answer, while others wait for the lock. */
const BOOKING: Backoff = { firstMs: 250, maxMs: 4_000 };
/** For conditions that webhooks report too: `available_for_withdrawal` changes. */
const CASH: Backoff = { firstMs: 1_000, maxMs: 15_000, laterAfter: 40, laterMaxMs: 60_000 };
/** Only in case a webhook never comes; the first quarter of an hour is about 80 tries. */
const TOLD: Backoff = { firstMs: 1_000, maxMs: 15_000, laterAfter: 80, laterMaxMs: 300_000 };
/** For an open order at the broker: a fallback in case an event never comes. */
const ORDER: Backoff = { firstMs: 60_000, maxMs: 3_600_000 };
/** For other rows of the portfolio, which are in work. */
const SETTLING: Backoff = { firstMs: 100, maxMs: 1_000, laterAfter: 60, laterMaxMs: 15_000 };
/** For a portfolio to be quiet: the wait says how long. */
const QUIET: Backoff = { firstMs: 100, maxMs: 3_600_000 };
/** A released lock wakes its waiters; this is for an owner that died. */
const LOCKED: Backoff = { firstMs: 1_000, maxMs: 5_000 };
/** Somebody has to mend something first: rights, a version, a proxy. */
const REFUSED: Backoff = { firstMs: 1_000, maxMs: 60_000 };
/** A mistake of ours: kept from spinning, and loud in the log. */
const BROKEN: Backoff = { firstMs: 2_000, maxMs: 60_000 };

/** The reason of a wait, stored in the row; `lock:` is followed by the lock's name. */
export type WaitReason =
  | 'upvest'
  | 'investsuite'
  | 'upvest-refused'
  | 'investsuite-refused'
  | 'rebalancing'
  | 'investsuite-booking'
  | 'cash'
  | 'broker-event'
  | 'order'
  | 'settling'
  | 'quiet'
  | 'error'
  | `lock:${string}`;

export function backoffFor(reason: WaitReason): Backoff {
  switch (reason) {
    case 'upvest':
    case 'investsuite':
    case 'rebalancing':
      return ASKING;
    case 'upvest-refused':
    case 'investsuite-refused':
      return REFUSED;
    case 'investsuite-booking':
      return BOOKING;
    case 'cash':
      return CASH;
    case 'broker-event':
      return TOLD;
    case 'order':
      return ORDER;
    case 'settling':
      return SETTLING;
    case 'quiet':
      return QUIET;
    case 'error':
      return BROKEN;
    default:
      reason satisfies `lock:${string}`;
      return LOCKED;
  }
}

/**
 * Milliseconds until the next attempt; `attempts` have been made. Random in the upper half of the step, so that rows
 * which stopped together do not retry together; never before the upstream's `Retry-After`.
 */
export function delayMs(backoff: Backoff, attempts: number, random: () => number, retryAfterMs = 0): number {
  const later = backoff.laterAfter !== undefined && attempts >= backoff.laterAfter;
  const cap = (later ? backoff.laterMaxMs : undefined) ?? backoff.maxMs;
  const step = Math.min(cap, backoff.firstMs * 2 ** Math.min(attempts, 20));
  return Math.round(Math.max(step * (0.5 + random() / 2), Math.min(retryAfterMs, cap)));
}
