/** When to look again at what did not get on. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** After this many tries in a row the delay may grow further, to `laterMaxMs`. */
  readonly laterAfter?: number;
  readonly laterMaxMs?: number;
}

/** For what nobody tells us: an upstream that is back, a rebalancing that is over. */
const ASKING: Backoff = { firstMs: 1_000, maxMs: 15_000 };
/** For what InvestSuite does right after its answer, while others wait for a lock. */
const BOOKING: Backoff = { firstMs: 250, maxMs: 4_000 };
/** For what webhooks tell us, too: `available_for_withdrawal` changes. */
const CASH: Backoff = { firstMs: 1_000, maxMs: 15_000, laterAfter: 40, laterMaxMs: 60_000 };
/** Only in case a webhook never comes; the first quarter of an hour is about 80 tries. */
const TOLD: Backoff = { firstMs: 1_000, maxMs: 15_000, laterAfter: 80, laterMaxMs: 300_000 };
/** An order of the broker that is not done: events tell, this is in case one never comes. */
const ORDER: Backoff = { firstMs: 60_000, maxMs: 3_600_000 };
/** Whoever gives a lock back wakes those who wait; this is for an owner that died. */
const LOCKED: Backoff = { firstMs: 1_000, maxMs: 5_000 };
/** Somebody has to mend something first: rights, a version, a proxy. */
const REFUSED: Backoff = { firstMs: 1_000, maxMs: 60_000 };
/** A mistake of ours: kept from spinning, and loud in the log. */
const BROKEN: Backoff = { firstMs: 2_000, maxMs: 60_000 };

/** What a row waits for. Kept with the row; `lock:` is followed by the lock's name. */
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
    case 'error':
      return BROKEN;
    default:
      reason satisfies `lock:${string}`;
      return LOCKED;
  }
}

/**
 * Milliseconds until the next try; `attempts` is how many have been made. Somewhere in the upper half of the step, so
 * that rows which stopped together do not come back together; never before the upstream asked for.
 */
export function delayMs(
  backoff: Backoff,
  attempts: number,
  retryAfterMs = 0,
  random: () => number = Math.random,
): number {
  const later = backoff.laterAfter !== undefined && attempts >= backoff.laterAfter;
  const cap = (later ? backoff.laterMaxMs : undefined) ?? backoff.maxMs;
  const step = Math.min(cap, backoff.firstMs * 2 ** Math.min(attempts, 20));
  return Math.round(Math.max(step * (0.5 + random() / 2), Math.min(retryAfterMs, cap)));
}
