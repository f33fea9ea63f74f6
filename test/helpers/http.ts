import { createServer, type Server } from 'node:http';

/** Listens on a free loopback port. `stop` ends open connections too. */
export async function listenOnLoopback(server: Server): Promise<{ url: string; stop: () => Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
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
