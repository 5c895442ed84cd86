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

/** A query, or a function that is asked for one at every attempt, with the values that it depends on. */
type QueryAndDeps<Query> =
  | { query: Query; deps?: undefined }
  | {
      query: () => Query | Promise<Query>;
      /**
       * What the `query` function uses of the component, as the dependencies of `useEffect`: the component
       * connects anew whenever one of them changes. `[]`, if it uses nothing that changes.
       */
      deps: readonly unknown[];
    };

/** What {@link useWebsocket} takes; `query` is required if the endpoint's `params` have required keys. */
export type UseWebsocketOptions<Query = any, Sent = any, Received = any> = ClientDefaults & {
  events?: ConnectEvents<Sent, Received> | undefined;
  /**
   * With `false` there is no connection, and the state is `disabled`. The query may be incomplete meanwhile.
   *
   * @default true
   */
  enabled?: boolean | undefined;
} & (Record<never, never> extends Query
    ? QueryAndDeps<Query> | { query?: undefined; deps?: undefined }
    : QueryAndDeps<Query>);

/** Optional, unless the endpoint's `params` have required keys. */
export type UseWebsocketArguments<Endpoint> =
  Record<never, never> extends QueryOf<Endpoint>
    ? [options?: UseWebsocketOptions<QueryOf<Endpoint>, SentOf<Endpoint>, ReceivedOf<Endpoint>>]
    : [options: UseWebsocketOptions<QueryOf<Endpoint>, SentOf<Endpoint>, ReceivedOf<Endpoint>>];

/** What {@link useWebsocket} returns. */
export interface UsedWebsocket<Sent = any> {
  /** That of the connection, or `disabled`. The component renders anew with each change. */
  readonly state: ConnectionState | 'disabled';
  /** The same function in every render. As {@link ClientConnection.send}; `false` while disabled. */
  readonly send: (message: Sent) => boolean;
  /** The same function in every render. Ends the connection for all components that share it. */
  readonly close: (code?: number, reason?: string) => void;
  /** `undefined` on a server, until the component has mounted, and while it is disabled. */
  readonly connection: ClientConnection<Sent> | undefined;
}

/**
 * Connects a component to an endpoint while it is mounted. It takes what `connect` takes, and `enabled`.
 *
 * Components that ask for the same endpoint with the same query (and `url` and `protocols`) share one
 * connection, with the `options` of the first. The last of them that unmounts closes it. Another query
 * connects anew. A query that is a function belongs to the component alone, and is another query
 * whenever one of its `deps` changes.
 *
 * Each handler of `events` is called for every event, that of the latest render. A component that mounts
 * while the connection is open is told `on_open`, too.
 *
 * The type argument does not check the endpoint's name; {@link create_use_websocket} does.
 *
 * @throws {ClientError} `bad_option`, to the nearest error boundary.
 */
export function useWebsocket<Endpoint = any>(
  endpoint: string,
  ...[given]: UseWebsocketArguments<Endpoint>
): UsedWebsocket<SentOf<Endpoint>> {
  return use_connection(endpoint, given ?? {});
}

/**
 * A {@link useWebsocket} that also checks the endpoints' names, and starts from the same options each time:
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
      'a query that is a function needs deps: what it uses of the component, as [room], or [] for nothing',
    );
  }
  const key = enabled ? key_of(endpoint, options, own) : undefined;
  const latest = useRef<Latest>({ key, endpoint, options });
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
          latest.current.key === shared?.key ? latest.current.options.events : undefined;
        return shared?.use({ events, changed }) ?? (() => {});
      },
      send: (message: unknown) => acquire()?.connection.send(message) ?? false,
      close: (code?: number, reason?: string) => used.current?.connection.close(code, reason),
    };
  });
  // Another key is another connection.
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
