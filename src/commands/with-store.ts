import { StoreUnavailableError } from '../errors.ts';
import type { Config } from '../settings.ts';
import type { CommandIo } from './command.ts';
import { configOrComplaint } from './config.ts';

/** Runs a command that uses the store. Exit code 1 where the settings or the database can't be used. */
export async function withConfig(io: CommandIo, run: (config: Config) => Promise<number>): Promise<number> {
  const config = configOrComplaint(io);
  if (config === undefined) return 1;
  try {
    return await run(config);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    io.stderr.write(`invest-gateway: the database can't be used: ${error.message}\n`);
    return 1;
  }
}
