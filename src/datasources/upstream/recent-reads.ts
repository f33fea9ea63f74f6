import { LRUCache } from 'lru-cache';
import type { Runtime } from '../../domain/runtime.ts';

/** Most answers that are kept. */
const MAX_KEPT = 1_000;

interface Recent<T> {
  readonly knowing: number;
  /** When it began, by the monotonic clock. */
  readonly at: number;
  readonly answer: Promise<T>;
}

/**
 * Reads whose answer serves those, too, who ask the same within `withinMs` of its beginning and know of nothing that happened since. A read that
 * failed serves only those who waited for it.
 */
export class RecentReads<T> {
  readonly #runtime: Pick<Runtime, 'monotonicMs'>;
  readonly #withinMs: number;
  readonly #reads = new LRUCache<string, Recent<T>>({ max: MAX_KEPT });

  constructor(runtime: Pick<Runtime, 'monotonicMs'>, withinMs: number) {
    this.#runtime = runtime;
    this.#withinMs = withinMs;
  }

  /** `knowing` grows with what the caller has heard of the object: an answer of a read that began knowing less is not used. */
  read(key: string, knowing: number, start: () => Promise<T>): Promise<T> {
    const at = this.#runtime.monotonicMs();
    const recent = this.#reads.get(key);
    if (recent !== undefined && recent.knowing >= knowing && at - recent.at < this.#withinMs) return recent.answer;
    const begun = { knowing, at, answer: start() };
    this.#reads.set(key, begun);
    begun.answer.catch(() => {
      if (this.#reads.get(key) === begun) this.#reads.delete(key);
    });
    return begun.answer;
  }

  /** After a write: what was read before it serves nobody. */
  forget(key: string): void {
    this.#reads.delete(key);
  }
}
