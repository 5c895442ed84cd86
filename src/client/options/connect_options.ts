import type { ConnectEvents } from '../base/connection.ts';
import type { QueryOf, ReceivedOf, SentOf } from '../base/contract.ts';
import type { WebSocketClass } from '../base/platform.ts';
import { encode_query } from '../base/query.ts';
import { OptionProblems } from './problems.ts';

/** How a connection behaves, under the framework's own names. */
export interface ConnectionOptions {
  /**
   * Whether each change of state is logged to the console, and each attempt that fails. The first attempt that fails is
   * logged in any case, unless there is an `on_error`.
   *
   * @default false
   */
  logging?: boolean | undefined;
  /**
   * Whether a connection that is lost, or could not be made, is tried again. Some close codes end it all
   * the same: 1000, 1002, 1003, 1007–1010, 3000, 3003 and 4400–4499.
   *
   * @default true
   */
  auto_reconnect?: boolean | undefined;
  /**
   * How many attempts may fail in a row before the connection is given up. An attempt also fails if the
   * connection does not last, unless the page leaves or goes offline. It lasts if it is open for 10 seconds,
   * or, if it is cut without a close frame (1006), for as long as the wait before it; the first one after a
   * connection that lasted may be shorter.
   *
   * @default Infinity
   */
  reconnect_attempts?: number | undefined;
  /**
   * The longest first wait before trying again: it is a random share of this, from none to all of it. Each
   * later one is at most 1.6 times as long as the one before, and at least 0.3 of that.
   *
   * @default 1
   */
  reconnect_delay_in_seconds?: number | undefined;
  /**
   * What no wait exceeds.
   *
   * @default 15
   */
  max_reconnect_delay_in_seconds?: number | undefined;
  /**
   * How long an attempt may take, in seconds: the function that returns the query, and the server's answer. Past
   * that, the attempt has failed: `on_error` is called, and the next attempt follows as after any other failure.
   *
   * @default 10
   */
  connect_timeout_in_seconds?: number | undefined;
  /**
   * How many messages may wait while the connection is not open. At this many, `send` returns `false`.
   *
   * @default 256
   */
  max_queued_messages?: number | undefined;
}

/** Options that all connections of a client may share. */
export interface ClientDefaults {
  /**
   * The server, where it is not the page's own: `wss://example.com`, or a path of it. The endpoint is looked for below
   * `/api/_websockets/`, or below the url's own path where it has one.
   *
   * @default that of `location`, with `wss:` where the page came by `https:`
   */
  url?: string | URL | undefined;
  /** The subprotocols to offer (RFC 6455 §1.9). */
  protocols?: string | string[] | undefined;
  /**
   * The class to connect with, where the platform has none: on Node 20, the one of `ws`.
   *
   * @default the platform's own
   */
  WebSocket?: WebSocketClass | undefined;
  options?: ConnectionOptions | undefined;
}

/** A query, or what is asked for one at every attempt: for tokens that expire. */
export type QueryOption<Query> = Query | (() => Query | Promise<Query>);

/** What `connect` takes; `query` is required where the endpoint's `params` have required keys. */
export type ConnectOptions<Query = any, Sent = any, Received = any> = ClientDefaults & {
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

/** How a connection comes back. */
export interface ReconnectOptions {
  readonly auto_reconnect: boolean;
  readonly reconnect_attempts: number;
  readonly reconnect_delay_in_seconds: number;
  readonly max_reconnect_delay_in_seconds: number;
}

/** Every default filled in. */
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

/** What a timer takes: past it, it would run at once. */
const MAX_SECONDS = 2_147_483;

const EVENTS = ['on_open', 'on_message', 'on_close', 'on_error', 'on_reconnect', 'on_state_change'];

const KEYS = ['url', 'query', 'protocols', 'WebSocket', 'options', 'events'];
const OPTIONS = Object.keys(DEFAULTS);

/**
 * What one connection of a client is given, in place of what all of them have in common.
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

/** @throws {ClientError} `bad_option`, with all that is wrong and what would be right. */
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
    : 'a whole number of at least 0';
  problems.expect(path, expected, value);
}
