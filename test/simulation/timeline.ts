/** The events due at a time. */
interface Happening {
  readonly at: number;
  /** Of two at one time the one that was planned first comes first, as with timers. */
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** 2026-03-01T08:00:00Z. */
export const START = 1_772_352_000_000;

/** Everything that will happen in a scenario, in order. Time moves only from one happening to the next. */
export class Timeline {
  /** Milliseconds since 1970. */
  now = START;
  /** How many have happened. */
  count = 0;
  readonly #heap: Happening[] = [];
  #planned = 0;

  /** Plans something for so many milliseconds from now. Returns how to cancel it. */
  after(ms: number, run: () => void): () => void {
    this.#planned += 1;
    const happening: Happening = { at: this.now + Math.max(0, ms), order: this.#planned, run, cancelled: false };
    this.#push(happening);
    return () => {
      happening.cancelled = true;
    };
  }

  /** Lets the next happen, and all promises that follow from it. False where nothing is planned before `until`. */
  async next(until: number): Promise<boolean> {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until) return false;
      this.#pop();
      if (next.cancelled) continue;
      this.now = Math.max(this.now, next.at);
      this.count += 1;
      next.run();
      // Every promise that can be resolved is, before the process itself gets another turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
      return true;
    }
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(happening);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(happening, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = happening;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      if (one === undefined) break;
      const isRight = other !== undefined && isBefore(other, one);
      const child = isRight ? other : one;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = isRight ? left + 1 : left;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
