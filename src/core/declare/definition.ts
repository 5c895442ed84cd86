import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Connection, UpgradeRequest } from './connection.ts';

/** The limits of an endpoint. */
export interface WebsocketOptions {
  /**
   * Largest message that a client may send, in bytes, after decompression. A larger one never reaches
   * `on_message`: the connection closes with {@link CLOSE_CODES.message_too_big}.
   *
   * @default 1_048_576
   */
  max_message_size_in_bytes?: number | undefined;
  /**
   * How many messages of one client may wait for its handler. At this many, or once
   * the waiting bytes exceed `max_message_size_in_bytes`, nothing more is read from the client until
   * half of them are handled; up to 32 messages that came with the last one wait, too. None is dropped,
   * unless the client is gone without having closed (1006).
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
   * How many messages of one client are handled in a second. A client that was silent for a second may
   * have as many handled at once; then nothing more is read from it until the next is due, and none is
   * dropped. The limit also holds for what a client sent before it closed: its `on_close`, and its seat, wait
   * for the last of them. If the client is gone without having closed (1006), what waits is dropped, and
   * `on_close` waits for nothing but running handlers. 0 switches it off.
   *
   * @default 0
   */
  max_messages_per_second?: number | undefined;
  /**
   * How many bytes may wait for one client to read them when something more is sent to it, not
   * counting the message that waits longest: past it, the client is a slow consumer, and the
   * connection closes with {@link CLOSE_CODES.try_again_later}. 0 switches it off, and memory is then
   * without bound. A producer that sends more at once awaits {@link Connection.drained}.
   *
   * @default 4_194_304
   */
  max_buffered_in_bytes?: number | undefined;
  /**
   * How many clients may be connected to the endpoint, or wait for `on_upgrade`, on this node. One
   * more is refused with 503. 0 switches it off.
   *
   * @default 0
   */
  max_connections?: number | undefined;
  /**
   * A client that was silent for this long has been pinged (RFC 6455 §5.5.2). Proxies cut idle connections after 60
   * seconds by default. 0 switches the heartbeat off.
   *
   * @default 25
   */
  heartbeat_interval_in_seconds?: number | undefined;
  /**
   * How long a client that was pinged may stay silent before it is cut, with {@link CLOSE_CODES.abnormal}.
   * At most the interval.
   *
   * @default 10, or the interval where that is less
   */
  heartbeat_timeout_in_seconds?: number | undefined;
  /**
   * How many topics one connection may subscribe to. One more throws `too_many_topics`.
   *
   * @default 1000
   */
  max_topics?: number | undefined;
  /**
   * How long the `params` schema and `on_upgrade` may take before the client is refused with 504.
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
  /**
   * Whether messages of 1,024 bytes and more are compressed for clients that offer it
   * (permessage-deflate, RFC 7692); such clients may compress what they send, too. It costs much
   * time and memory per connection, and what one read brings may be a thousand times its size.
   *
   * @default false
   */
  compression?: boolean | undefined;
}

/** May be synchronous or asynchronous. */
export type Handler<Args extends unknown[]> = ((...args: Args) => any) | HandlerOfDefaults<Args>;

/**
 * What lets every parameter of a handler have a default of any type:
 * `(message = {}, connection = {}) => {}`. Not `() => any`, with which TypeScript compares a handler
 * by what it returns while it infers: one that mentions its own endpoint would be circular.
 */
export interface HandlerOfDefaults<Args extends unknown[] = unknown[]> {
  (): any;
  /**
   * That of any function; that it is named here is what tells this from `() => any`. It depends on `Args` so
   * that TypeScript names the other type in errors: it names the older one.
   */
  readonly length?: number | Args['length'] | undefined;
}

/**
 * What an endpoint takes and gives, as any Standard Schema: zod, valibot, arktype. `Before` is what a schema may
 * also be until the types of the handlers are known.
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
   * The query string. Checked before the client is connected: 400 `bad_params` with the issues.
   * Defaults and transforms take effect. What it is given are strings, or arrays where a parameter repeats.
   */
  params?: StandardSchemaV1<ParamsInput, Params> | Before | undefined;
  /**
   * Each message of a client. What it does not accept never reaches `on_message`: `on_error` gets
   * it, with the issues, or the connection closes with {@link CLOSE_CODES.invalid_payload}.
   */
  receives?: StandardSchemaV1<MessageInput, Message> | Before | undefined;
  /**
   * What is sent. Types `send`; outside production each message is also checked, at the caller.
   * It must be synchronous. What was passed is sent, whatever the schema makes of it.
   */
  sends?: StandardSchemaV1<Sends, any> | Before | undefined;
}

/**
 * What an endpoint does with its connections. Everything is optional; every handler may be asynchronous.
 * `Before` is what a handler may also be until its types are known.
 */
export interface WebsocketHandlers<Message = any, C = Connection, Before = never> {
  /** Called first, once. Messages that arrive meanwhile wait until it has settled. */
  on_open?: Handler<[connection: C]> | Before | undefined;
  /** Called for each message, in order, one after the other has settled. */
  on_message?: Handler<[message: Message, connection: C]> | Before | undefined;
  /** Called last, exactly once for each connection whose `on_open` was called. */
  on_close?: Handler<[code: number, reason: string, connection: C]> | Before | undefined;
  /**
   * Decides what happens when `on_open`, `on_message` or `on_close` fails, or a message is invalid. Without it
   * a failure is logged and the connection closes with {@link CLOSE_CODES.internal_error}, and an
   * invalid message closes it with {@link CLOSE_CODES.invalid_payload}.
   */
  on_error?: Handler<[error: unknown, connection: C]> | Before | undefined;
}

/** An endpoint as a plain object. `define_websocket` gives it types. */
export interface WebsocketDefinition extends WebsocketContract, WebsocketHandlers {
  /**
   * Called before a client is connected. What it returns becomes `connection.context`.
   *
   * @throws {UpgradeRefusal} to refuse the client; any other error refuses it with 500 and is logged.
   */
  on_upgrade?: ((request: UpgradeRequest) => any) | undefined;
  options?: WebsocketOptions | undefined;
}

/** What `define_websocket` returns: a definition whose handlers are always there, so that a test can call them. */
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

/** Endpoints by their names. Each is served at `/api/_websockets/:name`. */
export type Websockets = Record<string, WebsocketDefinition>;

/** What an endpoint sends; anything, where it does not declare it. */
export type SendsOf<D> = D extends { sends: StandardSchemaV1<infer Sends, any> | undefined }
  ? Sends
  : any;

/** The connection that the handlers of a definition are given. */
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

/** Stands for every handler that is not given. */
export function do_nothing(): undefined {}
