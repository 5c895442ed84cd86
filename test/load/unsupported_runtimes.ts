// The errors on runtimes that cannot serve. It runs real ones from npm, each in its own folder. Linux only.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from './harness.ts';

const BUN = `@oven/bun-linux-${process.arch === 'arm64' ? 'aarch64' : process.arch}`;
const NODE = `node-linux-${process.arch}`;

const RUNTIMES = [
  { name: 'node', version: '16.20.2', package: NODE },
  { name: 'node', version: '18.20.8', package: NODE },
  { name: 'bun', version: '1.3.14', package: BUN },
  { name: 'bun', version: '1.4.5', package: BUN },
];

const SERVER = `
import { createServer } from 'node:http';
const { mount_websockets } = await import('${new URL('../../dist/index.js', import.meta.url)}');
mount_websockets(createServer().listen(0), {});
console.log('it serves');
`;

execFileSync('npx', ['tsup', '--no-dts', '--silent'], { stdio: 'inherit' });
for (const { name, version, package: package_name } of RUNTIMES) {
  const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-runtime-'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  writeFileSync(join(folder, 'server.mjs'), SERVER);
  const packages = ['--no-audit', '--no-fund', '--ignore-scripts', `${package_name}@${version}`];
  execFileSync('npm', ['install', ...packages], { cwd: folder, stdio: 'ignore' });
  const program = join(folder, 'node_modules', package_name, 'bin', name);
  const { status, stdout, stderr } = spawnSync(program, ['server.mjs'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 20_000,
  });
  rmSync(folder, { recursive: true });
  const said = /WebsocketsError: (.*)/.exec(stderr)?.[1];
  check(`${name} ${version} ends with`, `${status}, ${said}`, status === 1 && said !== undefined);
  check('it has printed', JSON.stringify(stdout), stdout === '');
}
