import type { ClientConnection } from './base/connection.ts';
import type { SentOf } from './base/contract.ts';
import { own_platform } from './base/platform.ts';
import { type ConnectArguments, connect_on } from './connect.ts';
import { add_defaults, type ClientDefaults } from './options/connect_options.ts';

/** A client that knows the endpoints of a server. */
export interface Client<Websockets> {
  /** Like {@link connect}, but takes only names of declared endpoints. */
  connect<Name extends keyof Websockets & string>(
    endpoint: Name,
    ...options: ConnectArguments<Websockets[Name]>
  ): ClientConnection<SentOf<Websockets[Name]>>;
}

/**
 * Returns a `connect` that also checks the endpoints' names and applies the same default options each time:
 *
 * ```ts
 * const { connect } = create_client<typeof websockets>({ url: 'wss://example.com' });
 * ```
 */
export function create_client<Websockets = Record<string, any>>(
  defaults: ClientDefaults = {},
): Client<Websockets> {
  return {
    connect: (endpoint, ...[given]) =>
      connect_on(own_platform, endpoint, add_defaults(defaults, given)),
  };
}
