import type { Clock } from '../base/ports.ts';
import { ENDINGS } from '../connection/ending.ts';
import type { LiveConnection } from '../connection/live_connection.ts';

const TICK_IN_MILLISECONDS = 50;

/**
 * Closes connections with 1012, spread evenly over a period, so that their clients do not all reconnect at once.
 * Messages that the clients have already sent are still handled.
 */
export class EvenClosing {
  readonly #clock: Clock;
  /** The connections that are still to be closed, last to first. */
  #left: LiveConnection[];
  #ends_at = Number.POSITIVE_INFINITY;
  /** The number of connections that are due: whole ones are closed, the fraction is kept for the next tick. */
  #due = 0;
  #cancel: (() => void) | undefined;

  constructor(connections: Iterable<LiveConnection>, clock: Clock) {
    this.#clock = clock;
    this.#left = [...connections].reverse();
  }

  /** Closes the last connection within this time. Calling it again can only shorten the time. */
  finish_within(seconds: number): void {
    const ends_at = this.#clock.now() + seconds * 1000;
    if (ends_at >= this.#ends_at) return;
    this.#ends_at = ends_at;
    this.#cancel?.();
    this.#step();
  }

  /** Closes no more connections. */
  stop(): void {
    this.#cancel?.();
    this.#left = [];
  }

  #step(): void {
    const time_left = this.#ends_at - this.#clock.now();
    if (time_left <= 0) this.#due = this.#left.length;
    else this.#due += ((this.#left.length - this.#due) * TICK_IN_MILLISECONDS) / time_left;
    while (this.#due >= 1 && this.#left.length > 0) {
      const connection = this.#left.pop();
      // A connection that has ended by itself does not take the turn of another.
      if (!connection?.is_open) continue;
      connection.end(ENDINGS.server_restarting, undefined, 'the server is restarting');
      this.#due--;
    }
    if (this.#left.length === 0) return;
    const wait = Math.min(TICK_IN_MILLISECONDS, time_left);
    this.#cancel = this.#clock.after(wait, () => this.#step());
  }
}
