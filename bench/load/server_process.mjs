// Reads the CPU time and the memory of the server process from the kernel.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The CPU time that all threads of the process have used, in seconds; usually exact to 1/100 s. */
export function read_cpu_in_seconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name of the program is in parentheses and may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The lowest of several memory readings. Before each one, the process collects garbage and has time to settle. */
export async function read_settled_memory_in_bytes(pid, readings, settle_in_ms) {
  let least = Infinity;
  for (let i = 0; i < readings; i += 1) {
    process.kill(pid, 'SIGUSR2');
    await wait(settle_in_ms);
    least = Math.min(least, read_memory_in_bytes(pid));
  }
  return least;
}

/** The resident memory. It is exact here, whereas VmRSS of /proc/<pid>/status is updated lazily. */
function read_memory_in_bytes(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  return Number(/^Rss:\s+(\d+) kB$/m.exec(rollup)[1]) * 1024;
}
