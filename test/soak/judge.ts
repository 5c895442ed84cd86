import type { LastHandled, ServerReport } from './contract.ts';
import type { Load } from './load.ts';

/** A generous limit for code, pools and caches that remain. A leak of 500 bytes per client would exceed it. */
const MAX_GROWTH_IN_BYTES = 15_000_000;
/** The maximum relative growth of the heap under load, from the first half of the time to the second. */
const MAX_DRIFT = 0.2;

/**
 * Returns the faults that a soak has found, and prints its figures.
 *
 * @param reports the reports before, during and after the load.
 */
export function judge(reports: ServerReport[], load: Load, last_handled: LastHandled): string[] {
  const [before, after] = [reports[0], reports.at(-1)] as [ServerReport, ServerReport];
  const faults: string[] = [];
  for (const [who, violations] of [
    ['the server', after.violations],
    ['the clients', load.violations.read()],
  ] as const) {
    for (const [violation, count] of Object.entries(violations)) {
      faults.push(`${who} saw ${count} times: ${violation}`);
    }
  }

  let lost = 0;
  for (const [id, sent] of load.sent_until_shutdown) if (last_handled[id] !== sent) lost++;
  if (lost > 0) faults.push(`the shutdown lost messages of ${lost} connections`);

  const closed = Object.values(after.closed).reduce((sum, count) => sum + count, 0);
  if (after.connections > 0 || closed !== after.opened) {
    faults.push(`${after.opened} connections opened, ${closed} closed, ${after.connections} left`);
  }
  const growth = after.heap_in_bytes - before.heap_in_bytes;
  if (growth > MAX_GROWTH_IN_BYTES) faults.push(`the heap grew permanently by ${growth} bytes`);
  const drift = heap_drift(reports.slice(2, -1));
  if (drift > MAX_DRIFT) faults.push(`the heap grew under load by ${(drift * 100).toFixed(0)} %`);
  if (after.file_descriptors > before.file_descriptors) {
    faults.push(`${after.file_descriptors - before.file_descriptors} files were left open`);
  }
  for (const kind of ['TCPSocketWrap', 'TCPServerWrap', 'Timeout']) {
    const count = after.resources[kind] ?? 0;
    if (count > 0) faults.push(`${count} of ${kind} were left`);
  }

  console.log(`\nclosed by code: ${JSON.stringify(after.closed)}`);
  console.log(`slow consumers: ${after.slow_consumers}, refused: ${after.refused}`);
  console.log(`open at the shutdown: ${load.sent_until_shutdown.size}`);
  console.log(`heap, before and after: ${before.heap_in_bytes}, ${after.heap_in_bytes}`);
  return faults;
}

/**
 * The growth from the first half of the reports under load to the second. The very first reports do not count, because the
 * process is warming up. Each half is represented by its minimum, because messages in flight only add to the heap.
 */
function heap_drift(reports: ServerReport[]): number {
  if (reports.length < 4) return 0;
  const heaps = reports.map(({ heap_in_bytes }) => heap_in_bytes);
  const half = Math.floor(heaps.length / 2);
  return Math.min(...heaps.slice(half)) / Math.min(...heaps.slice(0, half)) - 1;
}
