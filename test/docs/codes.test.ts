import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, isInterfaceType } from 'graphql';
import { expect, it } from 'vitest';
import { ERRORS, FAILURES } from '../../src/domain/codes.ts';
import { ERROR_CODES } from '../../src/errors.ts';
import { FAILURE_CODES } from '../../src/resolvers/results.ts';
import { build } from '../helpers/build.ts';

const sources = [
  ...['operations', 'adapters', 'callers', 'schema'].flatMap((folder) =>
    readdirSync(`src/${folder}`).map((file) => `src/${folder}/${file}`),
  ),
  'src/workflows/order/outcome.ts',
  'src/domain/failures.ts',
].map((path) => readFileSync(path, 'utf8'));

it('every code that the source gives to an error is in the table', () => {
  const given = sources.flatMap((text) =>
    [...text.matchAll(/\bcode: '([A-Z_]{5,})'|coded\([^)]*'([A-Z_]{5,})'\)|const TOO_MUCH = '([A-Z_]+)'/g)].map(
      ([, a, b, c]) => a ?? b ?? c ?? '',
    ),
  );
  expect(given.length).toBeGreaterThan(10);
  const known = [...Object.keys(ERRORS), ...Object.keys(FAILURES)];
  expect([...new Set([...given, ...ERROR_CODES])].filter((code) => !known.includes(code))).toEqual([]);
});

it('every error as data is in the table, and as retryable as it says', () => {
  for (const { code, retryable } of Object.values(FAILURE_CODES)) {
    const facts = Object.entries(FAILURES).find(([name]) => name === code)?.[1];
    expect(facts, code).toMatchObject({ retryable });
  }
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const error = schema.getType('Error');
  const types = isInterfaceType(error) ? schema.getPossibleTypes(error).map(({ name }) => name) : [];
  const named = new Set<string>(Object.values(FAILURES).map(({ type }) => type));
  expect(types.filter((name) => !named.has(name))).toEqual([]);
});

it('the page has the tables', () => {
  build();
  execFileSync(process.execPath, ['scripts/codes-docs.mjs', '--check'], { stdio: 'pipe' });
});
