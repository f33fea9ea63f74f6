import { createServer, request } from 'node:http';
import { listenOnLoopback } from './http.ts';

/** An HTTP proxy that passes requests on under another path. */
export async function startProxy(
  target: string,
  rewrite: (path: string) => string,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const url = new URL(rewrite(incoming.url ?? '/'), target);
    const onward = request(url, { method: incoming.method ?? 'GET', headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  return await listenOnLoopback(server);
}
