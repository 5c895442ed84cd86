import type { Handler } from '../../core/declare/definition.ts';

/**
 * The state of a connection:
 *
 * - `connecting`: the first attempt is in progress.
 * - `open`: messages are sent immediately.
 * - `reconnecting`: an attempt has failed or the connection is lost; another attempt follows.
 * - `closed`: the connection has ended, and no attempt follows.
 */
export type ConnectionState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/** A connection of a page to an endpoint. It remains the same object when it reconnects. */
export interface ClientConnection<Sent = any> {
  /** The endpoint's name. */
  readonly endpoint: string;
  /** The current state. Each change calls `events.on_state_change`. */
  readonly state: ConnectionState;
  /**
   * Sends a message as JSON, including strings. While the connection is not open, messages wait. They are sent when it
   * opens, in the order of the calls.
   *
   * If the connection breaks, messages that were sent but have not reached the server are lost. For a message that
   * must arrive, have the server send an answer.
   *
   * @returns `false` if `max_queued_messages` messages are already waiting, or if the state is `closed`.
   * @throws {ClientError} `unserializable_message`, if JSON cannot carry the message, or if JSON would turn it or a
   * value inside it into `{}`. That happens, for example, to a promise, a `Map` or an `Error`.
   */
  send(message: Sent): boolean;
  /**
   * Closes the connection for good, in any state. Messages that still wait to be sent are dropped. `on_close` is called
   * before this method returns. After that, no handler is called, except `on_error` if a handler that is still running
   * rejects. Does nothing if the state is `closed`.
   *
   * @param code 1000 or 3000–4999. The default is 1000.
   * @param reason a string of at most 123 bytes.
   * @throws {ClientError} `bad_argument`, if a client may not send this code or reason.
   */
  close(code?: number, reason?: string): void;
}

/**
 * The handlers of a connection. A handler may be asynchronous. If it throws or rejects, the connection stays open.
 * The error goes to `on_error`. Without `on_error`, it goes to the page's own error event.
 */
export interface ConnectEvents<Sent = any, Received = any> {
  /** Called each time the connection opens, after the waiting messages have been sent. */
  on_open?: Handler<[connection: ClientConnection<Sent>]> | undefined;
  /** Called with each message, decoded from JSON; a binary message is an `ArrayBuffer`. */
  on_message?: Handler<[message: Received, connection: ClientConnection<Sent>]> | undefined;
  /**
   * Called each time an open connection has ended, and last when no further attempt follows. During that last call,
   * the state is `closed`.
   */
  on_close?:
    | Handler<[code: number, reason: string, connection: ClientConnection<Sent>]>
    | undefined;
  /**
   * Called with each failed attempt (`attempt_failed`), each message that is not JSON (`invalid_message`) and each
   * error that another handler throws. Without `on_error`, these are reported as uncaught errors of the page. Attempts
   * that fail because of the server or the network are not reported then, because the browser itself shows them.
   */
  on_error?: Handler<[error: unknown, connection: ClientConnection<Sent>]> | undefined;
  /** Called after `on_open`, except for the first time. Use it, for example, to fetch what the page has missed. */
  on_reconnect?: Handler<[connection: ClientConnection<Sent>]> | undefined;
  /** Called with each new state, before the other handlers are called for the same event. */
  on_state_change?:
    | Handler<[state: ConnectionState, connection: ClientConnection<Sent>]>
    | undefined;
}
