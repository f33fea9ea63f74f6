import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { continueWhenRead } from '../../src/adapters/expect-continue.ts';
import { startStandins } from '../../src/standins/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { startIssuer } from '../helpers/issuer.ts';
import { serveProgram, settingsFor } from '../helpers/production.ts';
import { EMPTY, Vendor, WEBHOOK } from '../helpers/vendor-webhooks.ts';

const sockets: Socket[] = [];
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const stop of stops.splice(0)) await stop();
});

interface Waiting {
  readonly socket: Socket;
  /** All that came back. */
  readonly received: () => string;
  readonly closed: () => boolean;
}

/** Sends the head of a POST that waits for 100 Continue before it sends its body. */
async function expecting(url: string, path: string, headers: Record<string, string>, bytes: number): Promise<Waiting> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  let text = '';
  let isClosed = false;
  socket.on('data', (data) => (text += data.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  await once(socket, 'connect');
  const all = { host: `${hostname}:${port}`, expect: '100-continue', ...headers, 'content-length': String(bytes) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  return { socket, received: () => text, closed: () => isClosed };
}

const statusesIn = ({ received }: Waiting): readonly string[] => received().match(/^HTTP\/1\.1 \d+/gm) ?? [];

describe('a request that waits for 100 Continue', () => {
  let vendor: Vendor;
  let url: string;
  beforeEach(async () => {
    vendor = await new Vendor().start();
    const server = createServer(vendor.running.gateway.handler);
    continueWhenRead(server);
    const listening = await listenOnLoopback(server);
    ({ url } = listening);
    stops.push(listening.stop, () => vendor.stop());
  });

  it('is refused without it where a webhook is not signed, and the connection ends', async () => {
    const waiting = await expecting(url, WEBHOOK, { 'content-type': 'application/json' }, 7_000_000);
    await eventually(() => expect(waiting.closed()).toBe(true));
    expect(statusesIn(waiting)).toEqual(['HTTP/1.1 401']);
    expect(waiting.received()).toMatch(/^connection: close\r$/im);
  });

  it('gets it where a webhook is Upvest’s, and is answered on a connection that stays', async () => {
    const waiting = await expecting(url, WEBHOOK, vendor.signed(), EMPTY.length);
    await eventually(() => expect(statusesIn(waiting)).toEqual(['HTTP/1.1 100']));
    waiting.socket.write(EMPTY);
    await eventually(() => expect(statusesIn(waiting)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']));
    expect(waiting.received()).toMatch(/^connection: keep-alive\r$/im);
  });

  it.each([
    ['with a length that a plain POST may have', ''],
    ['with one that it does not', ' '.repeat(100_000)],
  ])('gets it for a query %s', async (_name, padding) => {
    const body = `{"query":"{ viewer { id } }"}${padding}`;
    const waiting = await expecting(url, '/graphql', { 'content-type': 'application/json' }, body.length);
    await eventually(() => expect(statusesIn(waiting)).toEqual(['HTTP/1.1 100']));
    waiting.socket.write(body);
    await eventually(() => expect(statusesIn(waiting)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']));
  });

  it('is refused without it where a query is of another media type', async () => {
    const waiting = await expecting(url, '/graphql', { 'content-type': 'text/plain' }, 1_000);
    await eventually(() => expect(statusesIn(waiting)).toEqual(['HTTP/1.1 415']));
  });
});

it('a route of the host’s gets its bodies as always', async () => {
  const app = express();
  app.use(express.json());
  app.post('/hello', (request, response) => void response.json(request.body));
  const server = createServer(app);
  continueWhenRead(server);
  const { url, stop } = await listenOnLoopback(server);
  stops.push(stop);
  const waiting = await expecting(url, '/hello', { 'content-type': 'application/json' }, 10);
  await eventually(() => expect(statusesIn(waiting)).toEqual(['HTTP/1.1 100']));
  waiting.socket.write('{"is":"A"}');
  await eventually(() => expect(statusesIn(waiting)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']));
});

it('the program itself refuses an unsigned webhook without it', async () => {
  const [issuer, standins] = await Promise.all([startIssuer(), startStandins({ seed: 'demo' })]);
  const program = await serveProgram(settingsFor(standins, issuer));
  stops.push(
    program.end,
    () => standins.stop(),
    () => issuer.stop(),
  );
  const waiting = await expecting(program.url, WEBHOOK, { 'content-type': 'application/json' }, 7_000_000);
  await eventually(() => expect(statusesIn(waiting)).toEqual(['HTTP/1.1 401']));
});
