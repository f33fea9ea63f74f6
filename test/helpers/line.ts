import { connect as connectTcp, createServer, type Socket } from 'node:net';

/** A TCP line to a server that can be cut, as a mobile network is. */
export interface Line {
  readonly url: string;
  /** The number of connections made. */
  readonly connections: () => number;
  /** Of how many bytes of answers each further connection gets, before it is cut. Default: all. */
  allow: () => number;
  /** Passes nothing on to the client any more, and cuts nothing: a tab that slept, a NAT that forgot. */
  freeze(): void;
  cut(): void;
  /** Cuts, and resets each further connection until {@link reopen}. */
  shut(): void;
  reopen(): void;
  /** The number of connections that were reset while it was shut. */
  readonly refused: () => number;
  stop(): Promise<void>;
}

export async function startLine(target: string): Promise<Line> {
  const to = Number(new URL(target).port);
  const open = new Set<Socket>();
  let connections = 0;
  let refused = 0;
  let isShut = false;
  let frozen = new WeakSet<Socket>();
  const server = createServer((near) => {
    connections += 1;
    if (isShut) {
      refused += 1;
      near.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const far = connectTcp(to, '127.0.0.1');
    let left = line.allow();
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (chunk) => {
      if (frozen.has(far)) return;
      const passed = chunk.subarray(0, Math.min(left, chunk.length));
      left -= passed.length;
      near.write(passed, () => {
        if (left <= 0) near.resetAndDestroy();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  const line: Line = {
    url: `http://127.0.0.1:${address.port}`,
    connections: () => connections,
    allow: () => Number.POSITIVE_INFINITY,
    freeze: () => {
      frozen = new WeakSet(open);
    },
    cut,
    shut: () => {
      isShut = true;
      cut();
    },
    reopen: () => {
      isShut = false;
    },
    refused: () => refused,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
  return line;
}
