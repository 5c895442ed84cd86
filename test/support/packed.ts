import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/**
 * An empty folder in which the packed tarball is installed before the tests of a file, as a user has
 * it, and beside it these packages, in the versions that are installed here.
 */
export function create_user_folder(...packages: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-user-'));
  const npm = (...args: string[]) => execFileSync('npm', args, { cwd: folder, stdio: 'pipe' });
  beforeAll(() => {
    npm('pack', '--ignore-scripts', '--pack-destination', folder, resolve('.'));
    const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const beside = packages.map((name) => `${name}@${installed_version(name)}`);
    npm('install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`, ...beside);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}

function installed_version(name: string): string {
  return JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')).version;
}
