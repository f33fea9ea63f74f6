import type { Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a stopping server waits for what is under way. */
const DRAIN_MS = 10_000;
/** In this time arrives what was on its way: connections that wait to be accepted, requests that are not read yet. */
const ARRIVAL_MS = 100;
const SWEEP_MS = 50;
/** A turn of the event loop in which hardly anything happened; after each of these times twice as much will do. */
const QUIET_TURN_MS = 0.05;
const PATIENCE_MS = 100;
/** How long to wait for one at most. */
const QUIET_MS = 2_000;

/** Ends a server without losing a request that has reached it. Made before the server takes requests. */
export class Drain {
  readonly #server: Server;
  readonly #answering = new Set<ServerResponse>();
  #draining = false;

  constructor(server: Server) {
    this.#server = server;
    server.on('request', (_request, response) => {
      this.#answering.add(response);
      response.once('close', () => this.#answering.delete(response));
      if (this.#draining) lastOnItsConnection(response);
    });
  }

  /**
   * Takes no new connection, lets running requests end, then closes the rest. `endStreams` ends what would go on by
   * itself, such as subscriptions.
   */
  async run(endStreams: () => Promise<void>): Promise<void> {
    this.#draining = true;
    this.#answering.forEach(lastOnItsConnection);
    const streams = endStreams();
    await sleep(ARRIVAL_MS);
    let closed: Promise<void> = Promise.resolve();
    await inQuietTurn(() => {
      closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    });
    // Clients keep a connection open after its last answer, some in spite of being told not to.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_MS);
    const late = setTimeout(() => this.#server.closeAllConnections(), DRAIN_MS);
    await Promise.all([closed, streams]);
    clearInterval(sweep);
    clearTimeout(late);
  }
}

/**
 * When the port is closed, the system resets connections that were established and not accepted. Node accepts them at
 * the beginning of a turn; after a turn that took no time, hardly any can be left.
 */
async function inQuietTurn(work: () => void): Promise<void> {
  const startedAt = performance.now();
  await new Promise<void>((resolve) => {
    let before = performance.now();
    const look = (): void => {
      const now = performance.now();
      const waitedMs = now - startedAt;
      if (now - before > QUIET_TURN_MS * 2 ** (waitedMs / PATIENCE_MS) && waitedMs < QUIET_MS) {
        before = now;
        setImmediate(look);
        return;
      }
      work();
      resolve();
    };
    setImmediate(look);
  });
}

/** Tells the client that this connection will not take another request. */
function lastOnItsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
