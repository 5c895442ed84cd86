import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Packs the built package into a folder without tarballs. Returns the path of the tarball. */
export function pack_into(folder: string): string {
  const args = ['pack', '--ignore-scripts', '--pack-destination', folder, resolve('.')];
  execFileSync('npm', args, { stdio: 'pipe' });
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  return join(folder, tarball ?? '');
}
