import { describe, expect, it } from 'vitest';
import { Askers } from '../../../src/datasources/upstream/askers.ts';
import { Batcher } from '../../../src/datasources/upstream/batcher.ts';
import { joinUntil } from '../../../src/datasources/upstream/deadline.ts';
import { Flight, SharedReads } from '../../../src/datasources/upstream/flight.ts';
import { systemRuntime } from '../../../src/domain/runtime.ts';
import { UpstreamUnavailableError } from '../../../src/errors.ts';
import { until } from '../fake-upstream.ts';

/** A piece of work that ends when the test says so. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const gone = new Error('gone');

describe('a flight', () => {
  it('gives all who joined the same result, or the same failure', async () => {
    const good = new Flight(async () => 'value');
    expect(await Promise.all([good.join(), good.join(new AbortController().signal)])).toEqual(['value', 'value']);
    const bad = new Flight(() => Promise.reject(gone));
    await expect(bad.join()).rejects.toBe(gone);
    await expect(bad.join(new AbortController().signal)).rejects.toBe(gone);
  });

  it('goes on while one still waits, and is aborted when all have gone', async () => {
    let aborted: unknown;
    const flight = new Flight<string>(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted = signal.reason;
            reject(signal.reason);
          });
        }),
    );
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [flight.join(one.signal), flight.join(two.signal)];
    one.abort(gone);
    await expect(waiting[0]).rejects.toBe(gone);
    expect([aborted, flight.abandoned]).toEqual([undefined, false]);
    two.abort(gone);
    await expect(waiting[1]).rejects.toBe(gone);
    expect([aborted, flight.abandoned]).toEqual([gone, true]);
  });

  it('is never aborted under one who joined without a signal', async () => {
    const work = deferred<string>();
    const flight = new Flight(() => work.promise);
    const controller = new AbortController();
    const patient = flight.join();
    const other = flight.join(controller.signal);
    controller.abort(gone);
    await expect(other).rejects.toBe(gone);
    expect(flight.abandoned).toBe(false);
    work.resolve('value');
    expect(await patient).toBe('value');
  });
});

describe('shared reads', () => {
  it('are made once while under way, and anew afterwards', async () => {
    let shared = 0;
    let made = 0;
    const work = deferred<number>();
    const reads = new SharedReads<number>(() => {
      shared += 1;
    });
    const read = (): Promise<number> =>
      reads.run('key', () => {
        made += 1;
        return work.promise;
      });
    const together = [read(), read(), read()];
    work.resolve(1);
    expect(await Promise.all(together)).toEqual([1, 1, 1]);
    expect([made, shared]).toEqual([1, 2]);
    await read();
    expect(made).toBe(2);
  });

  it('do not share a failure with those who come later', async () => {
    const reads = new SharedReads<string>();
    await expect(reads.run('key', () => Promise.reject(gone))).rejects.toBe(gone);
    expect(await reads.run('key', async () => 'value')).toBe('value');
  });

  it('are not joined after a write, but finished for those who wait', async () => {
    const reads = new SharedReads<string>();
    const before = deferred<string>();
    const old = reads.run('portfolio/1', () => before.promise);
    reads.forget((key) => key.startsWith('portfolio/'));
    expect(await reads.run('portfolio/1', async () => 'new')).toBe('new');
    before.resolve('old');
    expect(await old).toBe('old');
  });

  it('are not joined once all who waited have gone', async () => {
    const reads = new SharedReads<string>();
    const controller = new AbortController();
    const first = reads.run('key', () => deferred<string>().promise, { signal: controller.signal });
    controller.abort(gone);
    await expect(first).rejects.toBe(gone);
    expect(await reads.run('key', async () => 'value')).toBe('value');
  });

  it('are not begun for one who has gone', async () => {
    let made = 0;
    const reads = new SharedReads<number>();
    const start = async (): Promise<number> => {
      made += 1;
      return made;
    };
    await expect(reads.run('key', start, { signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
    expect(made).toBe(0);
  });
});

describe('joining until a deadline', () => {
  it('ends for this caller only', async () => {
    const work = deferred<string>();
    const reads = new SharedReads<string>();
    const read = (deadlineAt?: number): Promise<string> =>
      joinUntil('INVESTSUITE', { deadlineAt }, systemRuntime, (signal) =>
        reads.run('key', () => work.promise, { signal }),
      );
    const patient = read();
    const hasty: unknown = await read(performance.now() + 20).catch((error: unknown) => error);
    expect(hasty).toBeInstanceOf(UpstreamUnavailableError);
    expect(hasty).toMatchObject({ reason: 'deadline' });
    work.resolve('value');
    expect(await patient).toBe('value');
  });

  it('ends with the reason of the caller’s own signal too', async () => {
    const controller = new AbortController();
    const options = { signal: controller.signal, deadlineAt: performance.now() + 60_000 };
    const flight = new Flight(() => deferred<string>().promise);
    const waiting = joinUntil('UPVEST', options, systemRuntime, (signal) => flight.join(signal));
    controller.abort(gone);
    await expect(waiting).rejects.toBe(gone);
    expect(flight.abandoned).toBe(true);
  });
});

describe('a batcher', () => {
  /** Answers every key with itself, and keeps the lists of keys it was asked for. */
  function echoing(maxBatchSize = 100): { batcher: Batcher<string>; asked: string[][]; shared: () => number } {
    const asked: string[][] = [];
    let shared = 0;
    const batcher = new Batcher<string>({
      maxBatchSize,
      fetchBatch: async (keys) => {
        asked.push([...keys]);
        return new Map(keys.map((key) => [key, key.toUpperCase()]));
      },
      onShared: () => {
        shared += 1;
      },
    });
    return { batcher, asked, shared: () => shared };
  }

  it('asks for the keys of one turn together, each once', async () => {
    const { batcher, asked, shared } = echoing();
    const values = await Promise.all(['a', 'b', 'a', 'c', 'b'].map((key) => batcher.load(key)));
    expect(values).toEqual(['A', 'B', 'A', 'C', 'B']);
    expect(asked).toEqual([['a', 'b', 'c']]);
    expect(shared()).toBe(2);
  });

  it('asks for no more than the most in one call', async () => {
    const { batcher, asked } = echoing(2);
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => batcher.load(key)));
    expect(asked).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('matches answers by key: missing is undefined, an error is that key’s alone', async () => {
    const batcher = new Batcher<string>({
      maxBatchSize: 10,
      fetchBatch: async () =>
        new Map<string, string | Error>([
          ['c', 'C'],
          ['b', gone],
        ]),
    });
    const results = await Promise.allSettled(['a', 'b', 'c'].map((key) => batcher.load(key)));
    expect(results).toEqual([
      { status: 'fulfilled', value: undefined },
      { status: 'rejected', reason: gone },
      { status: 'fulfilled', value: 'C' },
    ]);
  });

  it('fails all keys of a call that fails, and asks anew afterwards', async () => {
    let fails = true;
    const batcher = new Batcher<string>({
      maxBatchSize: 10,
      fetchBatch: async (keys) => {
        if (fails) throw gone;
        return new Map(keys.map((key) => [key, key]));
      },
    });
    const results = await Promise.allSettled([batcher.load('a'), batcher.load('b')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await batcher.load('a')).toBe('a');
  });

  it('lets a caller join the call that carries its key, until a write', async () => {
    const works = [deferred<void>(), deferred<void>()];
    const asked: string[][] = [];
    const batcher = new Batcher<number>({
      maxBatchSize: 10,
      fetchBatch: async (keys) => {
        asked.push([...keys]);
        const call = asked.length;
        await works[call - 1]?.promise;
        return new Map(keys.map((key) => [key, call]));
      },
    });
    const first = batcher.load('a');
    await until(() => asked.length === 1);
    const joined = batcher.load('a');
    batcher.forget('a');
    const after = batcher.load('a');
    await until(() => asked.length === 2);
    for (const work of works) work.resolve();
    expect(await Promise.all([first, joined, after])).toEqual([1, 1, 2]);
  });

  it('keeps a key asked for after a write out of a call that has not left yet', async () => {
    const { batcher, asked } = echoing();
    const before = batcher.load('a');
    batcher.forget('a');
    const after = batcher.load('a');
    await Promise.all([before, after]);
    expect(asked).toEqual([['a'], ['a']]);
  });

  it('makes no call when all have gone before it left', async () => {
    const { batcher, asked } = echoing();
    const controller = new AbortController();
    const loading = batcher.load('a', { signal: controller.signal });
    controller.abort(gone);
    await expect(loading).rejects.toBe(gone);
    await expect(batcher.load('b', { signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
    expect(await batcher.load('c')).toBe('C');
    expect(asked).toEqual([['c']]);
  });

  it('aborts a call only when all of its callers have gone', async () => {
    const signals: AbortSignal[] = [];
    const batcher = new Batcher<string>({
      maxBatchSize: 10,
      fetchBatch: (_keys, { signal }) => {
        if (signal === undefined) throw new Error('a call without a signal');
        signals.push(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [batcher.load('a', { signal: one.signal }), batcher.load('b', { signal: two.signal })];
    await until(() => signals.length === 1);
    one.abort(gone);
    await expect(waiting[0]).rejects.toBe(gone);
    expect(signals[0]?.aborted).toBe(false);
    two.abort(gone);
    await expect(waiting[1]).rejects.toBe(gone);
    expect(signals[0]?.aborted).toBe(true);
  });

  it('keeps what many ask for apart from what one asks for in bulk', async () => {
    const { batcher, asked } = echoing(100);
    const load = (caller: string, keys: readonly string[]) =>
      keys.map((key) => batcher.load(key, { askers: new Askers(caller) }));
    const keysOf = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
    await Promise.all([
      ...load('bulk', keysOf('x', 150)),
      ...load('one', ['a']),
      ...load('two', ['b']),
      ...load('bulk', keysOf('y', 10)),
    ]);
    const mixed = asked.filter((keys) => keys.includes('a'));
    expect(mixed).toHaveLength(1);
    expect(mixed[0]).toContain('b');
    expect(mixed[0]?.filter((key) => key.startsWith('x'))).toEqual([]);
    // As few calls as before: 160 and 2 keys.
    expect(asked).toHaveLength(3);
  });
});
