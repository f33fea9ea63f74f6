import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebhookBodies } from '../../src/adapters/webhook-bodies.ts';
import { eventually } from '../helpers/eventually.ts';
import { EMPTY, Vendor, WEBHOOK } from '../helpers/vendor-webhooks.ts';

const MIB = 1024 * 1024;
const { privateKey: strangersKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });

let vendor: Vendor;
const sockets: Socket[] = [];
beforeEach(async () => {
  vendor = await new Vendor().start();
  expect((await vendor.send(vendor.signed())).status).toBe(200);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await vendor.stop();
});

interface Connection {
  readonly socket: Socket;
  /** All that came back. */
  readonly received: () => string;
}

/** Sends the head of a request and nothing of its body. */
async function begin(headers: Record<string, string>): Promise<Connection> {
  const { hostname, port } = new URL(vendor.running.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  let text = '';
  socket.on('data', (data) => (text += data.toString('latin1')));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const lines = Object.entries({ host: `${hostname}:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`POST ${WEBHOOK} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  return { socket, received: () => text };
}

const statusOf = ({ received }: Connection): number => Number(/^HTTP\/1\.1 (?!100)(\d+)/m.exec(received())?.[1] ?? 0);

/** Bytes of bodies that the gateway holds, by its own count. */
async function held(): Promise<number> {
  const text = await (await fetch(`${vendor.running.url}/metrics`)).text();
  return Number(/^gateway_webhook_body_bytes (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}

const announced = (headers: Record<string, string>): Record<string, string> => ({
  ...headers,
  'content-length': String(7 * MIB),
});

describe('a webhook that is not Upvest’s', () => {
  it.each<readonly [string, () => Record<string, string>]>([
    ['no signature', () => ({ 'content-type': 'application/json' })],
    ['headers that can’t be parsed', () => ({ 'signature-input': 'sig1=("', signature: 'sig1=' })],
    ['an expired signature', () => vendor.signed({ created: -3_600, expires: -3_590 })],
    ['a signature of the future', () => vendor.signed({ created: 3_600, expires: 3_610 })],
    ['an unknown key', () => vendor.signed({ keyId: 'unknown', key: strangersKey })],
    ['another’s key', () => vendor.signed({ key: strangersKey })],
    ['an unknown digest', () => vendor.signed({ values: { digest: 'MD5=AAAA' } })],
    ['nothing of the body covered', () => vendor.signed({ components: ['@method', '@path'] })],
  ])('with %s is refused before its body is read', async (_name, headers) => {
    const connection = await begin(announced(headers()));
    await eventually(() => expect(statusOf(connection)).toBe(401));
    expect(await held()).toBe(0);
  });

  it('takes no memory on a hundred connections that send 7 MiB each, and every sender gets 401', async () => {
    let most = 0;
    let isWatched = true;
    const watch = async (): Promise<void> => {
      while (isWatched) most = Math.max(most, await held());
    };
    const watching = watch();
    const connections = await Promise.all(
      Array.from({ length: 100 }, () => begin(announced({ 'content-type': 'application/json' }))),
    );
    const chunk = Buffer.alloc(MIB, 0x20);
    for (let part = 0; part < 6; part += 1) for (const { socket } of connections) socket.write(chunk);
    await eventually(() => expect(connections.map(statusOf)).toEqual(Array(100).fill(401)), 20_000);
    isWatched = false;
    await watching;
    expect(most).toBe(0);
    // Upvest's own are taken meanwhile.
    expect((await vendor.send(vendor.signed())).status).toBe(200);
  }, 40_000);

  it('is answered where it waits for 100 Continue, and by a client that sends all before it reads', async () => {
    const waiting = await begin({ ...announced({}), expect: '100-continue' });
    await eventually(() => expect(statusOf(waiting)).toBe(401));
    const body = Buffer.alloc(7 * MIB, 0x20);
    const answer = await fetch(`${vendor.running.url}${WEBHOOK}`, { method: 'POST', body });
    expect(answer.status).toBe(401);
  });
});

describe('a true webhook', () => {
  it('is taken whole from a body that comes in pieces', async () => {
    const body = `{"payload":[]${' '.repeat(3 * MIB)}}`;
    const connection = await begin(vendor.signed({ body }));
    for (let at = 0; at < body.length; at += 100_000) connection.socket.write(body.slice(at, at + 100_000));
    await eventually(() => expect(statusOf(connection)).toBe(200));
    expect(await held()).toBe(0);
  });

  it('beyond the budget of all bodies is answered 503 with Retry-After, and accepted when there is budget again', async () => {
    const body = `{"payload":[]${' '.repeat(8 * MIB - 100)}}`;
    const whole = Buffer.from(body);
    const connections = await Promise.all(
      Array.from({ length: 12 }, () => begin({ ...vendor.signed({ body }), 'content-length': String(whole.length) })),
    );
    // All but the last bytes of 12 x 8 MiB, where 64 MiB fit.
    for (const { socket } of connections) socket.write(whole.subarray(0, whole.length - 10));
    await eventually(
      () => expect(connections.filter((each) => statusOf(each) === 503).length).toBeGreaterThan(3),
      20_000,
    );
    expect(await held()).toBeLessThanOrEqual(64 * MIB);
    const refused = connections.find((each) => statusOf(each) === 503);
    expect(refused?.received()).toMatch(/^retry-after: 1$/im);
    for (const each of connections) if (statusOf(each) === 0) each.socket.write(whole.subarray(whole.length - 10));
    await eventually(() => expect(connections.map(statusOf)).not.toContain(0), 20_000);
    expect(connections.map(statusOf)).toContain(200);
    await eventually(async () => expect(await held()).toBe(0));
    expect((await vendor.send(vendor.signed({ body }), { body })).status).toBe(200);
  }, 60_000);

  it('is not kept out by strangers whose signature can’t be checked before the body is there', async () => {
    const components = ['@method', '@path', 'digest', 'content-length'];
    const { 'content-length': _, ...headers } = vendor.signed({ components, key: strangersKey });
    const connections = await Promise.all(
      Array.from({ length: 4 }, () => begin({ ...headers, 'transfer-encoding': 'chunked' })),
    );
    const chunk = `${(7 * MIB).toString(16)}\r\n${' '.repeat(7 * MIB)}\r\n`;
    for (const { socket } of connections) socket.write(chunk);
    await eventually(() => expect(connections.map(statusOf)).toContain(503), 20_000);
    expect(await held()).toBeLessThanOrEqual(16 * MIB);
    const body = `{"payload":[]${' '.repeat(7 * MIB)}}`;
    expect((await vendor.send(vendor.signed({ body }), { body })).status).toBe(200);
  }, 40_000);
});

describe('the budget for bodies of webhooks', () => {
  const requestOf = (stream: ReadableStream): Request =>
    new Request('http://localhost', { method: 'POST', body: stream, duplex: 'half' } as RequestInit);

  it('counts what a chunk costs beside its bytes', async () => {
    const bodies = new WebhookBodies({ signedBytes: 10_000 });
    const ones = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1)) });
    const reading = bodies.holding(requestOf(ones), (read) => read({ signed: true }));
    await expect(reading).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(bodies.bytes).toBe(0);
  });

  it('gives a body so long, and no longer', async () => {
    const bodies = new WebhookBodies({ bodyMs: 50 });
    const silent = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(100)) });
    const reading = bodies.holding(requestOf(silent), (read) => read({ signed: true }));
    await expect(reading).rejects.toMatchObject({ status: 408 });
    expect(bodies.bytes).toBe(0);
  });

  it('holds a body until the work with it is done', async () => {
    const bodies = new WebhookBodies();
    const request = new Request('http://localhost', { method: 'POST', body: EMPTY });
    const during = await bodies.holding(request, async (read) => {
      await read({ signed: true });
      return bodies.bytes;
    });
    expect([during > EMPTY.length, bodies.bytes]).toEqual([true, 0]);
  });
});
