import node_stream, { type Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { frame_size } from './frame_size.ts';
import { HeldOutput } from './held_output.ts';

/** A smaller message is not worth the time that compressing it takes. */
export const COMPRESSION_THRESHOLD_IN_BYTES = 1024;
/** The shortest header of such a frame, as a server sends it: without a mask (RFC 6455 §5.2). */
const HEADER_IN_BYTES = 4;
const LONGER_HEADER_IN_BYTES = 10;
const LENGTH_OF_TWO_BYTES = 126;
const BINARY_FRAME = 0x82;

/**
 * Where a stream of Node's own would ask its writer to wait. Not imported by its name: an older Node
 * lacks it, and would say so before `runtime.ts` says what is wrong.
 */
const DRAINED_BELOW_BYTES = node_stream.getDefaultHighWaterMark(false);

/**
 * Hands output to a stream as fast as its client reads, and holds back the rest. If the connection is
 * compressed, ws is handed large messages, as it alone can compress, one at a time.
 */
export class FrameWriting {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #compresses: boolean;
  readonly #held = new HeldOutput();
  readonly #go_on = () => {
    try {
      this.#continue();
    } catch {
      // A stream of somebody's own may throw. Nothing below would catch it.
      this.#socket.terminate();
    }
  };
  #on_drained: (() => void) | undefined;
  #finish: (() => void) | undefined;

  constructor(socket: WebSocket, stream: Duplex, compresses: boolean) {
    this.#socket = socket;
    this.#stream = stream;
    this.#compresses = compresses;
    stream.on('drain', this.#go_on);
  }

  /** Whether frames wait here, so that each further one has to. */
  get is_holding(): boolean {
    return this.#held.bytes > 0;
  }

  /** Bytes that the stream was not given yet. */
  get waiting_bytes(): number {
    return this.#held.bytes + this.#bytes_in_ws;
  }

  /** @param chunk whole frames. */
  write(chunk: Buffer): void {
    const taken = this.is_holding ? 0 : this.#hand_over(chunk);
    if (taken < chunk.length) this.#held.add(taken === 0 ? chunk : chunk.subarray(taken));
  }

  /** Calls back once the stream is ready for more; only the latest callback counts. */
  when_drained(callback: () => void): void {
    this.#on_drained = callback;
    this.#report_drained();
  }

  /** Calls back, at once if it can, when the stream has been given all that is held, however slow the client is. */
  finish(callback: () => void): void {
    if (!this.#stream.writable) this.#held.clear();
    if (this.is_holding && this.#bytes_in_ws > 0) {
      // Through ws, each small frame would cost 500 bytes.
      this.#finish ??= callback;
      return;
    }
    for (let chunk = this.#held.first; chunk !== undefined; chunk = this.#held.first) {
      this.#stream.write(chunk);
      this.#held.drop(chunk.length);
    }
    callback();
  }

  /** The stream is gone. */
  stop(): void {
    this.#held.clear();
  }

  /** The bytes of a message that ws is compressing. */
  get #bytes_in_ws(): number {
    return this.#compresses ? this.#socket.bufferedAmount - this.#stream.writableLength : 0;
  }

  get #is_ready(): boolean {
    return !this.#stream.writableNeedDrain && this.#bytes_in_ws === 0;
  }

  /** @returns how many bytes have left. */
  #hand_over(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.#is_ready) {
      const end = this.#compresses ? end_of_small_frames(chunk, at) : chunk.length;
      if (end === at) {
        at = this.#compress(chunk, at);
      } else {
        this.#stream.write(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
        at = end;
      }
    }
    return at;
  }

  /** @returns where the frame ends. */
  #compress(chunk: Buffer, at: number): number {
    const end = at + frame_size(chunk, at);
    const header_bytes =
      chunk[at + 1] === LENGTH_OF_TWO_BYTES ? HEADER_IN_BYTES : LONGER_HEADER_IN_BYTES;
    const payload = chunk.subarray(at + header_bytes, end);
    const options = { binary: chunk[at] === BINARY_FRAME, compress: true, fin: true };
    this.#socket.send(payload, options, this.#go_on);
    return end;
  }

  /** The stream, or ws, is ready for more. */
  #continue(): void {
    if (this.#finish !== undefined) {
      const callback = this.#finish;
      this.#finish = undefined;
      this.finish(callback);
      return;
    }
    if (!this.#stream.writable) this.#held.clear();
    for (let chunk = this.#held.first; chunk !== undefined; chunk = this.#held.first) {
      const taken = this.#hand_over(chunk);
      if (taken === 0) break;
      this.#held.drop(taken);
    }
    this.#report_drained();
  }

  #report_drained(): void {
    if (this.#on_drained === undefined || this.is_holding) return;
    if (this.#stream.writableNeedDrain || this.#bytes_in_ws >= DRAINED_BELOW_BYTES) return;
    const on_drained = this.#on_drained;
    this.#on_drained = undefined;
    on_drained();
  }
}

/** Where the frames end that are not compressed, from this position on. */
function end_of_small_frames(chunk: Buffer, start: number): number {
  let at = start;
  while (at < chunk.length) {
    const size = frame_size(chunk, at);
    if (size >= COMPRESSION_THRESHOLD_IN_BYTES + HEADER_IN_BYTES) break;
    at += size;
  }
  return at;
}
