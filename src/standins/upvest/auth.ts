import { randomBytes } from 'node:crypto';
import { type Answer, type Exchange, header } from '../server/exchange.ts';
import type { Clock } from '../values/clock.ts';
import { refusal } from './errors.ts';
import type { UpvestSettings } from './settings.ts';

export interface TokenAuth {
  /** `POST /auth/token`. */
  token(exchange: Exchange): Answer;
  /** Throws 401 without a valid token, 403 when it has none of the scopes. */
  authorize(exchange: Exchange, scopes: readonly string[]): void;
  expireTokens(): void;
}

interface IssuedToken {
  readonly scopes: ReadonlySet<string>;
  readonly until: number;
}

const SCOPES = new Set(
  (
    'accounts:read accounts:admin webhooks:read webhooks:admin files:read orders:read orders:admin users:read ' +
    'users:admin checks:read checks:admin positions:read positions_performance:read reference_accounts:read ' +
    'reference_accounts:admin mandates:read mandates:admin payments:read payments:admin topups:read topups:admin ' +
    'credit_fundings:read isa_transfers:admin transactions:read instruments:read valuations:read account_returns:read ' +
    'virtual_cash_balances:admin prices:read tests:admin corporate_actions:admin portfolios:read portfolios:admin ' +
    'fees:read fees:admin reports:read reports:admin taxes:read taxes:admin'
  ).split(' '),
);

const FIELDS = ['client_id', 'client_secret', 'grant_type', 'scope'];

export function createTokenAuth(
  credentials: { readonly clientId: string; readonly clientSecret: string },
  settings: Pick<UpvestSettings, 'tokenLifetimeSeconds' | 'scopesNotGranted'>,
  clock: Clock,
): TokenAuth {
  const tokens = new Map<string, IssuedToken>();

  function issue(scopes: readonly string[]): Answer {
    const now = clock().getTime();
    for (const [token, { until }] of tokens) if (until <= now) tokens.delete(token);
    const token = `ory_at_${randomBytes(32).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
    const seconds = settings.tokenLifetimeSeconds;
    tokens.set(token, { scopes: new Set(scopes), until: now + seconds * 1000 });
    return {
      status: 200,
      body: { access_token: token, expires_in: seconds, token_type: 'bearer', scope: scopes.join(' ') },
    };
  }

  return {
    token(exchange) {
      const form = new URLSearchParams(exchange.body.toString('utf8'));
      const names = [...form.keys()];
      const wrong = [...names.filter((name) => !FIELDS.includes(name)), ...FIELDS.filter((name) => !form.get(name))];
      if (wrong.length > 0 || new Set(names).size !== names.length)
        throw refusal(400, 'The request body is not valid', `fields: ${wrong.join(', ')}`);
      if (form.get('grant_type') !== 'client_credentials') throw refusal(400, 'Unsupported grant type');
      const known =
        form.get('client_id') === credentials.clientId && form.get('client_secret') === credentials.clientSecret;
      if (!known) throw refusal(401, 'Client authentication failed');
      const scopes = (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
      const unknown = scopes.filter((scope) => !SCOPES.has(scope));
      if (unknown.length > 0 || scopes.length === 0) throw refusal(400, `Invalid scope ${unknown.join(' ')}`);
      const missing = scopes.filter((scope) => settings.scopesNotGranted.split(' ').includes(scope));
      if (missing.length > 0) throw refusal(400, `Invalid scope ${missing.join(' ')}`);
      return issue(scopes);
    },
    authorize(exchange, scopes) {
      const token = /^Bearer ([a-zA-Z0-9\-._~+/]+=*)$/.exec(header(exchange, 'authorization') ?? '')?.[1];
      const issued = token === undefined ? undefined : tokens.get(token);
      if (!issued || issued.until <= clock().getTime()) throw refusal(401, 'Token is invalid or expired');
      if (!scopes.some((scope) => issued.scopes.has(scope)))
        throw refusal(403, 'The token does not have the required scope', `needs one of ${scopes.join(', ')}`);
    },
    expireTokens: () => tokens.clear(),
  };
}
