import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { pack_into } from './pack.ts';

/**
 * Creates a folder. Before the tests of a file, it installs the packed tarball there, as a user does, and these packages
 * in the versions that are installed here.
 */
export function create_user_folder(...packages: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-user-'));
  beforeAll(() => {
    const tarball = pack_into(folder);
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const beside = packages.map((name) => `${name}@${installed_version(name)}`);
    const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball, ...beside];
    execFileSync('npm', args, { cwd: folder, stdio: 'pipe' });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

function installed_version(name: string): string {
  return JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')).version;
}
