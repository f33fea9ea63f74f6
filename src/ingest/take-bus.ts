import { sleep, type Timers } from '../domain/runtime.ts';
import type { NewInboxEvent } from '../store/index.ts';
import type { Bus, BusMessage } from './bus.ts';
import { busInboxEvent } from './bus-events.ts';
import type { Intake } from './intake.ts';

interface TakingOptions {
  readonly intake: Intake;
  readonly runtime: Timers;
  readonly onTrouble: ((what: string, error: unknown) => void) | undefined;
}

const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 5_000;

/**
 * Stores bus messages. While the store is unavailable it retries with the messages in memory, so that the bus sees a
 * slow consumer and not a failing one.
 */
export function takeFromBus(bus: Bus, { intake, runtime, onTrouble }: TakingOptions): { stop(): Promise<void> } {
  let stopped = false;
  bus.start(async (messages: readonly BusMessage[]) => {
    const events = messages.map(({ value }) => busInboxEvent(value));
    for (let attempt = 0; ; attempt += 1) {
      try {
        await intake(events);
        logParked(events, onTrouble);
        return;
      } catch (error) {
        if (stopped) throw error;
        onTrouble?.('events of the bus could not be stored; it is tried again', error);
        await sleep(runtime, Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** attempt));
      }
    }
  });
  return {
    stop: async () => {
      stopped = true;
      await bus.stop();
    },
  };
}

/** One log line per batch: where the bus has another format, every message is unreadable. */
function logParked(
  events: readonly NewInboxEvent[],
  onTrouble: ((what: string, error: unknown) => void) | undefined,
): void {
  const reasons = events.flatMap(({ parkedBecause }) => parkedBecause ?? []);
  if (reasons.length === 0) return;
  const all = [...new Set(reasons)].join('; ');
  onTrouble?.(`${reasons.length} of the messages of the bus could not be read and were parked: ${all}`, undefined);
}
