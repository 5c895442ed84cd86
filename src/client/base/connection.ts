import type { Handler } from '../../core/declare/definition.ts';

/**
 * - `connecting`: the first attempt is under way.
 * - `open`: messages go out as they are sent.
 * - `reconnecting`: an attempt has failed or the connection is lost, and another will be made.
 * - `closed`: for good.
 */
export type ConnectionState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/** One connection of a page to an endpoint: the same object however often it is lost and comes back. */
export interface ClientConnection<Sent = any> {
  /** The endpoint's name. */
  readonly endpoint: string;
  /** Announced by `events.on_state_change`. */
  readonly state: ConnectionState;
  /**
   * Sends a message as JSON, strings included. While the connection is not open it waits, and is sent,
   * in the order of the calls, before anything that is sent later.
   *
   * What was sent and had not reached the server when the connection broke is lost: a message that
   * must arrive needs an answer.
   *
   * @returns `false`, where `max_queued_messages` wait already or the connection is closed for good.
   * @throws {ClientError} `unserializable_message`, if JSON cannot carry it, or turns it or a value inside it into `{}`,
   * as it does a promise, a `Map` or an `Error`.
   */
  send(message: Sent): boolean;
  /**
   * Ends the connection for good, in any state. What still waits to be sent is dropped;
   * `on_close` is called before this returns, and no handler after it, but for `on_error` where one
   * that had begun rejects.
   *
   * @param code 1000 by default; a browser may send 1000 and 3000–4999.
   * @param reason at most 123 bytes.
   * @throws {ClientError} `bad_argument`, where no such code or reason may be sent.
   */
  close(code?: number, reason?: string): void;
}

/**
 * What a page is told. A handler may be asynchronous. One that throws or rejects ends nothing: its error goes to
 * `on_error`, else to the page's own error event.
 */
export interface ConnectEvents<Sent = any, Received = any> {
  /** Each time the connection opens. What waited has been sent before. */
  on_open?: Handler<[connection: ClientConnection<Sent>]> | undefined;
  /** Each message, decoded from JSON; bytes are an `ArrayBuffer`. */
  on_message?: Handler<[message: Received, connection: ClientConnection<Sent>]> | undefined;
  /**
   * Each time a connection that was open has ended, and when this one is closed for good: the last
   * call always comes with the state `closed`.
   */
  on_close?:
    | Handler<[code: number, reason: string, connection: ClientConnection<Sent>]>
    | undefined;
  /**
   * Each attempt that fails (`attempt_failed`), each message that is not JSON (`invalid_message`),
   * and what other handlers throw. Without it, they are reported as errors of the page that nobody caught, but for the
   * attempts that a server or the network has failed: those are the browser's to show.
   */
  on_error?: Handler<[error: unknown, connection: ClientConnection<Sent>]> | undefined;
  /** After `on_open`, where the connection was open before: what was missed can be fetched. */
  on_reconnect?: Handler<[connection: ClientConnection<Sent>]> | undefined;
  /** Each new state, before the other handlers are told what has led to it. */
  on_state_change?:
    | Handler<[state: ConnectionState, connection: ClientConnection<Sent>]>
    | undefined;
}
