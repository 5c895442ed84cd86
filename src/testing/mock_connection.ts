import type { CloseInfo } from '../core/base/close_codes.ts';
import { ConnectedClient, type ConnectionFacts } from '../core/connection/connected_client.ts';
import type { LiveConnection } from '../core/connection/live_connection.ts';
import type { Connection, QueryParams, RequestHeaders } from '../core/declare/connection.ts';
import {
  type ConnectionOf,
  do_nothing,
  type ParsedWebsocket,
  type SendsOf,
  type Websocket,
  type WebsocketDefinition,
} from '../core/declare/definition.ts';
import type { KnownKeys } from '../core/declare/known_keys.ts';
import type { Wire } from '../core/declare/wire.ts';
import type { Endpoint } from '../core/endpoint/endpoint.ts';
import { address_of } from '../core/mount/gate.ts';
import { Mount } from '../core/mount/mount.ts';
import { type ParsedMount, parse_mount } from '../core/options/mount_option.ts';
import type { Output, SocketOwner } from '../core/wire/socket.ts';
import { check_options } from './check_options.ts';
import { MemoryPeer } from './memory/memory_peer.ts';
import { create_memory_platform } from './memory/memory_platform.ts';
import { MemorySocket } from './memory/memory_socket.ts';
import { Network } from './memory/network.ts';
import { type RawMessage, read_message, to_raw } from './read_message.ts';
import { MemoryClient, type TestClient } from './test_client.ts';

/** The options of a mock connection. */
export interface MockConnectionOptions<Params = any, Context = any> {
  /**
   * The name of the endpoint. Until the connection is closed, `websockets(endpoint)` reaches it by this name.
   *
   * @default 'endpoint'
   */
  endpoint?: string | undefined;
  /** The value of `connection.params`. No schema checks it. @default {} */
  params?: Params | undefined;
  /** The value of `connection.context`. */
  context?: Context | undefined;
  /** @default {} */
  headers?: RequestHeaders | undefined;
  /** @default '127.0.0.1' */
  remote_address?: string | undefined;
}

/** The client at the other end of a mock connection. */
export type MockPeer = Pick<TestClient, 'pause' | 'resume' | 'close' | 'reset'>;

/** A connection that records what handlers do with it. */
export interface MockConnection<Params = any, Sends = any, Context = any>
  extends Connection<Params, Sends, Context> {
  /** All messages that were sent so far, decoded from JSON if possible. */
  readonly sent: Wire<Sends>[];
  /** Like {@link MockConnection.sent}, but not decoded. */
  readonly sent_raw: RawMessage[];
  /** All messages that it published, decoded from JSON if possible. */
  readonly published: { topic: string; message: Wire<Sends> }[];
  /** The close code and reason, as soon as they are decided; until then `undefined`. */
  readonly closed: CloseInfo | undefined;
  /** The client, with which a test ends the connection, or stops reading. */
  readonly peer: MockPeer;
}

/**
 * Returns a connection to call handlers with. It is a real connection whose client is in memory. If a `definition` is
 * passed, the connection has its types, and sent messages are checked against its `sends`. Only the test calls handlers.
 *
 * @throws {WebsocketsError} `bad_option`, if the definition or an option is invalid.
 */
export function create_mock_connection<D extends WebsocketDefinition | Websocket>(
  options: { definition: D & KnownKeys<{ endpoint: D }>['endpoint'] } & MockConnectionOptions<
    ConnectionOf<D>['params'],
    ConnectionOf<D>['context']
  >,
): MockConnection<ConnectionOf<D>['params'], SendsOf<D>, ConnectionOf<D>['context']>;
export function create_mock_connection<Params = QueryParams, Context = undefined>(
  options?: { definition?: undefined } & MockConnectionOptions<Params, Context>,
): MockConnection<Params, any, Context>;
export function create_mock_connection(
  options: {
    definition?: WebsocketDefinition | Websocket | undefined;
  } & MockConnectionOptions = {},
) {
  check_options(options, OPTION_NAMES);
  const {
    definition = {},
    endpoint: name = 'endpoint',
    params = {},
    context,
    headers = {},
    remote_address = '127.0.0.1',
  } = options;
  const network = new Network();
  const platform = create_memory_platform(network);
  const mount = new Mount(without_handlers(parse_mount({ [name]: definition }, {})), platform);
  const endpoint = mount.endpoints.get(name) as Endpoint;
  const facts = { params, context, headers, remote_address, address: address_of(params) };
  mount.seats.take(endpoint, remote_address);
  const connection = accept_recorded(endpoint, facts, network);
  mount.join();
  endpoint.emptied().then(() => mount.leave());
  return connection;
}

const OPTION_NAMES = [
  'definition',
  'endpoint',
  'params',
  'context',
  'headers',
  'remote_address',
] as const;

const NO_HANDLERS = {
  on_upgrade: undefined,
  on_open: do_nothing,
  on_message: do_nothing,
  on_close: do_nothing,
  on_error: undefined,
};

function without_handlers(parsed: ParsedMount): ParsedMount {
  const websockets = new Map<string, ParsedWebsocket>();
  for (const [name, definition] of parsed.websockets) {
    // No heartbeat: faked time must not terminate a connection that only the test uses.
    const options = { ...definition.options, heartbeat_interval_in_seconds: 0 };
    websockets.set(name, { ...definition, ...NO_HANDLERS, options });
  }
  return { ...parsed, websockets };
}

/** Accepts a recorded connection of the endpoint. Its client is in memory. */
function accept_recorded(
  endpoint: Endpoint,
  facts: ConnectionFacts,
  network: Network,
): ConnectedClient & MockConnection {
  const memory_peer = new MemoryPeer(network);
  const { max_message_size_in_bytes } = endpoint.definition.options;
  const socket = new RecordingSocket(network, memory_peer, max_message_size_in_bytes);

  class RecordedConnection extends ConnectedClient implements MockConnection {
    readonly published: MockConnection['published'] = [];
    readonly peer: MockPeer = new MemoryClient(memory_peer, () => '');
    readonly #live: LiveConnection;

    constructor(live: LiveConnection, known: ConnectionFacts) {
      super(live, known);
      this.#live = live;
    }

    get sent_raw(): RawMessage[] {
      // Messages that were sent in this turn are not written yet.
      this.#live.flush();
      return [...socket.written];
    }

    get sent(): unknown[] {
      return this.sent_raw.map(read_message);
    }

    get closed(): CloseInfo | undefined {
      return this.#live.decided;
    }

    override publish(topic: string, message: unknown): boolean {
      const is_reached = super.publish(topic, message);
      const { payload, is_binary } = endpoint.encode(message);
      this.published.push({ topic, message: read_message(to_raw(payload, is_binary)) });
      return is_reached;
    }
  }

  const attach = (owner: SocketOwner) => socket.attach(owner);
  const { client } = endpoint.accept(facts, socket, attach, RecordedConnection);
  return client as RecordedConnection;
}

class RecordingSocket extends MemorySocket {
  readonly written: RawMessage[] = [];

  override write(output: Output): void {
    for (const { payload, is_binary } of output.frames()) {
      this.written.push(to_raw(payload, is_binary));
    }
    super.write(output);
  }
}
