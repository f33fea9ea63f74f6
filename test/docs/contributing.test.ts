import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LANES } from '../../vitest.config.ts';

const PAGE = readFileSync('CONTRIBUTING.md', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const codes = [...PAGE.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

describe('CONTRIBUTING', () => {
  it('names files and folders that there are', () => {
    const paths = codes.filter((code) => /^(src|test|docs|examples|scripts|\.ci)\/[\w./-]*$/.test(code));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('names scripts that there are', () => {
    const named = codes.flatMap((code) =>
      [...code.matchAll(/\bnpm (?:run )?([a-z:]+)/g)].map((match) => match[1] ?? ''),
    );
    const own = named.filter((name) => !['ci', 'install'].includes(name));
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter((name) => name !== 'build' && scripts[name] === undefined)).toEqual([]);
  });

  it('has a row for each lane, with where its files are', () => {
    for (const [lane, { include }] of Object.entries(LANES)) {
      const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${lane}\` |`)) ?? '';
      expect(row, lane).not.toBe('');
      for (const glob of lane === 'quick' ? [] : include)
        expect(row).toContain(`\`${glob.replace('test/**/*.slow', '*.slow').replace('**/*.test.ts', '')}\``);
    }
  });
});

describe('tests', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('test', file));

  it('run once: nothing tries one again', () => {
    const again = /\bretry: ?[1-9]|--retry[= ][1-9]|\brepeats: ?[1-9]|\{ retry\b/;
    const places = [...files, 'vitest.config.ts', 'package.json', '.ci/run'];
    expect(places.filter((file) => again.test(readFileSync(file, 'utf8').replaceAll(String(again), '')))).toEqual([]);
  });

  it('of the quick lane mock no module, since they share them', () => {
    const quick = files.filter((file) => !/\.slow\.test\.ts$|^test\/(crash|browser|kafka|cluster)\//.test(file));
    expect(quick.length).toBeGreaterThan(100);
    const mocks = /\bvi\.(mock|doMock|resetModules)\(/;
    expect(quick.filter((file) => mocks.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});
