import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY, sha, Vendor, WEBHOOK } from '../helpers/vendor-webhooks.ts';

/*
 * Deliveries that Upvest signed and that arrived unchanged are accepted however the edge carried them, and no others. The vendor signs what
 * it sends to https://bank.example/invest/webhooks/upvest; the last hop sends what an edge makes of it.
 */

const plain = new Vendor();
const behindEdge = new Vendor();

beforeAll(async () => {
  await plain.start();
  await behindEdge.start({ publicUrl: 'https://bank.example/invest' });
});
afterAll(() => Promise.all([plain.stop(), behindEdge.stop()]));

const status = async (sent: Promise<{ readonly status: number }>): Promise<number> => (await sent).status;

const BASIC = ['@method', '@path', 'digest'] as const;

describe('a body that is chunked on its way', () => {
  const components = [...BASIC, 'content-length'];
  const rechunked = (vendor: Vendor, body: string, sent = body) => {
    const { 'content-length': _, ...headers } = vendor.signed({ components, body });
    return status(vendor.send({ ...headers, 'transfer-encoding': 'chunked' }, { body: sent }));
  };

  it('is accepted although its length is covered: the length that was read is taken', async () => {
    expect(await rechunked(plain, EMPTY)).toBe(200);
    expect(await rechunked(plain, `{"payload":[]${' '.repeat(100_000)}}`)).toBe(200);
  });

  it('is refused when it was changed', async () => {
    expect(await rechunked(plain, EMPTY, '{"payload":[ ]}')).toBe(401);
    expect(await rechunked(plain, EMPTY, '{"payload":{}}')).toBe(401);
  });
});

describe('the host', () => {
  const components = [...BASIC, 'host'];
  const send = (vendor: Vendor, signedHost: string, sentHost: string, path = WEBHOOK) =>
    status(
      vendor.send(
        { ...vendor.signed({ components, values: { host: signedHost, '@path': path } }), host: sentHost },
        { path },
      ),
    );

  it.each([
    ['as it is', 'gateway.example', 'gateway.example'],
    ['with the default port added', 'gateway.example', 'gateway.example:443'],
    ['with the default port left out', 'gateway.example:443', 'gateway.example'],
    ['with the default port of http', 'gateway.example', 'gateway.example:80'],
    ['in another case', 'gateway.example', 'GateWay.Example'],
    ['that was signed in capitals', 'Gateway.Example', 'Gateway.Example'],
  ])('may come %s', async (_name, signedHost, sentHost) => {
    expect(await send(plain, signedHost, sentHost)).toBe(200);
  });

  it('may be the inner one, where PUBLIC_URL has the outer', async () => {
    expect(await send(behindEdge, 'bank.example', 'gateway.internal:4000')).toBe(200);
    expect(await send(behindEdge, 'bank.example:443', '10.0.0.7')).toBe(200);
    expect(await send(behindEdge, 'bank.example', 'bank.example')).toBe(200);
  });

  it('is no other one, whatever X-Forwarded-Host is', async () => {
    expect(await send(plain, 'gateway.example', 'elsewhere.example')).toBe(401);
    expect(await send(plain, 'gateway.example', 'gateway.example:8443')).toBe(401);
    expect(await send(behindEdge, 'elsewhere.example', 'gateway.internal')).toBe(401);
    const headers = behindEdge.signed({ components, values: { host: 'elsewhere.example' } });
    const forwarded = { ...headers, host: 'gateway.internal', 'x-forwarded-host': 'elsewhere.example' };
    expect(await status(behindEdge.send(forwarded))).toBe(401);
  });

  it('may be in the address only, as servers with fetch do it', async () => {
    const headers = plain.signed({ components, values: { host: 'gateway.example' } });
    const { host: _, ...rest } = headers;
    const request = (url: string) => new Request(url, { method: 'POST', headers: rest, body: EMPTY });
    const { gateway } = plain.running;
    expect((await gateway.fetch(request(`https://gateway.example${WEBHOOK}`))).status).toBe(200);
    expect((await gateway.fetch(request(`https://elsewhere.example${WEBHOOK}`))).status).toBe(401);
  });

  it('may be signed as @authority', async () => {
    const authority = (signedHost: string, sentHost: string) =>
      status(
        behindEdge.send({
          ...behindEdge.signed({ components: [...BASIC, '@authority'], values: { '@authority': signedHost } }),
          host: sentHost,
        }),
      );
    expect(await authority('bank.example', 'gateway.internal:4000')).toBe(200);
    expect(await authority('gateway.internal', 'Gateway.Internal:443')).toBe(200);
    expect(await authority('elsewhere.example', 'gateway.internal')).toBe(401);
  });
});

describe('the path', () => {
  const deliver = (components: readonly string[], values: Record<string, string>, path = WEBHOOK) =>
    status(behindEdge.send({ ...behindEdge.signed({ components, values }), host: 'inner:4000' }, { path }));

  it('may have a part that the edge takes away', async () => {
    expect(await deliver([...BASIC], { '@path': `/invest${WEBHOOK}` })).toBe(200);
    expect(await deliver([...BASIC], { '@path': `/other${WEBHOOK}` })).toBe(401);
  });

  it('may have a part that the edge adds', async () => {
    const inner = await new Vendor().start({ basePath: '/svc', publicUrl: 'https://bank.example' });
    const { host: _, ...headers } = inner.signed();
    expect(await status(inner.send(headers, { path: `/svc${WEBHOOK}` }))).toBe(200);
    expect(
      await status(inner.send(inner.signed({ values: { '@path': `/svc${WEBHOOK}` } }), { path: `/svc${WEBHOOK}` })),
    ).toBe(200);
    await inner.stop();
  });

  it('may be covered as @target-uri or @request-target, with the query as it was sent', async () => {
    const query = "?tenant='a%20b'&x=%C3%A9";
    const uri = `https://bank.example/invest${WEBHOOK}${query}`;
    const path = WEBHOOK + query;
    expect(await deliver(['@method', '@target-uri', 'digest'], { '@target-uri': uri }, path)).toBe(200);
    const target = `/invest${WEBHOOK}${query}`;
    expect(await deliver(['@method', '@request-target', 'digest'], { '@request-target': target }, path)).toBe(200);
    expect(await deliver([...BASIC, '@query'], { '@query': query }, path)).toBe(200);
    expect(await deliver([...BASIC, '@query'], { '@query': `${query}x` }, path)).toBe(401);
    const elsewhere = uri.replace('bank', 'evil');
    expect(await deliver(['@method', '@target-uri', 'digest'], { '@target-uri': elsewhere }, path)).toBe(401);
  });

  it('may be covered with the scheme', async () => {
    expect(await deliver([...BASIC, '@scheme'], { '@scheme': 'https' })).toBe(200);
    expect(await deliver([...BASIC, '@scheme'], { '@scheme': 'ftp' })).toBe(401);
  });
});

describe('a digest', () => {
  const sent = (digest: string, name = 'digest') =>
    status(plain.send(plain.signed({ components: ['@method', '@path', name], values: { [name]: digest } })));
  const [good256, good512] = [sha('sha256', EMPTY), sha('sha512', EMPTY)];
  const [bad256, bad512] = [sha('sha256', 'x'), sha('sha512', 'x')];

  it.each([
    `SHA-256=${good256}`,
    `SHA-256=${good256},SHA-512=${good512}`,
    `sha-512=${good512}, sha-256=${good256}`,
    `MD5=${sha('md5', EMPTY)},SHA-256=${good256}`,
    `SHA-256=${good256}, UNIXsum=30637, id-SHA-256=${bad256}`,
  ])('holds as %s', async (digest) => {
    expect(await sent(digest)).toBe(200);
  });

  it.each([
    `SHA-256=${bad256}`,
    `SHA-256=${good256},SHA-512=${bad512}`,
    `SHA-256=${bad256}, SHA-512=${good512}`,
    `SHA-256=${good256}, SHA-256=${bad256}`,
    `SHA-256=${good256}, SHA-512=`,
    `MD5=${sha('md5', EMPTY)}`,
    '',
  ])('does not hold as %s', async (digest) => {
    expect(await sent(digest)).toBe(401);
  });

  it('in the newer form holds with unknown algorithms beside it', async () => {
    expect(await sent(`sha-512=:${good512}:, md5=:${sha('md5', EMPTY)}:`, 'content-digest')).toBe(200);
    expect(await sent(`crc32=7, sha-256=:${good256}:`, 'content-digest')).toBe(200);
    expect(await sent(`sha-256=:${good256}:, sha-512=:${bad512}:`, 'content-digest')).toBe(401);
  });

  it('may be split into two headers, or put together with other spaces', async () => {
    const digest = `SHA-256=${good256},SHA-512=${good512}`;
    const headers = plain.signed({ components: [...BASIC], values: { digest } });
    expect(await status(plain.send({ ...headers, digest: digest.split(',') }))).toBe(200);
    expect(await status(plain.send({ ...headers, digest: `  ${digest.replace(',', ', ')}  ` }))).toBe(200);
  });
});

describe('several of these at once', () => {
  const digests = [`SHA-256=${sha('sha256', EMPTY)}`, `SHA-512=${sha('sha512', EMPTY)}`, `MD5=${sha('md5', EMPTY)}`];
  const [first = '', second = '', third = ''] = digests;
  const uri = `https://bank.example/invest${WEBHOOK}`;
  const now = Math.floor(Date.now() / 1000);

  it.each(
    (['v6', 'v15'] as const).flatMap((form) =>
      [',', ', '].flatMap((separator) =>
        ['gateway.internal', 'Gateway.Internal:443', 'inner:4000'].map((host) => [form, separator, host] as const),
      ),
    ),
  )('are accepted: form %s, digests with "%s" between them, by way of %s', async (form, separator, host) => {
    const headers = behindEdge.signed({
      form,
      components: ['@method', '@target-uri', 'digest', 'content-type', 'content-length'],
      values: { digest: digests.join(separator), '@target-uri': uri },
      // The parameters are not as a serializer writes them.
      parameters: `; keyid="key-1"; created=${now}; expires=${now + 60}`,
    });
    // Two headers on their way, which are put together with other spaces than the list had.
    const digest = separator === ',' ? [`${first},${second}`, third] : [first, `${second},${third}`];
    expect(await status(behindEdge.send({ ...headers, host, digest }))).toBe(200);
    const changed = [digest[0] ?? '', `MD5=${sha('md5', 'x')}`];
    expect(await status(behindEdge.send({ ...headers, host, digest: changed }))).toBe(401);
  });
});

describe('signature headers', () => {
  const now = () => Math.floor(Date.now() / 1000);

  it.each([
    ['keyid last', () => `;created=${now()};expires=${now() + 10};nonce="n";keyid="key-1"`],
    ['spaces after semicolons', () => `; created=${now()}; expires=${now() + 10}; keyid="key-1"`],
    ['a key id without quotes', () => `;created=${now()};keyid=key-1`],
    ['times in quotes', () => `;created="${now()}";expires="${now() + 10}";keyid="key-1"`],
    ['an algorithm and a tag', () => `;alg="ecdsa-p521-sha512";created=${now()};keyid="key-1";tag="upvest"`],
  ])('may have %s', async (_name, parameters) => {
    expect(await status(plain.send(plain.signed({ parameters: parameters() })))).toBe(200);
  });

  it('may hold several signatures, of which one is Upvest’s', async () => {
    const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
    const ours = plain.signed();
    const edge = plain.signed({ label: 'edge', keyId: 'edge-key', key });
    const both = (first: Record<string, string>, second: Record<string, string>, separator: string) => ({
      ...ours,
      'signature-input': `${first['signature-input']}${separator}${second['signature-input']}`,
      signature: `${first['signature']}${separator}${second['signature']}`,
    });
    expect(await status(plain.send(both(ours, edge, ', ')))).toBe(200);
    expect(await status(plain.send(both(edge, ours, ',')))).toBe(200);
    const forged = plain.signed({ label: 'sig2', key });
    expect(await status(plain.send(both(forged, ours, ', ')))).toBe(200);
    expect(await status(plain.send(both(edge, forged, ', ')))).toBe(401);
    const split = both(edge, ours, '\n');
    const lines = { 'signature-input': split['signature-input'].split('\n'), signature: split.signature.split('\n') };
    expect(await status(plain.send({ ...split, ...lines }))).toBe(200);
  });

  it('do not prove more than they cover', async () => {
    expect(await status(plain.send(plain.signed({ components: ['@path', 'digest'] })))).toBe(401);
    expect(await status(plain.send(plain.signed({ components: ['@method', '@path'] })))).toBe(401);
    expect(await status(plain.send(plain.signed({ components: ['@method', '@authority', 'digest'] })))).toBe(401);
  });
});
