import { execFileSync } from 'node:child_process';

/** Builds the package once, before all tests. */
export function setup(): void {
  execFileSync('npx', ['tsup', '--silent'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
