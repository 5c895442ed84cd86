// Prepares the benchmark: installs the locked versions of the peers, and builds this package.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const BENCH_FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ROOT_FOLDER = fileURLToPath(new URL('..', import.meta.url));
const LOCK = `${BENCH_FOLDER}package-lock.json`;
const INSTALLED = `${BENCH_FOLDER}node_modules/.package-lock.json`;

export function prepare() {
  const is_installed =
    existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(LOCK).mtimeMs;
  if (!is_installed) run('npm', ['ci', '--prefix', BENCH_FOLDER]);
  run('npx', ['tsup', '--no-dts', '--silent']);
}

/** The version of a package that is installed for the benchmark; without a name, the version of this package. */
export function read_version(name) {
  const folder = name === undefined ? ROOT_FOLDER : `${BENCH_FOLDER}node_modules/${name}/`;
  const file = `${folder}package.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: ROOT_FOLDER,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed`);
}
