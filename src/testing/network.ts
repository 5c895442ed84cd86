import type { Turn } from '../core/ports.ts';

/**
 * The way between the ends of connections in memory. Nothing arrives before what runs now has
 * returned, and no timer is needed, so that a runner may fake all of them.
 */
export class Network implements Turn {
  #hops = 0;
  #on_quiet: (() => void)[] = [];

  /** Whether nothing is on its way. */
  get is_quiet(): boolean {
    return this.#hops === 0;
  }

  /** Calls back when what runs now has returned; first come, first served. */
  at_end(callback: () => void): void {
    this.#hops++;
    Promise.resolve().then(() => {
      try {
        callback();
      } finally {
        this.#hops--;
        if (this.is_quiet) this.#report_quiet();
      }
    });
  }

  /** Resolves once nothing is on its way. */
  async quiet(): Promise<void> {
    while (!this.is_quiet) await new Promise<void>((resolve) => this.#on_quiet.push(resolve));
  }

  #report_quiet(): void {
    const waiting = this.#on_quiet;
    this.#on_quiet = [];
    for (const callback of waiting) callback();
  }
}
