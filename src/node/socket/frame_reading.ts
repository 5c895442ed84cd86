import type { Duplex, Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { frame_size, LONGEST_HEADER_IN_BYTES } from './frame_size.ts';

/** Pausing takes effect after at most this many further frames; fewer would cost a burst of messages time. */
const FRAMES_PER_SLICE = 32;
/** ws inflates all that it was given, even if it is paused, and a compressed frame of 1 KiB may hold a message of 1 MiB. */
const FRAMES_PER_INFLATED_SLICE = 1;

/** FIN and the bit that tells control frames (RFC 6455 §5.2): a last frame of data has the first alone. */
const KIND_MASK = 0x88;
const LAST_OF_MESSAGE = 0x80;

const READING = Symbol('reading');

type Give = (this: Duplex, slice: Buffer) => void;

interface ReadStream extends Duplex {
  [READING]?: FrameReading;
}

/**
 * Hands ws what its stream reads, a few frames at a time. ws parses all that it is given, even if it is
 * paused meanwhile: one read of 64 KiB may hold 10,000 messages. If ws is paused, the rest of a read goes
 * back to the stream, unparsed.
 */
export class FrameReading {
  readonly #socket: WebSocket;
  readonly #stream: ReadStream;
  /** What ws itself listens to its stream with. */
  readonly #give: Give;
  /** Whether the client may send compressed messages: ws reports one some time after it was given it. */
  readonly inflates: boolean;
  /** Bytes of the last frame that have not come yet. */
  #missing_bytes = 0;
  /** The part of the last frame's header that has come, if it has not come whole. */
  #header: Buffer | undefined;
  /** The first byte of the last frame, until the frame has come whole. Known only if ws inflates. */
  #first_byte = 0;
  /** Messages that ws was given and has not reported: it is inflating one. */
  #unreported = 0;
  #is_over = false;

  constructor(socket: WebSocket, stream: Duplex, inflates: boolean) {
    this.#socket = socket;
    this.#stream = stream;
    this.inflates = inflates;
    this.#give = stream.listeners('data').at(-1) as Give;
    this.#stream[READING] = this;
    // One function for all connections: a closure for each would cost every idle one memory.
    stream.on('data', read_chunk);
    stream.removeListener('data', this.#give);
  }

  /** ws takes nothing more: the client has closed, or broken the protocol. */
  stop(): void {
    this.#is_over = true;
  }

  /** Drops what has come and ws was not given: it would parse and inflate that before it reports the end. */
  discard(): void {
    this.stop();
    this.#stream.read();
  }

  read(chunk: Buffer): void {
    for (let start = 0; start < chunk.length && !this.#is_over; ) {
      const inflates_fragment = this.inflates && is_busy(this.#socket);
      if (inflates_fragment || this.#unreported > 0 || this.#socket.isPaused) {
        this.#stream.pause();
        this.#stream.unshift(start === 0 ? chunk : chunk.subarray(start));
        if (inflates_fragment) setImmediate(() => this.#go_on());
        return;
      }
      const end = this.#end_of_slice(chunk, start);
      const is_whole = start === 0 && end === chunk.length;
      this.#give.call(this.#stream, is_whole ? chunk : chunk.subarray(start, end));
      start = end;
    }
  }

  /** ws may have inflated a fragment, which it does not report. */
  #go_on(): void {
    if (this.#is_over || this.#unreported > 0 || this.#socket.isPaused) return;
    if (is_busy(this.#socket)) setImmediate(() => this.#go_on());
    else this.#socket.resume();
  }

  /** ws has reported a message. Needs to be told only if it inflates. */
  reported(): void {
    this.#unreported--;
    if (this.#unreported === 0 && !this.#socket.isPaused) this.#socket.resume();
  }

  /** Where the slice ends that begins at this position: behind some frames, or where the chunk ends. */
  #end_of_slice(chunk: Buffer, start: number): number {
    let at =
      this.#header === undefined ? start + this.#missing_bytes : this.#end_of_split_frame(chunk);
    const most = this.inflates ? FRAMES_PER_INFLATED_SLICE : FRAMES_PER_SLICE;
    for (let frames = 0; at < chunk.length && frames < most; frames++) {
      if (this.inflates) this.#begin_frame(chunk[at]);
      const size = frame_size(chunk, at);
      // A copy: a view would keep all of the chunk until the client sends more.
      if (size === 0) this.#header = Buffer.from(chunk.subarray(at));
      at = size === 0 ? chunk.length : at + size;
    }
    this.#missing_bytes = Math.max(0, at - chunk.length);
    const is_whole = this.#missing_bytes === 0 && this.#header === undefined;
    if (this.inflates && is_whole) this.#begin_frame();
    return Math.min(at, chunk.length);
  }

  /** Where the frame ends whose header began in a chunk before this one. */
  #end_of_split_frame(chunk: Buffer): number {
    const earlier = this.#header as Buffer;
    const header = Buffer.concat([earlier, chunk.subarray(0, LONGEST_HEADER_IN_BYTES)]);
    const size = frame_size(header, 0);
    this.#header = size === 0 ? header : undefined;
    return size === 0 ? chunk.length : size - earlier.length;
  }

  /** The frame before this one has come whole. */
  #begin_frame(first_byte = 0): void {
    if ((this.#first_byte & KIND_MASK) === LAST_OF_MESSAGE) this.#unreported++;
    this.#first_byte = first_byte;
  }
}

/**
 * Whether ws is still at work on what it was given: it reports no fragment. What comes meanwhile waits in the stream,
 * where it can be dropped if the connection ends.
 * Held by: "clients that break the protocol behind a fragment and reset keep nobody from being inflated".
 */
function is_busy(socket: WebSocket): boolean {
  const { _receiver } = socket as { _receiver?: Writable };
  return (_receiver?.writableLength ?? 0) > 0;
}

function read_chunk(this: ReadStream, chunk: Buffer): void {
  this[READING]?.read(chunk);
}
