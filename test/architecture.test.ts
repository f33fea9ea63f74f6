import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '..', 'src');

/**
 * What each folder of src/ may import of the others. Arrows run one way: adapters -> schema -> resolvers -> (workflows,
 * ingest, live, datasources, store) -> domain. Files directly in src/ compose, except the two that everybody may use.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  datasources: ['domain'],
  store: ['domain'],
  workflows: ['domain', 'datasources', 'store'],
  ingest: ['domain', 'datasources', 'store', 'workflows'],
  live: ['domain', 'datasources', 'store', 'workflows'],
  resolvers: ['domain', 'datasources', 'store', 'workflows', 'ingest', 'live'],
  schema: ['domain', 'resolvers'],
  telemetry: ['domain', 'datasources', 'workflows'],
  adapters: ['domain', 'resolvers', 'schema', 'telemetry', 'ingest', 'live'],
  // The stand-ins share nothing with the code they test, but plain types.
  standins: ['domain'],
  commands: ['domain', 'datasources', 'store', 'workflows', 'ingest', 'schema', 'standins', 'telemetry', 'adapters'],
};
/** Files of src/ itself that any folder may use. */
const SHARED = ['errors.ts', 'settings.ts'];
/** And those that only some may, for types or settings. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  adapters: ['config.ts'],
  commands: ['config.ts', 'gateway.ts', 'options-from.ts'],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name));

const imports: readonly Import[] = files.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)( type)?[^'"]*?from '(\.[^']+)';$/gms)].map((match) => ({
    from: relative(SRC, file),
    to: relative(SRC, join(dirname(file), match[2] ?? '')),
    typeOnly: match[1] !== undefined,
  })),
);

const folderOf = (path: string): string | undefined => (path.includes('/') ? path.split('/', 1)[0] : undefined);

function allowed({ from, to, typeOnly }: Import): boolean {
  const source = folderOf(from);
  const target = folderOf(to);
  if (source === undefined || source === target) return true;
  if (target === undefined) return SHARED.includes(to) || ALSO[source]?.includes(to) === true;
  if (source === 'standins' && target === 'domain') return typeOnly || to === 'domain/decimal.ts';
  return MAY_IMPORT[source]?.includes(target) === true;
}

describe('the house', () => {
  it('has only rooms that this test knows', () => {
    const folders = new Set(
      files.map((file) => folderOf(relative(SRC, file))).filter((folder) => folder !== undefined),
    );
    expect([...folders].filter((folder) => !(folder in MAY_IMPORT))).toEqual([]);
  });

  it('has arrows that run one way only', () => {
    const wrong = imports.filter((each) => !allowed(each)).map(({ from, to }) => `${from} -> ${to}`);
    expect(imports.length).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  });

  it('reads the environment in one place', () => {
    const readers = files.filter((file) => /process\.env/.test(readFileSync(file, 'utf8')));
    expect(readers.map((file) => relative(SRC, file))).toEqual(['cli.ts']);
  });

  it('keeps GraphQL out of the resolvers and everything below them', () => {
    const below = ['domain', 'datasources', 'store', 'workflows', 'ingest', 'resolvers'];
    const wrong = files
      .filter((file) => below.includes(folderOf(relative(SRC, file)) ?? ''))
      .filter((file) => /from '(graphql|graphql-yoga|@pothos\/[^']+)'/.test(readFileSync(file, 'utf8')));
    expect(wrong.map((file) => relative(SRC, file))).toEqual([]);
  });
});
