// The benchmark. It prints and writes results, and never passes or fails. See README.md.
import { writeFileSync } from 'node:fs';
import { describe_conditions } from './conditions.mjs';
import { GROWTH, MEASURES } from './measures.mjs';
import { BENCH_FOLDER, prepare } from './prepare.mjs';
import { read_arguments } from './read_arguments.mjs';
import { run_measure } from './run_measure.mjs';
import { SERVERS } from './servers.mjs';
import { growth_table, measure_table } from './tables.mjs';

const options = read_options();
prepare();

const measure_names = options.measures.filter((name) => name in MEASURES);
const has_growth = options.measures.includes('growth');
const results = Object.fromEntries(
  measure_names.map((name) => [
    name,
    Object.fromEntries(options.servers.map((server) => [server, []])),
  ]),
);
const growth_results = GROWTH.points.map(() => []);

for (let round = 0; round < options.rounds; round += 1) {
  for (const name of measure_names) await measure_all(name, round);
  if (has_growth && round < GROWTH.max_rounds) await measure_growth(round);
}

const report = [
  '# Results',
  describe_conditions(options),
  ...measure_names.map((name) => measure_table(name, results[name])),
  ...(has_growth ? [growth_table(growth_results)] : []),
].join('\n\n');
console.log(report);
if (options.is_written) writeFileSync(`${BENCH_FOLDER}RESULTS.md`, `${report}\n`);

function read_options() {
  try {
    return read_arguments(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}

/** Measures all servers. The order differs in each round, so that a server does not always follow the same one. */
async function measure_all(name, round) {
  const { load, config, quick } = MEASURES[name];
  const first = round % options.servers.length;
  const servers = [...options.servers.slice(first), ...options.servers.slice(0, first)];
  if (round % 2 === 1) servers.reverse();
  for (const server of servers) {
    const result = await run_measure(server, load, with_quick(config, quick));
    results[name][server].push(result);
    note(round, `${name}, ${SERVERS[server].title}`, result);
  }
}

async function measure_growth(round) {
  for (const [index, point] of GROWTH.points.entries()) {
    const config = with_quick({ ...GROWTH.config, ...point }, GROWTH.quick);
    const result = await run_measure('joystick_websockets', GROWTH.load, config);
    growth_results[index].push(result);
    note(round, `growth, ${point.subscribers} over ${point.topics}`, result);
  }
}

function with_quick(config, quick) {
  return options.is_quick ? { ...config, ...quick } : config;
}

function note(round, what, result) {
  console.error(`round ${round + 1}: ${what}: ${JSON.stringify(result)}`);
}
