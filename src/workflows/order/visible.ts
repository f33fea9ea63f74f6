import { sleep, type Timers } from '../../domain/runtime.ts';
import type { OrderPorts, OrderTrouble } from './ports.ts';

/** Waits before each further look; InvestSuite documents no bound. */
const WAITS_MS = [50, 100, 250, 500, 1_000];

interface Versioned {
  readonly version: number | null;
}

/**
 * Reads until the version that was just written is returned. The next owner of the lock computes from its read: an
 * older version would overwrite this change. Gives up without an error: the next writer's version shows it.
 */
export async function untilVisible(
  runtime: Timers,
  read: () => Promise<Versioned | null>,
  written: number | null,
): Promise<void> {
  if (written === null) return;
  for (const waitMs of WAITS_MS) {
    const shown = await read().catch(() => null);
    if (shown?.version == null || shown.version >= written) return;
    await sleep(runtime, waitMs);
  }
}

/** Whether a version follows the one that its write was computed from: false where another system wrote in between. */
export const follows = (before: Versioned, after: Versioned): boolean =>
  before.version === null || after.version === null || after.version === before.version + 1;

/** The warning of a write that may have undone another system's, which is reported too; none where no other wrote in between. */
export function overwriteWarnings(
  { onTrouble }: Pick<OrderPorts, 'onTrouble'>,
  before: Versioned,
  after: Versioned,
  message: string,
  about: OrderTrouble['about'],
): readonly string[] {
  if (follows(before, after)) return [];
  onTrouble?.({ kind: 'overwritten', message, about });
  return [message];
}
