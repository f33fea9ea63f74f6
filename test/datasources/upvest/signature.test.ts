import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDigest, type SignableRequest, signRequest } from '../../../src/datasources/upvest/signature.ts';
import { loadSigningKey } from '../../../src/datasources/upvest/signing-key.ts';
import { systemRuntime } from '../../../src/domain/runtime.ts';
import { type Vector, vectorKey, vectors } from './vectors.ts';

const MOMENT = { created: 1767225600, expires: 1767225610, nonce: '7d3c3e0e-6f7b-4d2e-9a51-3f5a0c1b2d3e' };
const v15 = vectors.vectors.filter((vector) => vector.version === 15);

const signatureBytes = (headers: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(/^sig1=:([^:]+):$/.exec(headers['signature'] ?? '')?.[1] ?? '', 'base64');

const holds = (base: string, key: KeyObject, signature: Uint8Array): boolean =>
  verify(
    key.asymmetricKeyType === 'ed25519' ? null : 'sha512',
    Buffer.from(base),
    { key, dsaEncoding: 'der' },
    signature,
  );

/** The request of a vector without what the signer adds. */
function unsigned({ request }: Vector): SignableRequest {
  const { 'content-length': _length, 'content-digest': _digest, ...headers } = request.headers;
  return {
    method: request.method,
    path: request.path,
    query: request.query ?? '',
    headers,
    body: request.body === null ? undefined : Buffer.from(request.body),
  };
}

/** Rebuilt from what goes on the wire, by other code than ours: names out of the list, values out of the headers. */
function baseFromWire(request: SignableRequest, sent: Readonly<Record<string, string>>): string {
  const parameters = (sent['signature-input'] ?? '').replace(/^sig1=/, '');
  const names = [...(/^\(([^)]*)\)/.exec(parameters)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, name]) => name ?? '');
  const derived: Record<string, string> = { '@method': request.method, '@path': request.path, '@query': request.query };
  const lines = names.map((name) => `"${name}": ${derived[name] ?? sent[name]}`);
  return [...lines, `"@signature-params": ${parameters}`].join('\n');
}

describe('requests are signed in version 15', () => {
  it.each(vectors.docs.digest_vectors)('the digest of $body is the published one', (vector) => {
    const body = Buffer.from(vector.body);
    expect(contentDigest(body)).toBe(vector['content-digest']);
    expect(body.byteLength).toBe(vector.content_length);
  });

  it.each(v15)('$name: the vector verifies, and a changed one does not', (vector) => {
    const key = createPublicKey(vectorKey(vector.key).public_spki_pem);
    const signature = signatureBytes(vector.output_headers);
    expect(holds(vector.signature_base, key, signature)).toBe(true);
    for (let at = 0; at < vector.signature_base.length; at += 37) {
      const code = vector.signature_base.charCodeAt(at);
      const changed = `${vector.signature_base.slice(0, at)}${String.fromCharCode(code ^ 1)}${vector.signature_base.slice(at + 1)}`;
      expect(holds(changed, key, signature)).toBe(false);
    }
  });

  // The one of another order of parameters is checked above; ours is keyid, created, expires, nonce.
  it.each(v15.filter(({ signature_params: text }) => text.indexOf('nonce') > text.indexOf('created')))(
    '$name: we sign the very same text',
    async (vector) => {
      const { keyid, private_pkcs8_pem } = vectorKey(vector.key);
      const nonce = /nonce="([^"]+)"/.exec(vector.signature_params)?.[1] ?? '';
      const sent = await signRequest(
        unsigned(vector),
        { key: loadSigningKey(private_pkcs8_pem), keyId: keyid, runtime: systemRuntime },
        {
          ...MOMENT,
          nonce,
        },
      );
      expect(sent).toMatchObject(vector.request.headers);
      expect(sent['signature-input']).toBe(vector.output_headers['signature-input']);
      expect(sent['upvest-signature-version']).toBe('15');
      const key = createPublicKey(vectorKey(vector.key).public_spki_pem);
      expect(holds(vector.signature_base, key, signatureBytes(sent))).toBe(true);
    },
  );

  it('the text of the documented example is the one of its components in its order', () => {
    const example = vectors.docs.example_strings.find(({ version }) => version === 15);
    expect(example?.['signature_base_without_params_line']).toContain('"@query": ?a=b\n"accept": application/json');
  });

  it('signs with Ed25519 too, as raw bytes', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const request: SignableRequest = { method: 'GET', path: '/users', query: '', headers: {}, body: undefined };
    const sent = await signRequest(request, { key: loadSigningKey(pem), keyId: 'k', runtime: systemRuntime }, MOMENT);
    expect(signatureBytes(sent)).toHaveLength(64);
    expect(holds(baseFromWire(request, sent), publicKey, signatureBytes(sent))).toBe(true);
  });

  it('covers everything that it sends, whatever the request', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = loadSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.constantFrom('GET', 'POST', 'DELETE'),
          path: fc.webPath().map((path) => path || '/'),
          query: fc.oneof(
            fc.constant(''),
            fc.webQueryParameters().map((query) => `?${query}`),
          ),
          headers: fc.dictionary(
            fc.constantFrom('accept', 'authorization', 'content-type', 'idempotency-key', 'upvest-client-id'),
            fc.stringMatching(/^[!-~]{1,40}$/),
          ),
          body: fc.option(fc.uint8Array(), { nil: undefined }),
        }),
        async (request) => {
          const sent = await signRequest(request, { key, keyId: 'k', runtime: systemRuntime }, MOMENT);
          expect(holds(baseFromWire(request, sent), publicKey, signatureBytes(sent))).toBe(true);
          const covered = sent['signature-input'] ?? '';
          for (const name of Object.keys(sent)) {
            const isSignature = ['signature', 'signature-input', 'upvest-signature-version'].includes(name);
            expect(covered.includes(`"${name}"`)).toBe(!isSignature);
          }
          expect(covered.includes('"@query"')).toBe(request.query !== '');
          // HTTP clients send a length of 0 with these two, so it is signed.
          const withoutBody = ['POST', 'PATCH'].includes(request.method) ? '0' : undefined;
          expect(sent['content-length']).toBe(request.body === undefined ? withoutBody : String(request.body.length));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses to send a header that Upvest does not document, since it would be unsigned', async () => {
    const { private_pkcs8_pem } = vectorKey('client-ed25519');
    const request = { method: 'GET', path: '/', query: '', headers: { traceparent: '00-1' }, body: undefined };
    const signing = signRequest(
      request,
      { key: loadSigningKey(private_pkcs8_pem), keyId: 'k', runtime: systemRuntime },
      MOMENT,
    );
    await expect(signing).rejects.toThrow(new TypeError('the header traceparent is not one that Upvest documents'));
  });
});
