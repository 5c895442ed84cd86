// What the kernel says of the server process.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time that all threads of it have used, in seconds: to 1/100 s, as a rule. */
export function read_cpu_in_seconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name of the program, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The least of some readings of its memory, each some time after it was told to collect garbage. */
export async function read_settled_memory_in_bytes(pid, readings, settle_in_ms) {
  let least = Infinity;
  for (let i = 0; i < readings; i += 1) {
    process.kill(pid, 'SIGUSR2');
    await wait(settle_in_ms);
    least = Math.min(least, read_memory_in_bytes(pid));
  }
  return least;
}

/** Resident memory, exact: VmRSS of /proc/<pid>/status is counted lazily. */
function read_memory_in_bytes(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  return Number(/^Rss:\s+(\d+) kB$/m.exec(rollup)[1]) * 1024;
}
