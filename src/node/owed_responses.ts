import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

const REQUEST_STARTED = 'http.server.request.start';

/** The latest response on each TCP connection. Responses leave in order: once it is written, all are. */
const latest_response = new WeakMap<Duplex, ServerResponse>();
let watchers = 0;

/**
 * Notes responses from now on, of every HTTP server of the process: a framework may hand us
 * upgrades that another server of its own has accepted, as Fastify does for a second address.
 *
 * @returns what stops it.
 */
export function watch_responses(): () => void {
  if (watchers++ === 0) subscribe(REQUEST_STARTED, note_response);
  return () => {
    if (--watchers === 0) unsubscribe(REQUEST_STARTED, note_response);
  };
}

/**
 * Whether Node has not yet let go of this connection for an earlier request: until then it may
 * still write its response, and set the connection's time-out.
 */
export function owes_response(stream: Duplex): boolean {
  const response = latest_response.get(stream);
  return response !== undefined && response.socket !== null;
}

function note_response(message: unknown): void {
  const { socket, response } = message as { socket: Duplex; response: ServerResponse };
  latest_response.set(socket, response);
}
