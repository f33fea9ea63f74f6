import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from '../helpers/build.ts';

const PAGE = readFileSync('docs/front-end.md', 'utf8');
/** The snippet of the page with this first line. */
const snippet = (first: string): string => {
  const found = [...PAGE.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  return found.find((code) => code.startsWith(`// ${first}\n`)) ?? expect.unreachable(`no snippet "${first}"`);
};

/** An app with the package installed; below the checkout, so that the generator is found. */
const app = mkdtempSync(join(process.cwd(), 'dist.app-'));
const run = (name: string, ...args: string[]): string => {
  try {
    return execFileSync(process.execPath, [resolve(name), ...args], { cwd: app, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${name}: ${stdout}${stderr}`);
  }
};

beforeAll(() => {
  build();
  mkdirSync(join(app, 'node_modules'));
  mkdirSync(join(app, 'src'));
  symlinkSync(process.cwd(), join(app, 'node_modules', 'invest-gateway'));
  writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }');
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

it('the page configures graphql-codegen and both caches', () => {
  writeFileSync(join(app, 'codegen.ts'), snippet('codegen.ts'));
  writeFileSync(join(app, 'src', 'apollo.ts'), snippet('Apollo Client'));
  writeFileSync(join(app, 'src', 'urql.ts'), snippet('urql'));
  writeFileSync(
    join(app, 'src', 'cash.graphql'),
    'query Cash { portfolios { edges { node { cashBalance { id balance currency } } } } }',
  );
  run('node_modules/@graphql-codegen/cli/esm/bin.js');
  writeFileSync(
    join(app, 'src', 'use.ts'),
    `import type { CashQuery } from './graphql.js';
export const balance = (cash: CashQuery): string | undefined => cash.portfolios?.edges[0]?.node.cashBalance?.balance;
`,
  );
  const compilerOptions = {
    ...{ target: 'es2023', module: 'nodenext', strict: true, exactOptionalPropertyTypes: true, noEmit: true },
    ...{ noUncheckedIndexedAccess: true, verbatimModuleSyntax: true, skipLibCheck: true, types: [] },
  };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  run('node_modules/typescript/bin/tsc', '-p', '.');
});
