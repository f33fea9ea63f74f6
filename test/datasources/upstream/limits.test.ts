import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Askers } from '../../../src/datasources/upstream/askers.ts';
import { Flight } from '../../../src/datasources/upstream/flight.ts';
import { DEADLINE_PASSED, Semaphore } from '../../../src/datasources/upstream/semaphore.ts';

describe('a semaphore', () => {
  it('grants its slots, and the next ones in order', async () => {
    const places = new Semaphore(2);
    const order: string[] = [];
    const [first, second] = [await places.acquire(), await places.acquire()];
    const third = places.acquire().then((release) => {
      order.push('third');
      return release;
    });
    const fourth = places.acquire().then((release) => {
      order.push('fourth');
      return release;
    });
    await Promise.resolve();
    expect(order).toEqual([]);
    first();
    (await third)();
    await fourth;
    expect(order).toEqual(['third', 'fourth']);
    second();
  });

  it('releases a slot once only', async () => {
    const places = new Semaphore(1);
    const release = await places.acquire();
    release();
    release();
    await places.acquire();
    await expect(places.acquire(undefined, performance.now() + 5)).rejects.toBe(DEADLINE_PASSED);
  });

  it('lets those go who were called away, and passes over them', async () => {
    const places = new Semaphore(1);
    const release = await places.acquire();
    const controller = new AbortController();
    const gone = places.acquire(controller.signal);
    const hasty = places.acquire(undefined, performance.now());
    const next = places.acquire();
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(gone).rejects.toBe(reason);
    await expect(hasty).rejects.toBe(DEADLINE_PASSED);
    release();
    await next;
    await expect(places.acquire(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('slots that callers share', () => {
  const setUp = (size: number) => {
    const places = new Semaphore(size);
    const releases: (() => void)[] = [];
    const order: string[] = [];
    const ask = (caller: string, askers = new Askers(caller)) =>
      void places.acquire(undefined, undefined, caller === 'gateway' ? undefined : askers).then((release) => {
        order.push(caller);
        releases.push(release);
      });
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    const release = async () => {
      releases.shift()?.();
      await settle();
    };
    return { ask, order, release, settle };
  };

  it('are half of them one caller’s at most', async () => {
    const { ask, order, release, settle } = setUp(4);
    for (let i = 0; i < 10; i += 1) ask('busy');
    await settle();
    expect(order).toEqual(['busy', 'busy']);
    ask('other');
    ask('third');
    await settle();
    expect(order).toEqual(['busy', 'busy', 'other', 'third']);
    await release();
    expect(order.at(-1)).toBe('busy');
  });

  it('are granted to callers round robin, and each second one to the gateway itself', async () => {
    const { ask, order, release, settle } = setUp(2);
    ask('a');
    ask('gateway');
    await settle();
    for (let i = 0; i < 3; i += 1) ask('a');
    ask('b');
    ask('c');
    for (let i = 0; i < 3; i += 1) ask('gateway');
    for (let i = 0; i < 9; i += 1) await release();
    expect(order.slice(2)).toEqual(['a', 'gateway', 'b', 'gateway', 'c', 'gateway', 'a', 'a']);
  });

  it('are granted to a shared call as soon as one of its callers is next', async () => {
    const { ask, order, release, settle } = setUp(2);
    ask('a');
    ask('b');
    for (let i = 0; i < 5; i += 1) ask('a');
    const shared = new Askers('a');
    ask('shared', shared);
    await settle();
    shared.join(new Askers('late'));
    await release();
    await release();
    expect(order.slice(2)).toContain('shared');
  });
});

describe('listening to a signal', () => {
  it('does not warn about the many reads of one request, and stops when they are done', async () => {
    const warnings: string[] = [];
    const note = (warning: Error): unknown => warnings.push(warning.name);
    process.on('warning', note);
    const { signal } = new AbortController();
    const flight = new Flight(() => Promise.resolve('value'));
    await Promise.all(Array.from({ length: 50 }, () => flight.join(signal)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
