import {
  useCallback,
  useInsertionEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { ClientConnection, ConnectEvents, ConnectionState } from '../base/connection.ts';
import type { QueryOf, ReceivedOf, SentOf } from '../base/contract.ts';
import { ClientError } from '../base/errors.ts';
import {
  add_defaults,
  type ClientDefaults,
  type ConnectOptions,
  parse_connect_options,
} from '../options/connect_options.ts';
import {
  find_connection,
  key_of,
  NO_CONNECTION,
  type SharedConnection,
  share_connection,
} from './shared_connection.ts';

/** A query, or a function that returns one for each attempt, with the values that the function depends on. */
type QueryAndDeps<Query> =
  | { query: Query; deps?: undefined }
  | {
      query: () => Query | Promise<Query>;
      /**
       * The values of the component that the `query` function uses, like the dependencies of `useEffect`. If one of
       * them changes, the component opens a new connection. Pass `[]` if the function uses no value that changes.
       */
      deps: readonly unknown[];
    };

/** The options of {@link useWebsocket}. `query` is required if the endpoint's `params` have required keys. */
export type UseWebsocketOptions<Query = any, Sent = any, Received = any> = ClientDefaults & {
  events?: ConnectEvents<Sent, Received> | undefined;
  /**
   * Whether the component connects. With `false`, there is no connection, the state is `disabled`, and the query may
   * be incomplete.
   *
   * @default true
   */
  enabled?: boolean | undefined;
} & (Record<never, never> extends Query
    ? QueryAndDeps<Query> | { query?: undefined; deps?: undefined }
    : QueryAndDeps<Query>);

/** The options argument: optional, unless the endpoint's `params` have required keys. */
export type UseWebsocketArguments<Endpoint> =
  Record<never, never> extends QueryOf<Endpoint>
    ? [options?: UseWebsocketOptions<QueryOf<Endpoint>, SentOf<Endpoint>, ReceivedOf<Endpoint>>]
    : [options: UseWebsocketOptions<QueryOf<Endpoint>, SentOf<Endpoint>, ReceivedOf<Endpoint>>];

/** The result of {@link useWebsocket}. */
export interface UsedWebsocket<Sent = any> {
  /** The state of the connection, or `disabled`. Each change renders the component again. */
  readonly state: ConnectionState | 'disabled';
  /** Like {@link ClientConnection.send}. Returns `false` while disabled. The same function in every render. */
  readonly send: (message: Sent) => boolean;
  /** Closes the connection for all components that share it. The same function in every render. */
  readonly close: (code?: number, reason?: string) => void;
  /** The connection. `undefined` on a server, before the component has mounted, and while it is disabled. */
  readonly connection: ClientConnection<Sent> | undefined;
}

/**
 * Connects a component to an endpoint while it is mounted. It takes the options of `connect`, and `enabled` and
 * `deps`.
 *
 * Components with the same endpoint, `query`, `url` and `protocols` share one connection. The `options` of the first
 * component apply. When the last of the components unmounts, the connection is closed. If the query changes, the
 * component opens a new connection. A component whose query is a function has its own connection, and opens a new one
 * whenever one of the `deps` changes.
 *
 * Each event calls the handler of the latest render. If a component mounts while the connection is open, its
 * `on_open` is called, too.
 *
 * The type argument does not check the endpoint's name; {@link create_use_websocket} does.
 *
 * @throws {ClientError} `bad_option`, if the name or an option is invalid. The nearest error boundary catches it.
 */
export function useWebsocket<Endpoint = any>(
  endpoint: string,
  ...[given]: UseWebsocketArguments<Endpoint>
): UsedWebsocket<SentOf<Endpoint>> {
  return use_connection(endpoint, given ?? {});
}

/**
 * Returns a {@link useWebsocket} that also checks the endpoints' names and applies the same default options each time:
 *
 * ```ts
 * export const useWebsocket = create_use_websocket<typeof websockets>({ url: 'wss://example.com' });
 * ```
 */
export function create_use_websocket<Websockets = Record<string, any>>(
  defaults: ClientDefaults = {},
): <Name extends keyof Websockets & string>(
  endpoint: Name,
  ...options: UseWebsocketArguments<Websockets[Name]>
) => UsedWebsocket<SentOf<Websockets[Name]>> {
  return (endpoint, ...[given]) => {
    const { enabled, deps, ...own } = given ?? {};
    const options = add_defaults(defaults, own) as ConnectOptions;
    return use_connection(endpoint, { ...options, enabled, deps });
  };
}

const DISABLED = { state: 'disabled', connection: undefined } as const;

let components = 0;

function use_connection(
  endpoint: string,
  {
    enabled = true,
    deps,
    ...options
  }: ConnectOptions & Pick<UseWebsocketOptions, 'enabled' | 'deps'>,
): UsedWebsocket {
  const own = useMemo(() => ++components, deps ?? []);
  const asks = typeof options.query === 'function';
  if (asks && !Array.isArray(deps)) {
    throw new ClientError(
      'bad_option',
      'a query function needs deps: the values that it uses, for example [room], or [] for none',
    );
  }
  const key = enabled ? key_of(endpoint, options, own) : undefined;
  const latest = useRef<Latest>({ key, endpoint, options });
  // This runs before the other effects of the same commit, so that none of them sees the options of an earlier render.
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
        // A component that has switched to another connection still uses this one until its effects run. Its new
        // handlers must not receive the events of this connection.
        const events = () =>
          latest.current.key === shared?.key ? latest.current.options.events : undefined;
        return shared?.use({ events, changed }) ?? (() => {});
      },
      send: (message: unknown) => acquire()?.connection.send(message) ?? false,
      close: (code?: number, reason?: string) => used.current?.connection.close(code, reason),
    };
  });
  // A new key leads to a new connection.
  const subscribe = useCallback((changed: () => void) => use(changed), [use, key]);
  const read = () => {
    if (key === undefined) return DISABLED;
    return (
      (used.current?.key === key ? used.current : find_connection(key))?.snapshot ?? NO_CONNECTION
    );
  };
  const { state, connection } = useSyncExternalStore(subscribe, read, () =>
    enabled ? NO_CONNECTION : DISABLED,
  );
  return { state, send, close, connection };
}

interface Latest {
  /** `undefined` while the component is disabled. */
  readonly key: string | undefined;
  readonly endpoint: string;
  readonly options: ConnectOptions;
}

function share_latest(latest: { readonly current: Latest }): SharedConnection | undefined {
  const { key, endpoint, options } = latest.current;
  if (key === undefined) return undefined;
  const { query } = options;
  // A shared connection does not receive these handlers, so they are checked here.
  parse_connect_options(options);
  if (typeof query !== 'function') return share_connection(key, endpoint, options);
  // Each attempt calls the function of the latest render.
  const ask = () => {
    const asked = latest.current.options.query;
    return typeof asked === 'function' ? asked() : query();
  };
  return share_connection(key, endpoint, { ...options, query: ask });
}
