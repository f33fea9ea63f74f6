/**
 * Remembers that InvestSuite did not take a form of a call, so that it is not tried each time; after a while it is tried
 * again, since a tenant may have been upgraded.
 */
export class RememberedRefusal {
  readonly #forMs: number;
  #until = Number.NEGATIVE_INFINITY;

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  remember(): void {
    this.#until = performance.now() + this.#forMs;
  }

  /** True while the form is not to be tried. */
  get stands(): boolean {
    return performance.now() < this.#until;
  }
}
