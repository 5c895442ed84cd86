import { CLOSE_CODES, check_close_arguments } from '../base/close_codes.ts';
import { WebsocketsError } from '../base/errors.ts';
import { describe } from '../base/problems.ts';
import type { Connection } from '../declare/connection.ts';
import { type Audience, EVERYONE, to_topic } from './audience.ts';

/** A handle for the connections of an endpoint, usable anywhere in a server's code. */
export interface EndpointHandle<Sends = any, C = Connection> {
  /**
   * Sends to every connection of the endpoint, with a broker on all nodes. With an id, sends only to the connections
   * whose URL has exactly that `?id=`. The id is an address that the client chose; it does not prove who the client is.
   *
   * @throws {WebsocketsError} `unserializable_message` and `undeclared_message`, as {@link Connection.send};
   * `bad_argument`, if an id is passed that is not a string. No client then receives the message.
   */
  send(message: Sends, id?: string): void;
  /**
   * Sends to every connection of the endpoint that subscribes to the topic, with a broker on all nodes.
   *
   * @throws {WebsocketsError} as {@link EndpointHandle.send}; `bad_argument`, unless the topic is a
   * string of 1 to 256 characters.
   */
  publish(topic: string, message: Sends): void;
  /** The open connections of the endpoint in this process. */
  readonly connections: C[];
  /**
   * Closes every connection of the endpoint in this process.
   *
   * @param code 1000 by default.
   * @throws {WebsocketsError} `bad_argument`, as {@link Connection.close}.
   */
  close_all(code?: number, reason?: string): void;
}

/**
 * The only part of an endpoint that a handle uses. The endpoint may belong to another copy of the package (see
 * `process_registry.ts`), for which a private field or `instanceof` would fail.
 */
export interface ReachableEndpoint {
  readonly publisher: {
    /** The way to other nodes. It is only compared with that of other endpoints. */
    readonly bus: object | undefined;
    /** @returns a frame for `publish` of the same publisher. */
    encode(message: unknown, audience: Audience): unknown;
    publish(frame: unknown, audience: Audience): unknown;
  };
  readonly clients: Pick<Connection, 'is_open' | 'close'>[];
}

/**
 * Creates a handle for the connections of all these endpoints: one of a mount, or those of the same name in every
 * mount. Each use of the handle looks for them again, because mounts open and close.
 */
export function create_endpoint_handle(
  find_endpoints: () => ReachableEndpoint[],
): EndpointHandle<any, any> {
  const deliver = (message: unknown, audience: Audience) => {
    // Encoded for all before it is delivered to any: a message that fails must reach no client.
    const deliveries = one_of_each_bus(find_endpoints()).map(({ publisher }) => ({
      publisher,
      frame: publisher.encode(message, audience),
    }));
    for (const { publisher, frame } of deliveries) publisher.publish(frame, audience);
  };
  return {
    // An id that was passed but is undefined is a mistake: the message must not reach every client.
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

/** Keeps one endpoint of each bus, which delivers to the others. */
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
