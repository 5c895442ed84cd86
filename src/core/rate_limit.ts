import type { Clock } from './ports.ts';

/**
 * A token bucket: as many messages as a second allows may come at once, then each waits until it is
 * due. Nothing is refused.
 */
export class RateLimit {
  readonly #per_second: number;
  readonly #clock: Clock;
  #tokens: number;
  #filled_at: number;

  constructor(per_second: number, clock: Clock) {
    this.#per_second = per_second;
    this.#clock = clock;
    this.#tokens = per_second;
    this.#filled_at = clock.now();
  }

  /** Whether a message may be handled now; then it counts as handled. */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Milliseconds until the next message is due. */
  get wait(): number {
    this.#fill();
    return Math.max(0, Math.ceil(((1 - this.#tokens) * 1000) / this.#per_second));
  }

  #fill(): void {
    const now = this.#clock.now();
    const earned = ((now - this.#filled_at) * this.#per_second) / 1000;
    this.#tokens = Math.min(this.#per_second, this.#tokens + earned);
    this.#filled_at = now;
  }
}
