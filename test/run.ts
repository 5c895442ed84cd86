// Runs all tests: sets up the real parts that are missing, then vitest, then the plain count.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missing_packages } from './support/real_part.ts';

const missing = missing_packages();
if (missing.length > 0) set_up(missing);

const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-test-'));
const report = join(folder, 'report.json');
const vitest = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
const count = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
rmSync(folder, { recursive: true, force: true });
if (count !== undefined) {
  const skipped = count.numPendingTests + count.numTodoTests;
  console.log(`${count.numPassedTests} passed, ${count.numFailedTests} failed, ${skipped} skipped`);
}
process.exitCode = vitest.status ?? 1;

function set_up(names: string[]): void {
  const consequence = process.env.CI === 'true' ? 'fail, because CI=true' : 'are skipped';
  if (process.env.SKIP_SETUP === '1') {
    console.log(`SKIP_SETUP=1: the tests that need ${names.join(', ')} ${consequence}.`);
    return;
  }
  console.log(`The tests need ${names.join(', ')}: npm run setup comes first.`);
  const { status } = spawnSync('npm', ['run', '--silent', 'setup'], { stdio: 'inherit' });
  if (status !== 0) console.log(`The tests that need what is missing ${consequence}.`);
}
