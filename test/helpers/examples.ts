import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Standins } from '../../src/standins/index.ts';
import { build } from './build.ts';
import { upstreamSettings } from './command.ts';
import { eventually } from './eventually.ts';
import { freePort } from './http.ts';

/** An example in a process of its own. */
export interface RunningExample {
  readonly url: string;
  readonly output: () => string;
  /** Tells it to stop; resolves to its exit code, or the signal that had to end it. */
  stop(): Promise<number | string>;
}

/** Compiles examples/ as an embedder would: against the built package, found by its name. */
export function buildExamples(): void {
  build();
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.examples.json']);
}

export async function runExample(name: string, standins: Standins): Promise<RunningExample> {
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-example-'));
  const child = spawn(process.execPath, [`dist.examples/${name}.js`], {
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      DATA_DIR: dataDir,
      INTROSPECTION: 'on',
      ...upstreamSettings(standins),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(output);
    await fetch(`${url}/healthz`);
  }, 60_000);
  return {
    url,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      // Not waited for: something was left open then.
      const late = setTimeout(() => child.kill('SIGKILL'), 9_000);
      const code = await ended;
      clearTimeout(late);
      rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}
