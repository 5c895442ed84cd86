import { useCallback, useInsertionEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ConnectArguments } from './connect.ts';
import { type ConnectOptions, parse_connect_options } from './connect_options.ts';
import type { ClientConnection, ConnectionState } from './connection.ts';
import type { SentOf } from './contract.ts';
import {
  find_connection,
  key_of,
  NO_CONNECTION,
  type SharedConnection,
  share_connection,
} from './shared_connection.ts';

/** What {@link useWebsocket} returns. */
export interface UsedWebsocket<Sent = any> {
  /** The component renders anew with each change. */
  readonly state: ConnectionState;
  /** The same function in every render. As {@link ClientConnection.send}. */
  readonly send: (message: Sent) => boolean;
  /** The same function in every render. Ends the connection for all components that share it. */
  readonly close: (code?: number, reason?: string) => void;
  /** `undefined` on a server, and until the component has mounted. */
  readonly connection: ClientConnection<Sent> | undefined;
}

let components = 0;

/**
 * Connects a component to an endpoint while it is mounted. It takes what `connect` takes.
 *
 * Components that ask for the same endpoint with the same query (and `url` and `protocols`) share one
 * connection, with the `options` of the first; a query that is a function is the component's own.
 * Another query connects anew. The last of them that unmounts closes it.
 *
 * Each handler of `events` is called for every event, that of the latest render. A component that mounts
 * while the connection is open is told `on_open`, too.
 *
 * @throws {ClientError} `bad_option`, to the nearest error boundary.
 */
export function useWebsocket<Endpoint = any>(
  endpoint: string,
  ...[given]: ConnectArguments<Endpoint>
): UsedWebsocket<SentOf<Endpoint>> {
  const options: ConnectOptions = given ?? {};
  const [own] = useState(() => ++components);
  const key = key_of(endpoint, options, own);
  const latest = useRef({ key, endpoint, options });
  // Before any other effect of the same commit, so that none sees what an earlier render asked for.
  useInsertionEffect(() => {
    latest.current = { key, endpoint, options };
  });
  const used = useRef<SharedConnection>(undefined);

  const [{ use, send, close }] = useState(() => {
    const acquire = () => {
      if (used.current?.key !== latest.current.key) used.current = share_latest(latest);
      return used.current;
    };
    return {
      use: (changed: () => void) => {
        const shared = share_latest(latest);
        used.current = shared;
        // Until its effects run, a component that asks for something else still uses this: what arrives here
        // is not for the handlers of there.
        const events = () =>
          latest.current.key === shared.key ? latest.current.options.events : undefined;
        return shared.use({ events, changed });
      },
      send: (message: unknown) => acquire().connection.send(message),
      close: (code?: number, reason?: string) => used.current?.connection.close(code, reason),
    };
  });
  // Another key is another connection.
  const subscribe = useCallback((changed: () => void) => use(changed), [use, key]);
  const read = () =>
    (used.current?.key === key ? used.current : find_connection(key))?.snapshot ?? NO_CONNECTION;
  const { state, connection } = useSyncExternalStore(subscribe, read, () => NO_CONNECTION);
  return { state, send, close, connection };
}

interface Latest {
  readonly current: { key: string; endpoint: string; options: ConnectOptions };
}

function share_latest(latest: Latest): SharedConnection {
  const { key, endpoint, options } = latest.current;
  const { query } = options;
  // Of the handlers, the connection is told only by name: whoever shares one has their own checked, too.
  parse_connect_options(options);
  if (typeof query !== 'function') return share_connection(key, endpoint, options);
  // Each attempt asks the function of the latest render.
  const ask = () => {
    const asked = latest.current.options.query;
    return typeof asked === 'function' ? asked() : query();
  };
  return share_connection(key, endpoint, { ...options, query: ask });
}
