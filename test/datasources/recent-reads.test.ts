import { expect, it, vi } from 'vitest';
import { RecentReads } from '../../src/datasources/upstream/recent-reads.ts';

function reads() {
  const clock = { ms: 0 };
  const recent = new RecentReads<string>({ monotonicMs: () => clock.ms }, 1_000);
  let count = 0;
  const start = vi.fn(async () => `answer ${++count}`);
  return { recent, clock, start };
}

it('one read serves those who know no more than it did, for a second from its beginning', async () => {
  const { recent, clock, start } = reads();
  const first = recent.read('order', 7, start);
  expect(recent.read('order', 7, start)).toBe(first);
  clock.ms = 999;
  expect(await recent.read('order', 6, start)).toBe('answer 1');
  clock.ms = 1_000;
  expect(await recent.read('order', 7, start)).toBe('answer 2');
  expect(await recent.read('another', 7, start)).toBe('answer 3');
});

it('one who knows more asks anew, also beside a read that has not been answered', async () => {
  const { recent, start } = reads();
  const slow = recent.read('order', 7, () => new Promise(() => undefined));
  expect(recent.read('order', 7, start)).toBe(slow);
  expect(await recent.read('order', 8, start)).toBe('answer 1');
  expect(await recent.read('order', 7, start)).toBe('answer 1');
});

it('a read before a write, or that failed, serves nobody later', async () => {
  const { recent, start } = reads();
  await recent.read('order', 7, start);
  recent.forget('order');
  expect(await recent.read('order', 7, start)).toBe('answer 2');
  const failing = recent.read('other', 7, () => Promise.reject(new Error('away')));
  await expect(failing).rejects.toThrow('away');
  expect(await recent.read('other', 7, start)).toBe('answer 3');
});
