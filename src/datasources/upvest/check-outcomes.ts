import { systemRuntime } from '../../domain/runtime.ts';
import { UpstreamUnavailableError } from '../../errors.ts';
import { noAnswer } from '../upstream/check.ts';
import type { WireAnswer, WriteAttempt } from '../upstream/client.ts';
import { parseProblem } from './problem.ts';
import type { SigningKeyProblem } from './signing-key.ts';

export type UpvestProblem =
  | SigningKeyProblem
  | 'unreachable'
  | 'upstream-failing'
  | 'clock-skew'
  /** The signature does not hold: the private key is not the one that belongs to the key id. */
  | 'wrong-key'
  | 'wrong-client-secret'
  | 'missing-scope'
  | 'unexpected-answer'
  /** It is not known whether Upvest has done it. */
  | 'no-answer'
  | 'webhook-missing'
  | 'webhook-disabled'
  | 'webhook-incomplete'
  | 'webhook-refused';

/** Result of a check. Messages are for operators: no secrets, nothing of Upvest's answers. */
export interface Outcome {
  /** Null: it works. */
  readonly problem: UpvestProblem | null;
  readonly message: string;
}

/** Signatures of Upvest's examples hold five to ten seconds; a clock that is further off is refused. */
const MAX_SKEW_SECONDS = 10;

export const UNEXPECTED: Outcome = {
  problem: 'unexpected-answer',
  message: 'the answer is not what Upvest documents; is the address of Upvest right?',
};
const IN_STEP: Outcome = { problem: null, message: "agrees with Upvest's" };

/**
 * Result for a 4xx. Upvest answers 401 to a bad signature, secret or token; only the text differs, and only "Signature
 * is incorrect" is documented.
 */
export function refusal(answer: WireAnswer, scope: string): Outcome {
  const { type, title, detail } = parseProblem(answer);
  const says = (pattern: RegExp): boolean => [type, title, detail].some((text) => text !== null && pattern.test(text));
  const skew = skewSeconds(answer);
  if (answer.status === 401 && skew !== undefined && Math.abs(skew) > MAX_SKEW_SECONDS) return skewed(skew);
  if (says(/signature|key.?id/i)) {
    return {
      problem: 'wrong-key',
      message:
        'Upvest does not accept the signature: the private key, the key id or the client id is not the right one',
    };
  }
  if (says(/scope/i) || answer.status === 403) {
    return { problem: 'missing-scope', message: `Upvest does not grant what was asked for: ${scope}` };
  }
  if (answer.status === 400 || answer.status === 401) {
    return { problem: 'wrong-client-secret', message: 'Upvest does not accept the client id or the client secret' };
  }
  return { ...UNEXPECTED, message: `${UNEXPECTED.message} (status ${answer.status})` };
}

/** Result for an error of a read. Throws any other error. */
export function unavailable(error: unknown): Outcome {
  if (!(error instanceof UpstreamUnavailableError)) throw error;
  return noAnswer('Upvest', error) ?? { problem: 'wrong-client-secret', message: 'Upvest does not let us in' };
}

/** Result for a write without an answer. */
export const unanswered = ({ kind, reason }: Exclude<WriteAttempt, { kind: 'answered' }>): Outcome =>
  kind === 'unknown'
    ? { problem: 'no-answer', message: `it is not known whether Upvest has done it (${reason}); run it again` }
    : { problem: 'unreachable', message: `nothing was sent to Upvest (${reason})` };

/** Compares the local clock with Upvest's; undefined where the answer has no time. */
export function clockOutcome(answer: WireAnswer): Outcome | undefined {
  const skew = skewSeconds(answer);
  if (skew === undefined) return undefined;
  return Math.abs(skew) > MAX_SKEW_SECONDS ? skewed(skew) : IN_STEP;
}

/** How far our clock is ahead of Upvest's, from its `date` header: whole seconds. */
function skewSeconds(answer: WireAnswer): number | undefined {
  const theirs = Date.parse(answer.headers['date'] ?? '');
  return Number.isNaN(theirs) ? undefined : Math.round((systemRuntime.now() - theirs) / 1000);
}

const skewed = (skew: number): Outcome => ({
  problem: 'clock-skew',
  message: `the clock of this machine is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} Upvest's; signatures are refused`,
});
