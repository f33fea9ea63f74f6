import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/datasources/upvest/index.ts';
import { problem } from './fake-upvest.ts';
import { setUp, verdictOn } from './harness.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'upvest-1' };

function delivery(keyId: string): Delivery {
  const body = Buffer.from('{"payload":[]}');
  const now = Math.floor(Date.now() / 1000);
  const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
  const input = `("@method" "@path" "digest");keyid="${keyId}";created=${now};expires=${now + 10};nonce="n"`;
  const base = `@method: POST\n@path: /webhooks/upvest\ndigest: ${digest}\n@signature-params: ${input}`;
  const signature = sign('sha512', Buffer.from(base), { key: keys.privateKey, dsaEncoding: 'der' }).toString('base64');
  const headers = { digest, 'signature-input': `sig1=${input}`, signature: `sig1=:${signature}:` };
  return { method: 'POST', path: '/webhooks/upvest', query: '', headers, body };
}

describe('webhooks', () => {
  it("are checked with the keys that Upvest publishes, asked for with the webhooks' own token", async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', '/auth/verify_keys', () => ({ body: { keys: [jwk] } }));
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => verdictOn(upvest, delivery('upvest-1'))));
    expect(verdicts.every(({ kind }) => kind === 'valid')).toBe(true);
    expect(fake.callsTo('GET', '/auth/verify_keys')).toHaveLength(1);
    expect(fake.calls.at(-1)?.scope).toBe('webhooks:read');
    expect(fake.refused).toEqual([]);
  });

  it('of keys that Upvest does not have are reported as such, with one read for all of them', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', '/auth/verify_keys', () => ({ body: { keys: [jwk] } }));
    const bad = Array.from({ length: 20 }, (_, at) => `bad-${at}`);
    const verdicts = await Promise.all(bad.map((keyId) => verdictOn(upvest, delivery(keyId))));
    expect(verdicts).toEqual(bad.map((keyId) => ({ kind: 'unknownKey', keyId })));
    expect(fake.callsTo('GET', '/auth/verify_keys')).toHaveLength(1);
    expect(await verdictOn(upvest, delivery('upvest-1'))).toMatchObject({ kind: 'valid' });
  });

  it.each([
    [404, 'UPSTREAM_REFUSED'],
    [403, 'UPSTREAM_REFUSED'],
    [500, 'UPSTREAM_UNAVAILABLE'],
  ])('can not be judged while the keys are answered %d', async (status, code) => {
    const { fake, upvest } = await setUp();
    fake.on('GET', '/auth/verify_keys', () => problem(status, 'x', ''));
    await expect(verdictOn(upvest, delivery('upvest-1'))).rejects.toMatchObject({ code });
  });
});
