import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, refusal_body } from '../core/gate.ts';
import { node_clock } from './clock.ts';

/** How long a refused client has to read its answer and hang up. */
const LINGER_IN_MILLISECONDS = 1000;

const OURS = new Set(['connection', 'content-type', 'content-length', 'transfer-encoding']);

/**
 * Answers an upgrade request with an error and ends the connection. The peer is
 * given a moment to hang up first: a reset could overtake the answer.
 */
export function write_refusal(stream: Duplex, refusal: Refusal): void {
  const body = refusal_body(refusal);
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  for (const [name, value] of Object.entries(refusal.headers ?? {})) {
    if (!OURS.has(name.toLowerCase())) head.push(`${name}: ${value}`);
  }
  const cancel = node_clock.after(LINGER_IN_MILLISECONDS, () => stream.destroy());
  stream.once('close', cancel);
  stream.once('end', () => stream.destroy());
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // What else the client sends is read and dropped, so that its end is seen.
  stream.resume();
}

/** The listener that keeps a reset of a socket we hold from ending the process. */
export function ignore_reset(this: Duplex): void {
  this.destroy();
}
