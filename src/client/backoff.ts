import type { ReconnectOptions } from './options/connect_options.ts';

/** The close code of a connection that ended without a close frame (RFC 6455 §7.1.5), and of a failed attempt. */
export const ABNORMAL = 1006;

/** The factor by which the delay grows with each failure. */
const GROWTH = 1.6;
/** The smallest random share of the delay that is waited. It does not apply to the first wait. */
const LEAST_SHARE = 0.3;
/** A server that closes a connection sooner than this has a problem: the connection counts as a failure. */
const STABLE_AFTER_IN_MS = 10_000;

/** The waits between the attempts of one connection. */
export class Backoff {
  readonly #options: ReconnectOptions;
  readonly #random: () => number;
  #failures = 0;
  #wait_in_ms = 0;
  /** Whether the last connection lasted. */
  #has_lasted = false;

  constructor(options: ReconnectOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** The number of attempts and connections that failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * The time to wait before the next attempt, in milliseconds; `undefined` if no attempt follows.
   *
   * The first wait is random, from 0 up to the delay. It spreads the clients that lose a server at the same moment.
   * Before each later wait, the delay is multiplied by 1.6. That wait is 0.3 to 1 times the delay, at random.
   *
   * @param code the close code (RFC 6455 §7.4.1).
   * @param open_for_in_ms how long the connection was open; `undefined` for a failed attempt.
   */
  next_wait(code: number, open_for_in_ms: number | undefined): number | undefined {
    if (this.#starts_over(code, open_for_in_ms)) this.#failures = 0;
    this.#failures++;
    const {
      auto_reconnect,
      reconnect_attempts,
      reconnect_delay_in_seconds,
      max_reconnect_delay_in_seconds,
    } = this.#options;
    if (!auto_reconnect || is_final(code) || this.#failures > reconnect_attempts) return undefined;
    const grown = reconnect_delay_in_seconds * GROWTH ** (this.#failures - 1);
    const longest = Math.min(grown, max_reconnect_delay_in_seconds);
    const least = this.#failures === 1 ? 0 : LEAST_SHARE;
    this.#wait_in_ms = 1000 * longest * (least + (1 - least) * this.#random());
    return this.#wait_in_ms;
  }

  /** Takes back one failure, because the page itself is about to end the connection. */
  forgive(): void {
    if (this.#failures > 0) this.#failures--;
  }

  /**
   * Whether the delay starts over after a connection. If the connection ended with a close frame, the server
   * ended it: the connection must have been open for a fixed time. If it ended without one, the cause may be a
   * random break of the network. In this case, it must have been open for as long as the client had waited before it.
   * After a connection that lasted, one shorter connection is forgiven.
   */
  #starts_over(code: number, open_for_in_ms: number | undefined): boolean {
    const had_lasted = this.#has_lasted;
    this.#has_lasted = false;
    if (open_for_in_ms === undefined) return false;
    const is_cut = code === ABNORMAL;
    this.#has_lasted = open_for_in_ms >= (is_cut ? this.#wait_in_ms : STABLE_AFTER_IN_MS);
    return this.#has_lasted || (is_cut && had_lasted);
  }
}

/**
 * Whether a close code means that another attempt would end the same way: after a normal close, a protocol
 * error, an invalid message or a refusal by the application. It is not final if the server goes away or restarts
 * (1001, 1012).
 */
function is_final(code: number): boolean {
  return (
    [1000, 1002, 1003, 3000, 3003].includes(code) ||
    (code >= 1007 && code <= 1010) ||
    (code >= 4400 && code <= 4499)
  );
}
