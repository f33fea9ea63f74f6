import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** A run of all lanes has a few dozen databases at a time, the largest of some hundred megabytes. */
const NEEDED_BYTES = 4e9;

/**
 * Puts the temporary files of all tests into memory, where the machine has enough of it (Linux). SQLite waits for the disk
 * at each commit: on a disk that others use too that was 28 of the 47 s of two files.
 */
export default function setup(): (() => Promise<void>) | undefined {
  if (process.env['TMPDIR']?.startsWith(MEMORY) || !existsSync(MEMORY)) return undefined;
  const { bavail, bsize } = statfsSync(MEMORY);
  if (bavail * bsize < NEEDED_BYTES) return undefined;
  const before = process.env['TMPDIR'];
  const folder = mkdtempSync(join(MEMORY, 'gateway-tests-'));
  // PostgreSQL runs as another user, and has its folders in here.
  chmodSync(folder, 0o711);
  process.env['TMPDIR'] = folder;
  return async () => {
    await endLeftBehind(folder);
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Names and ends processes that tests have started on this folder and left running; what is just ending gets some time. */
async function endLeftBehind(folder: string): Promise<void> {
  let left = startedOn(folder);
  for (let looks = 0; looks < 50 && left.length > 0; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = startedOn(folder);
  }
  for (const { pid, command } of left) {
    process.stderr.write(`left running by a test: ${command}\n`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself just now.
    }
  }
}

/** Processes whose environment or arguments name the folder, but this one, its workers, and a Kafka that its script will stop. */
function startedOn(folder: string): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const [command, environment] = ['cmdline', 'environ'].map((file) =>
        readFileSync(`/proc/${name}/${file}`, 'utf8'),
      );
      const isLeft = `${command}${environment}`.includes(folder) && !/\/vitest\/|kafka\.Kafka/.test(command ?? '');
      return isLeft ? [{ pid, command: (command ?? '').replaceAll('\0', ' ') }] : [];
    } catch {
      // It has ended, or is of another user.
      return [];
    }
  });
}
