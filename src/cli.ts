#!/usr/bin/env node
import { commands, usage } from './commands/index.ts';

/**
 * `invest-gateway <command>`. Exit codes: 0 done; 1 it could not be done or something was found wrong; 2 the command
 * line itself is wrong.
 */
async function main(): Promise<number> {
  const [name = 'help', ...rest] = process.argv.slice(2);
  if (['-v', '--version'].includes(name)) return await run('version', []);
  if (['help', '--help', '-h'].includes(name)) return await help(rest);
  return rest.some((word) => word === '--help' || word === '-h') ? await help([name]) : await run(name, rest);
}

/** Of one command, or of all. */
async function help([name]: readonly string[]): Promise<number> {
  const command = commands.find((each) => each.name === name);
  if (name !== undefined && command === undefined) return await unknown(name);
  return print(command?.usage ?? (await usage()));
}

async function unknown(name: string): Promise<number> {
  process.stderr.write(`invest-gateway: there is no command ${JSON.stringify(name)}\n\n${await usage()}`);
  return 2;
}

async function run(name: string, args: readonly string[]): Promise<number> {
  const command = commands.find((each) => each.name === name);
  if (command === undefined) return await unknown(name);
  if (command.takesNothing && args.length > 0) {
    process.stderr.write(`invest-gateway ${name}: it takes no arguments; got ${args.join(' ')}\n\n${command.usage}`);
    return 2;
  }
  return await command.run({ args, environment: process.env, stdout: process.stdout, stderr: process.stderr });
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

process.exitCode = await main();
