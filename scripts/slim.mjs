// Makes a build small for the package: JavaScript in as many files as are loaded together, without comments, white space and the names of
// local variables (functions and classes keep theirs, for stack traces); and of the declarations those that the exports reach.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';

/** The package's exports with types: `exports` in package.json. The kit shares no file with the server. */
const SERVER = ['index', ...['express', 'fastify', 'fetch', 'next', 'nestjs'].map((name) => `hosts/${name}`)];
const KIT = ['client/index', 'client/codegen'];

/** Turns a folder as scripts/build.mjs writes it into what is published. */
export async function slim(folder) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file));
  const own = paths.filter((path) => !relative(folder, path).startsWith('web'));
  const bundles = [await bundle(folder, [...SERVER, 'cli']), await bundle(folder, KIT)];
  for (const path of own.filter((each) => /\.(js|map)$/.test(each))) rmSync(path);
  for (const { fileName, code } of bundles.flat()) {
    // The program stays one that can be run.
    writeFileSync(join(folder, fileName), code, { mode: fileName === 'cli.js' ? 0o755 : 0o644 });
  }
  slimDeclarations(
    [...SERVER, ...KIT].map((name) => join(folder, `${name}.d.ts`)),
    own.filter((each) => each.endsWith('.d.ts')),
  );
}

/** Files of some entries, with what they load: chunks lie in the folder itself. Libraries stay imports. */
async function bundle(folder, names) {
  const build = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, join(folder, `${name}.js`)])),
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
    plugins: [
      { name: 'own-place', transform: (code, id) => keepPlace(code, relative(folder, id).split(sep).join('/')) },
    ],
  });
  const { output } = await build.generate({
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    keepNames: true,
    minify: {
      mangle: { toplevel: false, keepNames: true },
      compress: { keepNames: { function: true, class: true } },
      codegen: { removeWhitespace: true },
    },
  });
  await build.close();
  return output;
}

/** A module that looks for files beside itself finds them from its chunk. */
const keepPlace = (code, file) =>
  code.includes('import.meta.url') && file.includes('/')
    ? code.replaceAll('import.meta.url', `new URL('./${file}', import.meta.url)`)
    : null;

/** Exports of an entry keep their comments; the others are for readers of the source. */
function slimDeclarations(entries, files) {
  const withComments = new Set([...entries, ...entries.flatMap((path) => importsOf(path).map(({ from }) => from))]);
  const reached = reachedFrom(entries);
  for (const path of files) {
    const lines = reached.get(path);
    if (lines === undefined) rmSync(path);
    else writeFileSync(path, withComments.has(path) ? lines : lines.replace(/^[ \t]*\/\*\*[\s\S]*?\*\/[ \t]*\n/gm, ''));
  }
}

/** The declarations that are reached, by path, with their text: of an index that only exports on, the lines that are asked for. */
function reachedFrom(entries) {
  const asked = new Map(entries.map((path) => [path, new Set(['*'])]));
  const todo = [...entries];
  const ask = ({ from, names }) => {
    const known = asked.get(from) ?? new Set();
    const more = names.filter((name) => !known.has(name));
    if (asked.has(from) && (more.length === 0 || !isIndex(from))) return;
    asked.set(from, new Set([...known, ...more]));
    todo.push(from);
  };
  for (const path of todo) for (const each of importsOf(path, asked.get(path))) ask(each);
  return new Map([...asked].map(([path, names]) => [path, textOf(path, names)]));
}

const isIndex = (path) => basename(path) === 'index.d.ts';
const IMPORT = /(?:\{([^{}]*)\}\s*from|from|import)\s*\(?\s*['"](\.[^'"]+)['"]\)?(?:\.(\w+))?/g;
const nameOf = (specifier) =>
  specifier
    .trim()
    .replace(/^type\s+/, '')
    .replace(/\s+as\s+.*$/, '');

/** The lines of an index that export what is asked for, or everything of a file; the whole text of other files. */
function textOf(path, asked) {
  const text = readFileSync(path, 'utf8');
  if (!isIndex(path) || asked.has('*')) return text;
  const isAsked = (line) => namesIn(line).some((name) => asked.has(name));
  return text.replace(/^export (?:type )?\{[^{}]*\} from .*\n/gm, (line) => (isAsked(line) ? line : ''));
}

const namesIn = (line) => (/\{([^{}]*)\}/.exec(line)?.[1] ?? '').split(',').map(exportedName);
const exportedName = (specifier) =>
  specifier
    .trim()
    .replace(/^type\s+/, '')
    .replace(/^.*\s+as\s+/, '');

/** Declarations that a declaration imports, and what of them. Imports are written with the ending of the source or of the JavaScript. */
function importsOf(path, asked = new Set(['*'])) {
  return [...textOf(path, asked).matchAll(IMPORT)]
    .map(([, names, from, member]) => ({
      from: join(dirname(path), from.replace(/\.[jt]s$/, '.d.ts')),
      names: names === undefined ? [member ?? '*'] : names.split(',').map(nameOf).filter(Boolean),
    }))
    .filter(({ from }) => existsSync(from));
}
