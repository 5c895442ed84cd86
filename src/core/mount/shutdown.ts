import { WebsocketsError } from '../base/errors.ts';
import { describe } from '../base/problems.ts';
import { ENDINGS } from '../connection/ending.ts';
import type { LiveConnection } from '../connection/live_connection.ts';
import { MAX_SECONDS } from '../options/endpoint_option.ts';
import { EvenClosing } from './even_closing.ts';
import type { Mount } from './mount.ts';

/** How a mount or an app closes. Times are numbers of seconds of at least 0, fractions included. */
export interface CloseOptions {
  /**
   * The grace period, in seconds: the time that connections have to end by themselves. Then the remaining connections
   * are terminated. With 0, they are terminated at once. The grace period begins when the time to drain is over.
   * Calling `close` again can only shorten the deadline.
   *
   * @default 5
   */
  grace_in_seconds?: number | undefined;
  /**
   * The time to drain, in seconds: the closing of connections is spread evenly over this time, so that the clients of a
   * busy node do not all reconnect at once. From the start, a mount refuses new clients with 503, and `app()` closes
   * its port.
   *
   * @default 0
   */
  drain_in_seconds?: number | undefined;
}

/** The part of a mount that connects and refuses clients. */
export interface Entrance {
  /** Refuses the clients that still wait to be connected. Resolves when all refused clients are gone. */
  close(): Promise<void>;
  /** Terminates the refused clients that have not disconnected. */
  cut(): void;
}

const DEFAULT_GRACE_IN_SECONDS = 5;

/** @throws {WebsocketsError} `bad_argument`, unless both options are numbers of seconds. */
export function check_close_options(options: CloseOptions = {}) {
  const { grace_in_seconds = DEFAULT_GRACE_IN_SECONDS, drain_in_seconds = 0 } = options;
  for (const [argument, seconds] of Object.entries({ grace_in_seconds, drain_in_seconds })) {
    const mistake = why_no_duration(seconds);
    if (mistake === undefined) continue;
    throw new WebsocketsError('bad_argument', `${argument} ${mistake}`, { argument });
  }
  return { grace_in_seconds, drain_in_seconds };
}

/** Returns what is wrong with a number of seconds, or `undefined` if it is valid. */
export function why_no_duration(seconds: unknown): string | undefined {
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_SECONDS) return undefined;
  return `must be a number from 0 to ${MAX_SECONDS}; got ${describe(seconds)}`;
}

/**
 * Creates the function that closes a mount. The mount closes only once, however often the function is called.
 *
 * @param finish is called when no connection is left.
 */
export function create_mount_close(mount: Mount, entrance: Entrance, finish: () => Promise<void>) {
  let closing: EvenClosing | undefined;
  let closed: Promise<void> | undefined;
  const close_once = async () => {
    mount.gate.is_closing = true;
    const emptied = [...mount.endpoints.values()].map((endpoint) => endpoint.emptied());
    await Promise.all([entrance.close(), ...emptied]);
    // All clients may have left by themselves long before the time to drain is over.
    closing?.stop();
    await mount.leave();
    await finish();
    // Clients that were refused until the path was released may still be there.
    await entrance.close();
  };
  const cut = () => {
    entrance.cut();
    for (const connection of connections_of(mount)) connection.end(ENDINGS.grace_over);
  };
  return async (options?: CloseOptions): Promise<void> => {
    const { grace_in_seconds, drain_in_seconds } = check_close_options(options);
    closed ??= close_once();
    closing ??= new EvenClosing(connections_of(mount), mount.clock);
    closing.finish_within(drain_in_seconds);
    const seconds = Math.min(drain_in_seconds + grace_in_seconds, MAX_SECONDS);
    const cancel = mount.clock.after(seconds * 1000, cut);
    try {
      await closed;
    } finally {
      cancel();
    }
  };
}

function connections_of(mount: Mount): LiveConnection[] {
  return [...mount.endpoints.values()].flatMap(({ connections }) => [...connections]);
}
