import type { Clock } from '../base/ports.ts';

/**
 * A token bucket. The messages that one second allows may arrive at once; each further message waits until it is due.
 * No message is rejected.
 */
export class RateLimit {
  readonly #per_second: number;
  readonly #clock: Clock;
  readonly #on_due: () => void;
  #tokens: number;
  #filled_at: number;
  #cancel_wait: (() => void) | undefined;

  /** @param on_due is called when a message that had to wait may be handled. */
  constructor(per_second: number, clock: Clock, on_due: () => void) {
    this.#per_second = per_second;
    this.#clock = clock;
    this.#on_due = on_due;
    this.#tokens = per_second;
    this.#filled_at = clock.now();
  }

  /** Whether a message waits until it is due. */
  get is_waiting(): boolean {
    return this.#cancel_wait !== undefined;
  }

  /** Takes a token for one message. Returns false if there is none: `on_due` is then called when there is one. */
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

  /** Ends the wait without calling `on_due`. */
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
