import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Vendor, WEBHOOK } from '../helpers/vendor-webhooks.ts';

let vendor: Vendor;
beforeAll(async () => {
  vendor = await new Vendor().start();
});
afterAll(async () => {
  await vendor.stop();
});

/** The first line of an answer, byte for byte. */
async function statusLine(method: string, path: string, body = ''): Promise<string> {
  const { hostname, port, host } = new URL(vendor.running.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (data) => (text += data.toString('latin1')));
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nconnection: close\r\n`;
  socket.end(`${head}content-length: ${body.length}\r\n\r\n${body}`);
  await once(socket, 'close');
  return text.split('\r\n', 1)[0] ?? '';
}

it.each([
  ['HTTP/1.1 200 OK', 'GET', '/healthz', ''],
  ['HTTP/1.1 401 Unauthorized', 'POST', WEBHOOK, '{}'],
  ['HTTP/1.1 404 Not Found', 'GET', '/nothing', ''],
  ['HTTP/1.1 200 OK', 'POST', '/graphql', '{"query":"{ viewer { id } }"}'],
  ['HTTP/1.1 400 Bad Request', 'POST', '/graphql', '{'],
])('%s is the status line of %s %s', async (line, method, path, body) => {
  expect(await statusLine(method, path, body)).toBe(line);
});
