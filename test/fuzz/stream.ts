import { Duplex } from 'node:stream';

/**
 * The server's end of a connection that exists in memory only: a test decides which chunks it reads, and keeps what it
 * writes. As a socket of an HTTP server, it stays half open, and takes strings as they are.
 */
export class MemoryStream extends Duplex {
  readonly #written: Buffer[] = [];
  readonly #takes_output: boolean;
  #untaken: (() => void) | undefined;
  #has_client_ended = false;
  /** Whether the server has ended its side, and whether the client had ended its own by then. */
  ended: 'no' | 'before the client' | 'after the client' = 'no';

  /** @param takes_output whether the client reads. If it does not, the server's first write stays unfinished. */
  constructor(takes_output = true) {
    super({ allowHalfOpen: true, decodeStrings: false });
    this.#takes_output = takes_output;
  }

  /** All that the server has written. */
  get written(): Buffer {
    return Buffer.concat(this.#written);
  }

  /** The server receives these bytes in one read. */
  receive(chunk: Buffer): void {
    // A copy, as from a real socket: the server may unmask in place.
    if (!this.destroyed) this.push(Buffer.from(chunk));
  }

  /** The client ends its side. */
  receive_end(): void {
    this.#has_client_ended = true;
    if (!this.destroyed) this.push(null);
  }

  /** The client goes on reading. */
  take_output(): void {
    const callback = this.#untaken;
    this.#untaken = undefined;
    callback?.();
  }

  override _read(): void {}

  override _write(
    chunk: Buffer | string,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#written.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    if (this.#takes_output) callback();
    else this.#untaken = callback;
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.ended = this.#has_client_ended ? 'after the client' : 'before the client';
    callback();
  }
}
