import { parseUserId } from '../domain/ids.ts';
import { SCOPES, type Viewer } from '../domain/viewer.ts';
import { OverloadedError, UnauthenticatedError } from '../errors.ts';
import type { Authenticate } from './authenticate.ts';

/** An embedder's function may call other systems; a request that waits for it does not count as in progress yet. */
const DEADLINE_MS = 10_000;

/**
 * Checks an embedder's function at run time: its result decides authorization and goes into upstream queries, and not
 * every embedder uses TypeScript. Anything but a viewer is a fault (500, logged), null or undefined is 401, no answer
 * in time is 503.
 */
export function ownAuthentication(authenticate: Authenticate, deadlineMs: number = DEADLINE_MS): Authenticate {
  return async (request) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const error = new OverloadedError('Authentication is not available at the moment.', 5);
      timer = setTimeout(() => reject(error), deadlineMs);
    });
    try {
      return checkedViewer(await Promise.race([authenticate(request), late]));
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Messages name the problem, never the value. */
function checkedViewer(answer: unknown): Viewer {
  if (answer === null || answer === undefined) throw new UnauthenticatedError('Authentication is required.');
  const { subject, issuer, userId, scopes, expiresAt }: Partial<Record<keyof Viewer, unknown>> = Object(answer);
  if (typeof subject !== 'string' || subject === '') throw wrong('subject', 'a text');
  if (typeof issuer !== 'string' || issuer === '') throw wrong('issuer', 'a text');
  const parsedId = typeof userId === 'string' ? parseUserId(userId) : null;
  if (parsedId === undefined || (parsedId === null && userId !== null)) {
    throw wrong('userId', "InvestSuite's id of a user (U and 26 characters), or null");
  }
  if (!(scopes instanceof Set)) throw wrong('scopes', 'a Set');
  if (expiresAt !== undefined && !(typeof expiresAt === 'number' && Number.isFinite(expiresAt))) {
    throw wrong('expiresAt', 'seconds since 1970, or undefined');
  }
  return { subject, issuer, userId: parsedId, scopes: new Set(SCOPES.filter((scope) => scopes.has(scope))), expiresAt };
}

const wrong = (name: keyof Viewer, expected: string): TypeError =>
  new TypeError(`authenticate() answered with a viewer whose ${name} is not ${expected}`);
