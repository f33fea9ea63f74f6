import type { Runtime } from '../../src/domain/runtime.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';

const SIGNATURE = new Uint8Array(64);

/** Turns of the event loop take a moment. */
const TURN_MS = 0.01;

interface ProcessWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly trace: Trace;
  /** Told of each thing that comes; may kill or pause the process, which that thing then does not reach, or later. */
  readonly onComes: () => void;
}

/**
 * A process of the simulated world: what a gateway waits for comes to it through here. Killed, nothing comes any more, so none of
 * its code runs again; paused, all of it comes when the pause ends.
 */
export class SimulatedProcess implements Runtime {
  readonly name: string;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #trace: Trace;
  /** The monotonic clocks of two processes have nothing in common. */
  readonly #startedAt: number;
  readonly #onComes: () => void;
  #isAlive = true;
  #isPaused = false;
  readonly #held: (() => void)[] = [];

  constructor(name: string, world: ProcessWorld) {
    this.name = name;
    this.#onComes = world.onComes;
    this.#timeline = world.timeline;
    this.#random = world.random;
    this.#trace = world.trace;
    this.#startedAt = world.timeline.now - world.random.between(1_000, 1e6);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  kill(): void {
    this.#isAlive = false;
    this.#held.length = 0;
    this.#trace.tell(this.name, 'is killed');
  }

  pause(ms: number): void {
    if (this.#isPaused || !this.#isAlive) return;
    this.#isPaused = true;
    this.#trace.tell(this.name, `is paused for ${ms} ms`);
    this.#timeline.after(ms, () => this.resume());
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#trace.tell(this.name, 'goes on');
    for (const run of this.#held.splice(0)) this.comes(0, run);
  }

  /** Lets something come to this process, so many milliseconds from now. Returns how to cancel it. */
  comes(ms: number, run: () => void): () => void {
    let isCancelled = false;
    const deliver = (): void => {
      if (isCancelled || !this.#isAlive) return;
      if (this.#isPaused) return void this.#held.push(deliver);
      // It may be killed or paused by this.
      this.#onComes();
      if (!this.#isAlive) return;
      if (this.#isPaused) this.#held.push(deliver);
      else run();
    };
    const cancel = this.#timeline.after(ms, deliver);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  /** Timers are late, never early. */
  readonly after = (ms: number, callback: () => void): (() => void) =>
    this.comes(Math.max(1, ms) + this.#random.between(0, 0.9), callback);

  readonly every = (ms: number, callback: () => void): (() => void) => {
    let cancel = (): void => undefined;
    const next = (): void => {
      cancel = this.after(ms, () => {
        next();
        callback();
      });
    };
    next();
    return () => cancel();
  };

  readonly now = (): number => Math.floor(this.#timeline.now);
  readonly monotonicMs = (): number => this.#timeline.now - this.#startedAt;
  readonly random = (): number => this.#random.next();
  readonly uuid = (): string => this.#random.uuid();
  readonly nextTurn = (): Promise<void> =>
    new Promise((resolve) => {
      this.comes(TURN_MS, resolve);
    });

  /** Signatures have their vectors; here they are only carried. */
  readonly sign = async (): Promise<Uint8Array> => SIGNATURE;
  readonly verify = async (): Promise<boolean> => true;
}
