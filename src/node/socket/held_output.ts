const BLOCK_IN_BYTES = 16_384;
/** Node cuts smaller buffers out of a pool: one that waits would keep all of the pool, so it is copied into a block. */
const COPIED_BELOW_BYTES = Math.min(Buffer.poolSize / 2, BLOCK_IN_BYTES);

interface HeldChunk {
  chunk: Buffer;
  next: HeldChunk | undefined;
}

/**
 * Whole frames that wait until their stream takes more, first to last. Small ones are joined: in the queue of a stream, each write
 * costs 200 bytes and more, even if it writes three.
 */
export class HeldOutput {
  #first: HeldChunk | undefined;
  #last: HeldChunk | undefined;
  /** Where small chunks are joined. */
  #block: Buffer | undefined;
  /** What of the block is filled and not yet a chunk. */
  #block_start = 0;
  #block_end = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (chunk.length >= COPIED_BELOW_BYTES) {
      this.#end_chunk();
      this.#push(chunk);
    } else {
      this.#join(chunk);
    }
  }

  /** The first chunk. */
  get first(): Buffer | undefined {
    if (this.#first === undefined) this.#end_chunk();
    return this.#first?.chunk;
  }

  /** Drops so many bytes of the first chunk: they have left. */
  drop(bytes: number): void {
    if (this.#first === undefined) return;
    this.#bytes -= bytes;
    const { chunk, next } = this.#first;
    if (bytes < chunk.length) this.#first.chunk = chunk.subarray(bytes);
    else this.#first = next;
    if (this.#bytes === 0) this.clear();
  }

  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
    this.#block = undefined;
    this.#block_start = 0;
    this.#block_end = 0;
    this.#bytes = 0;
  }

  #join(chunk: Buffer): void {
    if (this.#block === undefined || this.#block_end + chunk.length > BLOCK_IN_BYTES) {
      this.#end_chunk();
      this.#block = Buffer.allocUnsafeSlow(BLOCK_IN_BYTES);
      this.#block_start = 0;
      this.#block_end = 0;
    }
    this.#block.set(chunk, this.#block_end);
    this.#block_end += chunk.length;
  }

  /** Makes a chunk of what was joined; the rest of the block is for the next one. */
  #end_chunk(): void {
    if (this.#block === undefined || this.#block_start === this.#block_end) return;
    this.#push(this.#block.subarray(this.#block_start, this.#block_end));
    this.#block_start = this.#block_end;
  }

  #push(chunk: Buffer): void {
    const held = { chunk, next: undefined };
    if (this.#first === undefined || this.#last === undefined) this.#first = held;
    else this.#last.next = held;
    this.#last = held;
  }
}
