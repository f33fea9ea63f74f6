/** The gateway itself: workflows, inbox, live events. No caller has this name. */
export const GATEWAY = '';

/**
 * The callers of one upstream call. Most calls have one; a shared call has several, and gets the turn of any of them.
 * Callers can join while the call waits.
 */
export class Askers {
  readonly #names: Set<string>;
  readonly #listeners = new Set<(name: string) => void>();

  constructor(...names: readonly string[]) {
    this.#names = new Set(names);
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** Adds those of another call. Without any, the gateway itself asks. */
  join(others: Askers | undefined): void {
    for (const name of others?.names ?? [GATEWAY]) {
      if (this.#names.has(name)) continue;
      this.#names.add(name);
      for (const listener of this.#listeners) listener(name);
    }
  }

  /** Calls the listener with each name that joins later. Answers how to stop that. */
  onJoin(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Askers of another call, at first the same ones: callers that join one of the two calls do not join the other. */
export const copyOf = (askers: Askers | undefined): Askers => new Askers(...(askers?.names ?? [GATEWAY]));
