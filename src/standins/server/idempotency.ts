import { createHash } from 'node:crypto';
import type { Clock } from '../values/clock.ts';
import { type Answer, Refusal } from './exchange.ts';

export interface IdempotencyOptions {
  readonly clock: Clock;
  /** How long an answer is kept. */
  readonly windowMs: () => number;
  /** The answer to the same key with another body, which neither vendor documents. */
  readonly conflict: () => 'refuse' | 'replay';
  /** The refusal, in the vendor's shape. */
  readonly conflictAnswer: () => Answer;
}

export interface IdempotentAnswers {
  /** Does the work once per key and call; a success is answered again as it was. Failures are not kept. */
  once(key: string, call: string, body: Buffer, work: () => Answer): Answer;
  readonly size: number;
  clear(): void;
}

interface Kept {
  readonly bodyHash: string;
  readonly answer: Answer;
  readonly until: number;
}

export function createIdempotentAnswers(options: IdempotencyOptions): IdempotentAnswers {
  const kept = new Map<string, Kept>();
  return {
    once(key, call, body, work) {
      const now = options.clock().getTime();
      const slot = `${call} ${key.toLowerCase()}`;
      const bodyHash = createHash('sha256').update(body).digest('hex');
      const before = kept.get(slot);
      if (before && before.until > now) {
        if (before.bodyHash !== bodyHash && options.conflict() === 'refuse')
          throw new Refusal(options.conflictAnswer(), 'the idempotency key was used with another body');
        return before.answer;
      }
      const answer = work();
      if (answer.status < 300) kept.set(slot, { bodyHash, answer, until: now + options.windowMs() });
      return answer;
    },
    get size() {
      return kept.size;
    },
    clear: () => kept.clear(),
  };
}
