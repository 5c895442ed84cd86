import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Connection, UpgradeRequest } from './connection.ts';

/**
 * The limits of an endpoint. Counts and sizes are whole numbers. Times are positive numbers of seconds, fractions
 * included. At the mount, one {@link WebsocketsError} `bad_option` reports all mistakes.
 */
export interface WebsocketOptions {
  /**
   * The maximum size of a message from a client, in bytes after decompression. At least 1. If a message is larger,
   * `on_message` is not called. The connection is closed with {@link CLOSE_CODES.message_too_big} (RFC 6455 §7.4.1).
   *
   * @default 1_048_576
   */
  max_message_size_in_bytes?: number | undefined;
  /**
   * The maximum number of messages of one client that wait for `on_message`. At least 1. Reading from the client pauses
   * when this many wait, or when together they exceed `max_message_size_in_bytes`. It resumes when half of both limits
   * is free again. Up to 32 messages that arrived together with the last one also wait. No message is dropped, unless
   * the client disconnects without a close frame (1006).
   *
   * @default 64
   */
  max_queued_messages?: number | undefined;
  /**
   * The maximum number of messages of one client that are handled at the same time. At least 1. With more than 1, the
   * order of the messages is not kept.
   *
   * @default 1
   */
  max_concurrent_messages?: number | undefined;
  /**
   * The maximum number of messages of one client that are handled per second. After a second of silence, this many may
   * be handled at once. When the limit is reached, reading from the client pauses until the next message is due. No
   * message is dropped. 0 switches the limit off.
   *
   * The limit also applies to messages that a client sent before it closed. `on_close` is called after the last of
   * them, and until then the client counts towards `max_connections`. If the client disconnects without a close frame
   * (1006), waiting messages are dropped, and `on_close` waits only for running handlers.
   *
   * @default 0
   */
  max_messages_per_second?: number | undefined;
  /**
   * The maximum number of sent bytes that one client may leave unread. Each `send` checks it, without counting the
   * oldest unread message. If the limit is exceeded, the client is a slow consumer, and its connection is closed with
   * {@link CLOSE_CODES.try_again_later}. To send more than this, await {@link Connection.drained} between messages.
   * 0 switches the limit off: the memory for unread messages is then unbounded.
   *
   * @default 4_194_304
   */
  max_buffered_in_bytes?: number | undefined;
  /**
   * The maximum number of clients that are connected to the endpoint on this node, including clients that wait for
   * `on_upgrade`. Further clients are refused with 503 (`server_full`). 0 switches the limit off.
   *
   * @default 0
   */
  max_connections?: number | undefined;
  /**
   * The maximum time in seconds for which a client may be silent before it is pinged (RFC 6455 §5.5.2). Many
   * proxies break connections that are idle for 60 seconds. 0 switches the heartbeat off.
   *
   * @default 25
   */
  heartbeat_interval_in_seconds?: number | undefined;
  /**
   * The maximum time in seconds that a pinged client may stay silent. Must not exceed the interval. After this time,
   * the connection is terminated, and `on_close` is called with {@link CLOSE_CODES.abnormal}.
   *
   * @default 10, or the interval if that is shorter
   */
  heartbeat_timeout_in_seconds?: number | undefined;
  /**
   * The maximum number of topics that one connection may subscribe to. At least 1. Subscribing to a further topic
   * throws `too_many_topics`.
   *
   * @default 1000
   */
  max_topics?: number | undefined;
  /**
   * The maximum time in seconds that the `params` schema and `on_upgrade` may take together. If they take longer, the
   * client is refused with 504 (`upgrade_timed_out`).
   *
   * @default 10
   */
  upgrade_timeout_in_seconds?: number | undefined;
  /**
   * The maximum time in seconds that a client may take to answer a close frame (RFC 6455 §5.5.1). If it takes longer,
   * the connection is terminated. During a shutdown, the grace period applies instead.
   *
   * @default 5
   */
  close_timeout_in_seconds?: number | undefined;
  /**
   * Whether messages of at least 1,024 bytes are compressed for clients that offer it (permessage-deflate, RFC 7692).
   * These clients may then compress their messages, too. Compression costs much time and memory per connection, and
   * the input from one read may expand to a thousand times its size.
   *
   * @default false
   */
  compression?: boolean | undefined;
}

/** A handler. It may be synchronous or asynchronous. */
export type Handler<Args extends unknown[]> = ((...args: Args) => any) | HandlerOfDefaults<Args>;

/**
 * A type that lets every parameter of a handler have a default of any type:
 * `(message = {}, connection = {}) => {}`. It is not `() => any`: TypeScript would then compare the return type of a
 * handler during inference, and a handler that mentions its own endpoint would be circular.
 */
export interface HandlerOfDefaults<Args extends unknown[] = unknown[]> {
  (): any;
  /**
   * The `length` of any function. This property distinguishes the type from `() => any`. It depends on `Args` so that
   * errors name the other type of the union: TypeScript names the type that it created first.
   */
  readonly length?: number | Args['length'] | undefined;
}

/**
 * The schemas of an endpoint. Each is a Standard Schema, for example from zod, valibot or arktype. `Before` is a type
 * that is also allowed for a schema until the types of the handlers are known.
 */
export interface WebsocketContract<
  ParamsInput = any,
  Params = any,
  MessageInput = any,
  Message = any,
  Sends = any,
  Before = never,
> {
  /**
   * The schema of the query string. Its input values are strings, or arrays of strings if a parameter repeats.
   * Defaults and transforms take effect. If the schema rejects the query, the client is refused with 400
   * (`bad_params`) and the issues.
   */
  params?: StandardSchemaV1<ParamsInput, Params> | Before | undefined;
  /**
   * The schema of each message from a client. Defaults and transforms take effect. If the schema rejects a message,
   * `on_error` is called with an `invalid_message` error that holds the issues, instead of `on_message`. Without
   * `on_error`, the connection is closed with {@link CLOSE_CODES.invalid_payload}.
   */
  receives?: StandardSchemaV1<MessageInput, Message> | Before | undefined;
  /**
   * The schema of each message that you send, which also types `send`. Must be synchronous. Outside production, if
   * the schema rejects a message, `send` throws `undeclared_message`. The message is sent as you passed it: defaults
   * and transforms have no effect.
   */
  sends?: StandardSchemaV1<Sends, any> | Before | undefined;
}

/**
 * The handlers of an endpoint. All are optional, and each may be asynchronous. `Before` is a type that is also
 * allowed for a handler until its types are known.
 */
export interface WebsocketHandlers<Message = any, C = Connection, Before = never> {
  /** Called first, once for each connection. Messages that arrive in the meantime wait until it settles. */
  on_open?: Handler<[connection: C]> | Before | undefined;
  /**
   * Called for each message, decoded from JSON, in order. The next message waits until the call settles: see
   * {@link WebsocketOptions.max_concurrent_messages}.
   */
  on_message?: Handler<[message: Message, connection: C]> | Before | undefined;
  /**
   * Called last, exactly once for each connection whose `on_open` was called. `code` and `reason` are those with which
   * the connection ended: see {@link CLOSE_CODES}.
   */
  on_close?: Handler<[code: number, reason: string, connection: C]> | Before | undefined;
  /**
   * Called if `on_open`, `on_message` or `on_close` fails, or if a message is invalid. Without `on_error`, a failure
   * is logged and closes the connection with {@link CLOSE_CODES.internal_error}, and an invalid message closes it
   * with {@link CLOSE_CODES.invalid_payload}. If `on_error` throws, its error counts as a failure.
   */
  on_error?: Handler<[error: unknown, connection: C]> | Before | undefined;
}

/** An endpoint as a plain object. `define_websocket` adds types. */
export interface WebsocketDefinition extends WebsocketContract, WebsocketHandlers {
  /**
   * Called before a client is connected. Its return value becomes `connection.context`.
   *
   * @throws {UpgradeRefusal} to refuse the client. Any other error refuses the client with 500 and is logged.
   */
  on_upgrade?: ((request: UpgradeRequest) => any) | undefined;
  /** The limits of this endpoint. They override the `endpoint_options` of the mount. */
  options?: WebsocketOptions | undefined;
}

/**
 * A definition as `define_websocket` returns it. Every handler is present (except perhaps `on_error`), so that a test
 * can call it.
 */
export interface Websocket<
  Params = any,
  Message = any,
  Sends = any,
  Context = any,
  ParamsInput = any,
  MessageInput = any,
> {
  readonly params: StandardSchemaV1<ParamsInput, Params> | undefined;
  readonly receives: StandardSchemaV1<MessageInput, Message> | undefined;
  readonly sends: StandardSchemaV1<Sends, any> | undefined;
  readonly on_upgrade: (request: UpgradeRequest<Params>) => Context | Promise<Context>;
  readonly on_open: (connection: Connection<Params, Sends, Context>) => any;
  readonly on_message: (message: Message, connection: Connection<Params, Sends, Context>) => any;
  readonly on_close: (
    code: number,
    reason: string,
    connection: Connection<Params, Sends, Context>,
  ) => any;
  readonly on_error?:
    | ((error: unknown, connection: Connection<Params, Sends, Context>) => any)
    | undefined;
  readonly options?: WebsocketOptions | undefined;
}

/** Endpoints by name. By default, each is served at `/api/_websockets/:name`. */
export type Websockets = Record<string, WebsocketDefinition>;

/** The type of the messages that an endpoint sends: `any`, if it does not declare `sends`. */
export type SendsOf<D> = D extends { sends: StandardSchemaV1<infer Sends, any> | undefined }
  ? Sends
  : any;

/** The type of the connection that the handlers of a definition receive. */
export type ConnectionOf<D> = 0 extends 1 & D
  ? Connection
  : D extends Websocket<infer Params, any, infer Sends, infer Context>
    ? Connection<Params, Sends, Context>
    : Connection<any, SendsOf<D>, any>;

/** A definition with every default filled in. */
export interface ParsedWebsocket {
  readonly name: string;
  readonly params: StandardSchemaV1 | undefined;
  readonly receives: StandardSchemaV1 | undefined;
  readonly sends: StandardSchemaV1 | undefined;
  readonly on_upgrade: ((request: UpgradeRequest) => unknown) | undefined;
  readonly on_open: (connection: Connection) => unknown;
  readonly on_message: (message: unknown, connection: Connection) => unknown;
  readonly on_close: (code: number, reason: string, connection: Connection) => unknown;
  readonly on_error: ((error: unknown, connection: Connection) => unknown) | undefined;
  readonly options: ParsedWebsocketOptions;
}

export type ParsedWebsocketOptions = {
  readonly [Name in keyof WebsocketOptions]-?: NonNullable<WebsocketOptions[Name]>;
};

export type ParsedWebsockets = ReadonlyMap<string, ParsedWebsocket>;

/** Replaces each handler that a definition lacks. */
export function do_nothing(): undefined {}
