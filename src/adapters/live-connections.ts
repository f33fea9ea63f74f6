import { setTimeout as sleep } from 'node:timers/promises';
import { callerOf, isOperator, type Viewer } from '../domain/viewer.ts';
import { OverloadedError } from '../errors.ts';

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
/** WebSockets of a customer, and of an operator, who may be a server: as many as subscriptions. */
const MAX_SOCKETS = 1_000;
const MAX_OPERATOR_SOCKETS = 100_000;

/** Everything that has to be ended before the gateway can stop. */
export class LiveConnections {
  readonly #open = new Set<LiveConnection>();
  readonly #ofCaller = new Map<string, number>();

  get size(): number {
    return this.#open.size;
  }

  /** Answers how to take it out again. */
  add(connection: LiveConnection): () => void {
    this.#open.add(connection);
    return () => this.#open.delete(connection);
  }

  /**
   * Counts a WebSocket of a caller. Answers how to take it out again; throws an OverloadedError where the caller has as
   * many at this gateway as one may.
   */
  enter(viewer: Viewer): () => void {
    const caller = callerOf(viewer);
    const count = this.#ofCaller.get(caller) ?? 0;
    if (count >= (isOperator(viewer) ? MAX_OPERATOR_SOCKETS : MAX_SOCKETS)) {
      throw new OverloadedError('There are too many WebSockets; try again in a moment.', 5);
    }
    this.#ofCaller.set(caller, count + 1);
    return () => {
      const left = (this.#ofCaller.get(caller) ?? 1) - 1;
      if (left === 0) this.#ofCaller.delete(caller);
      else this.#ofCaller.set(caller, left);
    };
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
