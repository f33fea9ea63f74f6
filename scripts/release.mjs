#!/usr/bin/env node
// Makes a release from the commit that is checked out: npm run release, or npm run release -- --dry-run, which leaves nothing behind.
// 1. Checks the tree, the version and its section in CHANGELOG.md.
// 2. Builds and packs twice, from two clean clones in different places, and compares the tarballs bit by bit.
// 3. Writes release/: the tarball, its bill of materials (CycloneDX) and the SHA-256 of both.
// It publishes nothing and tags nothing: it prints the commands for that.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dryRun = process.argv.includes('--dry-run');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const run = (command, args, options = {}) =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const refuse = (reason) => {
  console.error(`no release: ${reason}`);
  process.exit(1);
};

checkTree();
checkVersion();
checkChangelog();

const folder = mkdtempSync(join(tmpdir(), 'gateway-release-'));
try {
  const [one, other] = [join(folder, 'a'), join(folder, 'another', 'place')];
  for (const clone of [one, other]) cloned(clone);
  run('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--silent'], { cwd: one });
  // The lock file has a hash of each package, so a second install would be the same.
  run('cp', ['-a', join(one, 'node_modules'), join(other, 'node_modules')]);
  const first = packed(one, { TZ: 'UTC' });
  const second = packed(other, { TZ: 'Pacific/Auckland' });
  if (!first.bytes.equals(second.bytes))
    refuse(
      `two builds differ: ${sha256(first.bytes)}, ${sha256(second.bytes)}; something of the machine is in the package`,
    );
  const sbom = billOfMaterials(first.clone);
  console.log(`${first.name}: ${first.bytes.length} bytes, ${sha256(first.bytes)}, the same from two clean clones`);
  console.log(`bill of materials: ${sbom.components.length} components`);
  if (!dryRun) write(first, sbom);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function checkTree() {
  const changes = run('git', ['status', '--porcelain']).trim();
  if (changes !== '') refuse(`the tree is not clean\n${changes}`);
}

function checkVersion() {
  const { version } = manifest;
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) refuse(`${version} in package.json is not a version`);
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  if (lock.version !== version)
    refuse(`package-lock.json says ${lock.version}, package.json ${version}: run npm install`);
  if (run('git', ['tag', '--list', `v${version}`]).trim() !== '') refuse(`v${version} is tagged already`);
}

/** The newest section is this version's, dated unless this is a dry run, and says what an upgrade needs. */
function checkChangelog() {
  const [, section = ''] = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m);
  const [title = ''] = section.split('\n', 1);
  const [, version, note] = /^(\S+) \((.+)\)$/.exec(title) ?? [];
  if (version !== manifest.version) refuse(`CHANGELOG.md begins with "${title}", not with ${manifest.version}`);
  if (!dryRun && !/^\d{4}-\d{2}-\d{2}$/.test(note))
    refuse(`CHANGELOG.md says "${note}": write the date of the release there`);
  if (!/^### Upgrading$/m.test(section))
    refuse('CHANGELOG.md has no "### Upgrading" in the newest section: say "nothing to do" there, or what');
}

function cloned(clone) {
  mkdirSync(dirname(clone), { recursive: true });
  run('git', ['clone', '--quiet', '--no-hardlinks', `file://${root}`, clone]);
  run('git', ['checkout', '--quiet', run('git', ['rev-parse', 'HEAD']).trim()], { cwd: clone });
}

/** Builds and packs a clone. */
function packed(clone, environment) {
  const env = { ...process.env, ...environment };
  run(process.execPath, ['scripts/build.mjs'], { cwd: clone, env });
  const [{ filename }] = JSON.parse(run(process.execPath, ['scripts/pack.mjs', '.'], { cwd: clone, env }));
  return { clone, name: filename, bytes: readFileSync(join(clone, filename)) };
}

/** The packages that production installs, by npm from the lock file; without what differs from one making to the next. */
function billOfMaterials(clone) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'];
  const { serialNumber: _, ...sbom } = JSON.parse(run('npm', args, { cwd: clone }));
  const { timestamp: __, ...metadata } = sbom.metadata;
  const component = { ...metadata.component, name: manifest.name };
  const tools = metadata.tools.map(({ vendor, name }) => ({ vendor, name }));
  return { ...sbom, metadata: { ...metadata, tools, component } };
}

function write(tarball, sbom) {
  const target = join(root, 'release');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  const bill = `${tarball.name.replace(/\.tgz$/, '')}.cdx.json`;
  cpSync(join(tarball.clone, tarball.name), join(target, tarball.name));
  writeFileSync(join(target, bill), `${JSON.stringify(sbom, null, 2)}\n`);
  const sums = [tarball.name, bill].map((file) => `${sha256(readFileSync(join(target, file)))}  ${file}\n`);
  writeFileSync(join(target, 'SHA256SUMS'), sums.join(''));
  console.log(`written to release/. To publish: npm publish release/${tarball.name} && git tag v${manifest.version}`);
}
