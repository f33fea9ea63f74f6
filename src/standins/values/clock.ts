/** The clock of a stand-in. Tests may pass their own. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/**
 * The calendar of a stand-in: ahead of the process's clock by what it was set forward. Dates of what a stand-in makes come from it.
 * Tokens, signatures and idempotency windows stay on the process's clock, which the gateway's own is compared with.
 */
export interface Calendar {
  readonly now: Clock;
  readonly aheadMs: number;
  /** Never back. */
  forward(ms: number): void;
}

export function createCalendar(clock: Clock): Calendar {
  let aheadMs = 0;
  return {
    now: () => new Date(clock().getTime() + aheadMs),
    get aheadMs() {
      return aheadMs;
    },
    forward(ms) {
      aheadMs += Math.max(0, ms);
    },
  };
}

/** InvestSuite's form: microseconds and an offset, `2021-06-24T19:59:15.474241+00:00`. */
export function investSuiteTime(at: Date): string {
  const microseconds = String((process.hrtime.bigint() / 1000n) % 1000n).padStart(3, '0');
  return at.toISOString().replace('Z', `${microseconds}+00:00`);
}

/** Upvest's form: `2021-07-21T14:10:00.123Z`. */
export const upvestTime = (at: Date): string => at.toISOString();
