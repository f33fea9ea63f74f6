// The two pages that are bundled: the app, and GraphiQL. Each anew only where its sources have changed, because that takes seconds.
import { copyFileSync, cpSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** When the newest of these files and files of these folders was changed, in milliseconds since 1970. */
export function newestOf(names) {
  const files = names.flatMap((name) => {
    const path = join(root, name);
    if (!statSync(path).isDirectory()) return [path];
    const entries = readdirSync(path, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  });
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

const isCurrent = (kept) =>
  existsSync(kept) && statSync(kept).mtimeMs >= newestOf(['app', 'client', 'scripts/pages.mjs', 'package-lock.json']);

/** The result of vite's build of app/, with these options of its `build`. */
async function bundled(options, rest = {}) {
  // A test runner's own NODE_ENV would make a build for developers.
  process.env.NODE_ENV = 'production';
  const { build } = await import('vite');
  const common = { reportCompressedSize: false, ...options };
  return await build({ root: join(root, 'app'), logLevel: 'error', build: common, ...rest });
}

export async function writeApp(folder) {
  const kept = join(root, 'dist', 'web');
  const outDir = join(folder, 'web');
  if (isCurrent(join(kept, 'index.html'))) cpSync(kept, outDir, { recursive: true, preserveTimestamps: true });
  else await bundled({ outDir, emptyOutDir: true });
}

/** GraphiQL's page in one file, compressed: what src/adapters/graphiql.ts serves, with the gateway's options put in their place. */
export async function writeGraphiql(folder) {
  const [page, kept] = [folder, join(root, 'dist')].map((each) => join(each, 'graphiql.html.br'));
  if (isCurrent(kept)) {
    copyFileSync(kept, page);
    return;
  }
  const { output } = await bundled(
    {
      write: false,
      cssCodeSplit: false,
      rollupOptions: { input: join(root, 'app/src/graphiql/main.tsx'), output: { codeSplitting: false } },
    },
    { resolve: { alias: { 'framer-motion': join(root, 'app/src/graphiql/reorder.tsx') } } },
  );
  const script = output.find(({ type }) => type === 'chunk').code.replaceAll('</script', '<\\/script');
  // Its fonts would be as large as the rest of the page.
  const style = String(output.find(({ fileName }) => fileName.endsWith('.css')).source).replace(
    /@font-face\s*\{[^}]*\}/g,
    '',
  );
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  writeFileSync(page, brotliCompressSync(htmlOf(style, script), { params }));
}

const htmlOf = (style, script) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>invest-gateway</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="root"></div>
<script type="application/json" id="options">OPTIONS</script>
<script type="module">${script}</script>
</body>
</html>
`;
