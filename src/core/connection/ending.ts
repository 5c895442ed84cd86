import { CLOSE_CODES } from '../base/close_codes.ts';

/**
 * One way in which a connection ends.
 *
 * ```
 *             a row of ENDINGS                 both close frames have crossed,       on_close
 *             decides the code                 or the socket was cut                 has settled
 *   open ───────────────────────► closing ───────────────────────────────► closed ─────────────► over
 *
 *   The server closes first:                     The client closes first:
 *
 *   server                        client         server                        client
 *     │  what was sent, close frame  │             │        what was sent, close frame │
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
 * Whoever decides first, decides: a later row changes neither the code nor the reason. If the timer fires
 * (`close_timeout_in_seconds`), the socket is cut. RFC 6455 §7.1.
 */
export interface Ending {
  /** The code if the caller gives none; `undefined` if this way decides no code. */
  readonly code: number | undefined;
  readonly decided_by: 'server' | 'client';
  /** Whether messages that wait for a handler are dropped, and later ones ignored. */
  readonly drops_waiting: boolean;
  /** Sends a close frame behind what was sent; cuts the connection; or leaves the socket to itself, because it acts already. */
  readonly on_socket: 'close' | 'cut' | 'none';
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
  /** The client left more unread than it may. */
  slow_consumer: ending(CLOSE_CODES.try_again_later, 'server', 'drops', 'close', 'timer'),
  /** An orderly shutdown: what the client had sent is still handled. The grace takes the place of the timer. */
  server_restarting: ending(service_restart, 'server', 'keeps', 'close', 'no timer'),
  /** `connection.terminate()`. */
  terminated: ending(abnormal, 'server', 'drops', 'cut', 'no timer'),
  /** The client gave no sign of life. */
  vanished: ending(abnormal, 'server', 'drops', 'cut', 'no timer'),
  /** A stream threw when it was written to. */
  write_failed: ending(abnormal, 'server', 'drops', 'cut', 'no timer'),
  /** The grace of a shutdown is over: `on_close` is called, whatever still hangs. */
  grace_over: ending(abnormal, 'server', 'drops', 'cut', 'no timer'),
  /** The client sent its close frame; the socket answers it. */
  client_closed: ending(no_status, 'client', 'keeps', 'none', 'timer'),
  /** The client ended its stream, perhaps behind messages that are still to be read. */
  client_ended_stream: ending(undefined, 'client', 'keeps', 'none', 'timer'),
  /** The client broke the protocol; the socket sends the close frame. */
  protocol_broken: ending(protocol_error, 'server', 'drops', 'none', 'timer'),
  /** The socket is gone. If neither side had closed (1006), what waits is dropped: it must not keep the client's seat. */
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
