import type { UpstreamUnavailableError } from '../../errors.ts';

/** Result of a try without an answer. */
export interface NoAnswer {
  readonly problem: 'unreachable' | 'upstream-failing';
  /** For the operator. */
  readonly message: string;
}

/** Why an upstream is not available; undefined where it refuses our credentials. */
export function noAnswer(name: string, { reason }: UpstreamUnavailableError): NoAnswer | undefined {
  switch (reason) {
    case 'connection':
    case 'timeout':
    case 'deadline':
    case 'fenced':
    case 'aborted':
      return { problem: 'unreachable', message: `${name} can't be reached (${reason})` };
    case 'server-error':
    case 'rate-limited':
    case 'circuit-open':
      return { problem: 'upstream-failing', message: `${name} answers, but fails (${reason})` };
    case 'unauthenticated':
      return undefined;
    default:
      return reason satisfies never;
  }
}
