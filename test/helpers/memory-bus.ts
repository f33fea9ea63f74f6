import type { Bus, BusMessage } from '../../src/ingest/index.ts';

/** A bus in memory that behaves like a broker: what was not acknowledged comes again. */
export class MemoryBus implements Bus {
  connected = true;
  /** How many messages were acknowledged. */
  committed = 0;
  readonly #log: BusMessage[] = [];
  #take: ((messages: readonly BusMessage[]) => Promise<void>) | undefined;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  publish(...values: readonly (object | string | null)[]): void {
    for (const value of values) {
      if (value instanceof Uint8Array) {
        this.#log.push({ value: Buffer.from(value) });
        continue;
      }
      const text = typeof value === 'string' || value === null ? value : JSON.stringify(value);
      this.#log.push({ value: text === null ? null : Buffer.from(text) });
    }
    this.#wake();
  }

  /** Everything from a place on comes again, as after a rebalance. */
  rewind(to: number): void {
    this.committed = to;
    this.#wake();
  }

  start(take: (messages: readonly BusMessage[]) => Promise<void>): void {
    this.#take = take;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const batch = this.#log.slice(this.committed, this.committed + 100);
      if (batch.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const from = this.committed;
      await this.#take?.(batch);
      if (this.committed === from) this.committed += batch.length;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }
}
