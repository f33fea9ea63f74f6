import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { checkUpvest, type UpvestConnection, type UpvestFinding } from '../../../src/datasources/upvest/index.ts';
import { listenOnLoopback } from '../../helpers/http.ts';
import { CLIENT_SECRET, FakeUpvest, problem } from './fake-upvest.ts';

const fakes: FakeUpvest[] = [];

afterEach(async () => {
  await Promise.all(fakes.splice(0).map((fake) => fake.stop()));
});

/** An Upvest where everything works. */
async function start(): Promise<FakeUpvest> {
  const fake = await new FakeUpvest().start();
  fakes.push(fake);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  fake.onList('/account_groups', []);
  fake.on('GET', '/auth/verify_keys', () => ({
    body: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' }] },
  }));
  return fake;
}

const problems = (findings: readonly UpvestFinding[]): Record<string, string | null> =>
  Object.fromEntries(findings.map(({ tried, problem }) => [tried, problem]));

async function problemsOf(connection: UpvestConnection): Promise<Record<string, string | null>> {
  return problems(await checkUpvest(connection));
}

describe('the check of Upvest', () => {
  it('reports what works', async () => {
    const fake = await start();
    expect(await problemsOf(fake.options)).toEqual({
      'private key': null,
      'token for read': null,
      'token for write': null,
      'token for webhooks': null,
      reading: null,
      clock: null,
      'webhook keys': null,
    });
    expect(fake.refused).toEqual([]);
    expect(fake.calls.every(({ method, path }) => method === 'GET' || path === '/auth/token')).toBe(true);
  });

  it('takes an Upvest that grants tokens but lists no account groups for one that lets us read', async () => {
    const fake = await start();
    fake.on('GET', '/account_groups', () => problem(404, 'not_found', 'no'));
    expect(await problemsOf(fake.options)).toMatchObject({ reading: null });
  });

  it('reports a key that cannot be read, and one with a wrong passphrase', async () => {
    const fake = await start();
    expect(await problemsOf({ ...fake.options, privateKeyPem: 'x' })).toEqual({ 'private key': 'not-a-private-key' });
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-521',
      privateKeyEncoding: { type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const encrypted = { ...fake.options, privateKeyPem: privateKey };
    expect(await problemsOf({ ...encrypted, passphrase: 'wrong' })).toEqual({ 'private key': 'passphrase-wrong' });
    expect(await problemsOf(encrypted)).toEqual({ 'private key': 'passphrase-missing' });
    expect(fake.calls).toEqual([]);
  });

  it("recognises another client's key", async () => {
    const fake = await start();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(await problemsOf({ ...fake.options, privateKeyPem })).toMatchObject({ 'token for read': 'wrong-key' });
  });

  it('reports a wrong client secret', async () => {
    const fake = await start();
    const found = await problemsOf({ ...fake.options, clientSecret: 'another' });
    expect(found).toEqual({
      'private key': null,
      'token for read': 'wrong-client-secret',
      'token for write': 'wrong-client-secret',
      'token for webhooks': 'wrong-client-secret',
    });
  });

  it('reports a wrong clock', async () => {
    const fake = await start();
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    fake.tokenAnswer = () => ({ ...problem(401, 'unauthorised', 'Signature is incorrect'), headers: { date } });
    const [, token] = await checkUpvest(fake.options);
    expect(token?.problem).toBe('clock-skew');
    expect(token?.message).toMatch(/^the clock of this machine is 3[56]\d\d s behind Upvest's/);
    fake.tokenAnswer = undefined;
    fake.on('GET', '/account_groups', () => ({ body: { data: [] }, headers: { date } }));
    expect(await problemsOf(fake.options)).toMatchObject({ reading: null, clock: 'clock-skew' });
  });

  it('reports scopes that are not granted', async () => {
    const fake = await start();
    fake.on('GET', '/account_groups', () => problem(403, 'forbidden', 'no'));
    fake.tokenAnswer = () => problem(400, 'invalid_scope', 'The requested scope is invalid');
    expect(await problemsOf(fake.options)).toMatchObject({ 'token for write': 'missing-scope' });
    fake.tokenAnswer = () => ({ body: { access_token: 'a', expires_in: 60, scope: 'payments:admin accounts:read' } });
    const findings = await checkUpvest(fake.options);
    expect(findings.find(({ tried }) => tried === 'token for write')?.message).toBe(
      'Upvest did not grant: virtual_cash_balances:admin',
    );
    fake.tokenAnswer = undefined;
    expect(await problemsOf(fake.options)).toMatchObject({ 'token for read': null, reading: 'missing-scope' });
  });

  it('reports an Upvest that is unreachable, fails, or is another server', async () => {
    const fake = await start();
    const closed = await listenOnLoopback(createServer());
    await closed.stop();
    expect(await problemsOf({ ...fake.options, baseUrl: closed.url })).toMatchObject({
      'token for read': 'unreachable',
    });
    fake.tokenAnswer = () => ({ status: 503 });
    expect(await problemsOf(fake.options)).toMatchObject({ 'token for read': 'upstream-failing' });
    fake.tokenAnswer = () => ({ body: '<html>Welcome</html>' });
    expect(await problemsOf(fake.options)).toMatchObject({ 'token for read': 'unexpected-answer' });
    fake.tokenAnswer = () => ({ status: 404, body: '<html>Gone</html>' });
    expect(await problemsOf(fake.options)).toMatchObject({ 'token for read': 'unexpected-answer' });
    fake.tokenAnswer = undefined;
    fake.on('GET', '/auth/verify_keys', () => ({ body: 'keys' }));
    expect(await problemsOf(fake.options)).toMatchObject({ 'webhook keys': 'unexpected-answer' });
  });

  it('reports no secret and nothing of Upvest’s answers', async () => {
    const fake = await start();
    fake.tokenAnswer = ({ body }) => problem(401, 'unauthorised', `canary: you sent ${body}`);
    const told = JSON.stringify(await checkUpvest(fake.options));
    expect(told).not.toContain(CLIENT_SECRET);
    expect(told).not.toContain('canary');
  });
});
