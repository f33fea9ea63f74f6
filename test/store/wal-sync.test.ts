import { expect, it } from 'vitest';
import { WalSync } from '../../src/store/wal-sync.ts';
import { type Held, held } from '../helpers/held.ts';

/** A disk that answers each sync when the test says so. */
function slowDisk() {
  const running: Held[] = [];
  const checkpoints: string[] = [];
  let checkpointFails = false;
  const log = new WalSync({
    sync: () => {
      const sync = held();
      running.push(sync);
      return sync.promise;
    },
    checkpoint: () => {
      checkpoints.push(checkpointFails ? 'failed' : 'done');
      if (checkpointFails) throw new Error('no checkpoint');
    },
    close: async () => undefined,
  });
  const disk = { running, checkpoints, failCheckpoints: (fails: boolean) => (checkpointFails = fails) };
  return { log, disk };
}

const settled = async (promise: Promise<void>): Promise<string> => {
  const waits = new Promise<string>((resolve) => setImmediate(() => resolve('waits')));
  return await Promise.race([promise.then(() => 'done'), waits]);
};

it('waits for nothing where no commit was made', async () => {
  const { log, disk } = slowDisk();
  await log.onDisk();
  expect(disk.running).toHaveLength(0);
});

it('waits for a sync that began after the commit, and shares it', async () => {
  const { log, disk } = slowDisk();
  log.made();
  const first = log.onDisk();
  const same = log.onDisk();
  expect(disk.running).toHaveLength(1);
  // Made while the disk works: what is being synced may not have it.
  log.made();
  const second = log.onDisk();
  disk.running[0]?.resolve();
  await Promise.all([first, same]);
  expect(await settled(second)).toBe('waits');
  expect(disk.running).toHaveLength(2);
  disk.running[1]?.resolve();
  await second;
  await log.onDisk();
  expect(disk.running).toHaveLength(2);
});

it('tells of a disk that fails, and has nothing on disk until all of the log is copied', async () => {
  const { log, disk } = slowDisk();
  log.made();
  const first = log.onDisk();
  disk.running[0]?.reject(new Error('EIO'));
  await expect(first).rejects.toThrow('EIO');
  disk.failCheckpoints(true);
  await expect(log.onDisk()).rejects.toThrow('no checkpoint');
  disk.failCheckpoints(false);
  await log.onDisk();
  expect(disk.checkpoints).toEqual(['failed', 'done']);
  log.made();
  const next = log.onDisk();
  expect(disk.running).toHaveLength(2);
  disk.running[1]?.resolve();
  await next;
});
