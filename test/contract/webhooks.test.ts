import { createHash, createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startUpvestStandin, type UpvestStandin } from '../../src/standins/index.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { Vendor } from '../helpers/vendor-webhooks.ts';
import { type UpvestClient, upvestClient } from '../standins/support/upvest-client.ts';

/*
 * The form and delivery of Upvest's webhooks (docs/upstream-contract.md, "Webhooks of Upvest"): the signature is
 * checked here by the vendor's guide alone, for all that sign deliveries in the tests.
 */

interface Delivered {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Sender {
  readonly client: UpvestClient;
  /** One delivery with one event, as it comes over the wire. */
  deliver(): Promise<Delivered>;
  /** Signs with a new key from now on; the old one stays known, or does not. */
  rotate(keepOld: boolean): void;
  stop(): Promise<void>;
}

const EVENT = {
  id: '8962b496-8d42-4560-bfab-10490dd1a721',
  created_at: '2021-07-21T14:10:00.00Z',
  type: 'WITHDRAWAL.NEW',
  object: { id: '6ffa6b16-2380-4e7a-88b2-ae625c8eef99', amount: '200.00', status: 'NEW' },
  webhook_id: '9df39835-be87-4243-9018-f2500b39cee6',
};

/** Takes deliveries, and answers them as it is told. */
async function startReceiver() {
  const delivered: Delivered[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      delivered.push({ target: request.url ?? '', headers, body: Buffer.concat(chunks) });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  return { delivered, answers, ...(await listenOnLoopback(server)) };
}

const SENDERS: Readonly<Record<string, () => Promise<Sender>>> = {
  'the stand-in': async () => {
    const standIn = await startUpvestStandin();
    const receiver = await startReceiver();
    return {
      client: await upvestClient(standIn),
      deliver: async () => {
        await standIn.webhooks.emit({ events: [EVENT], url: `${receiver.url}/webhooks/upvest` });
        const last = receiver.delivered.at(-1);
        if (last === undefined) throw new Error('nothing came');
        return last;
      },
      rotate: (keepOld) => standIn.webhooks.rotateKey({ dropOld: !keepOld }),
      stop: async () => {
        await standIn.stop();
        await receiver.stop();
      },
    };
  },
  'the signer of the tests of ingest': async () => {
    const vendor = await new Vendor().start();
    const { baseUrl: url, ...credentials } = vendor.upvest.options;
    let keyId = 'key-1';
    const body = JSON.stringify({ payload: [EVENT] });
    return {
      client: await upvestClient({ url, credentials }),
      deliver: async () => ({
        target: '/webhooks/upvest',
        headers: vendor.signed({ keyId, body }),
        body: Buffer.from(body),
      }),
      rotate: (keepOld) => {
        if (!keepOld) vendor.keys.clear();
        keyId = `key-${keyId}`;
        vendor.addKey(keyId);
      },
      stop: () => vendor.stop(),
    };
  },
};

/** The check of a receiver that follows the guide on version 6: names without quotes, a digest of SHA-256. */
async function problemOf({ target, headers, body }: Delivered, client: UpvestClient): Promise<string | undefined> {
  const input = /^sig1=(.+)$/.exec(headers['signature-input'] ?? '')?.[1] ?? '';
  const parameter = (name: string): string => new RegExp(`;${name}="?([^";]+)`).exec(input)?.[1] ?? '';
  const { keys } = (await client.get('/auth/verify_keys')).json();
  const jwk = keys.find(({ kid }: { kid: string }) => kid === parameter('keyid'));
  if (jwk === undefined) return 'the key is not known';
  if (headers['digest'] !== `SHA-256=${createHash('sha256').update(body).digest('base64')}`) return 'another digest';
  const now = Date.now() / 1000;
  if (Number(parameter('created')) > now + 1 || Number(parameter('expires')) < now) return 'not good now';
  const [path, search] = target.split('?');
  const derived: Record<string, string | undefined> = { '@method': 'POST', '@path': path, '@query': `?${search}` };
  const names = [...(/^\(([^)]*)\)/.exec(input)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
  const wanted = ['@method', '@path', 'digest', ...(search === undefined ? [] : ['@query'])];
  if (wanted.some((name) => !names.includes(name))) return `covers only ${names.join(' ')}`;
  const lines = names.map((name) => `${name}: ${derived[name] ?? headers[name]}`);
  const base = [...lines, `@signature-params: ${input}`].join('\n');
  const signature = Buffer.from(/^sig1=:([^:]+):$/.exec(headers['signature'] ?? '')?.[1] ?? '', 'base64');
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'der' } as const;
  return verify('sha512', Buffer.from(base), key, signature) ? undefined : 'the signature does not hold';
}

describe.each(Object.entries(SENDERS))('deliveries, sent by %s', (_name, start) => {
  let sender: Sender;
  beforeAll(async () => {
    sender = await start();
  });
  afterAll(() => sender.stop());

  it('are signed in version 6, over method, path and the digest of the raw bytes', async () => {
    expect(await problemOf(await sender.deliver(), sender.client)).toBeUndefined();
  });

  it('hold for nothing but the bytes and the path that were signed', async () => {
    const delivery = await sender.deliver();
    const body = Buffer.from(delivery.body.toString().replace('200.00', '900.00'));
    expect(await problemOf({ ...delivery, body }, sender.client)).toBe('another digest');
    expect(await problemOf({ ...delivery, target: '/elsewhere' }, sender.client)).toBe('the signature does not hold');
  });

  it('carry an object with a list of events, whose members are all there', async () => {
    const { headers, body } = await sender.deliver();
    expect(headers['content-type']).toBe('application/json');
    const { payload } = JSON.parse(body.toString());
    expect(payload).toHaveLength(1);
    expect(payload[0]).toMatchObject({ id: EVENT.id, created_at: EVENT.created_at, type: EVENT.type });
    expect(payload[0].object).toEqual(EVENT.object);
    expect(payload[0].webhook_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('are signed with a new key after a change of keys; those of the old one hold as long as it is served', async () => {
    const old = await sender.deliver();
    sender.rotate(true);
    const fresh = await sender.deliver();
    expect(await problemOf(fresh, sender.client)).toBeUndefined();
    expect(await problemOf(old, sender.client)).toBeUndefined();
    sender.rotate(false);
    expect(await problemOf(await sender.deliver(), sender.client)).toBeUndefined();
    expect(await problemOf(fresh, sender.client)).toBe('the key is not known');
  });

  it('are checked by keys on the curve P-521, at the ordinary door', async () => {
    const { keys } = (await sender.client.get('/auth/verify_keys')).json();
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      const texts = { kid: expect.any(String), x: expect.any(String), y: expect.any(String) };
      expect(key).toMatchObject({ ...texts, kty: 'EC', crv: 'P-521' });
    }
    const headers = { authorization: '' };
    expect((await sender.client.get('/auth/verify_keys', { headers })).status).toBe(401);
  });
});

/** Only the stand-in plays these: it has a queue and takes registrations. */
describe('the stand-in', () => {
  let standIn: UpvestStandin;
  let client: UpvestClient;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let webhook: string;
  beforeEach(async () => {
    standIn = await startUpvestStandin({ settings: { webhookRetrySecondMs: 1 } });
    client = await upvestClient(standIn);
    receiver = await startReceiver();
    webhook = await register();
    return async () => {
      await standIn.stop();
      await receiver.stop();
    };
  });

  async function register(): Promise<string> {
    const url = `${receiver.url}/webhooks/upvest`;
    const body = { title: 'Gateway', url, type: ['ALL'], config: { delay: '1s', max_package_size: 10_240 } };
    const reply = await client.post('/webhooks', body);
    expect(reply.status).toBe(201);
    return reply.json().id;
  }
  const enable = () => client.call('PATCH', `/webhooks/${webhook}`, JSON.stringify({ enabled: true }));
  const bodies = () => receiver.delivered.map(({ body }) => body.toString());
  const numbers = () => bodies().flatMap((body) => JSON.parse(body).payload.map(({ object }: typeof EVENT) => object));

  it('makes a webhook that is switched off, until it is switched on', async () => {
    expect((await client.get(`/webhooks/${webhook}`)).json()).toMatchObject({ enabled: false });
    standIn.webhooks.enqueue('USER.CREATED', { n: '1' });
    expect((await enable()).status).toBe(200);
    standIn.webhooks.enqueue('USER.CREATED', { n: '2' });
    await expect.poll(numbers).toEqual([{ n: '2' }]);
    expect((await client.call('POST', `/webhooks/${webhook}/test`)).status).toBe(202);
    await expect.poll(() => receiver.delivered.length).toBe(2);
    expect((await client.delete(`/webhooks/${webhook}`)).status).toBe(204);
    expect((await client.get(`/webhooks/${webhook}`)).status).toBe(404);
  });

  it('sends events together, oldest first', async () => {
    await enable();
    standIn.webhooks.pause();
    for (const n of ['1', '2', '3']) standIn.webhooks.enqueue('USER.CREATED', { n });
    standIn.webhooks.resume();
    await expect.poll(numbers).toEqual([{ n: '1' }, { n: '2' }, { n: '3' }]);
    expect(receiver.delivered).toHaveLength(1);
  });

  it('sends a refused request again whole and signed anew, and holds back all that follows until it is taken', async () => {
    await enable();
    receiver.answers.push(500, 503, 401);
    standIn.webhooks.enqueue('USER.CREATED', { n: '1' });
    await expect.poll(() => receiver.delivered.length).toBeGreaterThan(0);
    standIn.webhooks.enqueue('USER.CREATED', { n: '2' });
    await expect.poll(() => bodies().at(-1)).toContain('"n":"2"');
    expect(bodies().map((body) => JSON.parse(body).payload[0].object.n)).toEqual(['1', '1', '1', '1', '2']);
    expect(new Set(bodies()).size).toBe(2);
    expect(new Set(receiver.delivered.map(({ headers }) => headers['signature'])).size).toBe(5);
  });

  it('sends only the categories that are asked for', async () => {
    const change = { enabled: true, type: ['WITHDRAWAL'] };
    expect((await client.call('PATCH', `/webhooks/${webhook}`, JSON.stringify(change))).status).toBe(200);
    standIn.webhooks.enqueue('USER.CREATED', { n: '1' });
    standIn.webhooks.enqueue('WITHDRAWAL.NEW', { n: '2' });
    await expect.poll(numbers).toEqual([{ n: '2' }]);
  });
});
