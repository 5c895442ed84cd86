import { CLOSE_CODES } from '../base/close_codes.ts';

/**
 * One way in which a connection ends.
 *
 * ```
 *             a row of ENDINGS                 both sides sent a close frame,        on_close
 *             decides the code                 or the socket was terminated          has settled
 *   open ───────────────────────► closing ───────────────────────────────► closed ─────────────► over
 *
 *   The server closes first:                     The client closes first:
 *
 *   server                        client         server                        client
 *     │  messages, then close frame  │             │        messages, then close frame │
 *     │ ───────────────────────────► │             │ ◄─────────────────────────────── │   client_closed
 *     │        (the timer runs)      │             │ close frame, end of stream        │
 *     │        close frame           │             │ ───────────────────────────────► │   (the timer runs)
 *     │ ◄─────────────────────────── │             │               end of stream       │
 *     │ end of stream                │             │ ◄─────────────────────────────── │   socket_closed
 *     │ ───────────────────────────► │
 *     │               end of stream  │
 *     │ ◄─────────────────────────── │   socket_closed
 * ```
 *
 * The first ending decides: later ones change neither the code nor the reason. If the timer
 * (`close_timeout_in_seconds`) fires, the socket is terminated. RFC 6455 §7.1.
 */
export interface Ending {
  /** The close code if the caller passes none; `undefined` if this ending decides no code. */
  readonly code: number | undefined;
  readonly decided_by: 'server' | 'client';
  /** Whether messages that wait for a handler are dropped, and later messages are ignored. */
  readonly drops_waiting: boolean;
  /**
   * `close` sends a close frame after the messages already sent; `terminate` terminates the connection; `none` does
   * nothing, because the socket already acts by itself.
   */
  readonly on_socket: 'close' | 'terminate' | 'none';
  /** Whether the timer for the closing handshake starts. */
  readonly starts_timer: boolean;
}

const { abnormal, internal_error, no_status, normal, protocol_error, service_restart } =
  CLOSE_CODES;

/** Every way in which a connection ends. {@link LiveConnection.end} carries one out. */
export const ENDINGS = {
  /** `connection.close()` or `close_all()`. */
  closed_by_server: ending(normal, 'server', 'drops', 'close', 'timer'),
  /** A handler failed, or a message was invalid. */
  handler_failed: ending(internal_error, 'server', 'drops', 'close', 'timer'),
  /** The client exceeded `max_buffered_in_bytes`. */
  slow_consumer: ending(CLOSE_CODES.try_again_later, 'server', 'drops', 'close', 'timer'),
  /** An orderly shutdown: messages that the client has already sent are still handled. The grace period replaces the timer. */
  server_restarting: ending(service_restart, 'server', 'keeps', 'close', 'no timer'),
  /** `connection.terminate()`. */
  terminated: ending(abnormal, 'server', 'drops', 'terminate', 'no timer'),
  /** The client did not answer the heartbeat. */
  vanished: ending(abnormal, 'server', 'drops', 'terminate', 'no timer'),
  /** Writing to the stream threw an error. */
  write_failed: ending(abnormal, 'server', 'drops', 'terminate', 'no timer'),
  /** The grace period of a shutdown is over: `on_close` is called even if handlers have not settled. */
  grace_over: ending(abnormal, 'server', 'drops', 'terminate', 'no timer'),
  /** The client sent its close frame; the socket answers it. */
  client_closed: ending(no_status, 'client', 'keeps', 'none', 'timer'),
  /** The client ended its stream. Messages before the end may still be unread. */
  client_ended_stream: ending(undefined, 'client', 'keeps', 'none', 'timer'),
  /** The client violated the protocol; the socket sends the close frame. */
  protocol_broken: ending(protocol_error, 'server', 'drops', 'none', 'timer'),
  /**
   * The socket is gone. If neither side had closed (1006), messages that wait for a handler are dropped: they must not
   * keep the client's seat occupied.
   */
  socket_closed: ending(abnormal, 'server', 'keeps', 'none', 'no timer'),
} as const;

function ending(
  code: number | undefined,
  decided_by: Ending['decided_by'],
  waiting: 'drops' | 'keeps',
  on_socket: Ending['on_socket'],
  timer: 'timer' | 'no timer',
): Ending {
  return {
    code,
    decided_by,
    drops_waiting: waiting === 'drops',
    on_socket,
    starts_timer: timer === 'timer',
  };
}
