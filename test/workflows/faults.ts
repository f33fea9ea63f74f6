import type { WriteOutcome } from '../../src/datasources/upstream/outcome.ts';
import { UpstreamUnavailableError } from '../../src/errors.ts';

/**
 * The fault of one call: the answer is lost after or before the work was done, or the work is done later; it never left; it
 * was answered with a status of 400 or more.
 */
export type Fault = 'lost-after' | 'lost-before' | 'late' | 'not-sent' | { readonly refuse: number };

/** How long a request of a late fault is under way: well below what late arrivals are waited for. */
const LATE_MS = 8_000;
/** As the datasources read them: turned away before anything was looked at, or nobody knows. */
const NOT_SENT: readonly number[] = [401, 429];
const isUnknown = (status: number): boolean => status === 408 || status >= 500;

/** Decides what goes wrong, and counts what was asked. */
export class Faults {
  /** Every call by name, in order, those that never arrived left out. */
  readonly arrived: string[] = [];
  /** The next fault of a call; undefined: it goes well. */
  next: (operation: string) => Fault | undefined = () => undefined;
  down = false;
  /** The clock that late requests go by. */
  now: () => number = () => 0;
  readonly #late: { readonly at: number; readonly work: () => unknown }[] = [];
  /** Turns of the event loop that calls take, used one after the other: they change who is first. */
  pauses: number[] = [];
  /** Told of each call once it has come back, whatever its outcome. */
  after: (operation: string) => void = () => undefined;

  /** Does the work of late requests whose time has come. */
  arrive(): void {
    const due = this.#late.filter(({ at }) => at <= this.now());
    this.#late.splice(0, this.#late.length, ...this.#late.filter((each) => !due.includes(each)));
    for (const { work } of due) work();
  }

  count(operation: string): number {
    return this.arrived.filter((each) => each === operation).length;
  }

  async #pause(): Promise<void> {
    for (let turns = this.pauses.shift() ?? 0; turns > 0; turns -= 1)
      await new Promise((resolve) => setImmediate(resolve));
  }

  async read(system: 'UPVEST' | 'INVESTSUITE', operation: string): Promise<void> {
    await this.#pause();
    if (this.down || this.next(operation) === 'not-sent') throw new UpstreamUnavailableError(system, 'connection');
    this.arrived.push(operation);
  }

  async write<T>(operation: string, work: () => WriteOutcome<T>): Promise<WriteOutcome<T>> {
    await this.#pause();
    const fault = this.down ? 'not-sent' : this.next(operation);
    if (fault === 'not-sent') return { kind: 'notSent', reason: 'connection' };
    this.arrived.push(operation);
    if (fault === 'late') this.#late.push({ at: this.now() + LATE_MS, work });
    if (fault === 'late' || fault === 'lost-before') return { kind: 'unknown', reason: 'timeout' };
    if (typeof fault === 'object') {
      if (isUnknown(fault.refuse)) return { kind: 'unknown', reason: 'server-error' };
      if (NOT_SENT.includes(fault.refuse)) return { kind: 'notSent', reason: 'rate-limited' };
      const problem = { type: null, title: null, detail: null, requestId: null };
      return { kind: 'refused', status: fault.refuse, problem };
    }
    const outcome = work();
    this.after(operation);
    await this.#pause();
    return fault === 'lost-after' ? { kind: 'unknown', reason: 'connection-lost' } : outcome;
  }
}

/** Faults that come in this order for one operation; then all is well. */
export function sequence(operation: string, ...faults: Fault[]): (called: string) => Fault | undefined {
  const left = [...faults];
  return (called) => (called === operation ? left.shift() : undefined);
}
