import {
  type UpstreamError,
  UpstreamInvalidAnswerError,
  UpstreamRefusedReadError,
  type UpstreamSystem,
  UpstreamUnavailableError,
} from '../../errors.ts';
import type { ExactJson } from './exact-json.ts';
import type { WireAnswer } from './wire-answer.ts';

/** Error of a read with a status outside 2xx. `cause` is for the log. */
export function refusal(system: UpstreamSystem, { status }: WireAnswer, cause?: Error): UpstreamError {
  return status === 401
    ? new UpstreamUnavailableError(system, 'unauthenticated', { status, cause })
    : new UpstreamRefusedReadError(system, status, { cause });
}

/** The body of an answer. Throws an UpstreamInvalidAnswerError where it is not JSON; `what` names it in the log. */
export function bodyOf(system: UpstreamSystem, answer: WireAnswer, what: string): ExactJson {
  try {
    return answer.json();
  } catch {
    // The parser's message quotes the body, so it is not kept.
    throw new UpstreamInvalidAnswerError(system, `${what}: not JSON`);
  }
}

/** The body where it is JSON, for details beside the status. */
export function bodyIfAny(answer: WireAnswer): ExactJson | undefined {
  try {
    return answer.json();
  } catch {
    return undefined;
  }
}
