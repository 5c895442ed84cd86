import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, refusal_body } from '../../core/admit/refusal.ts';
import { node_clock } from '../process/clock.ts';

/** How long a refused client has to read its answer and hang up. */
const LINGER_IN_MILLISECONDS = 1000;

const OURS = new Set(['connection', 'content-type', 'content-length', 'transfer-encoding']);

/** The clients that are being refused: each has its answer, and a moment to hang up. */
export class RefusedClients {
  readonly #streams = new Set<Duplex>();
  #is_cut = false;

  /** Answers an upgrade request with an error and ends the connection. */
  refuse(stream: Duplex, refusal: Refusal): void {
    this.#streams.add(stream);
    stream.on('error', ignore_reset);
    // Not at once: a reset could overtake the answer.
    const cancel = node_clock.after(LINGER_IN_MILLISECONDS, () => stream.destroy());
    stream.once('close', () => {
      cancel();
      this.#streams.delete(stream);
    });
    stream.once('end', () => stream.destroy());
    stream.end(write_response(refusal), () => {
      if (this.#is_cut) stream.destroy();
    });
    // What else the client sends is read and dropped, so that its end is seen.
    stream.resume();
  }

  /** Resolves once the clients refused so far have gone, in a second at the most. Later ones do not prolong it. */
  async emptied(): Promise<void> {
    const gone = Array.from(
      this.#streams,
      (stream) => new Promise((resolve) => stream.once('close', resolve)),
    );
    await Promise.all(gone);
  }

  /** Cuts those that linger. Those that are refused from now on are cut as soon as their answer is written. */
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
 * The listener that keeps a reset of a socket from ending the process: Node hands over those of upgrades
 * without one, so whoever holds one for longer than a call adds it.
 */
export function ignore_reset(this: Duplex): void {
  this.destroy();
}
