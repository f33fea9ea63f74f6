import type { Runtime } from '../domain/runtime.ts';

/** Turns of the event loop without a new connection, after which none is expected to wait: one is seen a turn after it was accepted. */
const QUIET_TURNS = 2;

/**
 * Lets new connections in when many come at once. Node accepts one in a turn of the event loop, and a turn lasts until all that has
 * arrived is done: under load that is dozens of requests, so that the last of 256 connections once waited for 3 s. While they come,
 * one request begins in each turn, in the order of arrival; so a new client waits for as many requests as there are clients before it.
 */
export class Newcomers {
  readonly #runtime: Pick<Runtime, 'nextTurn'>;
  readonly #waiting: (() => void)[] = [];
  #quietTurns = QUIET_TURNS;

  constructor(runtime: Pick<Runtime, 'nextTurn'>) {
    this.#runtime = runtime;
  }

  /** Call it with the first request of a connection. */
  arrived(): void {
    const isFirst = !this.#areComing;
    this.#quietTurns = 0;
    if (isFirst) void this.#letBegin();
  }

  /** Resolves when a request may begin; undefined: at once. */
  turn(): Promise<void> | undefined {
    if (!this.#areComing) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  get #areComing(): boolean {
    return this.#quietTurns < QUIET_TURNS;
  }

  async #letBegin(): Promise<void> {
    while (this.#areComing) {
      await this.#runtime.nextTurn();
      this.#quietTurns += 1;
      this.#waiting.shift()?.();
    }
    for (const begin of this.#waiting.splice(0)) begin();
  }
}
