import type { Clock } from '../../src/core/base/ports.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that a test controls. Its timers have whole milliseconds, like those of Node. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  /** @param now not a round number by default, so that no code relies on one. */
  constructor(now = 12_345.678) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(1, Math.trunc(milliseconds)), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  after_in_background(milliseconds: number, callback: () => void): () => void {
    return this.after(milliseconds, callback);
  }

  /** The number of timers that have not fired yet. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass. Each timer fires at its time. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let next = this.#first(end); next !== undefined; next = this.#first(end)) {
      this.#now = Math.max(this.#now, next.at);
      this.#fire(next);
    }
    this.#now = end;
  }

  /** Lets time pass as if the process were blocked. Timers that are due in the meantime fire at the end. */
  hold_up(milliseconds: number): void {
    this.#now += milliseconds;
    this.pass(0);
  }

  #first(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    timer.callback();
  }
}
