import { parseArgs } from 'node:util';
import type { CommandIo } from '../command.ts';
import { USAGES } from '../usages.ts';
import { ACTS, type Act, type Given, OPTIONS } from './acts.ts';
import { SandboxError, standinsOf } from './standins.ts';

/** `invest-gateway sandbox <act> …`: docs/sandbox.md. */
export async function sandbox(io: CommandIo): Promise<number> {
  const asked = readArguments(io.args);
  if (typeof asked === 'string') {
    io.stderr.write(`invest-gateway sandbox: ${asked}\n\n${USAGES.sandbox}`);
    return 2;
  }
  try {
    io.stdout.write(await asked.act.run(standinsOf(io), asked.given));
    return 0;
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    io.stderr.write(`invest-gateway sandbox: ${error.message}\n`);
    return 1;
  }
}

function readArguments(args: readonly string[]): { readonly act: Act; readonly given: Given } | string {
  try {
    const { values, positionals } = parseArgs({
      args: joined(args),
      options: OPTIONS,
      allowPositionals: true,
    });
    const [name = '', ...words] = positionals;
    if (name === '') return 'what is to be done?';
    const act = actOf(name, words);
    if (typeof act === 'string') return act;
    return { act, given: { words, options: values } };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The act of a name that takes so many words; else why there is none. */
export function actOf(name: string, words: readonly string[]): Act | string {
  const act = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined;
  if (act === undefined) return `there is no ${name}`;
  const [least, most] = act.words;
  if (words.length >= least && words.length <= most) return act;
  return `${name} takes ${least === most ? least : `${least} to ${most}`} words`;
}

/** `--quantity -2` is `--quantity=-2`: amounts may be negative, and no option has one letter or digit. */
function joined(args: readonly string[]): string[] {
  const found: string[] = [];
  for (const word of args) {
    const last = found.at(-1);
    if (/^-\d/.test(word) && last?.startsWith('--') && !last.includes('=')) found[found.length - 1] = `${last}=${word}`;
    else found.push(word);
  }
  return found;
}
