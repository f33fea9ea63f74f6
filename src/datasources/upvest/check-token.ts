import type { UpstreamClient } from '../upstream/client.ts';
import { type Outcome, refusal, UNEXPECTED, unavailable } from './check-outcomes.ts';
import { type ClientSecret, requestToken } from './tokens.ts';

/** Whether Upvest grants a token of these scopes, all of them. */
export async function tryScopes(
  tokenClient: Pick<UpstreamClient, 'read'>,
  secret: ClientSecret,
  scope: string,
): Promise<Outcome> {
  try {
    const result = await requestToken(tokenClient, secret, scope);
    if (result.kind === 'refused') return refusal(result.answer, scope);
    if (result.kind === 'unreadable') return UNEXPECTED;
    const granted = result.scope?.split(' ');
    const missing = scope.split(' ').filter((name) => granted?.includes(name) === false);
    return missing.length === 0
      ? { problem: null, message: 'granted' }
      : { problem: 'missing-scope', message: `Upvest did not grant: ${missing.join(' ')}` };
  } catch (error) {
    return unavailable(error);
  }
}
