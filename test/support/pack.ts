import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Packs what is built into a folder without a tarball, and returns the path of the one that is there now. */
export function pack_into(folder: string): string {
  const args = ['pack', '--ignore-scripts', '--pack-destination', folder, resolve('.')];
  execFileSync('npm', args, { stdio: 'pipe' });
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  return join(folder, tarball ?? '');
}
