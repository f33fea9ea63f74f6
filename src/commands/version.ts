import { readFileSync } from 'node:fs';
import type { CommandIo } from './command.ts';

/** The version in package.json beside the built code. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}

export async function printVersion({ stdout }: CommandIo): Promise<number> {
  stdout.write(`${packageVersion()}\n`);
  return 0;
}
