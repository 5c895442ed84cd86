import type { ClientConnection } from './base/connection.ts';
import type { QueryOf, SentOf } from './base/contract.ts';
import { own_platform, type Platform } from './base/platform.ts';
import { type ConnectOptionsOf, parse_connect_options } from './options/connect_options.ts';
import { ReconnectingConnection } from './reconnecting_connection.ts';

/** The options argument: optional, unless the endpoint's `params` have required keys. */
export type ConnectArguments<Endpoint> =
  Record<never, never> extends QueryOf<Endpoint>
    ? [options?: ConnectOptionsOf<Endpoint>]
    : [options: ConnectOptionsOf<Endpoint>];

/** A connection to an endpoint, typed by the endpoint's declaration. */
export type ConnectionTo<Endpoint> = ClientConnection<SentOf<Endpoint>>;

/**
 * Connects to an endpoint, and reconnects until `close()` is called or the server sends a final close code:
 *
 * ```ts
 * const connection = connect<typeof chat>('chat', {
 *   query: { room: 'lobby' },
 *   events: { on_message: (message) => show(message.text) },
 * });
 * ```
 *
 * @throws {ClientError} `bad_option`, if the name or an option is invalid, or the platform has no WebSocket.
 */
export function connect<Endpoint = any>(
  endpoint: string,
  ...[options]: ConnectArguments<Endpoint>
  // Not ConnectionTo<Endpoint>, because a hover would show this alias with the whole type of the endpoint.
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
