import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';
import type { GraphqlAnswer } from './gateway.ts';

/** Milliseconds that half of the answers take at most; one request after the other, none of which may be refused. */
export async function medianOf(ask: () => Promise<GraphqlAnswer>, count = 9): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const startedAt = performance.now();
    const { status, errors } = await ask();
    times.push(performance.now() - startedAt);
    expect({ status, errors }).toEqual({ status: 200, errors: undefined });
  }
  return times.sort((a, b) => a - b)[Math.floor(count / 2)] ?? Number.NaN;
}

/** Begins the work so many times a second, however long it takes, until it is stopped. What it answers is collected. */
export function keepUp<T>(perSecond: number, work: () => Promise<T>): { stop(): Promise<readonly T[]> } {
  const running: Promise<T | undefined>[] = [];
  const begin = (): unknown => running.push(work().catch(() => undefined));
  const timer = setInterval(begin, 1_000 / perSecond);
  return {
    stop: async () => {
      clearInterval(timer);
      return (await Promise.all(running)).filter((answer) => answer !== undefined);
    },
  };
}

/** Connections over which something is sent and no more; none of them is read unless by `onData`. */
export async function openConnections(url: string, count: number, text: string): Promise<readonly Socket[]> {
  const { hostname, port } = new URL(url);
  return await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = connect(Number(port), hostname, () => {
            socket.write(text, () => resolve(socket));
          });
          socket.on('error', reject);
        }),
    ),
  );
}
