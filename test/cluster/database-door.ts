import { connect, createServer, type Socket } from 'node:net';

/** A proxy between gateways and a database that can be pointed elsewhere, like the address of a failover. */
export interface DatabaseDoor {
  /** The address of a database as seen through the door. */
  urlOf(databaseUrl: string): string;
  /** New connections go to this port; those there are are cut. */
  leadTo(port: number): void;
  /** Keeps all connections, takes more, and lets nothing through any more: as a database that is paused. */
  freeze(): void;
  /** Cuts all connections and takes no more. */
  close(): void;
  stop(): Promise<void>;
}

export async function openDoor(port: number): Promise<DatabaseDoor> {
  let target: number | undefined = port;
  const sockets = new Set<Socket>();
  const upstreams = new Set<Socket>();
  let frozen = false;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => undefined);
    if (target === undefined) {
      client.destroy();
      return;
    }
    sockets.add(client);
    if (frozen) return;
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    upstreams.add(upstream);
    const end = (): void => {
      sockets.delete(client);
      upstreams.delete(upstream);
      client.destroy();
      upstream.destroy();
    };
    upstream.on('error', end);
    upstream.on('close', end);
    client.on('close', end);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const doorPort = String(address.port);
  return {
    urlOf: (databaseUrl) => {
      const url = new URL(databaseUrl);
      url.port = doorPort;
      return url.href;
    },
    leadTo: (next) => {
      target = next;
      cut();
    },
    freeze: () => {
      frozen = true;
      for (const socket of [...sockets, ...upstreams]) socket.unpipe().pause();
    },
    close: () => {
      target = undefined;
      cut();
    },
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
