import type { ConnectEvents } from '../base/connection.ts';
import type { QueryOf, ReceivedOf, SentOf } from '../base/contract.ts';
import type { WebSocketClass } from '../base/platform.ts';
import { encode_query } from '../base/query.ts';
import { OptionProblems } from './problems.ts';

/**
 * The behaviour of a connection, under the framework's own option names. Numbers of attempts and messages are whole
 * numbers of at least 0, or `Infinity`. Times are positive numbers of seconds, fractions included. One
 * {@link ClientError} `bad_option` reports all mistakes together.
 */
export interface ConnectionOptions {
  /**
   * Whether each new state and each failed attempt is logged to the console. Without `on_error`, the first attempt that
   * fails is logged in any case.
   *
   * @default false
   */
  logging?: boolean | undefined;
  /**
   * Whether the client tries again after a lost connection or a failed attempt. It never does so after the close codes
   * 1000, 1002, 1003, 1007–1010, 3000, 3003 and 4400–4499.
   *
   * @default true
   */
  auto_reconnect?: boolean | undefined;
  /**
   * The maximum number of attempts to reconnect in a row. If the last of them fails, the client gives up, and the state
   * becomes `closed`. With 0, it never reconnects.
   *
   * The count starts over once a connection has lasted:
   *
   * - A connection that ends with a close frame has lasted if it was open for 10 seconds.
   * - A connection that ends without one (1006) has lasted if it was open for as long as the client had waited before
   *   it. The first one after a connection that lasted may be shorter.
   *
   * The count does not grow when the page leaves or goes offline.
   *
   * @default Infinity
   */
  reconnect_attempts?: number | undefined;
  /**
   * The maximum delay before the first attempt to reconnect, in seconds. The actual delay is random, from 0 up to this.
   * With each further attempt, the maximum grows by a factor of 1.6. The actual delay is then 0.3 to 1 times as long.
   *
   * @default 1
   */
  reconnect_delay_in_seconds?: number | undefined;
  /**
   * The limit to which the maximum delay between two attempts grows, in seconds.
   *
   * @default 15
   */
  max_reconnect_delay_in_seconds?: number | undefined;
  /**
   * The maximum duration of an attempt, in seconds, from the call of a `query` function to the server's answer. After
   * that, the attempt has failed: `on_error` is called, and another attempt follows.
   *
   * @default 10
   */
  connect_timeout_in_seconds?: number | undefined;
  /**
   * The maximum number of messages that wait while the connection is not open. Beyond it, `send` returns `false`, and
   * the message is dropped.
   *
   * @default 256
   */
  max_queued_messages?: number | undefined;
}

/** Options that all connections of a client may share. */
export interface ClientDefaults {
  /**
   * The address of the server, for example `wss://example.com`, or a path on the page's own server. If it has no path,
   * the endpoints are below `/api/_websockets/`; otherwise, they are below its path.
   *
   * @default the server of the page, with `wss:` if the page was loaded by `https:`
   */
  url?: string | URL | undefined;
  /** The subprotocols to offer (RFC 6455 §1.9). */
  protocols?: string | string[] | undefined;
  /**
   * The WebSocket class to connect with. It is required on a platform without one: on Node 20, pass the class of `ws`.
   *
   * @default the platform's own
   */
  WebSocket?: WebSocketClass | undefined;
  /** Reconnecting, limits and logging. */
  options?: ConnectionOptions | undefined;
}

/** A query, or a function that returns one for each attempt, for example with a token that expires. */
export type QueryOption<Query> = Query | (() => Query | Promise<Query>);

/** The options of `connect`. `query` is required if the endpoint's `params` have required keys. */
export type ConnectOptions<Query = any, Sent = any, Received = any> = ClientDefaults & {
  /** The handlers of the connection. */
  events?: ConnectEvents<Sent, Received> | undefined;
} & (Record<never, never> extends Query
    ? { query?: QueryOption<Query> | undefined }
    : { query: QueryOption<Query> });

/** The {@link ConnectOptions} of an endpoint, or of a contract. */
export type ConnectOptionsOf<Endpoint> = ConnectOptions<
  QueryOf<Endpoint>,
  SentOf<Endpoint>,
  ReceivedOf<Endpoint>
>;

/** The options about reconnecting. */
export interface ReconnectOptions {
  readonly auto_reconnect: boolean;
  readonly reconnect_attempts: number;
  readonly reconnect_delay_in_seconds: number;
  readonly max_reconnect_delay_in_seconds: number;
}

/** The options of a connection, with every default filled in. */
export interface ParsedConnectOptions {
  readonly url: unknown;
  readonly protocols: string | string[] | undefined;
  readonly WebSocket: WebSocketClass | undefined;
  readonly query: QueryOption<unknown>;
  readonly events: ConnectEvents;
  readonly options: ReconnectOptions & {
    readonly logging: boolean;
    readonly connect_timeout_in_seconds: number;
    readonly max_queued_messages: number;
  };
}

const DEFAULTS = {
  logging: false,
  auto_reconnect: true,
  reconnect_attempts: Infinity,
  reconnect_delay_in_seconds: 1,
  max_reconnect_delay_in_seconds: 15,
  connect_timeout_in_seconds: 10,
  max_queued_messages: 256,
};

/** The longest time of a timer. A longer one would fire immediately. */
const MAX_SECONDS = 2_147_483;

const EVENTS = ['on_open', 'on_message', 'on_close', 'on_error', 'on_reconnect', 'on_state_change'];

const KEYS = ['url', 'query', 'protocols', 'WebSocket', 'options', 'events'];
const OPTIONS = Object.keys(DEFAULTS);

/**
 * Adds the defaults of a client to the options of one connection, which take precedence.
 *
 * @throws {ClientError} `bad_option`.
 */
export function add_defaults(defaults: ClientDefaults, given: unknown): unknown {
  const problems = new OptionProblems();
  const { options, ...rest } = problems.read_object('', KEYS, given);
  const own = problems.read_object('options', OPTIONS, options);
  problems.throw_if_any();
  return { ...defaults, ...rest, options: { ...defaults.options, ...own } };
}

/** @throws {ClientError} `bad_option`, with every mistake and what would be right. */
export function parse_connect_options(given: unknown): ParsedConnectOptions {
  const problems = new OptionProblems();
  const { url, protocols, WebSocket, query = {}, ...rest } = problems.read_object('', KEYS, given);
  const events = problems.read_object('events', EVENTS, rest.events);
  for (const [name, handler] of Object.entries(events)) {
    problems.check_type(`events.${name}`, handler, 'function');
  }
  const own = problems.read_object('options', OPTIONS, rest.options);
  const options = { ...DEFAULTS, ...own };
  for (const [name, value] of Object.entries(options)) check_option(problems, name, value);
  if (typeof query !== 'function') problems.collect(() => encode_query(query));
  if (WebSocket !== undefined) problems.check_type('WebSocket', WebSocket, 'function');
  if (protocols !== undefined && ![protocols].flat().every((each) => typeof each === 'string')) {
    problems.expect('protocols', 'a string or an array of strings', protocols);
  }
  problems.throw_if_any();
  return { url, protocols, WebSocket, query, events, options } as ParsedConnectOptions;
}

function check_option(problems: OptionProblems, name: string, value: unknown): void {
  const path = `options.${name}`;
  const by_default = DEFAULTS[name as keyof typeof DEFAULTS];
  if (typeof by_default === 'boolean') {
    problems.check_type(path, value, 'boolean');
    return;
  }
  const is_time = name.endsWith('_in_seconds');
  const is_right = is_time
    ? typeof value === 'number' && value > 0 && value <= MAX_SECONDS
    : value === Infinity || (Number.isInteger(value) && (value as number) >= 0);
  if (is_right) return;
  const expected = is_time
    ? `a positive number of at most ${MAX_SECONDS}`
    : 'a whole number of at least 0, or Infinity';
  problems.expect(path, expected, value);
}
