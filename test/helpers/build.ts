import { execFileSync } from 'node:child_process';

/** Before all tests: dist/ is what src/ says, for those that run the program itself. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { stdio: 'inherit' });
}
