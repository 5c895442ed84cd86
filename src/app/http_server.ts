import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as create_tls_server } from 'node:https';
import type { Socket } from 'node:net';
import { WebsocketsError } from '../core/base/errors.ts';
import { Problems } from '../core/base/problems.ts';
import type { ParsedApp } from './app_option.ts';
import type { ExpressApplication } from './route_handler.ts';

/** @throws {WebsocketsError} `bad_option`, if Node cannot read the key or its certificate. */
export function create_server({ tls }: ParsedApp, express: ExpressApplication): Server {
  if (tls === undefined) return createServer(express);
  try {
    return create_tls_server(tls, express);
  } catch (cause) {
    const problems = new Problems();
    const why = cause instanceof Error ? cause.message : cause;
    problems.add('tls', `must contain a key and its certificate that Node can read: ${why}`);
    problems.throw_if_any(cause);
    throw cause;
  }
}

/** @throws {WebsocketsError} `listen_failed`, for example if the port is in use. */
export async function listen(server: Server, { host, port }: ParsedApp): Promise<void> {
  try {
    server.listen({ port, ...(host !== undefined && { host }) });
    await once(server, 'listening');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new WebsocketsError(
      'listen_failed',
      code === 'EADDRINUSE'
        ? `port ${port} is already in use; stop the process that listens on it, or pass another port`
        : `cannot listen on port ${port}: ${message}`,
      { host, port },
      { cause },
    );
  }
}

/**
 * Prepares a server to stop without losing a response. Requests in progress are answered. Each connection ends after
 * its response, even if the client would keep it alive.
 *
 * @returns `stop`, which stops the server and resolves when no connection is left; and `cut`, which destroys all
 * connections that are left.
 */
export function prepare_stop(server: Server) {
  let is_stopping = false;
  // Node's own closeAllConnections() skips connections that other code has upgraded and connections that are still in
  // their TLS handshake, but server.close() waits for them, too. So all connections are tracked here.
  const sockets = new Set<Socket>();
  const forget = function (this: Socket) {
    sockets.delete(this);
  };
  server.on('connection', (socket) => {
    // A request that offers another protocol (h2c) emits 'connection' again: see return_as_request.
    if (sockets.has(socket)) return;
    sockets.add(socket);
    socket.on('close', forget);
  });
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (is_stopping) response.setHeader('Connection', 'close');
    response.once('close', () => {
      if (is_stopping) server.closeIdleConnections();
    });
  });
  return {
    stop(): Promise<void> {
      is_stopping = true;
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
    cut(): void {
      for (const socket of sockets) socket.destroy();
    },
  };
}
