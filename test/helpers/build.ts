import { execFileSync } from 'node:child_process';

/** For tests that run the program itself: dist/ is what src/ says. */
export function build(): void {
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { stdio: 'inherit' });
}
