import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandIo } from '../command.ts';

/** File in DATA_DIR that says where the stand-ins of a running gateway are. */
export const STANDINS_FILE = 'standins.json';

export const SYSTEMS = ['investsuite', 'upvest'] as const;
export type System = (typeof SYSTEMS)[number];

/** Anything in JSON; amounts in it are strings. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** An error with advice in its message; the command ends with exit code 1. */
export class SandboxError extends Error {}

/** The controls of both stand-ins. */
export interface Standins {
  readonly urls: Readonly<Record<System, string>>;
  /** Calls a control; rejects with a SandboxError where the stand-in refuses or is not there. */
  control(system: System, method: string, path: string, body?: Json): Promise<JsonObject>;
}

/** The stand-ins that the environment names, or those of the gateway that runs on DATA_DIR. */
export function standinsOf({ environment }: Pick<CommandIo, 'environment'>): Standins {
  if (environment['NODE_ENV'] === 'production')
    throw new SandboxError('the sandbox never runs with NODE_ENV=production: stand-ins are no bank');
  return standinsAt(urlsOf(environment));
}

/** The stand-ins at these addresses, which must be of this machine. */
export function standinsAt(urls: Standins['urls']): Standins {
  for (const url of Object.values(urls)) refuseOthers(url);
  return { urls, control: (system, method, path, body) => call(urls[system], method, path, body) };
}

function urlsOf(environment: CommandIo['environment']): Standins['urls'] {
  const { INVESTSUITE_URL: investsuite = '', UPVEST_URL: upvest = '', DATA_DIR: folder = './data' } = environment;
  if (investsuite !== '' && upvest !== '') return { investsuite, upvest };
  const path = join(folder === '' ? './data' : folder, STANDINS_FILE);
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isUrls(found)) return found;
  } catch {
    // Told below.
  }
  throw new SandboxError(
    `no stand-ins are known: ${path} does not name them. Start a gateway without upstreams (npm start), with the same DATA_DIR; or run ` +
      'invest-gateway standins, and set the INVESTSUITE_URL and UPVEST_URL that it prints',
  );
}

const isUrls = (value: unknown): value is Standins['urls'] =>
  typeof value === 'object' &&
  value !== null &&
  SYSTEMS.every((system) => typeof Object.entries(value).find(([name]) => name === system)?.[1] === 'string');

/** Nothing is sent to a real upstream, whatever the environment says. */
function refuseOthers(url: string): void {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host))
    throw new SandboxError(`${url} is not on this machine: the sandbox only talks to stand-ins on 127.0.0.1`);
}

const TIMEOUT_MS = 30_000;

async function call(base: string, method: string, path: string, body?: Json): Promise<JsonObject> {
  const url = `${base}/__standin/${path}`;
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new SandboxError(`no stand-in answers at ${base}: is it still running?`, { cause: error });
  });
  const text = await response.text();
  const answer = objectOf(text);
  if (response.ok) return answer ?? {};
  const why = typeof answer?.['error'] === 'string' ? answer['error'] : text.slice(0, 200);
  const isOther = response.status === 404 && why === '';
  throw new SandboxError(isOther ? `${base} is not a stand-in` : `the stand-in refused (${response.status}): ${why}`);
}

function objectOf(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    // JSON that begins with a brace is an object.
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
