import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ServerReport } from './contract.ts';
import type { Latencies } from './latencies.ts';

const COLUMNS = [
  'seconds',
  'open',
  'opened',
  'refused',
  'in/s',
  'out/s',
  'p50 ms',
  'p99 ms',
  'heap MB',
  'RSS MB',
  'files',
  'failures',
  'lag ms',
];

/** A table that prints the state of the server, line by line. */
export class Table {
  readonly #latencies: Latencies;
  /** The event loop delay of the load itself, which limits the accuracy of its measurements. */
  readonly #delay = monitorEventLoopDelay();
  #began_at = 0;
  #last: { at: number; messages_in: number; messages_out: number } | undefined;

  constructor(latencies: Latencies) {
    this.#latencies = latencies;
  }

  begin(): void {
    this.#began_at = performance.now();
    this.#delay.enable();
    print(COLUMNS);
  }

  add(report: ServerReport): void {
    const at = performance.now();
    const { messages_in, messages_out } = report;
    const last = this.#last ?? { at: this.#began_at, messages_in, messages_out };
    this.#last = { at, messages_in, messages_out };
    const seconds = Math.max(1, at - last.at) / 1_000;
    const { p50, p99 } = this.#latencies.read();
    print([
      Math.round((at - this.#began_at) / 1_000),
      report.connections,
      report.opened,
      report.refused,
      Math.round((messages_in - last.messages_in) / seconds),
      Math.round((messages_out - last.messages_out) / seconds),
      p50.toFixed(1),
      p99.toFixed(1),
      (report.heap_in_bytes / 1e6).toFixed(1),
      Math.round(report.rss_in_bytes / 1e6),
      report.file_descriptors,
      report.handler_errors,
      Math.round(this.#delay.max / 1e6),
    ]);
    this.#delay.reset();
  }
}

function print(cells: readonly (string | number)[]): void {
  console.log(cells.map((cell) => String(cell).padStart(9)).join(''));
}
