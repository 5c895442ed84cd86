import type { Clock } from '../base/ports.ts';

/**
 * A token bucket: as many messages as a second allows may come at once, then each waits until it is
 * due. Nothing is refused.
 */
export class RateLimit {
  readonly #per_second: number;
  readonly #clock: Clock;
  readonly #on_due: () => void;
  #tokens: number;
  #filled_at: number;
  #cancel_wait: (() => void) | undefined;

  /** @param on_due called when a message may be handled that had to wait. */
  constructor(per_second: number, clock: Clock, on_due: () => void) {
    this.#per_second = per_second;
    this.#clock = clock;
    this.#on_due = on_due;
    this.#tokens = per_second;
    this.#filled_at = clock.now();
  }

  /** Whether some message waits for its time. */
  get is_waiting(): boolean {
    return this.#cancel_wait !== undefined;
  }

  /** Whether a message may be handled now: then it counts as handled, else it waits. */
  take(): boolean {
    if (this.is_waiting) return false;
    this.#fill();
    if (this.#tokens >= 1) {
      this.#tokens--;
      return true;
    }
    const wait = Math.ceil(((1 - this.#tokens) * 1000) / this.#per_second);
    this.#cancel_wait = this.#clock.after(wait, () => {
      this.#cancel_wait = undefined;
      this.#on_due();
    });
    return false;
  }

  /** Nothing waits any more. */
  stop(): void {
    this.#cancel_wait?.();
    this.#cancel_wait = undefined;
  }

  #fill(): void {
    const now = this.#clock.now();
    const earned = ((now - this.#filled_at) * this.#per_second) / 1000;
    this.#tokens = Math.min(this.#per_second, this.#tokens + earned);
    this.#filled_at = now;
  }
}
