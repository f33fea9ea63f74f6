import { SigningKeyError } from '../datasources/upvest/index.ts';
import { StoreUnavailableError } from '../errors.ts';
import type { Config } from '../settings.ts';
import type { CommandIo } from './command.ts';
import { configOrComplaint } from './config.ts';

/** Runs a command that needs the settings. Exit code 1 where they, the signing key or the database can't be used. */
export async function withConfig(io: CommandIo, run: (config: Config) => Promise<number>): Promise<number> {
  const config = configOrComplaint(io);
  if (config === undefined) return 1;
  try {
    return await run(config);
  } catch (error) {
    const name =
      error instanceof SigningKeyError
        ? 'UPVEST_PRIVATE_KEY'
        : error instanceof StoreUnavailableError
          ? 'the database'
          : undefined;
    if (name === undefined || !(error instanceof Error)) throw error;
    io.stderr.write(`invest-gateway: ${name} can't be used: ${error.message}\n`);
    return 1;
  }
}
