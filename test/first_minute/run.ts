// Follows the README's first minute from an empty folder, on several versions of Node, with npm and with pnpm, and
// prints how long each line took. What it needs comes from npm.
//
//   npm run first_minute                     all
//   npm run first_minute -- 22 pnpm          those of these words
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pack_into } from '../support/pack.ts';
import { follow_first_minute } from './first_minute.ts';

const VERSIONS = [20, 22, 24];
const MANAGERS = ['npm', 'pnpm'] as const;
const LANGUAGES = ['JavaScript', 'TypeScript'] as const;

const wanted = process.argv.slice(2);
execFileSync('npx', ['tsup', '--silent'], { stdio: 'inherit' });
const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-tarball-'));
const tarball = pack_into(folder);
const pnpm = dirname(run_npx('pnpm', 'sh', '-c', 'command -v pnpm'));
for (const version of VERSIONS) {
  const node = run_npx(`node@${version}`, 'node', '-p', 'process.execPath');
  for (const manager of MANAGERS) {
    for (const language of LANGUAGES) {
      const words = [String(version), manager, language];
      if (!wanted.every((word) => words.includes(word))) continue;
      await report({ manager, language, node: version, programs: [dirname(node), pnpm], tarball });
    }
  }
}
rmSync(folder, { recursive: true });

async function report(reader: Parameters<typeof follow_first_minute>[0]): Promise<void> {
  const exact = execFileSync(`${reader.programs[0]}/node`, ['--version'], { encoding: 'utf8' });
  console.log(`\nNode ${exact.trim()}, ${reader.manager}, ${reader.language}`);
  try {
    const steps = await follow_first_minute(reader);
    for (const { line, seconds } of steps)
      console.log(`${seconds.toFixed(1).padStart(7)} s  ${line}`);
    const sum = steps.reduce((total, { seconds }) => total + seconds, 0);
    console.log(`PASS ${sum.toFixed(1)} s until the first message had come back`);
  } catch (error) {
    console.log(`FAIL ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

/** What a program prints that comes with a package. */
function run_npx(package_name: string, ...command: string[]): string {
  return execFileSync('npx', ['-y', '-p', package_name, ...command], { encoding: 'utf8' }).trim();
}
