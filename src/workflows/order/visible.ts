import { setTimeout as sleep } from 'node:timers/promises';

/** Waits before each further look; InvestSuite documents no bound. */
const WAITS_MS = [50, 100, 250, 500, 1_000];

interface Versioned {
  readonly version: number | null;
}

/**
 * Looks until a read shows what was just written. Whoever gets the lock next computes from what it reads: from an older
 * version it would write our change away. Gives up quietly: the next writer's version then tells.
 */
export async function untilVisible(read: () => Promise<Versioned | null>, written: number | null): Promise<void> {
  if (written === null) return;
  for (const waitMs of WAITS_MS) {
    const shown = await read().catch(() => null);
    if (shown?.version == null || shown.version >= written) return;
    await sleep(waitMs);
  }
}

/** What a write's version tells that should follow the one it was computed from: false where somebody wrote in between. */
export const follows = (before: Versioned, after: Versioned): boolean =>
  before.version === null || after.version === null || after.version === before.version + 1;
