import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '..', 'src');

/**
 * The imports allowed to each folder of src/, besides itself: folders with all that is in them, and files of src/ itself. `a/*`
 * stands for each folder in `a` that has no line of its own. Files of src/ itself put everything together: they may
 * import anything. To change a rule, change its line here, and the picture in docs/architecture.md with it; a line that
 * allows what no file imports fails too, so that the table stays as tight as the code is.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: ['errors.ts'],
  store: ['domain', 'errors.ts'],
  'datasources/upstream': ['domain', 'errors.ts'],
  'datasources/investsuite': ['datasources/upstream', 'domain', 'errors.ts'],
  'datasources/upvest': ['datasources/upstream', 'domain', 'errors.ts'],
  // The engine should know no noun; the folders of the nouns may use each other.
  'workflows/engine': ['workflows/ports.ts', 'datasources/upstream', 'store', 'domain', 'errors.ts'],
  'workflows/*': ['workflows', 'datasources', 'store', 'domain', 'errors.ts'],
  workflows: ['datasources', 'store', 'domain'],
  ingest: ['workflows', 'datasources', 'store', 'domain', 'errors.ts'],
  instruments: ['datasources', 'store', 'domain', 'errors.ts'],
  live: ['datasources', 'store', 'domain', 'errors.ts'],
  resolvers: ['live', 'instruments', 'workflows', 'datasources', 'store', 'domain', 'errors.ts'],
  schema: ['resolvers', 'domain', 'errors.ts'],
  telemetry: ['datasources/upstream'],
  callers: ['resolvers', 'domain', 'errors.ts'],
  operations: ['callers', 'resolvers', 'live', 'telemetry', 'domain', 'errors.ts'],
  adapters: ['operations', 'callers', 'ingest', 'live', 'telemetry', 'domain', 'errors.ts'],
  hosts: ['adapters', 'gateway-options.ts'],
  // The stand-ins share nothing with the code that is tested against them.
  standins: [],
  commands: [
    ...['adapters', 'callers', 'schema', 'ingest', 'workflows', 'datasources', 'store', 'domain', 'telemetry'],
    ...[
      'standins',
      'config.ts',
      'errors.ts',
      'gateway.ts',
      'options-from.ts',
      'settings.ts',
      'settings-help.ts',
      'synchronization.ts',
      'tenant.ts',
    ],
  ],
};

const files = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(SRC, join(entry.parentPath, entry.name)))
  .sort();
const textOf = (file: string): string => readFileSync(join(SRC, file), 'utf8');

interface Import {
  readonly from: string;
  readonly to: string;
}

const imports: readonly Import[] = files.flatMap((from) =>
  [
    ...textOf(from).matchAll(/^(?:import|export)[^'"]*?from '(\.[^']+)';$/gms),
    ...textOf(from).matchAll(/\bimport\('(\.[^']+)'\)/g),
  ].map((match) => ({ from, to: join(dirname(from), match[1] ?? '') })),
);

const inside = (file: string, folder: string): boolean => file === folder || file.startsWith(`${folder}/`);

/** The line of the table that a file falls under: the longest that fits. Undefined for files of src/ itself. */
function ruleOf(file: string): string | undefined {
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) {
    for (const rule of [folder, `${dirname(folder)}/*`]) if (rule in MAY_IMPORT) return rule;
  }
  return undefined;
}

/** The line of the table that lets a file import another; `true` where both fall under the same line. */
function permission({ from, to }: Import): string | true | undefined {
  const rule = ruleOf(from);
  if (rule === undefined) return true;
  // Files of one folder may use each other, and the folders in theirs, as an index does.
  if (rule.endsWith('*') ? dirname(from) === dirname(to) : inside(to, rule)) return true;
  return MAY_IMPORT[rule]?.find((target) => inside(to, target));
}

/** Rooms that can be reached from a room by the table, at the level of the folders of src/. */
function reachable(top: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (room: string): void => {
    for (const [rule, targets] of Object.entries(MAY_IMPORT)) {
      if (!inside(rule, room)) continue;
      for (const target of targets.map((each) => each.split('/', 1)[0] ?? '')) {
        if (target === room || target.endsWith('.ts') || seen.has(target)) continue;
        seen.add(target);
        visit(target);
      }
    }
  };
  visit(top);
  return seen;
}

describe('the folders of src/', () => {
  it('are all in the table', () => {
    const unknown = files.filter((file) => dirname(file) !== '.' && ruleOf(file) === undefined);
    expect(
      unknown.map((file) => `src/${file}: give its folder a line in MAY_IMPORT (test/architecture.test.ts)`),
    ).toEqual([]);
    const empty = Object.keys(MAY_IMPORT).filter((rule) => !files.some((file) => ruleOf(file) === rule));
    expect(empty.map((rule) => `'${rule}' has no files: take its line out of MAY_IMPORT`)).toEqual([]);
  });

  it('import only what the table allows', () => {
    expect(imports.length).toBeGreaterThan(500);
    const wrong = imports.filter((each) => permission(each) === undefined);
    expect(
      wrong.map(
        ({ from, to }) =>
          `src/${from} imports src/${to}, which '${ruleOf(from)}' may not: move what both need further down (domain), or ` +
          'hand it in from gateway.ts; where the arrow is right, add it to MAY_IMPORT',
      ),
    ).toEqual([]);
  });

  it('import all that the table allows', () => {
    const used = new Set(imports.map((each) => `${ruleOf(each.from)} -> ${permission(each)}`));
    const unused = Object.entries(MAY_IMPORT).flatMap(([rule, targets]) =>
      targets
        .filter((target) => !used.has(`${rule} -> ${target}`))
        .map((target) => `no file of '${rule}' imports '${target}' any more: take it out of MAY_IMPORT`),
    );
    expect(unused).toEqual([]);
  });

  it('import in one direction', () => {
    const tops = new Set(Object.keys(MAY_IMPORT).map((rule) => rule.split('/', 1)[0] ?? ''));
    expect([...tops].filter((top) => reachable(top).has(top))).toEqual([]);
  });
});

/** Time, timers, chance and the thread pool of the process itself, in any spelling. */
const PROCESS_ITSELF =
  /\bDate\.now\b|\bnew Date\(\)|\bperformance\.(?:now|timeOrigin)\b|\b(?:set|clear)(?:Timeout|Interval|Immediate)\b|\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bulid\(|node:timers|\bAbortSignal\.timeout\b|\bpromisify\b|\bsystemRuntime\.(?!ts)/;

/**
 * Allowed: the runtime itself; the ways in and the ways to other processes, which a simulation has none of (docs/proof.md); and
 * marks in texts that are gone when their function returns.
 */
const MAY_USE_PROCESS = [
  'domain/runtime.ts',
  ...['adapters', 'callers', 'commands', 'standins', 'telemetry'],
  ...['ingest/kafka-bus.ts', 'store/postgres.ts', 'store/postgres-wakes.ts', 'store/read-only.ts'],
  ...['datasources/upvest/check-capabilities.ts', 'datasources/upvest/check-outcomes.ts'],
  ...['datasources/upstream/exact-json.ts', 'datasources/upstream/writable-json.ts'],
];

describe('time and chance', () => {
  it('come from the runtime that the gateway was given', () => {
    const free = files.filter((file) => !MAY_USE_PROCESS.some((allowed) => inside(file, allowed)));
    const wrong = free.flatMap(
      (file) =>
        PROCESS_ITSELF.exec(textOf(file).replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, ''))?.[0].concat(` in src/${file}`) ??
        [],
    );
    expect(wrong).toEqual([]);
  });

  it('are used by each file that may take them from the process', () => {
    const unused = MAY_USE_PROCESS.filter(
      (allowed) => !files.some((file) => inside(file, allowed) && PROCESS_ITSELF.test(textOf(file))),
    );
    expect(unused).toEqual([]);
  });
});

describe('the files of src/', () => {
  it('have no names that permute each other', () => {
    const byWords = new Map<string, Set<string>>();
    for (const name of files.map((file) => basename(file, '.ts')).filter((each) => each.includes('-'))) {
      const words = name.split('-').map((word) => word.replace(/s$/, ''));
      const key = words.sort().join(' ');
      byWords.set(key, (byWords.get(key) ?? new Set()).add(name));
    }
    const permuted = [...byWords.values()]
      .filter((names) => names.size > 1)
      .map((names) => [...names].sort().join(', '));
    // Make the noun a folder and the verb the file, then take the pair out of PERMUTED_FOR_NOW.
    expect(permuted.sort()).toEqual([]);
  });

  it('read the environment in one place', () => {
    expect(files.filter((file) => /process\.env/.test(textOf(file)))).toEqual(['cli.ts']);
  });

  it('know GraphQL only in the schema and above', () => {
    const above = ['schema', 'operations', 'adapters', 'commands'];
    const wrong = files
      .filter((file) => dirname(file) !== '.' && !above.some((folder) => inside(file, folder)))
      .filter((file) => /from '(graphql|graphql-yoga|@pothos\/[^']+)'/.test(textOf(file)));
    expect(wrong).toEqual([]);
  });
});
