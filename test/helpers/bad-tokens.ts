import { createHmac } from 'node:crypto';
import type { TestIssuer } from './issuer.ts';

const now = (): number => Math.floor(Date.now() / 1000);
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

type Make = (issuer: TestIssuer, subject: string) => Promise<string>;

/** A token that asks for everything, with other claims or another header than usual. */
const issued =
  (claims: () => Parameters<TestIssuer['token']>[0], header: Parameters<TestIssuer['token']>[1] = {}): Make =>
  async (issuer, subject) =>
    `Bearer ${await issuer.token({ sub: subject, scope: 'operator', ...claims() }, header)}`;

const claimsOf = ({ settings }: TestIssuer, sub: string) => ({
  ...{ iss: settings.issuer, aud: settings.audience, exp: now() + 60 },
  ...{ sub, scope: 'operator' },
});

const unsigned: Make = async (issuer, subject) => `Bearer ${part({ alg: 'none' })}.${part(claimsOf(issuer, subject))}.`;

const hs256: Make = async (issuer, subject) => {
  const text = `${part({ alg: 'HS256', kid: 'key-0' })}.${part(claimsOf(issuer, subject))}`;
  const secret = JSON.stringify(issuer.publicJwk());
  return `Bearer ${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};

const cutOff: Make = async (issuer, subject) => {
  const token = await issuer.token({ sub: subject, scope: 'operator' });
  return `Bearer ${token.slice(0, token.lastIndexOf('.') + 1)}`;
};

/** Authorization headers that must not hold, each for another reason; '' is none. */
export const BAD_AUTHORIZATIONS: readonly (readonly [reason: string, make: Make])[] = [
  ['no token', async () => ''],
  ['another scheme', async () => 'Basic dXNlcjpwYXNz'],
  ['garbage', async () => 'Bearer abc.def.ghi'],
  ['an expired one', issued(() => ({ exp: now() - 60 }))],
  ['one not yet valid', issued(() => ({ nbf: now() + 60 }))],
  ['one without expiry', issued(() => ({ exp: undefined }))],
  ['one without subject', issued(() => ({ sub: undefined }))],
  ['another issuer', issued(() => ({ iss: 'https://other.test' }))],
  ['another audience', issued(() => ({ aud: 'other' }))],
  ['no audience', issued(() => ({ aud: undefined }))],
  ['alg none', unsigned],
  ['no signature', cutOff],
  ['HS256 signed with the public key', hs256],
  ['an unknown key id', issued(() => ({}), { kid: 'unknown' })],
];
