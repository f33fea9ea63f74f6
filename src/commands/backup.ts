import { StoreUnavailableError } from '../errors.ts';
import { backUpEmbedded } from '../store/index.ts';
import type { CommandIo } from './command.ts';
import { configOrComplaint } from './config.ts';
import { USAGES } from './usages.ts';

/** Exit code 0 where the copy is on disk, 1 where it could not be made, 2 for a wrong command line. */
export async function backup(io: CommandIo): Promise<number> {
  const [file, ...more] = io.args;
  if (file === undefined || file.startsWith('-') || more.length > 0) {
    io.stderr.write(USAGES.backup);
    return 2;
  }
  const config = configOrComplaint(io);
  if (config === undefined) return 1;
  if (config.store.databaseUrl !== undefined) {
    io.stderr.write(
      'invest-gateway: DATABASE_URL is set: back PostgreSQL up with its own tools (docs/operations.md)\n',
    );
    return 1;
  }
  try {
    backUpEmbedded(config.store.dataDir, file);
    io.stdout.write(`${file}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    io.stderr.write(`invest-gateway: ${error.message}\n`);
    return 1;
  }
}
