import { Duplex } from 'node:stream';

/**
 * The server's end of a connection that exists in memory only: a test decides which chunks it reads, and keeps what it
 * writes. As a socket of an HTTP server, it stays half open, and takes strings as they are.
 */
export class MemoryStream extends Duplex {
  readonly #written: Buffer[] = [];
  #takes_output: boolean;
  #untaken: (() => void) | undefined;
  #has_client_ended = false;
  #has_client_reset = false;
  /** How the server has left: whether it has ended its side, and when, or cut the connection. */
  ended: 'no' | 'before the client' | 'after the client' | 'cut' = 'no';

  /** @param takes_output whether the client reads. Until it does, the server's first write stays unfinished. */
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

  /** The client resets the connection. */
  receive_reset(): void {
    this.#has_client_reset = true;
    this.destroy(new Error('the client resets'));
  }

  /** The client reads from now on. */
  take_output(): void {
    this.#takes_output = true;
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

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.ended === 'no' && !this.#has_client_reset) this.ended = 'cut';
    callback(error);
  }
}
