import { connect, createServer, type Socket } from 'node:net';

/** A process that the balancer sends connections to. */
export interface Backend {
  readonly port: number;
}

/** How often, and for how long, a backend is asked whether it is alive. */
const CHECK_MS = 200;
const CHECK_TIMEOUT_MS = 1_000;

/**
 * A plain TCP load balancer, as banks have in front of such gateways: connections in turn to those that are healthy; one that
 * does not answer its health check gets no more, and those that it has are cut.
 */
export class Balancer {
  readonly url: string;
  readonly #stop: () => Promise<void>;
  readonly #state: State;

  private constructor(url: string, state: State, stop: () => Promise<void>) {
    this.url = url;
    this.#state = state;
    this.#stop = stop;
  }

  static async start(): Promise<Balancer> {
    const state = new State();
    const server = createServer({ noDelay: true }, (client) => state.take(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new Balancer(`http://127.0.0.1:${address.port}`, state, async () => {
      state.stop();
      await new Promise((resolve) => server.close(resolve));
    });
  }

  /** From now on connections go to these. */
  add(backend: Backend): void {
    this.#state.add(backend);
  }

  remove(backend: Backend): void {
    this.#state.remove(backend);
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

class State {
  readonly #sockets = new Map<Backend, Set<Socket>>();
  readonly #down = new Set<Backend>();
  readonly #timer = setInterval(() => void this.#check(), CHECK_MS);
  #turn = 0;

  add(backend: Backend): void {
    this.#sockets.set(backend, new Set());
  }

  remove(backend: Backend): void {
    this.#cut(backend);
    this.#sockets.delete(backend);
    this.#down.delete(backend);
  }

  take(client: Socket): void {
    const healthy = [...this.#sockets.keys()].filter((backend) => !this.#down.has(backend));
    this.#turn += 1;
    const backend = healthy[this.#turn % Math.max(1, healthy.length)];
    client.on('error', () => undefined);
    if (backend === undefined) {
      client.destroy();
      return;
    }
    const server = connect({ port: backend.port, host: '127.0.0.1', noDelay: true });
    const sockets = this.#sockets.get(backend);
    sockets?.add(client);
    const end = (): void => {
      sockets?.delete(client);
      client.destroy();
      server.destroy();
    };
    server.on('error', end);
    server.on('close', end);
    client.on('close', end);
    client.pipe(server);
    server.pipe(client);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const backend of this.#sockets.keys()) this.#cut(backend);
  }

  #cut(backend: Backend): void {
    for (const client of this.#sockets.get(backend) ?? []) client.destroy();
  }

  async #check(): Promise<void> {
    await Promise.all(
      [...this.#sockets.keys()].map(async (backend) => {
        const alive = await isAlive(backend);
        if (alive) this.#down.delete(backend);
        else if (!this.#down.has(backend)) {
          this.#down.add(backend);
          this.#cut(backend);
        }
      }),
    );
  }
}

async function isAlive({ port }: Backend): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    return (await fetch(`http://127.0.0.1:${port}/healthz`, { signal })).ok;
  } catch {
    return false;
  }
}
