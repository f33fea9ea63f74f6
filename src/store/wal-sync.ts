import { open } from 'node:fs/promises';
import type Libsql from 'libsql';

/** SQLite's write-ahead log as a file. Both functions reject where the disk fails. */
export interface LogFile {
  /** Has the disk take what was written to the log before the call, beside the event loop. */
  sync(): Promise<void>;
  /** Copies the log into the database with fsync of both, on the event loop. */
  checkpoint(): void;
  close(): Promise<void>;
}

/** The descriptor stays open: SQLite keeps the file for as long as a connection has the database. */
export async function openLogFile(path: string, database: Libsql.Database): Promise<LogFile> {
  const file = await open(path, 'r+');
  return { sync: () => file.datasync(), checkpoint: () => checkpoint(database), close: () => file.close() };
}

/** Rejected while another process reads or writes: then it is tried with the next commit. */
function checkpoint(database: Libsql.Database): void {
  const row: unknown = database.prepare('pragma wal_checkpoint(restart)').get();
  if (typeof row !== 'object' || row === null || !('busy' in row) || row.busy !== 0)
    throw new Error('the write-ahead log could not be copied into the database');
}

/**
 * Has commits on disk in groups, beside the event loop. SQLite appends a commit to its log without an fsync (`synchronous = normal`: a power cut
 * may undo the last commits, and never damages the file); then one `fdatasync` puts all on disk that were made before it began.
 */
export class WalSync {
  readonly #log: LogFile;
  /** Commits that were made, and those of them that are on disk. */
  #made = 0;
  #onDisk = 0;
  #running: Promise<void> | undefined;
  #failed = false;

  constructor(log: LogFile) {
    this.#log = log;
  }

  /** A commit was made that has to be on disk. */
  made(): void {
    this.#made += 1;
  }

  /** Resolves once all commits that were made before are on disk; rejects where the disk fails. */
  async onDisk(): Promise<void> {
    for (const upTo = this.#made; this.#onDisk < upTo; ) await this.#next();
  }

  /** Resolves when no sync is under way, however it ended. */
  async idle(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.idle();
    await this.#log.close();
  }

  #next(): Promise<void> {
    this.#running ??= this.#sync().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #sync(): Promise<void> {
    const covers = this.#made;
    try {
      // After a failed fsync Linux may report the next one as done although the pages were dropped: what is still in memory is copied.
      if (this.#failed) this.#log.checkpoint();
      else await this.#log.sync();
      this.#failed = false;
      this.#onDisk = covers;
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }
}
