import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { type Ingredients, randomRequest } from './documents.ts';
import type { Random } from './random.ts';

/** The bytes received over a bare socket until it was closed, or for a short while. */
export async function overSocket(port: number, chunks: readonly (string | Buffer)[], cut: boolean): Promise<string> {
  return await new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => {
      for (const chunk of chunks) socket.write(chunk);
      if (cut) socket.resetAndDestroy();
    });
    const end = setTimeout(() => socket.destroy(), 300);
    socket.on('data', (data) => received.push(data));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(end);
      resolve(Buffer.concat(received).toString('latin1'));
    });
  });
}

const PATHS = [
  ...[
    '/',
    '/graphql',
    '/graphql?query={viewer{id}}',
    '/webhooks/upvest',
    '/metrics',
    '/readyz',
    '/healthz',
    '//[',
    '*',
  ],
  ...[
    'http://[',
    '/%00',
    '/%zz',
    '/graphql/',
    '/graphql?variables=%7B',
    '/graphql?query=%ff%fe',
    '/graphql?query={viewer{id}}%23%F6',
    '/graphql?query={viewer{id}}&variables=%7B%22x%22:%22%5Cud800%22%7D',
    '/graphql?query={viewer{id}}#ö',
    '/../graphql',
    '/__standin/',
  ],
];

const CHARSETS = [
  'utf-7',
  'utf-8',
  '"UTF-8"',
  'iso-8859-1',
  '"',
  '""',
  'utf-8;',
  ';;;',
  'utf-8; charset=x',
  'x'.repeat(3_000),
];

/** Several requests over one connection: also behind one whose upgrade is ignored, or that is still being answered. */
export const randomRawRequests = (random: Random): readonly (string | Buffer)[] =>
  Array.from({ length: random.of([1, 1, 2, 3]) }, () => randomRawRequest(random)).flat();

/** Requests that no library would send. */
function randomRawRequest(random: Random): readonly (string | Buffer)[] {
  if (random.chance(0.1)) return [random.bytes(2_000)];
  const method = random.of(['GET', 'POST', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PUT', 'DELETE', 'get', 'X']);
  const body = random.of([
    '',
    '{',
    '{"query":"{viewer{id}}"}',
    '[]',
    'null',
    '"x"',
    '\0\0',
    '{"query":7}',
    '\ufeff{"query":"{viewer{id}}"}',
    '{"query":"{viewer{id}}","variables":{"x":"\\ud800"}}',
    '0\r\n\r\n',
    'zz\r\n',
  ]);
  const headers = [
    `Host: ${random.of(['localhost', '', '[::', 'a b', '%00', 'x'.repeat(300), 'evil.example@127.0.0.1'])}`,
    ...random.some(
      [
        'Content-Type: application/json',
        'Content-Type: text/plain',
        `Content-Type: application/json; charset=${random.of(CHARSETS)}`,
        `Content-Length: ${random.of(['0', '5', String(body.length), '99999999999', '-1', '1e3', '0x5'])}`,
        'Transfer-Encoding: chunked',
        `Transfer-Encoding: ${random.of(['gzip, chunked', 'chunked, chunked', ' chunked', 'x', 'CHUNKED'])}`,
        `Content-Encoding: ${random.of(['gzip', 'br', 'identity', '', 'gzip, gzip', 'x'])}`,
        'Expect: 100-continue',
        'Authorization: Bearer x',
        'Authorization: Basic \x80\xff',
        `Accept: ${random.of(['text/html', 'text/event-stream', '*/*;q=nope', ',,,', 'multipart/mixed', 'x'.repeat(4_000)])}`,
        `Last-Event-ID: ${random.of(['', 'x', '0', '\x7f', 'A'.repeat(5_000)])}`,
        'X-Request-Id: ../../etc/passwd',
        'Origin: null',
        'Origin: http://[',
        `Connection: ${random.of(['Upgrade', 'upgrade, HTTP2-Settings', 'keep-alive, Upgrade', ',', 'Upgrade, close'])}`,
        `Upgrade: ${random.of(['websocket', 'websocket', 'h2c', 'TLS/1.0', 'h2c, websocket', 'WebSocket', '', 'x/\xff'])}`,
        'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol: graphql-transport-ws',
        'Connection: close',
        'Bad Header: x',
        'X: \n folded',
      ],
      8,
    ),
  ];
  const text = `${method} ${random.of(PATHS)} HTTP/${random.of(['1.1', '1.1', '1.0', '2.0', '9'])}\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
  return [random.chance(0.2) ? random.spoil(text) : text, ...(random.chance(0.2) ? [random.bytes(500)] : [])];
}

const UPGRADE =
  'GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';

/** A WebSocket whose frames no library would send. */
export function randomFrames(random: Random): readonly (string | Buffer)[] {
  return [UPGRADE, ...Array.from({ length: random.below(8) + 1 }, () => randomFrame(random))];
}

function randomFrame(random: Random): Buffer {
  if (random.chance(0.1)) return random.bytes(200);
  const payload = random.of([
    Buffer.from('{"type":"connection_init"}'),
    Buffer.from('{"type":"subscribe","id":"1","payload":{"query":"{viewer{id}}"}}'),
    Buffer.from([0xff, 0xfe, 0xed]),
    Buffer.from('{"type":"connection_init","payload":{"headers":{"Authorization":"Bearer J\xf6rg"}}}', 'latin1'),
    Buffer.from('\ufeff{"type":"ping"}'),
    random.bytes(300),
    Buffer.alloc(0),
  ]);
  // Final or not, with reserved bits, of any kind: text, binary, continuation, close, ping, pong and what is none.
  const head = random.of([0x81, 0x81, 0x81, 0x01, 0x80, 0x82, 0x88, 0x89, 0x8a, 0xc1, 0xf1, 0x83, 0x0f, 0x09]);
  const masked = random.chance(0.9) ? 0x80 : 0;
  const length = random.of<Buffer>([
    payload.length < 126
      ? Buffer.from([masked | payload.length])
      : Buffer.from([masked | 126, payload.length >> 8, payload.length & 255]),
    Buffer.from([masked | random.below(126)]),
    Buffer.from([masked | 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([masked | 127, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]),
  ]);
  return Buffer.concat([Buffer.from([head]), length, ...(masked === 0 ? [] : [Buffer.alloc(4)]), payload]);
}

/** Speaks a WebSocket, mostly in the protocol's words. Resolves to everything that was said back. */
export async function overWebSocket(url: string, token: string, ingredients: Ingredients): Promise<string> {
  const { random } = ingredients;
  const socket = new WebSocket(url, random.of([['graphql-transport-ws'], ['graphql-transport-ws'], [], ['nope']]), {
    ...(random.chance(0.1) ? { origin: random.of(['http://[', 'https://evil.example', 'null']) } : {}),
  });
  return await new Promise((resolve) => {
    const received: string[] = [];
    socket.on('message', (data) => received.push(String(data)));
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => resolve(`${received.join('\n')}\n${code} ${reason}`));
    socket.on('open', () => {
      const authorization = random.chance(0.9) ? `Bearer ${token}` : random.of<unknown>(['x', 7, null, {}]);
      if (random.chance(0.9))
        socket.send(
          JSON.stringify({
            type: 'connection_init',
            payload: random.chance(0.5) ? { authorization } : { headers: { authorization } },
          }),
        );
      for (let count = random.below(6); count > 0; count -= 1) socket.send(randomMessage(ingredients));
      setTimeout(() => (random.chance(0.5) ? socket.close() : socket.terminate()), 20 + random.below(200));
    });
    setTimeout(() => socket.terminate(), 2_000);
  });
}

function randomMessage(ingredients: Ingredients): string | Buffer {
  const { random } = ingredients;
  if (random.chance(0.1)) return random.bytes(300);
  const id = random.of(['1', '2', '', 'x'.repeat(300), '\u0000']);
  const message = {
    id,
    type: random.of([
      'subscribe',
      'subscribe',
      'subscribe',
      'complete',
      'ping',
      'pong',
      'connection_init',
      'next',
      'nope',
    ]),
    payload: random.chance(0.9) ? randomRequest(ingredients) : random.of<unknown>([null, 7, 'x', [], { query: {} }]),
  };
  const text = JSON.stringify(message);
  return random.chance(0.1) ? random.spoil(text) : text;
}
