import type { Connection } from '../upstream/connection.ts';
import { isObject } from '../upstream/exact-json.ts';
import type { ScopeSet } from './auth.ts';
import { clockOutcome, type Outcome, refusal, UNEXPECTED, unavailable } from './check-outcomes.ts';
import { tryScopes } from './check-token.ts';
import { connectUpvest, DEFAULT_SCOPES, type UpvestConnection } from './connection.ts';
import { SigningKeyError } from './signing-key.ts';

/** One thing that was tried. */
export interface UpvestFinding extends Outcome {
  readonly tried: 'private key' | `token for ${ScopeSet}` | 'reading' | 'webhook keys' | 'clock';
}

/** Tries everything that the gateway needs of Upvest, without writing anything. Never throws. */
export async function checkUpvest(connection: UpvestConnection): Promise<readonly UpvestFinding[]> {
  let clients: Connection;
  try {
    clients = connectUpvest({ ...connection, readAttempts: 1 });
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
    await clients.close();
  }
}

async function tryToken(
  { authClient }: Connection,
  connection: UpvestConnection,
  set: ScopeSet,
): Promise<UpvestFinding> {
  const scope = connection.scopes?.[set] ?? DEFAULT_SCOPES[set];
  return { tried: `token for ${set}`, ...(await tryScopes(authClient, connection, scope)) };
}

/** A call that needs a token and a query in the signature; its answer has Upvest's time, too. */
async function tryReading({ client }: Connection): Promise<readonly UpvestFinding[]> {
  const tried = 'reading';
  try {
    const request = { method: 'GET', path: '/account_groups?limit=1', headers: {}, operation: 'upvest.check' } as const;
    const answer = await client.read(request);
    const told = clockOutcome(answer);
    const clock: UpvestFinding[] = told === undefined ? [] : [{ tried: 'clock', ...told }];
    // A token has been granted by this very address, so it is the right one; the call's token and signature were taken.
    if (answer.status === 404) return [{ tried, problem: null, message: 'we are let in; no account groups' }, ...clock];
    if (!answer.ok) return [{ tried, ...refusal(answer, 'accounts:read') }, ...clock];
    return [{ tried, problem: null, message: 'account groups can be read' }, ...clock];
  } catch (error) {
    return [{ tried, ...unavailable(error) }];
  }
}

async function tryKeys({ client }: Connection): Promise<UpvestFinding> {
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
