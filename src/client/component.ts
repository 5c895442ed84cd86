import type { ClientConnection } from './base/connection.ts';
import { ClientError } from './base/errors.ts';
import { connect } from './connect.ts';
import type { ConnectOptions } from './options/connect_options.ts';

/** The `websockets` option of a component: what `connect` takes, by the endpoints' names. */
export type ComponentWebsockets = Record<string, ConnectOptions>;

/**
 * Connects what a component declares, in the framework's own shape: an object, or a function of
 * the component's instance, by which handlers reach it.
 *
 * ```js
 * instance.websockets = connect_component_websockets(options.websockets, instance);
 * ```
 *
 * @returns the connections by the endpoints' names. Close them when the component goes.
 * @throws {ClientError} `bad_option`, where one of them cannot be right: none is connected then.
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
