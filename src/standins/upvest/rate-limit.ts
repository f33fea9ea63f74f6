/** Counts requests in the second that has just passed. */
export interface RateLimit {
  /** False: the limit is reached. */
  allows(perSecond: number | null, nowMs: number): boolean;
}

export function createRateLimit(): RateLimit {
  let recent: number[] = [];
  return {
    allows(perSecond, nowMs) {
      if (perSecond === null) return true;
      recent = recent.filter((at) => at > nowMs - 1000);
      if (recent.length >= perSecond) return false;
      recent.push(nowMs);
      return true;
    },
  };
}
