import { createHash, createPublicKey, verify } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seedPortfolio, startUpvestStandin, type UpvestStandin } from '../../../src/standins/index.ts';
import { eventually } from '../support/http.ts';
import { type UpvestClient, upvestClient } from '../support/upvest-client.ts';

interface Delivered {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const seeded = seedPortfolio({ key: 'webhooks', brokerCash: '1000' });
let standin: UpvestStandin;
let client: UpvestClient;
let receiver: Server;
let url: string;
let delivered: Delivered[] = [];
let answerStatus = 200;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      delivered.push({ path: request.url ?? '', headers, body: Buffer.concat(chunks) });
      response.writeHead(answerStatus).end();
    });
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  const address = receiver.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/webhooks/upvest?tenant=1`;
  standin = await startUpvestStandin({
    seed: seeded.upvest ?? {},
    webhookUrl: url,
    settings: { settleDelayMs: 'manual', webhookRetrySecondMs: 5 },
  });
  client = await upvestClient(standin);
});
afterAll(async () => {
  await standin.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});
beforeEach(async () => {
  answerStatus = 200;
  await eventually(() => standin.webhooks.idle, 'a quiet queue');
  delivered = [];
});

const payload = ({ body }: Delivered) => JSON.parse(body.toString()).payload;
const types = () => delivered.flatMap((one) => payload(one).map(({ type }: { type: string }) => type));
const poke = (n: number) => standin.webhooks.enqueue('CASH_BALANCE.UPDATED', { n });

/** The check of a receiver that follows the guide on version 6. */
async function isGenuine({ path, headers, body }: Delivered, quoted = false): Promise<boolean> {
  const { keys } = (await client.get('/auth/verify_keys')).json();
  const input = headers['signature-input']?.slice('sig1='.length) ?? '';
  const keyId = /keyid="([^"]+)"/.exec(input)?.[1];
  const jwk = keys.find(({ kid }: { kid: string }) => kid === keyId);
  if (!jwk) return false;
  if (headers['digest'] !== `SHA-256=${createHash('sha256').update(body).digest('base64')}`) return false;
  const [pathname, search] = path.split('?');
  const values: Record<string, string | undefined> = {
    ...headers,
    '@method': 'POST',
    '@path': pathname,
    '@query': `?${search}`,
  };
  const names = (/^\(([^)]*)\)/.exec(input)?.[1] ?? '').split(' ').map((name) => name.slice(1, -1));
  const label = (name: string) => (quoted ? `"${name}"` : name);
  const base = [...names.map((name) => `${label(name)}: ${values[name]}`), `${label('@signature-params')}: ${input}`];
  const signature = Buffer.from(headers['signature']?.slice('sig1=:'.length, -1) ?? '', 'base64');
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'der' } as const;
  const expires = Number(/expires=(\d+)/.exec(input)?.[1]);
  return expires > Date.now() / 1000 && verify('sha512', Buffer.from(base.join('\n')), key, signature);
}

describe('delivery', () => {
  test('is signed in version 6 and carries a payload of events', async () => {
    const increase = { account_group_id: seeded.broker.accountGroupId, amount: '5', currency: 'EUR' };
    const { id } = (await client.post('/virtual_cash_balances/increases', increase)).json();
    standin.schedule.advanceAll({ id });
    await eventually(() => types().length === 4, 'four events');
    expect(types().slice(0, 3)).toEqual([
      'VIRTUAL_CASH_INCREASE.ISSUED',
      'VIRTUAL_CASH_INCREASE.CONFIRMED',
      'CASH_BALANCE.UPDATED',
    ]);
    const [first] = delivered;
    if (!first) throw new Error('nothing came');
    expect(payload(first)[0]).toMatchObject({ object: { id, status: 'ISSUED' } });
    expect(Object.keys(payload(first)[0])).toEqual(['id', 'created_at', 'type', 'object', 'webhook_id']);
    expect(first.headers['content-type']).toBe('application/json');
    expect(first.headers['signature-input']).toContain('"@method" "@path" "@query"');
    expect(await isGenuine(first)).toBe(true);
  });

  test('that fails is sent again whole, signed anew, and holds up all later ones', async () => {
    answerStatus = 500;
    poke(1);
    await eventually(() => delivered.length >= 2, 'a second attempt');
    poke(2);
    await eventually(() => delivered.length >= 3, 'a third attempt');
    expect(new Set(delivered.map(({ body }) => body.toString())).size).toBe(1);
    expect(new Set(delivered.map(({ headers }) => headers['signature'])).size).toBe(delivered.length);
    answerStatus = 200;
    await eventually(() => standin.webhooks.idle, 'the queue to be free');
    const last = delivered.at(-1);
    expect(last && payload(last)[0].object).toEqual({ n: 2 });
    const attempts = standin.webhooks.deliveries().map(({ attempt }) => attempt);
    expect(Math.max(...attempts)).toBeGreaterThanOrEqual(3);
  });

  test('waits while it is paused', async () => {
    standin.webhooks.pause();
    poke(1);
    poke(2);
    expect(standin.webhooks.waiting).toBe(2);
    expect(delivered).toEqual([]);
    standin.webhooks.resume();
    await eventually(() => types().length === 2, 'both events');
    expect(delivered).toHaveLength(1);
  });

  test('is no larger than the receiver wants it', async () => {
    standin.webhooks.pause();
    for (let i = 0; i < 40; i += 1) standin.webhooks.enqueue('CASH_BALANCE.UPDATED', { text: 'x'.repeat(1000) });
    standin.webhooks.enqueue('CASH_BALANCE.UPDATED', { text: 'y'.repeat(20_000) });
    standin.webhooks.resume();
    await eventually(() => types().length === 41, 'all events');
    const sizes = delivered.map(({ body }) => body.length);
    expect(sizes.length).toBeGreaterThan(4);
    expect(sizes.filter((size) => size > 10_300)).toHaveLength(1);
  });

  test('can be double, backwards and bare', async () => {
    Object.assign(standin.settings, { webhookDuplicates: 1, webhookReversed: true, webhookShape: 'bare' });
    standin.webhooks.pause();
    poke(1);
    poke(2);
    standin.webhooks.resume();
    await eventually(() => delivered.length === 4, 'four deliveries');
    expect(delivered.map(({ body }) => JSON.parse(body.toString()).object.n)).toEqual([2, 2, 1, 1]);
    Object.assign(standin.settings, { webhookDuplicates: 0, webhookReversed: false, webhookShape: 'payload' });
  });
});

describe('single deliveries', () => {
  const event = { type: 'WITHDRAWAL.NEW', object: { id: 'w', amount: '200.00' } };

  test.each([
    ['forged', false],
    ['unknown-key', false],
    ['tampered', false],
    ['wrong-digest', false],
    ['expired', false],
    ['wrong-path', false],
    ['no-signature', false],
    [undefined, true],
  ] as const)('%s', async (tampering, genuine) => {
    const sent = await standin.webhooks.emit({ events: [event], ...(tampering ? { tampering } : {}) });
    expect(sent.status).toBe(200);
    expect(delivered).toHaveLength(1);
    const [first] = delivered;
    expect(first && (await isGenuine(first))).toBe(genuine);
  });

  test('a forged one names the key that is served, an unknown one does not', async () => {
    const { keys } = (await client.get('/auth/verify_keys')).json();
    await standin.webhooks.emit({ events: [event], tampering: 'forged' });
    await standin.webhooks.emit({ events: [event], tampering: 'unknown-key' });
    expect(delivered.map(({ headers }) => headers['signature-input']?.includes(keys[0].kid))).toEqual([true, false]);
  });

  test('quoted component names verify as such only', async () => {
    await standin.webhooks.emit({ events: [event], tampering: 'quoted' });
    const [first] = delivered;
    if (!first) throw new Error('nothing came');
    expect([await isGenuine(first), await isGenuine(first, true)]).toEqual([false, true]);
  });

  test('what is tampered with is still JSON of the same length', async () => {
    await standin.webhooks.emit({ events: [event] });
    await standin.webhooks.emit({ events: [event], tampering: 'tampered' });
    const [good, bad] = delivered;
    expect(bad?.headers['content-length']).toBe(String(bad?.body.length));
    expect(good && payload(good)).toHaveLength(1);
    expect(bad && payload(bad)).toHaveLength(1);
  });

  test('an event can be sent again, and the receiver’s answer is returned', async () => {
    const first = await standin.webhooks.emit({ events: [event] });
    answerStatus = 401;
    const again = await standin.webhooks.emit({ events: first.events, shape: 'bare' });
    expect(again.status).toBe(401);
    expect(JSON.parse(delivered[1]?.body.toString() ?? '').id).toBe(first.events[0]?.id);
    expect((await standin.webhooks.emit({ events: [event], url: 'http://127.0.0.1:1/' })).status).toBeNull();
  });
});

test('a rotated key is served, an old one is dropped when asked', async () => {
  const keyId = standin.webhooks.rotateKey();
  const kids = async () => (await client.get('/auth/verify_keys')).json().keys.map(({ kid }: { kid: string }) => kid);
  expect(await kids()).toHaveLength(2);
  expect((await kids())[0]).toBe(keyId);
  poke(1);
  await eventually(() => delivered.length === 1, 'the delivery');
  expect(delivered[0]?.headers['signature-input']).toContain(keyId);
  standin.webhooks.rotateKey({ dropOld: true });
  expect(await kids()).toHaveLength(1);
});

describe('registration', () => {
  const body = {
    title: 'User webhook',
    url: 'https://tenant.tld/webhooks',
    type: ['WITHDRAWAL'],
    config: { delay: '5s', max_package_size: 10240 },
  };

  test('is disabled at first, takes a PATCH, filters by category', async () => {
    const made = await client.call('POST', '/webhooks', JSON.stringify({ ...body, url }));
    expect([made.status, made.json().enabled]).toEqual([201, false]);
    expect(made.json().config).toEqual({ delay: '5s', max_package_size: 10240 });
    const { id } = made.json();
    poke(1);
    await eventually(() => standin.webhooks.idle, 'quiet');
    expect(delivered).toHaveLength(1);
    expect((await client.call('PATCH', `/webhooks/${id}`, '{"enabled":true}')).json().enabled).toBe(true);
    poke(2);
    standin.webhooks.enqueue('WITHDRAWAL.NEW', {});
    await eventually(() => standin.webhooks.idle, 'quiet');
    expect(types().filter((type) => type === 'WITHDRAWAL.NEW')).toHaveLength(2);
    expect(types().filter((type) => type === 'CASH_BALANCE.UPDATED')).toHaveLength(2);
    expect((await client.delete(`/webhooks/${id}`)).status).toBe(204);
    expect((await client.get('/webhooks')).json().data).toHaveLength(1);
  });

  test.each([
    { url: 'http://tenant.tld/' },
    { url: 'https://10.0.0.1/' },
    { title: 'ü' },
    { type: ['DEPOSIT'] },
    { config: { delay: '31s' } },
    { secret: 'x' },
  ])('refuses %j', async (change) => {
    expect((await client.call('POST', '/webhooks', JSON.stringify({ ...body, ...change }))).status).toBe(400);
  });

  test('a test delivery comes when asked for', async () => {
    const [first] = standin.webhooks.list();
    expect((await client.call('POST', `/webhooks/${first?.id}/test`)).status).toBe(202);
    await eventually(() => delivered.length === 1, 'the test delivery');
  });
});
