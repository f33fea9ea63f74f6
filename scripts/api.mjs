#!/usr/bin/env node
// The types that the package exports, a page for each entry: npm run api writes them. With --check it fails where a file is not what
// the build says, so that no export changes unseen.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const silent = { default: { logLevel: 'none', addToApiReportFile: false } };
const compilerOptions = {
  ...{ target: 'es2022', lib: ['es2023'], module: 'nodenext', moduleResolution: 'nodenext', strict: true },
  ...{ types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
  ...{ allowImportingTsExtensions: true, noEmit: true, skipLibCheck: true },
};

/** Reports, and the entries of the package that they are of, as built. */
const REPORTS = {
  'api-report.md': ['index.d.ts'],
  'api-report.client.md': ['client/index.d.ts', 'client/codegen.d.ts'],
  'api-report.hosts.md': ['express', 'fastify', 'fetch', 'next', 'nestjs'].map((name) => `hosts/${name}.d.ts`),
};
for (const [report, entries] of Object.entries(REPORTS)) {
  const text = entries.map((entry) => extract(join(root, 'dist', entry))).join('\n');
  if (process.argv.includes('--check')) check(report, text);
  else writeFileSync(join(root, report), text);
}

/** The exported types of an entry, as text. */
function extract(entry) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-api-'));
  try {
    const config = ExtractorConfig.prepare({
      configObject: {
        projectFolder: root,
        mainEntryPointFilePath: entry,
        compiler: { overrideTsconfig: { compilerOptions, files: [entry] } },
        apiReport: { enabled: true, reportFileName: 'report', reportFolder: folder, reportTempFolder: folder },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        newlineKind: 'lf',
        messages: {
          compilerMessageReporting: silent,
          tsdocMessageReporting: silent,
          extractorMessageReporting: {
            ...silent,
            'ae-forgotten-export': silent.default,
            'ae-undocumented': silent.default,
          },
        },
      },
      configObjectFullPath: undefined,
      packageJsonFullPath: join(root, 'package.json'),
    });
    Extractor.invoke(config, {
      localBuild: true,
      messageCallback: (message) => {
        message.handled = message.logLevel !== 'error';
      },
    });
    return tidied(readFileSync(config.reportFilePath, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without remarks on comments, and without imports that only types behind the exports use. */
function tidied(text) {
  const body = text.replace(/^ *\/\/ \(undocumented\)\n/gm, '').replace(/^\/\/ @public( \(undocumented\))?\n/gm, '');
  const uses = (name) => body.match(new RegExp(`\\b${name}\\b`, 'g')).length > 1;
  return body.replace(/^import (?:type )?\{? ?(\w+) ?\}? from .*\n/gm, (line, name) => (uses(name) ? line : ''));
}

function check(report, text) {
  const committed = readFileSync(join(root, report), 'utf8');
  if (committed === text) {
    console.log(`${report} is what the package exports`);
    return;
  }
  const before = new Set(committed.split('\n'));
  const now = new Set(text.split('\n'));
  for (const line of before) if (!now.has(line)) console.error(`- ${line}`);
  for (const line of now) if (!before.has(line)) console.error(`+ ${line}`);
  console.error(`the package exports other types than ${report} says: run npm run api, look at the difference, commit`);
  process.exitCode = 1;
}
