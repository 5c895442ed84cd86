import node_stream, { type Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { CLOSE_CODES } from '../core/close_codes.ts';
import type { Output, Socket, SocketOwner } from '../core/ports.ts';
import { Backlog } from './backlog.ts';

/** A smaller message is not worth the time that compressing it takes. */
export const COMPRESSION_THRESHOLD_IN_BYTES = 1024;

/** What the stream of a socket has, beyond any stream: documented, and not. */
interface StreamInside {
  readonly _writableState?: { readonly writelen?: number };
  readonly bytesRead?: number;
  readonly _handle?: { readonly writeQueueSize?: number; readonly bytesWritten?: number } | null;
}

function handle_of(stream: Duplex | undefined) {
  return (stream as StreamInside | undefined)?._handle;
}

/** Of streams that do not count what is read. */
const counted_bytes = new WeakMap<Duplex, number>();

/**
 * Where a stream of Node's own would ask its writer to wait. Not imported by its name: an older Node
 * lacks it, and would say so before `runtime.ts` says what is wrong.
 */
const DRAINED_BELOW_BYTES = node_stream.getDefaultHighWaterMark(false);

/** A kernel that takes all at once has a producer go on without end: after so many waits, all else has its turn. */
const WAITS_PER_TURN = 64;
/** Of all sockets. */
let waits = 0;

/**
 * The {@link Socket} port over ws, which reads and keeps the protocol. Frames are
 * written to the stream below it, which is ours since the upgrade; ws itself writes only
 * control frames, each after what is pending.
 */
export class WsSocket extends WebSocket implements Socket {
  #stream: Duplex | undefined;
  #owner: SocketOwner | undefined;
  #failure_code: number | undefined;
  #compression: Compression | undefined;
  #backlog: Backlog | undefined;

  /** Connects it to what reports go to; before this returns, nothing was reported. */
  attach(stream: Duplex, owner: SocketOwner): void {
    this.#stream = stream;
    this.#owner = owner;
    if (this.extensions !== '') this.#compression = new Compression(this);
    // A stream of somebody's own may count nothing, and its silence would be taken for death.
    if ((stream as StreamInside).bytesRead === undefined) {
      counted_bytes.set(stream, 0);
      stream.on('data', ({ length }: Buffer) => {
        counted_bytes.set(stream, (counted_bytes.get(stream) ?? 0) + length);
      });
    }
  }

  get is_open(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  get buffered_bytes(): number {
    if (this.#compression !== undefined) return this.bufferedAmount;
    const waiting = this.#stream?.writableLength ?? 0;
    if (waiting === 0) return 0;
    const not_taken = handle_of(this.#stream)?.writeQueueSize;
    if (not_taken === undefined) return waiting;
    // A stream counts what it has handed over until the last byte of it is taken: megabytes, where much waited.
    const handed_over = (this.#stream as StreamInside)._writableState?.writelen ?? 0;
    return waiting - Math.max(0, handed_over - not_taken);
  }

  get bytes_behind_oldest(): number {
    return this.#backlog?.bytes_behind_oldest(this.buffered_bytes) ?? 0;
  }

  get backlog(): number {
    // What Node itself asks to tell a slow peer from a silent one (the time-out of its sockets): a
    // stream's own count stays the same until all that it has handed over is written.
    return handle_of(this.#stream)?.writeQueueSize ?? 0;
  }

  get bytes_taken(): number {
    return (handle_of(this.#stream)?.bytesWritten ?? 0) - this.backlog;
  }

  get bytes_read(): number {
    const stream = this.#stream as (StreamInside & Duplex) | undefined;
    if (stream === undefined) return 0;
    return stream.bytesRead ?? counted_bytes.get(stream) ?? 0;
  }

  write(output: Output): void {
    if (this.#compression !== undefined) this.#compression.write(output);
    else this.#stream?.write(output.chunk);
    const waiting = this.buffered_bytes;
    if (waiting > 0) this.#begin_backlog().add(output, waiting);
  }

  when_drained(callback: () => void): void {
    const stream = this.#stream;
    waits++;
    const is_turn = waits % WAITS_PER_TURN === 0;
    const go_on = is_turn ? () => setImmediate(callback) : callback;
    if (this.#compression !== undefined) {
      this.#compression.when_drained(go_on);
    } else if (stream?.writableNeedDrain) {
      stream.once('drain', go_on);
    } else {
      go_on();
    }
  }

  begin_close(code: number, reason: string): void {
    super.close(code, reason);
  }

  /** Called by ws: to answer the peer's close frame, or because the peer broke the protocol. */
  override close(code?: number, reason?: string | Buffer): void {
    this.#owner?.flush();
    super.close(code, reason);
    const is_answer = code === undefined || reason !== undefined;
    if (is_answer) {
      this.#owner?.peer_closing(code ?? CLOSE_CODES.no_status, String(reason ?? ''));
    } else {
      this.#failure_code = code;
    }
  }

  override ping(): void {
    this.#owner?.flush();
    super.ping();
    if (this.buffered_bytes > 0) this.#begin_backlog();
  }

  /** Called by ws, to answer a ping. */
  override pong(data?: unknown, mask?: boolean, callback?: (error: Error) => void): void {
    this.#owner?.flush();
    super.pong(data, mask, callback);
    if (this.buffered_bytes > 0) this.#begin_backlog();
  }

  /** Something waits for the peer to read. It is only then that anybody has to know that the peer has ended. */
  #begin_backlog(): Backlog {
    if (this.#backlog === undefined) {
      this.#backlog = new Backlog();
      // ws ends the stream in turn, but waits without end for a peer that reads nothing.
      this.#stream?.on('end', () => this.#owner?.peer_ended());
    }
    return this.#backlog;
  }

  /** Called by ws. There are no listeners: they would cost each connection a table of its own. */
  override emit(event: string | symbol, ...told: any[]): boolean {
    if (event === 'message') {
      const [data, is_binary] = told;
      this.#owner?.received(data, is_binary);
    } else if (event === 'close') {
      const [code, reason] = told;
      this.#owner?.socket_closed(code, String(reason));
    } else if (event === 'error' && this.#failure_code !== undefined) {
      // Without a code the stream failed, and its end follows.
      const [error] = told;
      this.#owner?.protocol_failed(this.#failure_code, error.message);
    }
    return true;
  }
}

/** Writes through ws, which alone can compress and keep what it compresses in order with the rest. */
class Compression {
  readonly #socket: WebSocket;
  // What ws compresses stands in no stream yet: there is no event but that each message is sent.
  readonly #on_sent = () => this.#report_drain();
  #on_drain: (() => void) | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  write(output: Output): void {
    for (const { payload, is_binary: binary } of output.frames()) {
      const compress = payload.length >= COMPRESSION_THRESHOLD_IN_BYTES;
      this.#socket.send(payload, { binary, compress, fin: true }, this.#on_sent);
    }
  }

  when_drained(callback: () => void): void {
    this.#on_drain = callback;
    this.#report_drain();
  }

  #report_drain(): void {
    if (this.#on_drain === undefined || this.#socket.bufferedAmount >= DRAINED_BELOW_BYTES) return;
    const on_drain = this.#on_drain;
    this.#on_drain = undefined;
    on_drain();
  }
}
