import type { Duplex } from 'node:stream';

/** An undocumented field of Node's sockets: the response that is being written, or `null` between two responses. */
interface SocketInside {
  readonly _httpMessage?: unknown;
}

/**
 * Whether Node still has to write a response to an earlier request on this connection. Node may write it, and set the
 * connection's timeout, at any moment. Responses are written in order, and those that wait for their turn have no
 * socket yet. So a connection owes no response exactly if its socket has no current one.
 *
 * Node's own `server.closeIdleConnections()` decides by the same field. Counting with
 * `node:diagnostics_channel` would miss the requests that began before the mount.
 */
export function owes_response(stream: Duplex): boolean {
  return Boolean((stream as SocketInside)._httpMessage);
}
