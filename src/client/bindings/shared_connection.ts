import type { ClientConnection, ConnectEvents, ConnectionState } from '../base/connection.ts';
import { ClientError } from '../base/errors.ts';
import { own_platform } from '../base/platform.ts';
import { encode_query } from '../base/query.ts';
import { connect } from '../connect.ts';
import type { ConnectOptions } from '../options/connect_options.ts';
import { tell } from '../told.ts';

/** What a component sees of its connection; a new one for each change. */
export interface Snapshot {
  readonly state: ConnectionState;
  readonly connection: ClientConnection | undefined;
}

/** Before there is a connection: on a server, and until a component has mounted. */
export const NO_CONNECTION: Snapshot = { state: 'connecting', connection: undefined };

/** A component that uses a connection. */
export interface User {
  /** The handlers of its latest render, while that asks for this connection. */
  readonly events: () => ConnectEvents | undefined;
  /** There is a new snapshot. */
  readonly changed: () => void;
}

/** How long a connection may wait for its first user: who makes it in a layout effect uses it after the next paint. */
const FIRST_USE_WITHIN_IN_MS = 1000;

const connections = new Map<string, SharedConnection>();

/** What components have to have in common to share a connection. */
export function key_of(
  endpoint: string,
  { url, query, protocols }: ConnectOptions,
  own: number,
): string {
  // Two functions cannot be compared: a component that asks with one has a connection of its own.
  const asked = typeof query === 'function' ? { own } : String(encode_query(query ?? {}));
  return JSON.stringify([endpoint, url, asked, protocols]);
}

export function find_connection(key: string): SharedConnection | undefined {
  return connections.get(key);
}

/** The connection of this key; a new one where there is none, or where it is closed for good. */
export function share_connection(
  key: string,
  endpoint: string,
  options: ConnectOptions,
): SharedConnection {
  const there = connections.get(key);
  if (there !== undefined && there.snapshot.state !== 'closed') return there;
  const shared = new SharedConnection(key, endpoint, options);
  connections.set(key, shared);
  // Whoever made it may not come to use it.
  shared.close_unless_used(FIRST_USE_WITHIN_IN_MS);
  return shared;
}

/** One connection for all components that ask for the same. */
export class SharedConnection {
  readonly connection: ClientConnection;
  snapshot: Snapshot;
  readonly key: string;
  readonly #users = new Set<User>();
  /** Whether its users have been told that it is open. */
  #has_told_open = false;

  constructor(key: string, endpoint: string, options: ConnectOptions) {
    this.key = key;
    this.connection = connect(endpoint, { ...options, events: this.#events() });
    this.snapshot = { state: this.connection.state, connection: this.connection };
  }

  /** @returns what ends the use. */
  use(user: User): () => void {
    this.#users.add(user);
    if (this.#has_told_open) {
      // Who comes later is told as well; later than this turn, in which StrictMode mounts twice.
      queueMicrotask(() => {
        if (this.connection.state === 'open') this.#tell(user, 'on_open', this.connection);
      });
    }
    return () => {
      this.#users.delete(user);
      this.close_unless_used();
    };
  }

  /** A little later: who unmounts may mount again at once, as in StrictMode, or on another page. */
  close_unless_used(after_in_ms = 0): void {
    setTimeout(() => {
      if (this.#users.size > 0) return;
      if (connections.get(this.key) === this) connections.delete(this.key);
      this.connection.close();
    }, after_in_ms);
  }

  #tell<Name extends keyof ConnectEvents>(
    user: User,
    name: Name,
    ...args: Parameters<NonNullable<ConnectEvents[Name]>>
  ): void {
    // The handler of another may have unmounted it.
    if (this.#users.has(user)) tell(user.events() ?? {}, name, args, own_platform.report);
  }

  /** What each of its users is told. One whose handler throws keeps nothing from the others. */
  #events(): ConnectEvents {
    const tell_all =
      <Name extends keyof ConnectEvents>(name: Name) =>
      (...args: Parameters<NonNullable<ConnectEvents[Name]>>) => {
        for (const user of [...this.#users]) this.#tell(user, name, ...args);
      };
    return {
      on_open: (connection) => {
        this.#has_told_open = true;
        tell_all('on_open')(connection);
      },
      on_message: tell_all('on_message'),
      on_close: tell_all('on_close'),
      on_reconnect: tell_all('on_reconnect'),
      on_error: (error, connection) => {
        const listeners = [...this.#users].filter((user) => user.events()?.on_error);
        for (const user of listeners) this.#tell(user, 'on_error', error, connection);
        // As where there is no on_error at all.
        const is_shown =
          error instanceof ClientError &&
          error.code === 'attempt_failed' &&
          error.cause === undefined;
        if (listeners.length === 0 && !is_shown) own_platform.report(error);
      },
      on_state_change: (state, connection) => {
        this.snapshot = { state, connection };
        this.#has_told_open = false;
        for (const user of [...this.#users]) user.changed();
        tell_all('on_state_change')(state, connection);
      },
    };
  }
}
