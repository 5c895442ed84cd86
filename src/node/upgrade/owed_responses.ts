import type { Duplex } from 'node:stream';

/** What Node keeps at a socket, undocumented: the response that is being written to it, `null` between two. */
interface SocketInside {
  readonly _httpMessage?: unknown;
}

/**
 * Whether Node still has a response for an earlier request on this connection: Node may write it at any
 * moment, and set the connection's time-out. Responses leave in order, and those that wait for their
 * turn have no socket yet. So a connection owes none exactly if its socket has no current response.
 *
 * Node's own `server.closeIdleConnections()` decides by the same field. A count of our own, by
 * `node:diagnostics_channel`, would miss the requests that began before the mount.
 */
export function owes_response(stream: Duplex): boolean {
  return Boolean((stream as SocketInside)._httpMessage);
}
