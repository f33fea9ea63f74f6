import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const versions = z.record(z.string(), z.string());
const manifest = z
  .object({ dependencies: versions, devDependencies: versions })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const locked = z
  .object({ packages: z.record(z.string(), z.object({ libc: z.array(z.string()).optional() })) })
  .parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));

// The size on disk is checked by scripts/production-install.mjs: it needs the registry.
describe('what is installed', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-dependencies-'));
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) copyFileSync(name, join(folder, name));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const npm = (...args: string[]) => spawnSync('npm', [...args, '--ignore-scripts'], { cwd: folder, encoding: 'utf8' });

  it('is asked for by exact versions, and from no address of its own', () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(ranges.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(readFileSync('package-lock.json', 'utf8')).not.toContain('"resolved"');
  });

  // Where this or the next fails after `npm install`: node scripts/correct-lock.mjs.
  it('runs on this version of Node, by its own account', () => {
    const { status, stderr } = npm('ci', '--dry-run', '--offline');
    expect(stderr).not.toContain('EBADENGINE');
    expect(status).toBe(0);
  });

  // The packages of libsql do not say which C library they are for; without this each Linux has both, 10 MB more.
  it('has the one binary of SQLite that the machine needs', () => {
    const binaries = Object.entries(locked.packages).filter(([path]) => path.includes('/@libsql/linux-'));
    expect(binaries.map(([path, { libc }]) => [path.includes('musl'), libc])).toEqual(
      binaries.map(([path]) => [path.includes('musl'), [path.includes('musl') ? 'musl' : 'glibc']]),
    );
    expect(binaries).not.toEqual([]);
  });

  it('leaves GraphiQL to the build, which keeps its page as one compressed file', () => {
    expect(manifest.dependencies).not.toHaveProperty('graphiql');
    expect(statSync('dist/graphiql.html.br').size).toBeLessThan(350_000);
  });
});
