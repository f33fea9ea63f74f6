/** Forced outcomes of payments and orders at the broker or a bank; docs/sandbox.md lists them. */
export const OUTCOMES = ['stay', 'work', 'cancel', 'return', 'part', 'mistrade'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const OUTCOME_NOUNS = ['increase', 'decrease', 'withdrawal', 'order'] as const;
export type OutcomeNoun = (typeof OUTCOME_NOUNS)[number];

export interface ForcedOutcome {
  readonly of: OutcomeNoun;
  readonly how: Outcome;
  /** Only of this group; of any where it is left out. */
  readonly accountGroupId?: string;
  /** How many; 1 when left out. */
  readonly times?: number;
}

/** Outcomes that wait for the next payment or order, and those that were taken. */
export class Outcomes {
  #waiting: ForcedOutcome[] = [];
  readonly #taken = new Map<string, Outcome>();
  readonly #held = new Map<string, () => void>();

  force(outcome: ForcedOutcome): void {
    for (let i = 0; i < (outcome.times ?? 1); i += 1) this.#waiting.push(outcome);
  }

  /** Gives a new payment or order the outcome that waits for it. */
  take(noun: OutcomeNoun, accountGroupId: string, id: string): void {
    const at = this.#waiting.findIndex(
      (each) => each.of === noun && (each.accountGroupId ?? accountGroupId) === accountGroupId,
    );
    const [taken] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (taken !== undefined) this.#taken.set(id, taken.how);
  }

  of(id: string): Outcome | undefined {
    return this.#taken.get(id);
  }

  /** Keeps a step until the clock is set forward. */
  hold(id: string, step: () => void): void {
    this.#held.set(id, step);
  }

  /** Takes all steps that were kept. */
  release(): void {
    const steps = [...this.#held];
    this.#held.clear();
    for (const [id, step] of steps) {
      this.#taken.delete(id);
      step();
    }
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
  }
}
