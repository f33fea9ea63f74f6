import { readConfig } from '../config.ts';
import type { Config } from '../settings.ts';
import type { CommandIo } from './command.ts';

/** The settings, or undefined after every problem with them has been told; with `openKey` also one with the signing key. */
export function configOrComplaint(
  { environment, stderr }: CommandIo,
  options: Parameters<typeof readConfig>[1] = {},
): Config | undefined {
  const result = readConfig(environment, options);
  if (result.ok) return result.config;
  stderr.write('invest-gateway: these settings are missing or wrong:\n');
  for (const problem of result.problems) stderr.write(`  ${problem}\n`);
  stderr.write('All settings are listed by: invest-gateway --help\n');
  return undefined;
}
