import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const FOLDER = resolve('examples/web');
const VITE = join(FOLDER, 'node_modules', 'vite', 'bin', 'vite.js');

/** Whether the front end's own dependencies are installed. */
export const canBuildFrontEnd = existsSync(VITE);

/** Where they are not, one line tells what was left out. (The checks of the project install them first.) */
export function checkFrontEnd(what: string): void {
  if (!canBuildFrontEnd) process.stderr.write(`left out: ${what} (to run it: npm ci --prefix examples/web)\n`);
}

/** Builds it into a folder of its own, which is answered. */
export function buildFrontEnd(): string {
  const folder = mkdtempSync(join(tmpdir(), 'front-end-'));
  const args = [VITE, 'build', '--logLevel', 'warn', '--outDir', folder, '--emptyOutDir'];
  // As npm run build does: the test runner's own NODE_ENV would make a build for developers.
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync(process.execPath, args, { cwd: FOLDER, stdio: 'inherit', env });
  return folder;
}
