import type { ReconnectOptions } from './options/connect_options.ts';

/** The close code of a connection that was cut without a close frame (RFC 6455 §7.1.5), and of an attempt that failed. */
export const ABNORMAL = 1006;

/** How much longer each wait is than the one before. */
const GROWTH = 1.6;
/** The least share of a wait, but for the first, that chance leaves of it. */
const LEAST_SHARE = 0.3;
/** A server that closes a connection sooner after it has accepted it is not well. */
const STABLE_AFTER_IN_MS = 10_000;

/** The waits between the attempts of one connection. */
export class Backoff {
  readonly #options: ReconnectOptions;
  readonly #random: () => number;
  #failures = 0;
  #wait_in_ms = 0;
  /** Whether the latest attempt led to a connection that lasted. */
  #has_lasted = false;

  constructor(options: ReconnectOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** Attempts and connections that failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * How long to wait before the next attempt, in milliseconds; `undefined` if no attempt follows.
   *
   * The first wait is a random share of the delay, from none to all of it, so that clients that
   * lose a server together come back one by one. Each later wait is a random 0.3 to 1 of a delay that grows by 1.6.
   *
   * @param code the close code (RFC 6455 §7.4.1).
   * @param open_for_in_ms how long the connection was open; `undefined` for an attempt that failed.
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

  /** The page itself lets the connection go next: however often it does, that is not a failure. */
  forgive(): void {
    if (this.#failures > 0) this.#failures--;
  }

  /**
   * Whether the delay starts over after a connection. A close frame comes from the server: the
   * connection must have lasted for a fixed time. A cut may come from the network, which strikes at
   * random: it is enough that the connection was open for as long as the client had waited for it,
   * and a single shorter connection after one that lasted is forgiven.
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
 * Whether a close code says that another attempt would end the same way: a normal end, a protocol or
 * message that was wrong, and what the application refused. A server that goes away or restarts
 * (1001, 1012) does not.
 */
function is_final(code: number): boolean {
  return (
    [1000, 1002, 1003, 3000, 3003].includes(code) ||
    (code >= 1007 && code <= 1010) ||
    (code >= 4400 && code <= 4499)
  );
}
