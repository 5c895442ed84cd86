// Installs the programs that tests start for real, from Debian's packages: npm run setup
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { missing_packages } from './support/real_part.ts';

/** Decides whether Debian starts a service that it has just installed. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

const missing = missing_packages();
if (missing.length === 0) console.log('Every program that the tests start is installed.');
else process.exitCode = install(missing) ? 0 : 1;

/** @returns whether all of them are installed now. */
function install(names: string[]): boolean {
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    console.log(`Not installed: ${names.join(', ')}. Only root on Debian can install them here.`);
    return false;
  }
  console.log(`Installing ${names.join(', ')} from Debian's packages ...`);
  const has_policy = existsSync(SERVICE_POLICY);
  // The tests start their own servers on free ports. Debian must not start its services as well.
  if (!has_policy) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    apt_get('update');
    apt_get('install', '--yes', '--no-install-recommends', ...names);
  } finally {
    if (!has_policy) rmSync(SERVICE_POLICY);
  }
  const left = missing_packages();
  if (left.length > 0) console.log(`Still not installed: ${left.join(', ')}.`);
  return left.length === 0;
}

function apt_get(...args: string[]): void {
  const { status, stderr } = spawnSync('apt-get', ['-q', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) console.log(`apt-get ${args[0]} failed: ${stderr}`);
}
