import type { Endpoint } from './endpoint.ts';
import { WebsocketsError } from './errors.ts';
import type { Mount } from './mount.ts';
import { MAX_SECONDS } from './option.ts';
import { describe } from './problems.ts';

export interface CloseOptions {
  /**
   * How long connections have, in all, to end by themselves before they are cut. 0 cuts at
   * once. Where `close` is called again, the earlier end counts.
   *
   * @default 5
   */
  grace_in_seconds?: number | undefined;
}

/** Where clients come in. */
export interface Entrance {
  /** Refuses those who still wait to be connected; resolves when all that were refused are gone. */
  close(): Promise<void>;
  /** Cuts those who linger. */
  cut(): void;
}

export const DEFAULT_GRACE_IN_SECONDS = 5;

/** @throws {WebsocketsError} `bad_argument`, unless it is a number of seconds. */
export function check_grace(seconds: unknown): void {
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_SECONDS) return;
  throw new WebsocketsError(
    'bad_argument',
    `grace_in_seconds must be a number from 0 to ${MAX_SECONDS}; it is ${describe(seconds)}`,
    { argument: 'grace_in_seconds' },
  );
}

/**
 * Makes what closes a mount: once, however often it is called.
 *
 * @param finish what is left to do once no connection is.
 */
export function create_close(mount: Mount, entrance: Entrance, finish: () => Promise<void>) {
  const close_once = async () => {
    mount.gate.is_closing = true;
    await Promise.all([entrance.close(), close_all(mount.endpoints.values())]);
    await mount.leave();
    await finish();
  };
  const cut = () => {
    entrance.cut();
    for (const endpoint of mount.endpoints.values()) {
      for (const connection of [...endpoint.connections]) connection.cut();
    }
  };
  let closed: Promise<void> | undefined;
  return async (options: CloseOptions = {}): Promise<void> => {
    const { grace_in_seconds = DEFAULT_GRACE_IN_SECONDS } = options;
    check_grace(grace_in_seconds);
    closed ??= close_once();
    const cancel = mount.clock.after(grace_in_seconds * 1000, cut);
    await closed;
    cancel();
  };
}

/**
 * Closes every connection with 1012, and goes on handling what clients had already sent.
 *
 * @returns once no connection is left.
 */
async function close_all(endpoints: Iterable<Endpoint>): Promise<void> {
  const emptied: Promise<void>[] = [];
  for (const endpoint of endpoints) {
    emptied.push(endpoint.emptied());
    for (const connection of endpoint.connections) connection.shut_down('the server is restarting');
  }
  await Promise.all(emptied);
}
