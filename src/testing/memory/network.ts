// As Node has it: the global may be faked, and was perhaps before this was loaded.
import { setImmediate as real_set_immediate } from 'node:timers';
import type { Turn } from '../../core/base/ports.ts';
import { Queue } from '../../core/base/queue.ts';

/** After so many hops, or waits for none, everything else of the process has its turn: timers, and with them the runner's time-out. */
const HOPS_PER_TURN_OF_THE_LOOP = 1000;

/**
 * The way between the ends of connections in memory. Nothing arrives before what runs now has
 * returned, and no timer is needed, so that a runner may fake all of them.
 */
export class Network implements Turn {
  readonly #waiting = new Queue<() => void>();
  #hops = 0;
  #waits = 0;
  #on_quiet: (() => void)[] = [];

  /** Whether nothing is on its way. */
  get is_quiet(): boolean {
    return this.#waiting.length === 0;
  }

  /** Calls back when what runs now has returned; first come, first served. */
  at_end(callback: () => void): void {
    this.#waiting.push(callback);
    if (this.#waiting.length === 1) this.#hop();
  }

  /** Calls back at once whoever need not wait: a loop of such waits is not to be without end. */
  go_on(callback: () => void): void {
    this.#waits++;
    if (this.#waits % HOPS_PER_TURN_OF_THE_LOOP === 0) real_set_immediate(callback);
    else callback();
  }

  /** Resolves once nothing is on its way. */
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
