// Plants the faults of test/mutants/mutants.mjs in a copy of the project, one at a time, and runs the test that must find it.
//
//   node scripts/mutants.mjs [part of a name …]   all faults, or some; ends with 1 where one survives or has no place any more
//   node scripts/mutants.mjs --places             only looks whether each fault still has its place in the code
//
// Each test is first run without a fault: one that fails by itself would find everything.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MUTANTS } from '../test/mutants/mutants.mjs';

const names = process.argv.slice(2);
const placesOnly = names.includes('--places');

const displaced = MUTANTS.filter(({ file, find }) => readFileSync(file, 'utf8').split(find).length !== 2);
for (const { name, file } of displaced) console.error(`no place, or more than one, in ${file}: ${name}`);
if (placesOnly) process.exit(displaced.length === 0 ? 0 : 1);

const copy = mkdtempSync(join(tmpdir(), 'gateway-mutants-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const entry of ['src', 'client', 'app', 'test', 'scripts', 'docs', 'examples', 'bench', 'deploy', 'tools']) {
  cpSync(entry, join(copy, entry), { recursive: true, filter: (path) => !path.includes('node_modules') });
}
for (const file of [
  'package.json',
  'package-lock.json',
  'schema.graphql',
  'vitest.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
]) {
  cpSync(file, join(copy, file));
}
symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));

/** Whether a test of a file failed; throws where none was run. */
function fails({ test, only }) {
  const results = join(copy, 'results.json');
  rmSync(results, { force: true });
  const pattern = only === undefined ? [] : ['-t', only.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')];
  const flags = ['--maxWorkers=1', '--bail=1', '--reporter=json', `--outputFile=${results}`];
  const run = spawnSync('npx', ['vitest', 'run', ...flags, test, ...pattern], { cwd: copy, encoding: 'utf8' });
  let told;
  try {
    told = JSON.parse(readFileSync(results, 'utf8'));
  } catch {
    throw new Error(`${test} could not be run: ${run.stderr}`);
  }
  if (told.numFailedTests === 0 && told.numPassedTests === 0) throw new Error(`${test} ran nothing: ${run.stderr}`);
  return told.numFailedTests > 0;
}

const sound = new Map();
function isSound(mutant) {
  const key = `${mutant.test} ${mutant.only ?? ''}`;
  if (!sound.has(key)) sound.set(key, !fails(mutant));
  return sound.get(key);
}

function verdictOf(mutant) {
  if (displaced.includes(mutant)) return 'NO PLACE';
  const path = join(copy, mutant.file);
  const code = readFileSync(path, 'utf8');
  try {
    if (!isSound(mutant)) return 'TEST FAILS WITHOUT IT';
    writeFileSync(
      path,
      code.replace(mutant.find, () => mutant.put),
    );
    return fails(mutant) ? 'found' : 'SURVIVED';
  } catch (error) {
    return `NOT RUN (${error.message})`;
  } finally {
    writeFileSync(path, code);
  }
}

let wrong = 0;
const asked = MUTANTS.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
for (const mutant of asked) {
  const begun = Date.now();
  const verdict = verdictOf(mutant);
  if (verdict !== 'found') wrong += 1;
  console.log(`${verdict.padEnd(9)} ${String(Math.round((Date.now() - begun) / 1_000)).padStart(3)} s  ${mutant.name}`);
}
console.log(`${asked.length - wrong} of ${asked.length} faults were found.`);
process.exitCode = wrong === 0 && asked.length > 0 ? 0 : 1;
