import { spawnSync } from 'node:child_process';

/** Runs one of the small programs under tools/, which share no code with the gateway. */
export function runTool(name: 'log-check' | 'audit-check', args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`tools/${name}.mjs`, ...args], {
    input,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}
