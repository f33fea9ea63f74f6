import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { atExpiry } from '../../src/adapters/live-connections.ts';

const DAY_MS = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const inDays = (days: number): number => (Date.now() + days * DAY_MS) / 1_000;

// Timers of Node take 24.8 days at most.
it.each([1, 24, 25, 60, 400])('what a token of %i days has opened ends with it, and not before', (days) => {
  let ended = 0;
  atExpiry(inDays(days), () => {
    ended += 1;
  });
  vi.advanceTimersByTime(days * DAY_MS - 2_000);
  expect(ended).toBe(0);
  vi.advanceTimersByTime(4_000);
  expect(ended).toBe(1);
});

it('the end can be called off, however far away it is', () => {
  let ended = 0;
  const callOff = atExpiry(inDays(60), () => {
    ended += 1;
  });
  vi.advanceTimersByTime(30 * DAY_MS);
  callOff();
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(ended).toBe(0);
});
