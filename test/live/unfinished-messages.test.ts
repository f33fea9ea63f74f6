import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { eventually, type RunningGateway, startGateway } from '../helpers/gateway.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { gatewaySettings } from '../helpers/world.ts';

/*
 * Messages of a WebSocket that never end, byte by byte as no client library would send them: they are kept in memory, and
 * pings keep the connection.
 */

const TEXT = 0x1;
const CONTINUATION = 0x0;
const PING = 0x9;
const MiB = 1024 * 1024;

/** A frame of a client; all of its mask are zeros, so the payload goes as it is. */
function frame(opcode: number, payload: Buffer, { isLast = true, announced = payload.length } = {}): Buffer {
  const first = (isLast ? 0x80 : 0) | opcode;
  const length =
    announced < 126
      ? Buffer.from([0x80 | announced])
      : Buffer.from([0x80 | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (announced >>> shift) & 0xff)]);
  return Buffer.concat([Buffer.from([first]), length, Buffer.alloc(4), payload]);
}

const json = (message: unknown): Buffer => frame(TEXT, Buffer.from(JSON.stringify(message)));

class Raw {
  readonly socket: Socket;
  received = '';
  /** The code that the server closed with. */
  code: number | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      const at = chunk.findIndex((byte, index) => byte === 0x88 && (chunk[index + 1] ?? 0) >= 2);
      if (at >= 0 && this.code === undefined && this.received.includes('101 Switching')) {
        if (chunk.length >= at + 4) this.code = chunk.readUInt16BE(at + 2);
      }
    });
    socket.on('error', () => undefined);
  }
}

let standins: Standins;
let issuer: TestIssuer;
let running: RunningGateway;
const open: Raw[] = [];
const portfolio = seedPortfolio({ key: 'unfinished' });
beforeAll(async () => {
  [standins, issuer] = await Promise.all([startStandins({ seed: combineSeeds(portfolio) }), startIssuer()]);
});
afterAll(async () => {
  await standins.stop();
  await issuer.stop();
});
beforeEach(async () => {
  running = await startGateway({ ...gatewaySettings(standins), auth: issuer.settings });
});
afterEach(async () => {
  for (const { socket } of open.splice(0)) socket.destroy();
  await running.stop();
});

async function raw(): Promise<Raw> {
  const { hostname, port } = new URL(running.url);
  const socket = connect(Number(port), hostname);
  const client = new Raw(socket);
  open.push(client);
  socket.write(
    `GET /graphql HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  );
  await eventually(() => expect(client.received).toContain('101 Switching'));
  return client;
}

const tokenOf = async (sub: string): Promise<string> =>
  `Bearer ${await issuer.token({ sub, scope: 'portfolios:read' })}`;

async function acknowledged(authorization: string): Promise<Raw> {
  const client = await raw();
  client.socket.write(json({ type: 'connection_init', payload: { authorization } }));
  await eventually(() => expect(client.received).toContain('connection_ack'));
  return client;
}

async function heldBytes(): Promise<number> {
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  return Number(/^gateway_request_body_bytes (\d+)$/m.exec(metrics)?.[1]);
}

describe('a message of a WebSocket that does not end', () => {
  it.each([
    ['in fragments', () => frame(TEXT, Buffer.alloc(900_000, 'a'), { isLast: false })],
    ['in one frame of which a part comes', () => frame(TEXT, Buffer.alloc(900_000, 'a'), { announced: MiB })],
    [
      'in many fragments with pings between them',
      () =>
        Buffer.concat([
          frame(TEXT, Buffer.alloc(100_000, 'a'), { isLast: false }),
          ...Array.from({ length: 8 }, () =>
            Buffer.concat([
              frame(PING, Buffer.from('here')),
              frame(CONTINUATION, Buffer.alloc(100_000), { isLast: false }),
            ]),
          ),
        ]),
    ],
  ])('takes the room of a body, %s, and gives it back at its end', async (_how, message) => {
    const client = await acknowledged(await tokenOf(portfolio.ownerId));
    expect(await heldBytes()).toBe(0);
    client.socket.write(message());
    await eventually(async () => expect(await heldBytes()).toBeGreaterThan(800_000));
    expect(await heldBytes()).toBeLessThan(1_000_000);
    client.socket.destroy();
    await eventually(async () => expect(await heldBytes()).toBe(0));
  });

  it('is refused with 1013 beyond the half of one caller, and others are served', async () => {
    const authorization = await tokenOf('attacker');
    const clients = await Promise.all(Array.from({ length: 160 }, () => acknowledged(authorization)));
    for (const { socket } of clients) socket.write(frame(TEXT, Buffer.alloc(MiB - 100, 'a'), { isLast: false }));
    await eventually(() => expect(clients.filter(({ code }) => code === 1013).length).toBeGreaterThan(20), 30_000);
    expect(await heldBytes()).toBeLessThanOrEqual(128 * MiB);
    const headers = { authorization: await tokenOf(portfolio.ownerId) };
    const answer = await running.ask(`{ portfolio(id: "${portfolio.portfolioId}") { id } }`, {}, headers);
    expect(answer).toMatchObject({ status: 200, errors: undefined });
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  });

  it('ends the connection of an unauthenticated client at 64 KiB', async () => {
    const client = await raw();
    client.socket.write(frame(TEXT, Buffer.alloc(200_000, 'a'), { isLast: false }));
    await eventually(() => expect(client.code).toBe(1009));
    expect(await heldBytes()).toBe(0);
  });

  it('ends the connection where it comes in more than a thousand pieces', async () => {
    const client = await acknowledged(await tokenOf(portfolio.ownerId));
    const piece = frame(CONTINUATION, Buffer.from('a'), { isLast: false });
    client.socket.write(Buffer.concat([frame(TEXT, Buffer.from('a'), { isLast: false }), ...Array(2_000).fill(piece)]));
    await eventually(() => expect(client.code).toBe(1008));
  });

  it('but one that ends is served, in however many pieces, and pings are not counted', async () => {
    const client = await acknowledged(await tokenOf(portfolio.ownerId));
    for (let times = 0; times < 2_000; times += 1) client.socket.write(frame(PING, Buffer.alloc(100)));
    const query = `{ portfolio(id: "${portfolio.portfolioId}") { id } } #${'x'.repeat(90_000)}`;
    const text = Buffer.from(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    for (let at = 0; at < text.length; at += 1_000) {
      const piece = text.subarray(at, at + 1_000);
      client.socket.write(frame(at === 0 ? TEXT : CONTINUATION, piece, { isLast: at + 1_000 >= text.length }));
    }
    await eventually(() => expect(client.received).toContain(`"id":"${portfolio.portfolioId}"`));
    expect(await heldBytes()).toBe(0);
  });
});
