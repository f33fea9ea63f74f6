import type { Bus, BusMessage } from '../ingest/index.ts';
import type { BusEvent } from '../standins/index.ts';

/** A bus in this process, on which the stand-in of InvestSuite publishes: as the real one, at least once. */
export function standinBus(listen: (listener: (event: BusEvent) => void) => () => void): Bus {
  let unlisten = (): unknown => undefined;
  let taking: Promise<void> = Promise.resolve();
  const waiting: BusMessage[] = [];
  return {
    connected: true,
    start(take) {
      unlisten = listen((event) => {
        waiting.push({ value: Buffer.from(JSON.stringify(event)) });
        taking = taking.then(() => {
          const messages = waiting.splice(0);
          return messages.length === 0 ? undefined : take(messages);
        });
      });
    },
    stop: async () => {
      unlisten();
      await taking;
    },
  };
}
