/** The request headers that a client sent, names in lower case. */
export interface RequestHeaders {
  readonly [name: string]: string | string[] | undefined;
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'user-agent'?: string | undefined;
}

/** A query string: each value a string, or an array where it repeats. */
export type QueryParams = Record<string, string | string[]>;

/** What {@link WebsocketDefinition.on_upgrade} is told about a client that asks to be connected. */
export interface UpgradeRequest {
  readonly endpoint: string;
  readonly params: QueryParams;
  readonly headers: RequestHeaders;
  readonly origin: string | undefined;
  readonly remote_address: string;
  /** As it stands in the request line: path and query. */
  readonly url: string;
  /**
   * Aborts when the client goes away, or `upgrade_timeout_in_seconds` have passed. Node ends the
   * process where a listener of it throws.
   */
  readonly signal: AbortSignal;
}

/** One live client of an endpoint, as its handlers see it. */
export interface Connection<Params = any, Sends = any, Context = any> {
  /** Unique among the connections of all nodes. */
  readonly id: string;
  /** The name of the endpoint. */
  readonly endpoint: string;
  /** The query string of the request that opened it. */
  readonly params: Params;
  /** What `on_upgrade` returned. */
  readonly context: Context;
  readonly headers: RequestHeaders;
  /** The client's IP address. */
  readonly remote_address: string;
  /** Whether messages can be sent: false as soon as either side has begun to close. */
  readonly is_open: boolean;
  /** Bytes that were sent and that the operating system has not yet taken. */
  readonly buffered_bytes: number;

  /**
   * Sends to this client: a string or bytes as they are, anything else as JSON.
   * What is sent synchronously leaves together in one write (past 64 KiB, in several), in order.
   *
   * @returns whether it was taken: `false` where the connection is not open.
   * @throws {WebsocketsError} `unserializable_message`, where JSON cannot carry it.
   */
  send(message: Sends): boolean;

  /**
   * Closes with a close frame (RFC 6455 §7.1.2). Messages that wait are dropped and
   * `on_close` is called with this code. A client that does not answer within
   * `close_timeout_in_seconds` is cut. Does nothing where the connection is not open.
   *
   * @param code 1000 by default; 1000–1003, 1007–1009, 1011–1014 or 3000–4999.
   * @param reason cut to the 123 bytes that a frame can carry.
   * @throws {WebsocketsError} `bad_argument`, where no such code may be sent.
   */
  close(code?: number, reason?: string): void;

  /** Cuts the connection without a close frame; `on_close` is called with 1006. */
  terminate(): void;
}

/** The limits of an endpoint. */
export interface WebsocketOptions {
  /**
   * Largest message that a client may send, in bytes. A larger one never reaches
   * `on_message`: the connection closes with {@link CLOSE_CODES.message_too_big}.
   *
   * @default 1_048_576
   */
  max_message_size_in_bytes?: number | undefined;
  /**
   * How many messages of one client may wait for its handler. At this many, or once
   * the waiting bytes exceed `max_message_size_in_bytes`, nothing more is read from the client until
   * half of them are handled; none is dropped.
   *
   * @default 64
   */
  max_queued_messages?: number | undefined;
  /**
   * How many messages of one client may be handled at the same time. More than one
   * gives up their order.
   *
   * @default 1
   */
  max_concurrent_messages?: number | undefined;
  /**
   * How long `on_upgrade` may take before the client is refused with 504.
   *
   * @default 10
   */
  upgrade_timeout_in_seconds?: number | undefined;
  /**
   * How long a client may take to answer a close frame before it is cut. During a shutdown its
   * grace counts instead.
   *
   * @default 5
   */
  close_timeout_in_seconds?: number | undefined;
}

/**
 * May be synchronous or asynchronous. The second form is what lets every parameter have a
 * default of any type: `(message = {}, connection = {}) => {}`.
 */
export type Handler<Args extends unknown[]> = ((...args: Args) => any) | (() => any);

/** What an endpoint does. Everything is optional; every handler may be asynchronous. */
export interface WebsocketDefinition {
  /**
   * Called before a client is connected. What it returns becomes `connection.context`.
   *
   * @throws {UpgradeRefusal} to refuse the client; any other error refuses it with 500 and is logged.
   */
  on_upgrade?: ((request: UpgradeRequest) => any) | undefined;
  /** Called first, once. Messages that arrive meanwhile wait until it has settled. */
  on_open?: Handler<[connection: Connection]> | undefined;
  /** Called for each message, in order, one after the other has settled. */
  on_message?: Handler<[message: any, connection: Connection]> | undefined;
  /** Called last, exactly once for each connection whose `on_open` was called. */
  on_close?: Handler<[code: number, reason: string, connection: Connection]> | undefined;
  /**
   * Decides what happens when `on_open`, `on_message` or `on_close` fails, or a message is invalid. Without it
   * a failure is logged and the connection closes with {@link CLOSE_CODES.internal_error}, and an
   * invalid message closes it with {@link CLOSE_CODES.invalid_payload}.
   */
  on_error?: Handler<[error: unknown, connection: Connection]> | undefined;
  options?: WebsocketOptions | undefined;
}

/** Endpoints by their names. Each is served at `/api/_websockets/:name`. */
export type Websockets = Record<string, WebsocketDefinition>;

/** A definition with every default filled in. */
export interface ParsedWebsocket {
  readonly name: string;
  readonly on_upgrade: ((request: UpgradeRequest) => unknown) | undefined;
  readonly on_open: (connection: Connection) => unknown;
  readonly on_message: (message: unknown, connection: Connection) => unknown;
  readonly on_close: (code: number, reason: string, connection: Connection) => unknown;
  readonly on_error: ((error: unknown, connection: Connection) => unknown) | undefined;
  readonly options: ParsedWebsocketOptions;
}

export type ParsedWebsocketOptions = { readonly [Name in keyof WebsocketOptions]-?: number };

export type ParsedWebsockets = ReadonlyMap<string, ParsedWebsocket>;
