import type { ClientConnection } from './base/connection.ts';
import { ClientError } from './base/errors.ts';
import { connect } from './connect.ts';
import type { ConnectOptions } from './options/connect_options.ts';

/** The `websockets` option of a component: the options of `connect`, by endpoint name. */
export type ComponentWebsockets = Record<string, ConnectOptions>;

/**
 * Connects to the endpoints that a component declares, in the framework's own form: an object, or a function that
 * returns one. The function receives the component's instance, so that handlers can use it.
 *
 * ```js
 * instance.websockets = connect_component_websockets(options.websockets, instance);
 * ```
 *
 * @returns the connections, by endpoint name. Close them when the component is destroyed.
 * @throws {ClientError} `bad_option`, if one of the declarations is invalid. No connection remains open then.
 */
export function connect_component_websockets<
  Definitions extends ComponentWebsockets,
  Instance = undefined,
>(
  definitions: Definitions | ((instance: Instance) => Definitions),
  instance?: Instance,
): { [Name in keyof Definitions]: ClientConnection } {
  const declared =
    typeof definitions === 'function' ? definitions(instance as Instance) : definitions;
  if (typeof declared !== 'object' || declared === null) {
    throw new ClientError(
      'bad_option',
      `the websockets of a component must be an object, or a function that returns one; got ${declared}`,
    );
  }
  const connections = new Map<string, ClientConnection>();
  try {
    for (const [name, options] of Object.entries(declared)) {
      connections.set(name, connect(name, options));
    }
  } catch (error) {
    for (const connection of connections.values()) connection.close();
    throw error;
  }
  return Object.fromEntries(connections) as { [Name in keyof Definitions]: ClientConnection };
}
