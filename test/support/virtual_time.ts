import type { Clock } from '../../src/core/base/ports.ts';

interface Timer {
  readonly due: number;
  readonly number: number;
  callback: (() => void) | undefined;
}

/** A clock that stands still until a test advances it. Timers run in the order in which they are due. */
export class VirtualTime implements Pick<Clock, 'now' | 'after'> {
  #now = 0;
  #made = 0;
  /** A binary heap with the next timer first. */
  readonly #timers: Timer[] = [];
  readonly #lateness: (due: number) => number;

  /** @param lateness returns when a timer runs that is due at `due`: later, if a browser throttles it. */
  constructor(lateness: (due: number) => number = (due) => due) {
    this.#lateness = lateness;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const due = this.#lateness(this.#now + milliseconds);
    const timer: Timer = { due, number: this.#made++, callback };
    this.#timers.push(timer);
    this.#rise();
    return () => {
      timer.callback = undefined;
    };
  }

  /** Lets milliseconds pass, and runs the timers that are due in the meantime. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let next = this.#timers[0]; next && next.due <= end; next = this.#timers[0]) {
      this.#take_first();
      this.#now = Math.max(this.#now, next.due);
      next.callback?.();
    }
    this.#now = end;
  }

  #rise(): void {
    const timers = this.#timers;
    for (let at = timers.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (is_before(timers[parent], timers[at])) return;
      at = swap(timers, at, parent);
    }
  }

  #take_first(): void {
    const timers = this.#timers;
    swap(timers, 0, timers.length - 1);
    timers.pop();
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < timers.length && is_before(timers[child], timers[least])) least = child;
      }
      if (least === at) return;
      at = swap(timers, at, least);
    }
  }
}

function is_before(a: Timer | undefined, b: Timer | undefined): boolean {
  if (!a || !b) return false;
  return a.due < b.due || (a.due === b.due && a.number < b.number);
}

function swap(timers: Timer[], from: number, to: number): number {
  [timers[from], timers[to]] = [timers[to] as Timer, timers[from] as Timer];
  return to;
}
