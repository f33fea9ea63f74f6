import crypto, { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/datasources/upvest/delivery-signature.ts';
import {
  type KeyLookup,
  type Verdict,
  type VerificationPolicy,
  verifyDelivery,
  verifyHead,
} from '../../../src/datasources/upvest/webhook-signature.ts';
import { vectorKey, webhookVector } from './vectors.ts';

const NOW = 1767225605;

/** The delivery of the vector: signed at 1767225600 until …610. */
function vectorDelivery(change: Partial<Delivery> = {}): Delivery {
  const { request, output_headers } = webhookVector();
  return {
    method: request.method,
    path: request.path,
    query: '',
    headers: { ...request.headers, ...output_headers },
    body: Buffer.from(request.body ?? ''),
    ...change,
  };
}

const vectorKeys = async (keyId: string): Promise<KeyObject | undefined> => {
  const { keyid, public_spki_pem } = vectorKey('webhook-p521');
  return keyId === keyid ? createPublicKey(public_spki_pem) : undefined;
};

const check = (delivery: Delivery, policy: VerificationPolicy = {}): Promise<Verdict> =>
  verifyDelivery(delivery, vectorKeys, { nowSeconds: NOW, ...policy });

const keys = generateKeyPairSync('ec', { namedCurve: 'P-521' });

interface SigningOptions {
  readonly form?: 'v6' | 'v15';
  readonly components?: readonly string[];
  readonly parameters?: string;
  readonly key?: KeyObject;
}

/** Signs as a vendor would, with none of our code. */
function signed(delivery: Delivery, options: SigningOptions = {}): Delivery {
  const { form = 'v6', components = ['@method', '@path', 'digest'], key = keys.privateKey } = options;
  const { parameters = `;keyid="k1";created=${NOW - 5};expires=${NOW + 5};nonce="n"` } = options;
  const headers: Record<string, string> = {
    digest: `SHA-256=${createHash('sha256').update(delivery.body).digest('base64')}`,
    'content-digest': `sha-512=:${createHash('sha512').update(delivery.body).digest('base64')}:`,
    host: 'gateway.example.test',
  };
  const derived: Record<string, string> = {
    '@method': delivery.method,
    '@path': delivery.path,
    '@query': delivery.query,
    '@authority': 'gateway.example.test',
  };
  const input = `(${components.map((name) => `"${name}"`).join(' ')})${parameters}`;
  const quote = (name: string): string => (form === 'v15' ? `"${name}"` : name);
  const lines = components.map((name) => `${quote(name)}: ${derived[name] ?? headers[name]}`);
  const base = [...lines, `${quote('@signature-params')}: ${input}`].join('\n');
  const ed25519 = key.asymmetricKeyType === 'ed25519';
  const signature = sign(ed25519 ? null : 'sha512', Buffer.from(base), { key, dsaEncoding: 'der' });
  return {
    ...delivery,
    headers: { ...headers, 'signature-input': `sig1=${input}`, signature: `sig1=:${signature.toString('base64')}:` },
  };
}

const plain: Delivery = { method: 'POST', path: '/webhooks/upvest', query: '', headers: {}, body: Buffer.from('{}') };

const checkOwn = (delivery: Delivery, policy: VerificationPolicy = {}): Promise<Verdict> =>
  verifyDelivery(delivery, async (keyId) => (keyId === 'k1' ? keys.publicKey : undefined), {
    nowSeconds: NOW,
    ...policy,
  });

describe('a webhook delivery', () => {
  it('holds as the vector has it', async () => {
    expect(await check(vectorDelivery())).toEqual({
      kind: 'valid',
      keyId: vectorKey('webhook-p521').keyid,
      form: 'v6',
    });
  });

  it('does not hold when the body was changed', async () => {
    const body = Buffer.from((webhookVector().request.body ?? '').replace('900.00', '901.00'));
    expect(await check(vectorDelivery({ body }))).toEqual({ kind: 'tampered', detail: 'digest' });
  });

  it('does not hold when body and digest were changed', async () => {
    const body = Buffer.from((webhookVector().request.body ?? '').replace('900.00', '901.00'));
    const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
    const { headers } = vectorDelivery();
    expect(await check(vectorDelivery({ body, headers: { ...headers, digest } }))).toEqual({
      kind: 'tampered',
      detail: 'signature',
    });
  });

  it.each([
    ['method', { method: 'PUT' }],
    ['path', { path: '/webhooks/other' }],
    ['content type', { headers: { ...vectorDelivery().headers, 'content-type': 'text/plain' } }],
  ] as const)('does not hold with another %s', async (_name, change) => {
    expect(await check(vectorDelivery(change))).toEqual({ kind: 'tampered', detail: 'signature' });
  });

  it.each([
    ['@method', ['@path', 'digest']],
    ['@path', ['@method', 'digest']],
    ['digest', ['@method', '@path']],
  ])('proves nothing when it leaves out %s', async (missing, components) => {
    expect(await checkOwn(signed(plain, { components }))).toEqual({ kind: 'notCovered', missing: [missing] });
  });

  it('holds until it expires, give or take the tolerance', async () => {
    expect(await check(vectorDelivery(), { nowSeconds: 1767225610 + 60 })).toMatchObject({ kind: 'valid' });
    expect(await check(vectorDelivery(), { nowSeconds: 1767225610 + 61 })).toEqual({ kind: 'expired' });
    expect(await check(vectorDelivery(), { nowSeconds: 1767225611, clockToleranceSeconds: 0 })).toEqual({
      kind: 'expired',
    });
    expect(await check(vectorDelivery(), { nowSeconds: 1767225600 - 60 })).toMatchObject({ kind: 'valid' });
    expect(await check(vectorDelivery(), { nowSeconds: 1767225600 - 61 })).toEqual({ kind: 'notYetValid' });
  });

  it('without an end holds for a quarter of an hour; without any time never', async () => {
    const eternal = signed(plain, { parameters: `;keyid="k1";created=${NOW}` });
    expect(await checkOwn(eternal, { nowSeconds: NOW + 960 })).toMatchObject({ kind: 'valid' });
    expect(await checkOwn(eternal, { nowSeconds: NOW + 961 })).toEqual({ kind: 'expired' });
    expect(await checkOwn(signed(plain, { parameters: ';keyid="k1"' }))).toMatchObject({ kind: 'malformed' });
  });

  it('is valid for a quarter of an hour at most, whatever its expires', async () => {
    const year = 365 * 86_400;
    const late = signed(plain, { parameters: `;keyid="k1";created=${NOW};expires=${NOW + year}` });
    expect(await checkOwn(late, { nowSeconds: NOW + 960 })).toMatchObject({ kind: 'valid' });
    expect(await checkOwn(late, { nowSeconds: NOW + 961 })).toEqual({ kind: 'expired' });
    const ageless = signed(plain, { parameters: `;keyid="k1";expires=${NOW + year}` });
    expect(await checkOwn(ageless)).toEqual({ kind: 'notYetValid' });
    expect(await checkOwn(ageless, { nowSeconds: NOW + year - 960 })).toMatchObject({ kind: 'valid' });
    expect(await checkOwn(ageless, { nowSeconds: NOW + year + 61 })).toEqual({ kind: 'expired' });
    const backwards = signed(plain, { parameters: `;keyid="k1";created=${NOW};expires=${NOW - 61}` });
    expect(await checkOwn(backwards)).toEqual({ kind: 'expired' });
  });

  it('of an unknown key is reported as such, and of another key as tampered', async () => {
    const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    const parameters = `;keyid="k2";created=${NOW}`;
    expect(await checkOwn(signed(plain, { parameters }))).toEqual({ kind: 'unknownKey', keyId: 'k2' });
    expect(await checkOwn(signed(plain, { key }))).toEqual({ kind: 'tampered', detail: 'signature' });
  });

  it('may come in the newer form, with its other digest, or in a mix of both', async () => {
    const components = ['@method', '@path', 'content-digest'];
    const valid = { kind: 'valid', keyId: 'k1' };
    expect(await checkOwn(signed(plain, { form: 'v15', components }))).toEqual({ ...valid, form: 'v15' });
    expect(await checkOwn(signed(plain, { form: 'v15' }))).toEqual({ ...valid, form: 'v15' });
    expect(await checkOwn(signed(plain, { form: 'v6', components }))).toEqual({ ...valid, form: 'v6' });
  });

  it('in the newer form does not hold for another body either', async () => {
    const delivery = signed(plain, { form: 'v15', components: ['@method', '@path', 'content-digest'] });
    const body = Buffer.from('{ }');
    expect(await checkOwn({ ...delivery, body })).toEqual({ kind: 'tampered', detail: 'digest' });
  });

  it('may cover the query and the host', async () => {
    const components = ['@method', '@path', '@query', '@authority', 'digest'];
    const delivery = signed({ ...plain, query: '?a=b' }, { components });
    expect(await checkOwn(delivery)).toMatchObject({ kind: 'valid' });
    expect(await checkOwn({ ...delivery, query: '?a=c' })).toMatchObject({ kind: 'tampered' });
    const headers = { ...delivery.headers, host: 'evil.example.test' };
    expect(await checkOwn({ ...delivery, headers })).toMatchObject({ kind: 'tampered' });
  });

  it('may be signed with Ed25519, and under any label', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const delivery = signed(plain, { key: privateKey });
    const relabelled = Object.fromEntries(
      Object.entries(delivery.headers).map(([name, value]) => [name, String(value).replace(/^sig1=/, 'upvest=')]),
    );
    expect(
      await verifyDelivery({ ...delivery, headers: relabelled }, async () => publicKey, { nowSeconds: NOW }),
    ).toMatchObject({ kind: 'valid' });
  });

  it.each([
    ['no signature-input', { 'signature-input': undefined }],
    ['no signature', { signature: undefined }],
    ['a signature-input that is no structured field', { 'signature-input': 'sig1=("@method' }],
    ['a list of tokens', { 'signature-input': 'sig1=(a b);keyid="k1"' }],
    ['a component with parameters', { 'signature-input': 'sig1=("@query-param";name="a");keyid="k1"' }],
    ['no list at all', { 'signature-input': 'sig1=1' }],
    ['no keyid', { 'signature-input': 'sig1=("@method" "@path" "digest");created=1' }],
    ['a time that is none', { 'signature-input': 'sig1=("@method" "@path" "digest");keyid="k1";created=1.5' }],
    [
      'a component that we do not know',
      { 'signature-input': 'sig1=("@method" "@path" "@status" "digest");keyid="k1"' },
    ],
    ['a header that is not there', { 'signature-input': 'sig1=("@method" "@path" "x-gone" "digest");keyid="k1"' }],
    ['a signature that is not bytes', { signature: 'sig1="abc"' }],
    ['signatures of other labels', { signature: 'sig2=:AAAA:' }],
    ['a digest of another kind', { digest: 'MD5=AAAA' }],
    ['headers without end', { 'signature-input': `sig1=("@method" "@path" "digest");keyid="${'k'.repeat(9_000)}"` }],
  ])('is malformed with %s', async (_name, change) => {
    const delivery = signed(plain);
    const verdict = await checkOwn({ ...delivery, headers: { ...delivery.headers, ...change } });
    expect(verdict.kind).toBe('malformed');
  });

  it('with bytes that are no signature does not hold', async () => {
    const delivery = signed(plain);
    for (const signature of ['sig1=::', 'sig1=:AAAA:', `sig1=:${Buffer.alloc(139, 0x30).toString('base64')}:`]) {
      const verdict = await checkOwn({ ...delivery, headers: { ...delivery.headers, signature } });
      expect(verdict).toEqual({ kind: 'tampered', detail: 'signature' });
    }
  });

  it('reads no key before all other checks of its headers pass', async () => {
    let asked = 0;
    const keyOf: KeyLookup = async (_keyId, atHand) => {
      if (atHand === undefined) asked += 1;
      return undefined;
    };
    const delivery = signed(plain);
    await verifyDelivery(delivery, keyOf, { nowSeconds: NOW + 1_000 });
    await verifyDelivery(plain, keyOf, { nowSeconds: NOW });
    const headers = { ...delivery.headers, digest: 'MD5=AAAA' };
    await verifyDelivery({ ...delivery, headers }, keyOf, { nowSeconds: NOW });
    expect(asked).toBe(0);
    await verifyDelivery(delivery, keyOf, { nowSeconds: NOW });
    expect(asked).toBe(1);
  });

  it('is judged by its headers alone, but for the digest of the body', async () => {
    const keyOf: KeyLookup = async () => keys.publicKey;
    const { body, ...head } = signed(plain);
    const opened = await verifyHead(head, keyOf, { nowSeconds: NOW });
    if (opened.kind !== 'open') throw new Error(opened.kind);
    expect(opened.signed).toBe(true);
    expect(await opened.finish(body)).toMatchObject({ kind: 'valid' });
    expect(await opened.finish(Buffer.from('[]'))).toEqual({ kind: 'tampered', detail: 'digest' });
    const { headers } = signed(plain, { components: ['@method', '@path', 'content-type', 'digest'] });
    const changed = { ...head, headers: { ...headers, 'content-type': 'text/plain' } };
    expect(await verifyHead(changed, keyOf, { nowSeconds: NOW })).toEqual({ kind: 'tampered', detail: 'signature' });
  });

  it('is not judged at all while the keys can not be had', async () => {
    const down = new Error('down');
    const keyOf = (): Promise<KeyObject | undefined> => Promise.reject(down);
    await expect(verifyDelivery(signed(plain), keyOf, { nowSeconds: NOW })).rejects.toBe(down);
  });

  it('is checked so many times and no more, however many signatures and spellings a stranger sends', async () => {
    const { verify } = crypto;
    let checks = 0;
    let underWay = 0;
    let mostUnderWay = 0;
    // The module that checks them has the function by name.
    crypto.verify = ((...args: Parameters<typeof verify>) => {
      checks += 1;
      underWay += 1;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      // Of the overloads the module calls the one with a callback at the end, which Parameters does not tell: hence the cast below.
      const done: unknown = args.pop();
      if (typeof done !== 'function') throw new TypeError('expected a callback');
      args.push(((error: Error | null, valid: boolean) => {
        underWay -= 1;
        done(error, valid);
      }) as never);
      verify(...args);
    }) as typeof verify;
    syncBuiltinESMExports();
    try {
      const components = '("@method" "@path" "@authority" "@scheme" "host" "x-list" "digest")';
      // Not in the canonical form, so that there are two texts of it.
      const input = `${components}; keyid="k1"; created=${NOW - 5}; expires=${NOW + 5}`;
      const labels = ['a', 'b', 'c', 'd', 'e', 'f'];
      const headers = {
        ...signed(plain).headers,
        host: 'Edge.example',
        'x-list': 'a ,b',
        'signature-input': labels.map((label) => `${label}=${input}`).join(', '),
        signature: labels.map((label) => `${label}=:${Buffer.alloc(139, 0x30).toString('base64')}:`).join(', '),
      };
      const publicUrls = ['https://one.example/w', 'http://two.example/x', 'https://three.example:8443/y'];
      const stranger = { ...plain, headers, publicUrls };
      expect(await checkOwn(stranger)).toEqual({ kind: 'tampered', detail: 'signature' });
      expect(checks).toBe(192);
      // The length of the body is covered and comes later: no further ones for that.
      checks = 0;
      const withLength = input.replace('"digest"', '"content-length" "digest"');
      const mixed = { ...headers, 'signature-input': `a=${withLength}, b=${input}, c=${withLength}, d=${input}` };
      expect((await checkOwn({ ...stranger, headers: mixed })).kind).toBe('tampered');
      expect(checks).toBe(192);
      // And not more at once than leaves threads for others.
      mostUnderWay = 0;
      await Promise.all(Array.from({ length: 6 }, () => checkOwn(stranger)));
      expect(mostUnderWay).toBe(2);
    } finally {
      crypto.verify = verify;
      syncBuiltinESMExports();
    }
  });

  it('may have two signatures of which only one holds, in either order', async () => {
    const right = signed(plain);
    const text = (name: string): string => String(right.headers[name]);
    const wrong = `bad=:${Buffer.alloc(139, 0x30).toString('base64')}:`;
    const wrongInput = text('signature-input').replace('sig1=', 'bad=');
    for (const [inputs, signatures] of [
      [`${wrongInput}, ${text('signature-input')}`, `${wrong}, ${text('signature')}`],
      [`${text('signature-input')}, ${wrongInput}`, `${text('signature')}, ${wrong}`],
    ]) {
      const headers = { ...right.headers, 'signature-input': inputs, signature: signatures };
      expect((await checkOwn({ ...right, headers })).kind).toBe('valid');
    }
  });
});
