import type { ClientConnection } from './base/connection.ts';
import type { QueryOf, SentOf } from './base/contract.ts';
import { own_platform, type Platform } from './base/platform.ts';
import { type ConnectOptionsOf, parse_connect_options } from './options/connect_options.ts';
import { ReconnectingConnection } from './reconnecting_connection.ts';

/** Optional, unless the endpoint's `params` have required keys. */
export type ConnectArguments<Endpoint> =
  Record<never, never> extends QueryOf<Endpoint>
    ? [options?: ConnectOptionsOf<Endpoint>]
    : [options: ConnectOptionsOf<Endpoint>];

/** A connection to an endpoint, typed by its declaration. */
export type ConnectionTo<Endpoint> = ClientConnection<SentOf<Endpoint>>;

/**
 * Connects to an endpoint, and goes on connecting until `close()` or a final close code:
 *
 * ```ts
 * const connection = connect<typeof chat>('chat', {
 *   query: { room: 'lobby' },
 *   events: { on_message: (message) => show(message.text) },
 * });
 * ```
 *
 * @throws {ClientError} `bad_option`, where the name or an option cannot be right, or there is no WebSocket.
 */
export function connect<Endpoint = any>(
  endpoint: string,
  ...[options]: ConnectArguments<Endpoint>
  // Not ConnectionTo<Endpoint>: a hover would show the alias, with all of the endpoint.
): ClientConnection<SentOf<Endpoint>> {
  return connect_on(own_platform, endpoint, options);
}

/** {@link connect}, on any platform. */
export function connect_on(
  platform: Platform,
  endpoint: string,
  options: unknown,
): ClientConnection {
  return new ReconnectingConnection(endpoint, parse_connect_options(options), platform);
}
