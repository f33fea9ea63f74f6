import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';

describe('the kit', () => {
  it('imports nothing but its own files', () => {
    const files = readdirSync('client').filter((name) => name.endsWith('.ts'));
    const foreign = files.flatMap((name) =>
      [...readFileSync(`client/${name}`, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)]
        .map(([, from = '']) => from)
        .filter((from) => !(from.startsWith('./') && files.includes(from.slice(2)))),
    );
    expect(foreign).toEqual([]);
  });

  it('is less than 8 kB for a browser that loads all of it', async () => {
    const built = await build({
      ...{ configFile: false, logLevel: 'silent', root: 'client' },
      build: { lib: { entry: 'index.ts', formats: ['es'] }, write: false, minify: true, target: 'es2022' },
    });
    const [output] = Array.isArray(built) ? built : [built];
    if (output === undefined || !('output' in output)) throw new Error('nothing was built');
    expect(output.output).toHaveLength(1);
    const [{ code }] = output.output;
    expect(code).toContain('follow');
    expect(gzipSync(code).length).toBeLessThan(8_000);
  });
});
