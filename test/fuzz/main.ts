// Compares this package with ws for as long as you like: npm run fuzz [-- --frames 1000000] [--minutes 10] [--seed 1]
import { parseArgs } from 'node:util';
import { describe_case } from './case.ts';
import { Fuzz } from './fuzz.ts';
import { INTENDED } from './intended.ts';
import { Subject } from './subject.ts';

const CLIENTS_PER_ROUND = 1000;
const LIMIT_PER_ROUND_IN_MILLISECONDS = 120_000;
/** More of them would be the same defect again. */
const MAX_DIFFERENCES = 5;

const { frames, minutes, seed } = read_arguments();
const subject = new Subject();
const fuzz = new Fuzz(subject);
process.once('uncaughtException', (error) => {
  console.log(error);
  if (fuzz.current !== undefined) console.log(describe_case(fuzz.current));
  console.log('\nFAIL: an exception ends the process');
  process.exit(1);
});

const begun = performance.now();
let round = 0;
let differences = 0;
console.log('   time  seed              clients      frames    messages  differences');
while (fuzz.counts.frames < frames && elapsed_in_minutes() < minutes) {
  const round_seed = (seed + round++) | 0;
  const difference = await fuzz.run(round_seed, CLIENTS_PER_ROUND, LIMIT_PER_ROUND_IN_MILLISECONDS);
  if (difference !== undefined) {
    differences++;
    console.log(`\n${difference}\n(npm run fuzz -- --seed ${round_seed} --frames 1)\n`);
  }
  print_line(round_seed);
  if (differences === MAX_DIFFERENCES) break;
}
await subject.close();

console.log('\nDifferences that are intended, and how many clients have shown them:');
for (const { name, reason } of INTENDED) {
  console.log(`${String(fuzz.counts.excused.get(name) ?? 0).padStart(8)}  ${name}: ${reason}`);
}
const per_second = Math.round(fuzz.counts.frames / elapsed_in_minutes() / 60);
console.log(`\n${fuzz.counts.frames} frames, ${per_second} a second, seeds from ${seed} on`);
console.log(differences === 0 ? 'PASS' : `FAIL: ${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;

function elapsed_in_minutes(): number {
  return (performance.now() - begun) / 60_000;
}

function print_line(round_seed: number): void {
  const { clients, frames, messages } = fuzz.counts;
  const seconds = `${Math.round(elapsed_in_minutes() * 60)} s`;
  const cells = [clients, frames, messages, differences];
  console.log(
    `${seconds.padStart(7)}  ${String(round_seed).padEnd(12)}${cells.map((cell) => String(cell).padStart(12)).join('')}`,
  );
}

function read_arguments() {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
    },
  });
  const has_end = values.frames !== undefined || values.minutes !== undefined;
  return {
    frames: Number(values.frames ?? (has_end ? Number.POSITIVE_INFINITY : 1_000_000)),
    minutes: Number(values.minutes ?? Number.POSITIVE_INFINITY),
    seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
  };
}
