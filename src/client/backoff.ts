/** How a connection comes back. */
export interface ReconnectOptions {
  readonly auto_reconnect: boolean;
  readonly reconnect_attempts: number;
  readonly reconnect_delay_in_seconds: number;
  readonly max_reconnect_delay_in_seconds: number;
}

/** What ended the last connection or attempt. */
export interface Failure {
  /** The close code (RFC 6455 §7.4.1); 1006 for an attempt that failed. */
  code: number;
  /** How many there were, this one included, since a connection last stayed open. */
  failures: number;
}

/** How much longer each wait is than the one before. */
const GROWTH = 1.6;
/** The least share of a wait, but for the first, that chance leaves of it. */
const LEAST_SHARE = 0.3;

/**
 * How long to wait before the next attempt, in milliseconds; `undefined`, where there is none.
 *
 * The first wait is a random share of the delay, from none to all of it, so that those who lose a
 * server together come back one by one. Each later one is a random 0.3 to 1 of what has grown by 1.6.
 */
export function decide_reconnect(
  { code, failures }: Failure,
  options: ReconnectOptions,
  random: () => number,
): number | undefined {
  if (!options.auto_reconnect || is_final(code)) return undefined;
  if (failures > options.reconnect_attempts) return undefined;
  const grown = options.reconnect_delay_in_seconds * GROWTH ** (failures - 1);
  const longest = Math.min(grown, options.max_reconnect_delay_in_seconds);
  const least = failures === 1 ? 0 : LEAST_SHARE;
  return 1000 * longest * (least + (1 - least) * random());
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
