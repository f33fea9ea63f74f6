import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** Listens on a free loopback port. `stop` ends open connections too. */
export async function listenOnLoopback(server: Server): Promise<{ url: string; stop: () => Promise<void> }> {
  // Those that became WebSockets are not the server's any more, but it waits for them.
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A loopback port that nobody listens on: for a server that must come back on the same one. */
export async function freePort(): Promise<number> {
  const { url, stop } = await listenOnLoopback(createServer());
  await stop();
  return Number(new URL(url).port);
}
