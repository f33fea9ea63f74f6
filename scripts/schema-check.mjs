#!/usr/bin/env node
// Fails when schema.graphql or the generated documents are not what the code prints, or when the graph breaks clients
// of the last released one (the newest tag, else the first parent of HEAD that has a schema). What is meant to break is
// listed in docs/breaking-changes.json with its reason, and leaves the list with the release that follows.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

const before = new Map(
  ['schema.graphql', 'docs/schema.md', ...generated()].map((file) => [file, readFileSync(file, 'utf8')]),
);
execFileSync(process.execPath, ['node_modules/@graphql-codegen/cli/esm/bin.js', '--config', 'codegen.ts', '--silent'], {
  stdio: 'inherit',
});
execFileSync(process.execPath, ['scripts/schema-docs.mjs'], { stdio: 'inherit' });
const stale = [...before].filter(([file, text]) => readFileSync(file, 'utf8') !== text).map(([file]) => file);
if (stale.length > 0) {
  console.error(`not what the code prints, run npm run schema and commit: ${stale.join(', ')}`);
  process.exit(1);
}

const base = baseline();
if (base !== undefined) {
  const changes = await diff(buildSchema(base.text), buildSchema(readFileSync('schema.graphql', 'utf8')));
  const intended = JSON.parse(readFileSync('docs/breaking-changes.json', 'utf8')).changes;
  const isIntended = ({ path }) => intended.some((each) => each.path === path);
  const breaking = changes.filter((change) => change.criticality.level === 'BREAKING' && !isIntended(change));
  for (const change of breaking) console.error(`breaking since ${base.name}: ${change.message}`);
  if (breaking.length > 0) process.exit(1);
  console.log(
    `schema.graphql is what the code prints; ${changes.length} changes since ${base.name}, none breaking but those of docs/breaking-changes.json`,
  );
}

function generated() {
  return git('ls-files', 'test/generated', 'app/src/generated', 'client/generated.ts').split('\n').filter(Boolean);
}

/** The graph that clients may rely on. */
function baseline() {
  for (const name of [...latestTag(), 'HEAD~1']) {
    try {
      return { name, text: git('show', `${name}:schema.graphql`) };
    } catch {
      // A shallow clone or a first commit has no such version.
    }
  }
  return undefined;
}

function latestTag() {
  try {
    return [git('describe', '--tags', '--abbrev=0').trim()];
  } catch {
    return [];
  }
}
