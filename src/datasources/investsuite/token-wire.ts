import { epochNanoseconds } from '../../domain/datetime.ts';
import type { Runtime } from '../../domain/runtime.ts';
import { readDateTime } from '../../domain/written-time.ts';
import { bodyIfAny } from '../upstream/answers.ts';
import { type ExactJson, member } from '../upstream/exact-json.ts';
import type { GivenToken } from '../upstream/held-token.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';

/** Answer of a login or a refresh. */
export interface WireToken extends GivenToken {
  readonly refreshToken?: string | undefined;
}

/** Taken where the answer does not say how long its token lives. */
const UNKNOWN_LIFETIME_MS = 60_000;
const MAX_LIFETIME_MS = 24 * 3_600_000;
/** Larger numbers of seconds are a time, not a duration. */
const EPOCH_SECONDS = 1_000_000_000;

/** Undefined where the answer has no token: then it was no login, whatever its status. */
export function readToken(answer: WireAnswer, runtime: Pick<Runtime, 'now'>): WireToken | undefined {
  const body = bodyIfAny(answer);
  const accessToken = member(body, 'access_token');
  // It goes into a header: anything that is not a plain token is none.
  if (typeof accessToken !== 'string' || !/^[\x21-\x7e]+$/.test(accessToken)) return undefined;
  const now = runtime.now();
  const refreshToken = member(body, 'refresh_token');
  return {
    text: accessToken,
    ...(typeof refreshToken === 'string' && refreshToken !== '' ? { refreshToken } : {}),
    lifetimeMs:
      lifetimeMs(member(body, 'expires_in'), now) ?? lifetimeMs(member(body, 'expires_at'), now) ?? UNKNOWN_LIFETIME_MS,
  };
}

/** Documented as seconds in a string, in prose as a number called `expires_at`; a point in time is understood too. */
function lifetimeMs(value: ExactJson | undefined, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  const seconds = /^\d{1,10}(\.\d+)?$/.test(value) ? Number(value) : undefined;
  if (seconds !== undefined) return bounded(seconds < EPOCH_SECONDS ? seconds * 1000 : seconds * 1000 - now);
  const time = readDateTime(value);
  return time === undefined ? undefined : bounded(Number(epochNanoseconds(time) / 1_000_000n) - now);
}

const bounded = (ms: number): number => Math.min(MAX_LIFETIME_MS, Math.max(1_000, ms));
