import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The value below which a share (0 to 1) of the sorted values lies. */
export const percentile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

export const sorted = (values) => Float64Array.from(values).sort();

export const ms = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
export const count = (value) => Math.round(value).toLocaleString('en');

/** The cost of 4 KiB on the disk of a folder: milliseconds of write and fdatasync, sorted. */
export function measureFsync(folder, times) {
  const path = join(folder, 'fsync.bench');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096, 1);
  const costs = [];
  try {
    for (let i = 0; i < times; i += 1) {
      const startedAt = performance.now();
      writeSync(file, page);
      fdatasyncSync(file);
      costs.push(performance.now() - startedAt);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  return sorted(costs);
}
