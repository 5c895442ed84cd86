// Runs the package in real meta-frameworks, which are too heavy for a test: installs each from the npm registry in a
// folder of its own, starts it in development and in production, and prints a table and PASS or FAIL.
//
//   npm run frameworks              all
//   npm run frameworks -- next      those named
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const ALL = ['next', 'nuxt'];
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : ALL) {
  if (!ALL.includes(name)) throw new Error(`there is no ${name}; there are ${ALL.join(', ')}`);
  const script = new URL(`${name}.ts`, import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
}
