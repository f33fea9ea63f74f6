/**
 * Faults that a test can set, by rule. The first rule that matches a request is used.
 *
 * `work: 'done'` means that the request has had its whole effect before the client gets the wrong answer (or none).
 */
export type Fault =
  /** The answer comes late; `work: 'done'` does the work first, so that its events may overtake the answer. */
  | { readonly kind: 'delay'; readonly ms: number; readonly work?: 'done' | 'not-done' }
  /** An error answer in the vendor's shape. By default nothing was done. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      readonly work?: 'done' | 'not-done';
    }
  /** The connection is reset before anything is done. */
  | { readonly kind: 'reset-before' }
  /** Everything is done, then the connection is reset without an answer. */
  | { readonly kind: 'reset-after' }
  /** Everything is done, then 200 with a wrong body. */
  | { readonly kind: 'garbage'; readonly form?: 'not-json' | 'wrong-shape' | 'truncated' | 'empty' }
  /** Never answered; `work: 'done'` does the work first. */
  | { readonly kind: 'hang'; readonly work?: 'done' | 'not-done' };

export interface FaultMatch {
  readonly method?: string;
  /** Tested against the path with its query. As text it is a regular expression too. */
  readonly path?: RegExp | string;
  /** Tested against the body: which account, which portfolio. */
  readonly body?: RegExp | string;
}

export type FaultRule = Fault & {
  readonly match?: FaultMatch;
  /** How many requests it hits; without it, all. */
  readonly times?: number;
  /** How many matching requests pass first. */
  readonly skip?: number;
};

export interface ActiveFault {
  readonly id: number;
  readonly rule: FaultRule;
  /** How many requests it has hit. */
  readonly hits: number;
}

export interface Faults {
  /** Adds rules and returns their ids; the ones added first are tried first. */
  add(...rules: readonly FaultRule[]): readonly number[];
  list(): readonly ActiveFault[];
  remove(id: number): boolean;
  clear(): void;
}

interface Entry {
  readonly id: number;
  readonly rule: FaultRule;
  readonly path: RegExp | undefined;
  readonly body: RegExp | undefined;
  seen: number;
  hits: number;
}

export class FaultRules implements Faults {
  #entries: Entry[] = [];
  #lastId = 0;

  add(...rules: readonly FaultRule[]): readonly number[] {
    return rules.map((rule) => {
      const { path, body } = rule.match ?? {};
      this.#lastId += 1;
      const patterns = { path: patternOf(path), body: patternOf(body) };
      this.#entries.push({ id: this.#lastId, rule, ...patterns, seen: 0, hits: 0 });
      return this.#lastId;
    });
  }

  list(): readonly ActiveFault[] {
    return this.#entries.map(({ id, rule, hits }) => ({ id, rule, hits }));
  }

  remove(id: number): boolean {
    const before = this.#entries.length;
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    return this.#entries.length < before;
  }

  clear(): void {
    this.#entries = [];
  }

  /** The fault that hits this request, if any; it counts as a hit. */
  take(method: string, path: string, body: Buffer = Buffer.alloc(0)): Fault | undefined {
    const hit = this.#entries.find((entry) => {
      const { rule } = entry;
      if (rule.match?.method !== undefined && rule.match.method !== method) return false;
      if (entry.path && !entry.path.test(path)) return false;
      if (entry.body && !entry.body.test(body.toString('utf8'))) return false;
      if (rule.times !== undefined && entry.hits >= rule.times) return false;
      entry.seen += 1;
      return entry.seen > (rule.skip ?? 0);
    });
    if (!hit) return undefined;
    hit.hits += 1;
    return hit.rule;
  }
}

const patternOf = (given: RegExp | string | undefined): RegExp | undefined =>
  given === undefined ? undefined : new RegExp(given instanceof RegExp ? given.source : given);
