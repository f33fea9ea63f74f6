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

/** Begins the work so many times a second, however long it takes, until it is stopped. What was answered by then is kept. */
function keepUp<T>(perSecond: number, work: () => Promise<T>): { stop(): readonly T[] } {
  const answers: T[] = [];
  const begin = (): void =>
    void work().then(
      (answer) => answers.push(answer),
      () => undefined,
    );
  const timer = setInterval(begin, 1_000 / perSecond);
  return {
    stop: () => {
      clearInterval(timer);
      return answers;
    },
  };
}

/** How much slower half of the answers become while the work is begun 12 times a second, and what that was answered. */
export async function slowedBy<T>(
  ask: () => Promise<GraphqlAnswer>,
  work: () => Promise<T>,
): Promise<{ readonly times: number; readonly answers: readonly T[] }> {
  const before = await medianOf(ask);
  const flood = keepUp(12, work);
  try {
    const during = await medianOf(ask);
    return { times: during / before, answers: flood.stop() };
  } finally {
    flood.stop();
  }
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
