#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { commands, usage } from './commands/index.ts';

/**
 * `invest-gateway <command>`. Exit codes: 0 done; 1 it could not be done or something was found wrong; 2 the command
 * line itself is wrong.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
  });
  const [name = 'help', ...rest] = positionals;
  if (values['version'] === true) return await run('version', []);
  if (values['help'] === true || name === 'help') return print(usage());
  return await run(name, rest);
}

async function run(name: string, args: readonly string[]): Promise<number> {
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    process.stderr.write(`invest-gateway: there is no command ${JSON.stringify(name)}\n\n${usage()}`);
    return 2;
  }
  return await command.run({ args, environment: process.env, stdout: process.stdout, stderr: process.stderr });
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

process.exitCode = await main();
