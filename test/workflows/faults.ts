import type { WriteOutcome } from '../../src/datasources/http/outcome.ts';
import { UpstreamUnavailableError } from '../../src/errors.ts';

/** What goes wrong with one call: the answer is lost after or before the work was done, it never left, it was refused. */
export type Fault = 'lost-after' | 'lost-before' | 'not-sent' | { readonly refuse: number };

/** Decides what goes wrong, and counts what was asked. */
export class Faults {
  /** Every call by name, in order, those that never arrived left out. */
  readonly arrived: string[] = [];
  /** The next fault of a call; undefined: it goes well. */
  next: (operation: string) => Fault | undefined = () => undefined;
  down = false;
  /** Turns of the event loop that calls take, used one after the other: they change who is first. */
  pauses: number[] = [];
  /** Told of each call once it has come back, whatever its outcome. */
  after: (operation: string) => void = () => undefined;

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
    if (fault === 'lost-before') return { kind: 'unknown', reason: 'timeout' };
    if (typeof fault === 'object') {
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
