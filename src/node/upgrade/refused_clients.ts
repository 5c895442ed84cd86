import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, refusal_body } from '../../core/admit/refusal.ts';
import { node_clock } from '../process/clock.ts';

/** How long a refused client has to read its answer and disconnect. */
const LINGER_IN_MILLISECONDS = 1000;

/** The headers that every answer has. An {@link UpgradeRefusal} cannot replace them. */
const OURS = new Set(['connection', 'content-type', 'content-length', 'transfer-encoding']);

/** The clients that are being refused. Each gets an answer, and a moment to disconnect. */
export class RefusedClients {
  readonly #streams = new Set<Duplex>();
  #is_cut = false;

  /** Answers an upgrade request with an error and ends the connection. */
  refuse(stream: Duplex, refusal: Refusal): void {
    this.#streams.add(stream);
    stream.on('error', ignore_reset);
    // Not destroyed at once: a reset could overtake the answer.
    const cancel = node_clock.after(LINGER_IN_MILLISECONDS, () => stream.destroy());
    stream.once('close', () => {
      cancel();
      this.#streams.delete(stream);
    });
    stream.once('end', () => stream.destroy());
    stream.end(write_response(refusal), () => {
      if (this.#is_cut) stream.destroy();
    });
    // Further data is read and dropped, because the end of an unread stream goes unnoticed.
    stream.resume();
  }

  /** Resolves when the clients refused so far are gone, after at most one second. Later refusals do not prolong it. */
  async emptied(): Promise<void> {
    const gone = Array.from(
      this.#streams,
      (stream) => new Promise((resolve) => stream.once('close', resolve)),
    );
    await Promise.all(gone);
  }

  /** Terminates the refused clients. From now on, refused clients are terminated as soon as their answer is written. */
  cut(): void {
    this.#is_cut = true;
    for (const stream of this.#streams) stream.destroy();
  }
}

function write_response(refusal: Refusal): Buffer {
  const body = Buffer.from(refusal_body(refusal));
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
  ];
  for (const [name, value] of Object.entries(refusal.headers ?? {})) {
    if (OURS.has(name.toLowerCase())) continue;
    for (const line of [value].flat()) head.push(`${name}: ${line}`);
  }
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

/**
 * An 'error' listener that keeps a socket reset from ending the process. Node hands over the sockets of upgrades
 * without one. Code that keeps such a socket for longer than a call must add this listener.
 */
export function ignore_reset(this: Duplex): void {
  this.destroy();
}
