import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';

/*
 * A server may ignore an Upgrade and answer the request as it is (RFC 9110 7.8). Java's HTTP client asks for `h2c` with
 * every first request, `curl --http2` too. But a server of node:http that listens to `upgrade` at all, for WebSockets, gets
 * every such request there, with the connection taken out of the parser. (`shouldUpgradeCallback`, which decides it
 * before, is in newer versions of Node than the oldest that we run on.) So the request is written anew without its
 * Upgrade, put back in front of what has arrived behind it, and the connection is given to the server once more.
 */

/** Headers that mean something for an upgrade only. */
const OF_UPGRADES = new Set(['upgrade', 'http2-settings']);
/** Names and values. Node leaves out headers beyond 2,000; of a request that may lack one nothing can be made anew. */
const MAX_RAW_HEADERS = 2_000;

/**
 * For the `upgrade` event of a node:http or node:https server: makes the server answer the request over HTTP/1.1
 * without an upgrade. Bodies, keep-alive and pipelined requests work as usual. `connection` listeners of the server run
 * once more for the same socket.
 */
export function ignoreUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const server = 'server' in socket ? socket.server : undefined;
  if (!(server instanceof EventEmitter) || request.rawHeaders.length >= MAX_RAW_HEADERS) {
    socket.destroy();
    return;
  }
  const unanswered = unansweredOn(socket);
  if (unanswered !== undefined) {
    // Pipelined behind a request that is still being answered: answers keep the order of their requests.
    const gone = (): void => void socket.destroy();
    socket.once('error', gone);
    unanswered.once('close', () => {
      socket.off('error', gone);
      if (!socket.destroyed && !socket.writableEnded) ignoreUpgrade(request, socket, head);
    });
    return;
  }
  socket.unshift(Buffer.concat([headOf(request), head]));
  server.emit(server instanceof TlsServer ? 'secureConnection' : 'connection', socket);
}

/** The response that Node is writing to a connection. */
function unansweredOn(socket: Duplex): ServerResponse | undefined {
  const message: unknown = '_httpMessage' in socket ? socket._httpMessage : undefined;
  return isResponse(message) ? message : undefined;
}

const isResponse = (message: unknown): message is ServerResponse => message instanceof EventEmitter;

/** The request's head as it was sent, but for the wish to upgrade. Node reads and writes heads as ISO-8859-1. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = withoutUpgrade(name.toLowerCase(), rawHeaders[at + 1] ?? '');
    if (value !== undefined) lines.push(`${name}: ${value}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function withoutUpgrade(name: string, value: string): string | undefined {
  if (OF_UPGRADES.has(name)) return undefined;
  if (name !== 'connection') return value;
  const options = value.split(',').map((option) => option.trim());
  const others = options.filter((option) => option !== '' && !OF_UPGRADES.has(option.toLowerCase()));
  return others.length === 0 ? undefined : others.join(', ');
}
