import type { CommandIo } from '../../src/commands/command.ts';
import type { World } from './world.ts';

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process. */
export async function runCommand(
  command: (io: CommandIo) => Promise<number>,
  args: readonly string[],
  environment: Record<string, string>,
  { isTTY = false }: { readonly isTTY?: boolean } = {},
): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  const code = await command({
    args,
    environment,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text), isTTY },
  });
  return { code, stdout, stderr };
}

/** The settings that reach the stand-ins of a world. */
export const upstreamSettings = ({
  investSuite,
  upvest,
}: Pick<World, 'investSuite' | 'upvest'>): Record<string, string> => ({
  INVESTSUITE_URL: investSuite.url,
  INVESTSUITE_ACCESS_KEY_ID: investSuite.credentials.accessKeyId,
  INVESTSUITE_SECRET_ACCESS_KEY: investSuite.credentials.secretAccessKey,
  UPVEST_URL: upvest.url,
  UPVEST_CLIENT_ID: upvest.credentials.clientId,
  UPVEST_CLIENT_SECRET: upvest.credentials.clientSecret,
  UPVEST_KEY_ID: upvest.credentials.keyId,
  UPVEST_PRIVATE_KEY: upvest.credentials.privateKeyPem,
});
