import type { Duplex } from 'node:stream';
import { bad_request, type Refusal } from '../../core/admit/refusal.ts';
import { ignore_reset } from './refused_clients.ts';

/** The maximum size of the data that a client may send before the server accepts or refuses it. */
const MAX_EARLY_BYTES = 16_384;

const TOO_MUCH_TOO_EARLY = bad_request(
  `the client sent more than ${MAX_EARLY_BYTES} bytes before the connection was accepted`,
);

const NOTHING = Buffer.alloc(0);

/** A client that waits for `on_upgrade`. Its data is read and kept, because otherwise its end would go unnoticed. */
export class PendingUpgrade {
  readonly #stream: Duplex;
  readonly #departure: AbortController;
  readonly #gone: (refusal: Refusal | undefined) => void;
  /** All data from the client, in one buffer with room for more: a buffer per read would cost 200 extra bytes each. */
  #early = NOTHING;
  #early_bytes = 0;
  #is_over = false;
  readonly #keep = (chunk: Buffer) => this.#keep_early(chunk);
  readonly #leave = () => this.#left();

  /** @param gone is called once, unless the client is released: with its refusal, or `undefined` if it has left. */
  constructor(
    stream: Duplex,
    departure: AbortController,
    gone: (refusal: Refusal | undefined) => void,
  ) {
    this.#stream = stream;
    this.#departure = departure;
    this.#gone = gone;
  }

  /** Starts to listen to the client, which has already sent `head`. */
  wait(head: Buffer): void {
    // Held by: "a client that resets while on_upgrade decides ends nothing, aborts the signal and opens nothing".
    this.#stream.on('error', ignore_reset);
    this.#stream.on('data', this.#keep);
    this.#stream.once('end', this.#leave);
    this.#stream.once('close', this.#leave);
    this.#keep_early(head);
  }

  /** Whether the client has been refused, or has left. */
  get is_over(): boolean {
    return this.#is_over;
  }

  /** Releases the stream to its next reader. Returns all data that was read from it. */
  release(): Buffer {
    this.#let_go();
    // Without a reader, further bytes would be lost. The next reader is there before the stream resumes.
    this.#stream.pause();
    process.nextTick(() => this.#stream.resume());
    return this.#early.subarray(0, this.#early_bytes);
  }

  refuse(refusal: Refusal): void {
    if (this.#is_over) return;
    this.#let_go();
    this.#departure.abort();
    this.#gone(refusal);
  }

  #keep_early(chunk: Buffer): void {
    const bytes = this.#early_bytes + chunk.length;
    if (bytes > MAX_EARLY_BYTES) {
      this.refuse(TOO_MUCH_TOO_EARLY);
      return;
    }
    if (bytes > this.#early.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * this.#early.length));
      this.#early.copy(larger);
      this.#early = larger;
    }
    chunk.copy(this.#early, this.#early_bytes);
    this.#early_bytes = bytes;
  }

  #left(): void {
    this.#let_go();
    this.#stream.destroy();
    this.#departure.abort();
    this.#gone(undefined);
  }

  #let_go(): void {
    this.#is_over = true;
    this.#stream.removeListener('error', ignore_reset);
    this.#stream.removeListener('data', this.#keep);
    this.#stream.removeListener('end', this.#leave);
    this.#stream.removeListener('close', this.#leave);
  }
}
