import { UpstreamUnavailableError } from '../../errors.ts';
import type { WireAnswer } from '../http/client.ts';
import type { ScopeSet } from './auth.ts';
import { createClients, DEFAULT_SCOPES, type UpvestClients, type UpvestConnection } from './connection.ts';
import { isObject, parseProblem } from './problem.ts';
import { SigningKeyError, type SigningKeyProblem } from './signing-key.ts';
import { requestToken } from './tokens.ts';

export type UpvestProblem =
  | SigningKeyProblem
  | 'unreachable'
  | 'upstream-failing'
  | 'clock-skew'
  /** The signature does not hold: the private key is not the one that belongs to the key id. */
  | 'wrong-key'
  | 'wrong-client-secret'
  | 'missing-scope'
  | 'unexpected-answer';

/** One thing that was tried. Messages are for the operator: no secret, nothing of Upvest's answers. */
export interface UpvestFinding {
  readonly tried: 'private key' | `token for ${ScopeSet}` | 'reading' | 'webhook keys' | 'clock';
  /** Null: it works. */
  readonly problem: UpvestProblem | null;
  readonly message: string;
}

/** Signatures of Upvest's examples hold five to ten seconds; a clock that is further off is refused. */
const MAX_SKEW_SECONDS = 10;

/** Tries everything that the gateway needs of Upvest, without writing anything. Never throws. */
export async function checkUpvest(connection: UpvestConnection): Promise<readonly UpvestFinding[]> {
  let clients: UpvestClients;
  try {
    clients = createClients({ ...connection, readAttempts: 1 });
  } catch (error) {
    if (!(error instanceof SigningKeyError)) throw error;
    return [{ tried: 'private key', problem: error.problem, message: error.message }];
  }
  const findings: UpvestFinding[] = [{ tried: 'private key', problem: null, message: 'can be used for signing' }];
  try {
    for (const set of ['read', 'write', 'webhooks'] as const) findings.push(await tryToken(clients, connection, set));
    const works = (set: ScopeSet): boolean =>
      findings.some(({ tried, problem }) => tried === `token for ${set}` && problem === null);
    if (works('read')) findings.push(...(await tryReading(clients)));
    if (works('webhooks')) findings.push(await tryKeys(clients));
    return findings;
  } finally {
    await Promise.all([clients.client.close(), clients.tokenClient.close()]);
  }
}

async function tryToken(
  { tokenClient }: UpvestClients,
  connection: UpvestConnection,
  set: ScopeSet,
): Promise<UpvestFinding> {
  const tried = `token for ${set}` as const;
  const scope = connection.scopes?.[set] ?? DEFAULT_SCOPES[set];
  try {
    const result = await requestToken(tokenClient, connection, scope);
    if (result.kind === 'refused') return { tried, ...refusal(result.answer, scope) };
    if (result.kind === 'unreadable') return { tried, ...UNEXPECTED };
    const granted = result.scope?.split(' ');
    const missing = scope.split(' ').filter((name) => granted?.includes(name) === false);
    return missing.length === 0
      ? { tried, problem: null, message: 'granted' }
      : { tried, problem: 'missing-scope', message: `Upvest did not grant: ${missing.join(' ')}` };
  } catch (error) {
    return { tried, ...unavailable(error) };
  }
}

/** A call that needs a token and a query in the signature; its answer tells the time, too. */
async function tryReading({ client }: UpvestClients): Promise<readonly UpvestFinding[]> {
  const tried = 'reading';
  try {
    const request = { method: 'GET', path: '/account_groups?limit=1', headers: {}, operation: 'upvest.check' } as const;
    const answer = await client.read(request);
    const skew = skewSeconds(answer);
    const clock: UpvestFinding[] =
      skew === undefined ? [] : [{ tried: 'clock', ...(Math.abs(skew) > MAX_SKEW_SECONDS ? skewed(skew) : IN_STEP) }];
    // A token has been granted by this very address, so it is the right one; the call's token and signature were taken.
    if (answer.status === 404) return [{ tried, problem: null, message: 'we are let in; no account groups' }, ...clock];
    if (!answer.ok) return [{ tried, ...refusal(answer, 'accounts:read') }, ...clock];
    return [{ tried, problem: null, message: 'account groups can be read' }, ...clock];
  } catch (error) {
    return [{ tried, ...unavailable(error) }];
  }
}

async function tryKeys({ client }: UpvestClients): Promise<UpvestFinding> {
  const tried = 'webhook keys';
  try {
    const request = { method: 'GET', path: '/auth/verify_keys', headers: {}, operation: 'upvest.verifyKeys' } as const;
    const answer = await client.read(request);
    if (!answer.ok) return { tried, ...refusal(answer, 'webhooks:read') };
    const body = answer.json();
    const keys = isObject(body) ? body['keys'] : undefined;
    return Array.isArray(keys) && keys.length > 0
      ? { tried, problem: null, message: `${keys.length} at hand` }
      : { tried, ...UNEXPECTED };
  } catch (error) {
    return { tried, ...(error instanceof SyntaxError ? UNEXPECTED : unavailable(error)) };
  }
}

type Outcome = Pick<UpvestFinding, 'problem' | 'message'>;

const UNEXPECTED: Outcome = {
  problem: 'unexpected-answer',
  message: 'the answer is not what Upvest documents; is the address of Upvest right?',
};
const IN_STEP: Outcome = { problem: null, message: "agrees with Upvest's" };

/**
 * What a 4xx means. Upvest answers 401 to a bad signature, a bad secret and a bad token alike; only the text tells, and
 * only "Signature is incorrect" is documented.
 */
function refusal(answer: WireAnswer, scope: string): Outcome {
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

function unavailable(error: unknown): Outcome {
  if (!(error instanceof UpstreamUnavailableError)) throw error;
  switch (error.reason) {
    case 'connection':
    case 'timeout':
    case 'deadline':
    case 'fenced':
    case 'aborted':
      return { problem: 'unreachable', message: `Upvest can't be reached (${error.reason})` };
    case 'server-error':
    case 'rate-limited':
    case 'circuit-open':
      return { problem: 'upstream-failing', message: `Upvest answers, but fails (${error.reason})` };
    case 'unauthenticated':
      return { problem: 'wrong-client-secret', message: 'Upvest does not let us in' };
    default:
      return error.reason satisfies never;
  }
}

/** How far our clock is ahead of Upvest's, from its `date` header: whole seconds. */
function skewSeconds(answer: WireAnswer): number | undefined {
  const theirs = Date.parse(answer.headers['date'] ?? '');
  return Number.isNaN(theirs) ? undefined : Math.round((Date.now() - theirs) / 1000);
}

const skewed = (skew: number): Outcome => ({
  problem: 'clock-skew',
  message: `the clock of this machine is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} Upvest's; signatures are refused`,
});
