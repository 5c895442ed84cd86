// Breaks the core in one way after another, in a copy, and prints whether the conformance suite
// notices: over a real server, and over a test endpoint. What breaks the transport, the fuzz test has to notice.
//
//   npm run mutations               all
//   npm run mutations -- on_close   those whose name or file says so
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { apply, is_of_transport } from './apply.mjs';
import { mutations } from './mutations.mjs';

const SIDES = { real: 'a real server', mock: 'a test endpoint', fuzz: 'the fuzz test' };
const TESTS = {
  real: 'test/conformance/real.test.ts',
  mock: 'test/conformance/mock.test.ts',
  fuzz: 'test/fuzz/fuzz.test.ts',
};
const LEAST_SHARE = 0.96;
/** A mutant that loops keeps even a timer of its own process from ending it. The fuzz test takes its time to find a small case. */
const TIME_LIMITS_IN_SECONDS = { real: 30, mock: 30, fuzz: 60 };

const [wanted = ''] = process.argv.slice(2);
const chosen = mutations.filter(({ name, file }) => `${name} ${file}`.includes(wanted));
const copy = mkdtempSync(join(tmpdir(), 'joystick-websockets-mutations-'));
const running = new Set();
process.once('exit', () => {
  for (const child of running) end(child);
  rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const started = Date.now();
process.exitCode = (await main()) ? 0 : 1;

/** Whether enough of them are caught. */
async function main() {
  for (const each of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(each, join(copy, each), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));

  const sides = Object.keys(SIDES).filter((side) =>
    chosen.some((mutation) => sides_of(mutation).includes(side)),
  );
  const untouched = await run_suites(sides);
  for (const side of sides) {
    if (untouched[side] === undefined) continue;
    console.log(`Nothing is broken yet, and over ${SIDES[side]} this fails: ${untouched[side]}`);
    return false;
  }

  const caught = { real: 0, mock: 0, fuzz: 0 };
  const shown = { real: 0, mock: 0, fuzz: 0 };
  for (const [index, mutation] of chosen.entries()) {
    console.log(`${index + 1}/${chosen.length} ${mutation.name} (${mutation.file})`);
    const outcomes = await run_mutant(mutation);
    for (const side of sides_of(mutation)) {
      const is_caught = outcomes[side] !== undefined;
      if (runs_on(mutation, side)) {
        shown[side]++;
        if (is_caught) caught[side]++;
      }
      console.log(`  ${side} ${is_caught ? `caught: ${outcomes[side]}` : 'NOT CAUGHT'}`);
    }
  }

  console.log();
  for (const side of sides) {
    const share = ((100 * caught[side]) / shown[side]).toFixed(1);
    console.log(`over ${SIDES[side]}: ${caught[side]} of ${shown[side]} caught, ${share} %`);
  }
  console.log(`${Math.round((Date.now() - started) / 1000)} s`);
  return sides.every((side) => caught[side] >= shown[side] * LEAST_SHARE);
}

/** Which tests run against a mutant. */
function sides_of(mutation) {
  return is_of_transport(mutation) ? ['fuzz'] : ['real', 'mock'];
}

/** Whether a side runs the code that the mutation breaks: the name says so if only the other one does. */
function runs_on({ name }, side) {
  return Object.keys(SIDES).every(
    (other) => other === side || !name.includes(`(${SIDES[other]} only)`),
  );
}

async function run_mutant(mutation) {
  const { path, original, mutated } = apply(mutation, copy);
  writeFileSync(path, mutated);
  try {
    return await run_suites(sides_of(mutation));
  } finally {
    writeFileSync(path, original);
  }
}

/** What catches the mutant, by side; `undefined` where nothing does. */
async function run_suites(sides) {
  const outcomes = await Promise.all(sides.map(run_suite));
  return Object.fromEntries(sides.map((side, index) => [side, outcomes[index]]));
}

function run_suite(side) {
  const report = join(copy, `${side}.json`);
  rmSync(report, { force: true });
  const child = spawn(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config=test/mutations/vitest.config.ts',
      '--reporter=json',
      `--outputFile.json=${report}`,
      // What is not mutated is compiled once; by each side for itself, as both would write there at once.
      '--experimental.fsModuleCache',
      `--experimental.fsModuleCachePath=.cache/${side}`,
      TESTS[side],
    ],
    // A group of its own, so that the workers end with it.
    { cwd: copy, detached: true, stdio: 'ignore' },
  );
  running.add(child);
  let has_hung = false;
  const timer = setTimeout(() => {
    has_hung = true;
    end(child);
  }, TIME_LIMITS_IN_SECONDS[side] * 1000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      end(child);
      running.delete(child);
      try {
        resolve(has_hung ? 'it never ends' : read_outcome(report, code));
      } catch (error) {
        reject(error);
      }
    });
  });
}

function read_outcome(report, code) {
  const { testResults, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
  // A mutant that does not even load would be caught by anything.
  if (numTotalTests === 0) throw new Error(`no test has run: ${testResults[0]?.message}`);
  if (code === 0) return undefined;
  for (const { assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed !== undefined) return `"${failed.title}"`;
  }
  return 'a failure that nothing contains';
}

/** Ends a child and all that it started. */
function end({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
