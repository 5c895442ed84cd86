// Imported, because the global may be faked, even before this module is loaded.
import { setImmediate as real_set_immediate } from 'node:timers';
import type { Turn } from '../../core/base/ports.ts';
import { Queue } from '../../core/base/queue.ts';

/** After this many hops or calls of `go_on`, the event loop has a turn, so that timers run, also the runner's timeout. */
const HOPS_PER_TURN_OF_THE_LOOP = 1000;

/**
 * The network between the ends of connections in memory. Nothing arrives before the code that runs now has returned.
 * It needs no timer, so a runner may fake all of them.
 */
export class Network implements Turn {
  readonly #waiting = new Queue<() => void>();
  #hops = 0;
  #waits = 0;
  #on_quiet: (() => void)[] = [];

  /** Whether nothing is in transit. */
  get is_quiet(): boolean {
    return this.#waiting.length === 0;
  }

  /** Calls back when the code that runs now has returned, in the order of the calls. */
  at_end(callback: () => void): void {
    this.#waiting.push(callback);
    if (this.#waiting.length === 1) this.#hop();
  }

  /** Calls back immediately, except for a turn of the event loop now and then: otherwise, a loop could block it. */
  go_on(callback: () => void): void {
    this.#waits++;
    if (this.#waits % HOPS_PER_TURN_OF_THE_LOOP === 0) real_set_immediate(callback);
    else callback();
  }

  /** Resolves once nothing is in transit. */
  async quiet(): Promise<void> {
    while (!this.is_quiet) await new Promise<void>((resolve) => this.#on_quiet.push(resolve));
  }

  #hop(): void {
    this.#hops++;
    const is_turn = this.#hops % HOPS_PER_TURN_OF_THE_LOOP === 0;
    if (is_turn) real_set_immediate(() => this.#arrive());
    else Promise.resolve().then(() => this.#arrive());
  }

  #arrive(): void {
    try {
      this.#waiting.at(0)?.();
    } finally {
      this.#waiting.shift();
      if (this.is_quiet) this.#report_quiet();
      else this.#hop();
    }
  }

  #report_quiet(): void {
    const waiting = this.#on_quiet;
    this.#on_quiet = [];
    for (const callback of waiting) callback();
  }
}
