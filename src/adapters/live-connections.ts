import { setTimeout as sleep } from 'node:timers/promises';

/** A connection (or stream) that is open for long. */
export interface LiveConnection {
  /** Ends it in a way that makes clients connect again and resume. */
  end(): void;
  /** Cuts it off. */
  cut(): void;
}

/** How long a connection may take to end what is under way on it. */
const GOODBYE_MS = 10_000;
const LOOK_MS = 20;

/** Everything that has to be ended before the gateway can stop. */
export class LiveConnections {
  readonly #open = new Set<LiveConnection>();

  get size(): number {
    return this.#open.size;
  }

  /** Answers how to take it out again. */
  add(connection: LiveConnection): () => void {
    this.#open.add(connection);
    return () => this.#open.delete(connection);
  }

  /**
   * Ends all connections, spread evenly over a time, since clients reconnect at once to the remaining gateways. Waits
   * for them, and destroys those that are left after 10 s.
   */
  async endAll(spreadMs: number): Promise<void> {
    const open = [...this.#open];
    const startedAt = performance.now();
    for (const [index, connection] of open.entries()) {
      const dueMs = startedAt + (spreadMs * index) / open.length - performance.now();
      if (dueMs > 5) await sleep(dueMs);
      connection.end();
    }
    const latest = performance.now() + GOODBYE_MS;
    while (open.some((each) => this.#open.has(each)) && performance.now() < latest) await sleep(LOOK_MS);
    for (const each of this.#open) each.cut();
  }
}

/** Longest delay that timers take: 24.8 days. A longer one would fire at once. */
const MAX_DELAY_MS = 2_147_483_647;

/** Calls when a token ends (seconds since 1970), at least a second from now; answers how to call that off. */
export function atExpiry(expiresAt: number | undefined, end: () => void): () => void {
  if (expiresAt === undefined) return () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const wait = (leftMs: number): void => {
    const isLast = leftMs <= MAX_DELAY_MS;
    const next = (): void => (isLast ? end() : wait(expiresAt * 1_000 - Date.now()));
    timer = setTimeout(next, Math.min(leftMs, MAX_DELAY_MS)).unref();
  };
  wait(Math.max(1_000, expiresAt * 1_000 - Date.now()));
  return () => clearTimeout(timer);
}
