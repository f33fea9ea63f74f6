import { describe, expect, it } from 'vitest';
import { systemRuntime } from '../../../src/domain/runtime.ts';
import { follows, untilVisible } from '../../../src/workflows/order/visible.ts';

const showing = (...versions: (number | null | Error)[]) => {
  let reads = 0;
  const read = async () => {
    const version = versions[Math.min(reads, versions.length - 1)] ?? null;
    reads += 1;
    if (version instanceof Error) throw version;
    return { version };
  };
  return { read, reads: () => reads };
};

describe('what was just written', () => {
  it('is read until it shows: the next one computes from what it reads', async () => {
    const { read, reads } = showing(2, 2, 3);
    await untilVisible(systemRuntime, read, 3);
    expect(reads()).toBe(3);
  });

  it.each([
    ['at once', showing(4), 3, 1],
    ['never: it is given up', showing(2), 3, 5],
    ['without versions', showing(null), 3, 1],
    ['where the answer names none', showing(1), null, 0],
    ['where it cannot be read', showing(new Error('down')), 3, 1],
  ] as const)('%s', async (_what, { read, reads }, written, expected) => {
    await untilVisible(systemRuntime, read, written);
    expect(reads()).toBe(expected);
  });

  it('follows what it was computed from by one, where both have versions', () => {
    expect(follows({ version: 1 }, { version: 2 })).toBe(true);
    expect(follows({ version: 1 }, { version: 3 })).toBe(false);
    expect(follows({ version: 1 }, { version: 1 })).toBe(false);
    expect(follows({ version: null }, { version: 3 })).toBe(true);
    expect(follows({ version: 1 }, { version: null })).toBe(true);
  });
});
