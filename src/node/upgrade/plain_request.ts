import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Hop-by-hop fields that only an upgrade needs (RFC 9110 §7.8, RFC 7540 §3.2.1). */
const UPGRADE_FIELDS = new Set(['upgrade', 'http2-settings']);

/**
 * Returns an upgrade request that no mount or listener serves to its server, which answers it as a plain request: a
 * server may ignore an offered upgrade (RFC 9110 §7.8). The connection starts over, with the request as its first bytes.
 */
export function return_as_request(
  server: EventEmitter,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void {
  if (head.length > 0) socket.unshift(head);
  socket.unshift(Buffer.from(write_head(request), 'latin1'));
  // Node documents that emitting 'connection' injects a connection.
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
}

function write_head({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = String(rawHeaders[i]);
    const lower = name.toLowerCase();
    if (UPGRADE_FIELDS.has(lower)) continue;
    const value = String(rawHeaders[i + 1]);
    const kept = lower === 'connection' ? without_upgrade_fields(value) : value;
    if (kept !== '') lines.push(`${name}: ${kept}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function without_upgrade_fields(connection: string): string {
  return connection
    .split(',')
    .map((token) => token.trim())
    .filter((token) => !UPGRADE_FIELDS.has(token.toLowerCase()))
    .join(', ');
}
