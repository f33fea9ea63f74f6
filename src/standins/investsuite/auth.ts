import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { type Answer, type Exchange, header, Refusal } from '../server/exchange.ts';
import type { Clock } from '../values/clock.ts';
import { object, text } from '../values/shape.ts';
import { bodyOf } from './body.ts';
import { accessForbidden, unauthorized } from './errors.ts';
import type { InvestSuiteSettings } from './settings.ts';

export interface InvestSuiteCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface InvestSuiteAuth {
  login(exchange: Exchange): Answer;
  refresh(exchange: Exchange): Answer;
  /** Throws a refusal without a valid token. */
  authorize(exchange: Exchange): void;
  /** Ends all tokens at once, refresh tokens too. */
  expireTokens(): void;
}

const LOGIN = object({ access_key_id: text(), secret_access_key: text() }, ['access_key_id', 'secret_access_key']);
const REFRESH = object({ refresh_token: text() }, ['refresh_token']);

/** Tokens as on the authentication page: a JWT of some minutes, and a refresh token that expires with it and works once. */
export function createAuth(
  credentials: InvestSuiteCredentials,
  settings: Pick<InvestSuiteSettings, 'tokenLifetimeSeconds' | 'badTokenStatus'>,
  clock: Clock,
): InvestSuiteAuth {
  const secret = randomBytes(32);
  const access = new Map<string, number>();
  const refresh = new Map<string, number>();

  const issue = (): Answer => {
    const now = clock().getTime();
    for (const tokens of [access, refresh]) for (const [token, until] of tokens) if (until <= now) tokens.delete(token);
    const until = now + settings.tokenLifetimeSeconds * 1000;
    const accessToken = jwt(secret, Math.floor(until / 1000));
    const refreshToken = randomBytes(24).toString('base64url');
    access.set(accessToken, until);
    refresh.set(refreshToken, until);
    const body = {
      access_token: accessToken,
      token_type: 'Bearer',
      // A string of seconds, as in the docs' example.
      expires_in: String(settings.tokenLifetimeSeconds),
      refresh_token: refreshToken,
    };
    return { status: 200, body };
  };

  const refuse = (description: string): Refusal => new Refusal(unauthorized(description, clock()), description);

  return {
    login(exchange) {
      const body = bodyOf(exchange, LOGIN);
      if (body.access_key_id !== credentials.accessKeyId || body.secret_access_key !== credentials.secretAccessKey)
        throw refuse('Credentials invalid');
      return issue();
    },
    refresh(exchange) {
      const token = bodyOf(exchange, REFRESH).refresh_token;
      const until = refresh.get(token);
      refresh.delete(token);
      if (until === undefined || until <= clock().getTime()) throw refuse('Refresh token invalid');
      return issue();
    },
    authorize(exchange) {
      const token = /^Bearer (\S+)$/.exec(header(exchange, 'authorization') ?? '')?.[1];
      const until = token === undefined ? undefined : access.get(token);
      if (until !== undefined && until > clock().getTime()) return;
      const description = token === undefined ? 'No bearer token' : 'JWT invalid';
      throw settings.badTokenStatus === 403 ? new Refusal(accessForbidden, description) : refuse(description);
    },
    expireTokens() {
      access.clear();
      refresh.clear();
    },
  };
}

function jwt(secret: Buffer, expiresAt: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ jti: randomUUID(), exp: expiresAt })}`;
  return `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;
}
