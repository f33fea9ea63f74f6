import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedPortfolio, startUpvestStandin, type UpvestStandin } from '../../../src/standins/index.ts';
import { send } from '../support/http.ts';
import { EVERY_SCOPE, type Signing, signedCall, type UpvestClient, upvestClient } from '../support/upvest-client.ts';

const seeded = seedPortfolio({ key: 'signatures' });
const balances = `/account_groups/${seeded.broker.accountGroupId}/payments/cash_balances`;
const ed25519 = generateKeyPairSync('ed25519');
const ED25519_KEY_ID = '5c3dfc6f-6f0f-4d43-9a4b-2f5d7c1d8a10';
let standin: UpvestStandin;
let client: UpvestClient;

beforeAll(async () => {
  const publicKeyPem = ed25519.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  standin = await startUpvestStandin({
    seed: seeded.upvest ?? {},
    clientKeys: [{ keyId: ED25519_KEY_ID, publicKeyPem }],
  });
  client = await upvestClient(standin);
});
afterAll(() => standin.stop());

const seconds = () => Math.floor(Date.now() / 1000);
const lastNote = () => standin.calls.list().at(-1)?.note;
const body = JSON.stringify({ account_group_id: seeded.broker.accountGroupId, amount: '1.00', currency: 'EUR' });
const increase = (signing: Signing = {}) =>
  client.call('POST', '/virtual_cash_balances/increases', body, {
    ...signing,
    headers: { 'idempotency-key': '0f5ab6a1-8a53-4d0b-9c3c-0c9c1a2b3c4d', ...signing.headers },
  });

describe('a good signature', () => {
  test('lets a read with a query and a write with a body through', async () => {
    expect((await client.get(`${balances}?limit=2&offset=0`)).status).toBe(200);
    expect((await increase()).status).toBe(202);
  });

  test('may be Ed25519', async () => {
    const answer = await client.get(balances, { key: ed25519.privateKey, keyId: ED25519_KEY_ID });
    expect(answer.status).toBe(200);
  });

  test('may cover more: the API version and a date', async () => {
    const headers = { 'upvest-api-version': '1', date: 'Fri, 02 Jan 2026 10:00:00 GMT' };
    expect((await client.get(balances, { headers })).status).toBe(200);
  });
});

describe('a bad signature gets 401 without details', () => {
  const reads: readonly [string, () => Signing, RegExp][] = [
    ['raw instead of DER', () => ({ dsaEncoding: 'ieee-p1363' }), /verify/],
    ['version 6', () => ({ unquoted: true }), /version/],
    ['another key', () => ({ key: generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).privateKey }), /verify/],
    ['an unknown key id', () => ({ keyId: 'ffffffff-ffff-4fff-8fff-ffffffffffff' }), /unknown key/],
    ['made in the future', () => ({ created: seconds() + 30 }), /future/],
    ['expired', () => ({ created: seconds() - 60, expires: seconds() - 30 }), /expired/],
    ['good for too long', () => ({ expires: seconds() + 3600 }), /expires/],
    ['method not covered', () => ({ without: ['@method'] }), /@method/],
    ['path not covered', () => ({ without: ['@path'] }), /@path/],
    ['accept not covered', () => ({ without: ['accept'] }), /accept/],
    ['authorization not covered', () => ({ without: ['authorization'] }), /authorization/],
    ['client id not covered', () => ({ without: ['upvest-client-id'] }), /upvest-client-id/],
    ['another path sent', () => ({ sentPath: '/users' }), /verify/],
    ['a query added', () => ({ sentPath: `${balances}?limit=1` }), /@query/],
    ['an API version that is not covered', () => ({ extraHeaders: { 'upvest-api-version': '1' } }), /api-version/],
  ];
  test.each(reads)('%s', async (_, signing, note) => {
    const answer = await client.get(balances, signing());
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({
      type: 'https://docs.upvest.co/errors/unauthorised',
      title: 'Unauthorised',
      detail: 'Signature is incorrect',
      status: 401,
    });
    expect(lastNote()).toMatch(note);
  });

  const writes: readonly [string, Signing, RegExp][] = [
    ['another body sent', { sentBody: body.replace('1.00', '9.00') }, /digest/],
    ['digest not covered', { without: ['content-digest'] }, /content-digest/],
    ['length not covered', { without: ['content-length'] }, /content-length/],
    ['type not covered', { without: ['content-type'] }, /content-type/],
    ['idempotency key not covered', { without: ['idempotency-key'] }, /idempotency-key/],
    ['no digest', { headers: { 'content-digest': '' } }, /content-digest/],
  ];
  test.each(writes)('%s', async (_, signing, note) => {
    expect((await increase(signing)).status).toBe(401);
    expect(lastNote()).toMatch(note);
  });

  test('a query that is sent but not covered', async () => {
    expect((await client.get(`${balances}?limit=1`, { without: ['@query'] })).status).toBe(401);
  });

  test('a nonce used before', async () => {
    expect((await client.get(balances, { nonce: 'same' })).status).toBe(200);
    expect((await client.get(balances, { nonce: 'same' })).status).toBe(401);
    expect(lastNote()).toMatch(/nonce/);
  });

  test('any other header, where every one must be covered', async () => {
    const extraHeaders = { 'accept-language': 'de', 'user-agent': 'test', 'x-trace': '1' };
    expect((await client.get(balances, { extraHeaders })).status).toBe(200);
    standin.settings.signatureCoverage = 'every-header';
    expect((await client.get(balances, { extraHeaders })).status).toBe(401);
    expect((await client.get(balances)).status).toBe(200);
    standin.settings.signatureCoverage = 'table';
  });
});

describe('the form of a request', () => {
  test('without client id is 400, with another type or accept is refused', async () => {
    const missing = await send('GET', standin.url + balances, { accept: 'application/json' });
    expect([missing.status, missing.json().type]).toEqual([400, 'https://docs.upvest.co/errors/missing_client_id']);
    expect((await client.get(balances, { headers: { accept: 'text/html' } })).status).toBe(406);
    const charset = await increase({ headers: { 'content-type': 'application/json; charset=utf-8' } });
    expect([charset.status, charset.json().detail]).toEqual([400, 'unexpected request Content-Type']);
  });

  test('every answer has a request id', async () => {
    expect((await client.get(balances)).headers['upvest-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await client.get('/nowhere')).headers['upvest-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await client.get('/nowhere')).status).toBe(404);
    expect((await client.call('PATCH', balances, '{}')).status).toBe(405);
  });
});

describe('the token call', () => {
  const token = (changes: Record<string, string>) => {
    const form = new URLSearchParams({
      client_id: standin.credentials.clientId,
      client_secret: standin.credentials.clientSecret,
      grant_type: 'client_credentials',
      scope: EVERY_SCOPE,
      ...changes,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return signedCall(standin, 'POST', '/auth/token', form.toString(), { headers });
  };

  test('answers an opaque token with its lifetime as a number', async () => {
    const answer = (await token({})).json();
    expect(answer).toMatchObject({ expires_in: 1799, token_type: 'bearer', scope: EVERY_SCOPE });
    expect(answer.access_token).toMatch(/^ory_at_/);
  });

  test('is refused with a wrong secret, an unknown scope, another field or grant', async () => {
    expect((await token({ client_secret: 'wrong' })).status).toBe(401);
    expect((await token({ client_secret: 'wrong' })).json().detail).not.toBe('Signature is incorrect');
    expect((await token({ scope: 'everything' })).status).toBe(400);
    expect((await token({ audience: 'x' })).status).toBe(400);
    expect((await token({ grant_type: 'password' })).status).toBe(400);
  });

  test('must be signed', async () => {
    const headers = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'upvest-client-id': standin.credentials.clientId,
    };
    expect((await send('POST', `${standin.url}/auth/token`, headers, 'a=b')).status).toBe(401);
  });

  test('its scopes are enforced', async () => {
    const reader = await upvestClient(standin, 'accounts:read');
    expect((await reader.get(balances)).status).toBe(403);
    expect((await reader.get(`/account_groups/${seeded.broker.accountGroupId}`)).status).toBe(200);
  });

  test('its token ends', async () => {
    standin.expireTokens();
    const answer = await client.get(balances);
    expect([answer.status, answer.json().detail]).toEqual([401, 'Token is invalid or expired']);
    client = await upvestClient(standin);
    expect((await client.get(balances)).status).toBe(200);
  });
});

test('more requests in a second than allowed get 429, with Retry-After where that is set', async () => {
  Object.assign(standin.settings, { requestsPerSecond: 3, sendRetryAfter: true });
  const answers = await Promise.all(Array.from({ length: 5 }, () => client.get(balances)));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers['retry-after']).toBe('1');
  expect(refused[0]?.json().type).toBe('https://docs.upvest.co/errors/too_many_requests');
  Object.assign(standin.settings, { requestsPerSecond: null });
});
