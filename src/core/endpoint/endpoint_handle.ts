import { CLOSE_CODES, check_close_arguments } from '../base/close_codes.ts';
import { WebsocketsError } from '../base/errors.ts';
import { describe } from '../base/problems.ts';
import type { Connection } from '../declare/connection.ts';
import { type Audience, EVERYONE, to_topic } from './audience.ts';

/** A server's way to the clients of one endpoint, from anywhere. */
export interface EndpointHandle<Sends = any, C = Connection> {
  /**
   * Sends to every connection of the endpoint or, with an id, to those that connected
   * with `?id=` just that. The id is an address that the client chose, never proof of who it is.
   *
   * @throws {WebsocketsError} `unserializable_message` and `undeclared_message`, as {@link Connection.send};
   * `bad_argument`, if the id is neither a string nor left out. No client is reached then.
   */
  send(message: Sends, id?: string): void;
  /**
   * Sends to every connection of the endpoint that subscribes to the topic.
   *
   * @throws {WebsocketsError} as {@link EndpointHandle.send}; `bad_argument`, unless the topic is a
   * string of 1 to 256 characters.
   */
  publish(topic: string, message: Sends): void;
  /** Those that are open. */
  readonly connections: C[];
  /**
   * Closes every connection of the endpoint.
   *
   * @throws {WebsocketsError} `bad_argument`, as {@link Connection.close}.
   */
  close_all(code?: number, reason?: string): void;
}

/**
 * What a handle uses of an endpoint, and nothing else: the endpoint may belong to another copy of the package (see
 * `process_registry.ts`), so that a private field or `instanceof` would fail.
 */
export interface ReachableEndpoint {
  readonly publisher: {
    /** What joins it to other nodes; only compared. */
    readonly bus: object | undefined;
    /** @returns what `publish` of this same publisher takes. */
    encode(message: unknown, audience: Audience): unknown;
    publish(frame: unknown, audience: Audience): unknown;
  };
  readonly clients: Pick<Connection, 'is_open' | 'close'>[];
}

/**
 * Reaches the connections of all these endpoints: one of a mount, or those of the
 * same name in every mount. They are asked for at each use, as mounts come and go.
 */
export function create_endpoint_handle(
  find_endpoints: () => ReachableEndpoint[],
): EndpointHandle<any, any> {
  const deliver = (message: unknown, audience: Audience) => {
    // Encoded for all before it is delivered to any: what fails reaches nobody.
    const deliveries = one_of_each_bus(find_endpoints()).map(({ publisher }) => ({
      publisher,
      frame: publisher.encode(message, audience),
    }));
    for (const { publisher, frame } of deliveries) publisher.publish(frame, audience);
  };
  return {
    // An id that was passed and is undefined is a mistake: it must not reach everyone.
    send(message, ...ids: unknown[]) {
      deliver(message, ids.length === 0 ? EVERYONE : to_address(ids[0]));
    },
    publish(topic, message) {
      deliver(message, to_topic(topic));
    },
    get connections() {
      return find_endpoints().flatMap(({ clients }) => clients.filter(({ is_open }) => is_open));
    },
    close_all(code = CLOSE_CODES.normal, reason = '') {
      check_close_arguments(code, reason);
      for (const { clients } of find_endpoints()) {
        for (const client of clients) client.close(code, reason);
      }
    },
  };
}

/** Those that share a broker reach each other by it. */
function one_of_each_bus(endpoints: ReachableEndpoint[]): ReachableEndpoint[] {
  if (endpoints.length === 1) return endpoints;
  const reached = new Set<object>();
  return endpoints.filter(({ publisher: { bus } }) => {
    if (bus === undefined) return true;
    const is_first = !reached.has(bus);
    reached.add(bus);
    return is_first;
  });
}

function to_address(address: unknown): Audience {
  if (typeof address === 'string') return { to: 'address', address };
  throw new WebsocketsError(
    'bad_argument',
    `the id to send to must be a string, or left out to reach every connection; got ${describe(address)}`,
    { argument: 'id' },
  );
}
