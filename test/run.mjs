// Runs all tests: sets up the real parts that are missing, then vitest, then the plain count.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the tests start, and the Debian package that brings it. */
const REAL_PARTS = {
  chromium: '/usr/bin/chromium',
  'redis-server': '/usr/bin/redis-server',
  'nats-server': '/usr/sbin/nats-server',
  nginx: '/usr/sbin/nginx',
  haproxy: '/usr/sbin/haproxy',
};

/** Says which services may start. */
const POLICY = '/usr/sbin/policy-rc.d';

const missing = Object.keys(REAL_PARTS).filter((name) => !existsSync(REAL_PARTS[name]));
if (missing.length > 0) install(missing);

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

function install(names) {
  const is_debian = existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');
  if (!is_debian || process.getuid?.() !== 0) {
    console.log(`Not installed, and only root on Debian could: ${names.join(', ')}.`);
    console.log(
      process.env.CI === 'true'
        ? 'With CI=true their tests fail.'
        : 'The tests that need them are skipped.',
    );
    return;
  }
  console.log(`Installing ${names.join(', ')} from Debian's packages ...`);
  // Debian would start the servers as services; the tests start their own.
  const has_policy = existsSync(POLICY);
  if (!has_policy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...names]]) {
    const { status, stderr } = spawnSync('apt-get', ['-q', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (status !== 0) console.log(`apt-get ${args[0]} failed: ${stderr}`);
  }
  if (!has_policy) rmSync(POLICY);
}
