// The load client. It runs in its own process, applies one measure to one server and prints the result.
import { writeSync } from 'node:fs';
import { echo } from './load/echo.mjs';
import { fan_out } from './load/fan_out.mjs';
import { latency } from './load/latency.mjs';
import { memory } from './load/memory.mjs';
import { upgrades } from './load/upgrades.mjs';
import { WIRES } from './load/wires.mjs';

const LOADS = { echo, fan_out, latency, memory, upgrades };

process.on('uncaughtException', (error) => report({ failed: error.message }));
process.stdin.on('end', () => process.exit()).resume();

const { load, wire, port, pid, config } = JSON.parse(process.argv[2]);
report(await LOADS[load]({ port, pid, wire: WIRES[wire] }, config));

function report(result) {
  writeSync(1, `${JSON.stringify(result)}\n`);
  process.exit();
}
