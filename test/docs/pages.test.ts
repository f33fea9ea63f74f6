import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const DOCS = readdirSync('docs').filter((file) => file.endsWith('.md'));
const DECISIONS = readdirSync('docs/decisions').filter((file) => file.endsWith('.md'));
const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...DOCS.map((file) => `docs/${file}`),
  ...DECISIONS.map((file) => `docs/decisions/${file}`),
];
const text = (page: string): string => readFileSync(page, 'utf8');

/** Code blocks of a language. */
const blocks = (page: string, language: string): string[] =>
  [...text(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1] ?? '',
  );

/** As GitHub makes them. */
const anchorsOf = (page: string): string[] =>
  [...text(page).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(PAGES)('%s', (page) => {
  it('has links that lead somewhere, down to the heading', () => {
    const links = [...text(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    const dead = links
      .filter((link) => !link.includes('://'))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : join(dirname(page), path);
        return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      });
    expect(dead).toEqual([]);
  });
});

describe('the index of the docs', () => {
  it('has every page', () => {
    for (const file of DOCS.filter((each) => each !== 'README.md'))
      expect(text('docs/README.md')).toContain(`(${file})`);
    expect(text('README.md')).toContain('(docs/README.md)');
  });

  it('has the decisions, and they have every page', () => {
    for (const file of DECISIONS.filter((each) => each !== 'README.md'))
      expect(text('docs/decisions/README.md')).toContain(`(${file})`);
    for (const page of ['decisions/README.md', '../CONTRIBUTING.md'])
      expect(text('docs/README.md')).toContain(`(${page})`);
  });
});

describe('the page on the architecture', () => {
  const page = text('docs/architecture.md');
  const section = (title: string): string => page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  const filesOf = (title: string): string[] =>
    [...section(title).matchAll(/`([\w-]+(?:\/[\w-]+)+\.ts)`/g)].map((match) => match[1] ?? '');

  it('names every folder of src', () => {
    const folders = readdirSync('src', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice('src/'.length))
      .filter((folder) => !folder.startsWith('standins/'));
    expect(folders.length).toBeGreaterThan(15);
    expect(folders.filter((folder) => !page.includes(`\`${folder}/\``))).toEqual([]);
  });

  it('names files that exist', () => {
    const files = ['A query', 'A mutation', 'A webhook'].flatMap((walk) => filesOf(`${walk} from top to bottom`));
    expect(files.length).toBeGreaterThan(35);
    expect(files.filter((file) => !existsSync(join('src', file)) && !existsSync(file))).toEqual([]);
  });

  it('walks a mutation through at most 15 files, none of them twice', () => {
    const files = filesOf('A mutation from top to bottom');
    expect(files.length).toBeGreaterThan(10);
    expect(files.length).toBeLessThanOrEqual(15);
    expect(new Set(files).size).toBe(files.length);
  });
});

describe('the page on embedding', () => {
  const examples = readdirSync('examples')
    .filter((file) => file.endsWith('.ts'))
    .map((file) => text(`examples/${file}`));
  it('shows code of the examples, which are compiled and run', () => {
    const shown = blocks('docs/embedding.md', 'ts');
    expect(shown.length).toBeGreaterThan(8);
    expect(shown.filter((block) => !examples.some((example) => example.includes(block)))).toEqual([]);
  });
});

describe('the page on adding an upstream call', () => {
  it('shows the code that is there, of the files that it names', () => {
    const page = text('docs/adding-an-upstream-call.md');
    const shown = [...page.matchAll(/^\[`([^`]+)`\]\([^)]+\)[^\n]*\n\n```ts\n([\s\S]*?)^```$/gm)];
    expect(shown.length).toBe(blocks('docs/adding-an-upstream-call.md', 'ts').length);
    expect(shown.length).toBeGreaterThan(8);
    for (const [, file = '', code = ''] of shown) expect(text(file).includes(code), `${file}: ${code}`).toBe(true);
  });
});

describe('the schema reference', () => {
  it('agrees with schema.graphql', () => {
    execFileSync(process.execPath, ['scripts/schema-docs.mjs', '--check'], { stdio: 'pipe' });
  });

  it('is made by the command that the docs name', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    expect(scripts['schema']).toContain('scripts/schema-docs.mjs');
  });
});

/** Which test runs the commands of a page; those of the pages named nowhere here are not run. */
const RUN_BY: Readonly<Record<string, readonly (readonly [command: RegExp, test: string])[]>> = {
  'README.md': [[/./, 'test/readme.slow.test.ts']],
  'docs/first-app.md': [[/./, 'test/docs/journeys.slow.test.ts']],
  'docs/nestjs.md': [[/./, 'test/docs/journeys.slow.test.ts']],
  'docs/operations.md': [[/./, 'test/docs/operations.slow.test.ts']],
  'docs/sandbox.md': [[/./, 'test/cli/sandbox.test.ts']],
  'docs/security.md': [[/./, 'test/security/security-page.test.ts']],
  'docs/front-end.md': [[/^npm ci --prefix examples\/web/, '.ci/run']],
  'docs/embedding.md': [[/./, 'test/docs/commands.slow.test.ts']],
  'docs/proof.md': [[/audit/, 'test/outside/audit-check.test.ts']],
  'docs/adding-an-upstream-call.md': [[/^npm run schema$/, 'scripts/schema-check.mjs']],
};

describe('every command in the docs', () => {
  const lines = PAGES.flatMap((page) =>
    blocks(page, '(?:sh|bash|console)').flatMap((block) =>
      block
        .trim()
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .map((line) => [page, line] as const),
    ),
  );
  it.each(lines)('%s: %s', (page, line) => {
    const runner = RUN_BY[page]?.find(([command]) => command.test(line))?.[1];
    expect(runner, 'a test has to run it').toBeDefined();
    const test = text(runner ?? '');
    // The test takes its commands from the page, or names this one.
    expect(test.includes(`'${page}'`) || test.includes(line.split(' && ')[0] ?? line)).toBe(true);
  });
});
