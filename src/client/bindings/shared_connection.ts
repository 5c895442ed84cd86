import type { ClientConnection, ConnectEvents, ConnectionState } from '../base/connection.ts';
import { ClientError } from '../base/errors.ts';
import { own_platform } from '../base/platform.ts';
import { encode_query } from '../base/query.ts';
import { connect } from '../connect.ts';
import type { ConnectOptions } from '../options/connect_options.ts';
import { tell } from '../told.ts';

/** The connection and its state, as a component sees them; each change creates a new snapshot. */
export interface Snapshot {
  readonly state: ConnectionState;
  readonly connection: ClientConnection | undefined;
}

/** The snapshot without a connection: on a server, and until a component has mounted. */
export const NO_CONNECTION: Snapshot = { state: 'connecting', connection: undefined };

/** A component that uses a connection. */
export interface User {
  /** The handlers of its latest render, if that render uses this connection. */
  readonly events: () => ConnectEvents | undefined;
  /** Called when there is a new snapshot. */
  readonly changed: () => void;
}

/**
 * How long a connection waits for its first user. A component that creates it in a layout effect uses it only after the
 * next paint.
 */
const FIRST_USE_WITHIN_IN_MS = 1000;

const connections = new Map<string, SharedConnection>();

/** Returns the key of a connection. Components with the same key share the connection. */
export function key_of(
  endpoint: string,
  { url, query, protocols }: ConnectOptions,
  own: number,
): string {
  // Functions cannot be compared, so a component with a query function has its own connection.
  const asked = typeof query === 'function' ? { own } : String(encode_query(query ?? {}));
  return JSON.stringify([endpoint, url, asked, protocols]);
}

export function find_connection(key: string): SharedConnection | undefined {
  return connections.get(key);
}

/** Returns the connection of this key. Creates one if there is none, or if its state is `closed`. */
export function share_connection(
  key: string,
  endpoint: string,
  options: ConnectOptions,
): SharedConnection {
  const there = connections.get(key);
  if (there !== undefined && there.snapshot.state !== 'closed') return there;
  const shared = new SharedConnection(key, endpoint, options);
  connections.set(key, shared);
  // The component that creates it may unmount before it uses it.
  shared.close_unless_used(FIRST_USE_WITHIN_IN_MS);
  return shared;
}

/** One connection for all components with the same key. */
export class SharedConnection {
  readonly connection: ClientConnection;
  snapshot: Snapshot;
  readonly key: string;
  readonly #users = new Set<User>();
  /** Whether `on_open` has been called for the connection that is open now. */
  #has_told_open = false;

  constructor(key: string, endpoint: string, options: ConnectOptions) {
    this.key = key;
    this.connection = connect(endpoint, { ...options, events: this.#events() });
    this.snapshot = { state: this.connection.state, connection: this.connection };
  }

  /** Adds a user. Returns a function that removes it. */
  use(user: User): () => void {
    this.#users.add(user);
    if (this.#has_told_open) {
      // A later user gets its on_open, too, but after this turn: StrictMode mounts twice in one turn.
      queueMicrotask(() => {
        if (this.connection.state === 'open') this.#tell(user, 'on_open', this.connection);
      });
    }
    return () => {
      this.#users.delete(user);
      this.close_unless_used();
    };
  }

  /**
   * Closes the connection after a delay, unless it has users by then. A component may unmount and mount again at once,
   * for example in StrictMode or when the user navigates.
   */
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
    // Another user's handler may have unmounted this user.
    if (this.#users.has(user)) tell(user.events() ?? {}, name, args, own_platform.report);
  }

  /** Handlers that call those of every user. If one user's handler throws, the other users are still called. */
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
        // The same as for a connection without on_error.
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
