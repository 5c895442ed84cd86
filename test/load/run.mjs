// Shows that the limits hold, with processes and loads that are too large for a test. It prints figures and PASS or FAIL.
//
//   npm run show                    runs all scripts
//   npm run show -- never_reads     runs the named scripts
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';

const folder = new URL('.', import.meta.url);
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'harness.ts')
  .map((file) => file.slice(0, -3));
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : all) {
  if (!all.includes(name)) throw new Error(`unknown script ${name}; known are ${all.join(', ')}`);
  console.log(`\n${name}`);
  const script = new URL(`${name}.ts`, folder).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}
