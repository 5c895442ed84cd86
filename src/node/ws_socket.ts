import { type Duplex, getDefaultHighWaterMark } from 'node:stream';
import { WebSocket } from 'ws';
import { CLOSE_CODES } from '../core/close_codes.ts';
import type { Output, Socket, SocketOwner } from '../core/ports.ts';

/** A smaller message is not worth the time that compressing it takes. */
const COMPRESSION_THRESHOLD_IN_BYTES = 1024;

/** What the stream of a socket has, beyond any stream: documented, and not. */
interface StreamInside {
  readonly _writableState?: { readonly writelen?: number };
  readonly bytesRead?: number;
  readonly _handle?: { readonly writeQueueSize?: number; readonly bytesWritten?: number } | null;
}

/** Where a stream of Node's own would ask its writer to wait. */
const DRAINED_BELOW_BYTES = getDefaultHighWaterMark(false);

/** A kernel that takes all at once has a producer go on without end: after so many waits, all else has its turn. */
const WAITS_PER_TURN = 64;

/**
 * The {@link Socket} port over ws, which reads and keeps the protocol. Frames are
 * written to the stream below it, which is ours since the upgrade; ws itself writes only
 * control frames, each after what is pending.
 */
export class WsSocket extends WebSocket implements Socket {
  #stream: Duplex | undefined;
  #owner: SocketOwner | undefined;
  #failure_code: number | undefined;
  #is_compressed = false;
  #on_drain: (() => void) | undefined;
  #on_sent: (() => void) | undefined;
  #waits = 0;
  /** Bytes read, where the stream does not count them itself. */
  #counted_bytes = 0;
  #written_bytes = 0;
  #oldest_bytes = 0;
  /** The count of written bytes up to which the oldest message stands. */
  #oldest_end = 0;

  /** Connects it to what reports go to; before this returns, nothing was reported. */
  attach(stream: Duplex, owner: SocketOwner): void {
    this.#stream = stream;
    this.#owner = owner;
    this.#is_compressed = this.extensions !== '';
    // What ws compresses stands in no stream yet: there is no event but that each message is sent.
    if (this.#is_compressed) this.#on_sent = () => this.#report_drain();
    this.on('message', report_message);
    this.on('error', report_error);
    this.on('close', report_close);
    // A stream of somebody's own may count nothing, and its silence would be taken for death.
    if ((stream as StreamInside).bytesRead === undefined) {
      stream.on('data', (chunk: Buffer) => {
        this.#counted_bytes += chunk.length;
      });
    }
    // ws ends the stream in turn, but waits without end for a peer that reads nothing.
    stream.on('end', () => owner.peer_ended());
  }

  get is_open(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  get buffered_bytes(): number {
    if (this.#is_compressed) return this.bufferedAmount;
    const waiting = this.#stream?.writableLength ?? 0;
    const not_taken = this.#handle?.writeQueueSize;
    if (waiting === 0 || not_taken === undefined) return waiting;
    // A stream counts what it has handed over until the last byte of it is taken: megabytes, where much waited.
    const handed_over = (this.#stream as StreamInside)._writableState?.writelen ?? 0;
    return waiting - Math.max(0, handed_over - not_taken);
  }

  get oldest_bytes(): number {
    return this.#written_bytes - this.buffered_bytes < this.#oldest_end ? this.#oldest_bytes : 0;
  }

  get backlog(): number {
    // What Node itself asks to tell a slow peer from a silent one (the time-out of its sockets): a
    // stream's own count stays the same until all that it has handed over is written.
    return this.#handle?.writeQueueSize ?? 0;
  }

  get bytes_taken(): number {
    return (this.#handle?.bytesWritten ?? 0) - this.backlog;
  }

  get #handle() {
    return (this.#stream as StreamInside | undefined)?._handle;
  }

  get bytes_read(): number {
    return (this.#stream as StreamInside | undefined)?.bytesRead ?? this.#counted_bytes;
  }

  write(output: Output): void {
    if (this.buffered_bytes === 0) {
      this.#oldest_bytes = output.first_bytes;
      this.#oldest_end = this.#written_bytes + output.first_bytes;
    }
    this.#written_bytes += output.bytes;
    if (this.#is_compressed) {
      // Only ws can compress, and keep what it compresses in order with the rest.
      for (const { payload, is_binary: binary } of output.frames()) {
        const compress = payload.length >= COMPRESSION_THRESHOLD_IN_BYTES;
        this.send(payload, { binary, compress }, this.#on_sent);
      }
    } else {
      this.#stream?.write(output.chunk);
    }
  }

  when_drained(callback: () => void): void {
    const stream = this.#stream;
    this.#waits++;
    const is_turn = this.#waits % WAITS_PER_TURN === 0;
    const go_on = is_turn ? () => setImmediate(callback) : callback;
    if (this.#is_compressed) {
      this.#on_drain = go_on;
      this.#report_drain();
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
  }

  /** Called by ws, to answer a ping. */
  override pong(data?: unknown, mask?: boolean, callback?: (error: Error) => void): void {
    this.#owner?.flush();
    super.pong(data, mask, callback);
  }

  #report_drain(): void {
    if (this.#on_drain === undefined || this.bufferedAmount >= DRAINED_BELOW_BYTES) return;
    const on_drain = this.#on_drain;
    this.#on_drain = undefined;
    on_drain();
  }

  report_message(data: Buffer, is_binary: boolean): void {
    this.#owner?.received(data, is_binary);
  }

  report_error(error: Error): void {
    // Without a code the stream failed, and its end follows.
    if (this.#failure_code === undefined) return;
    this.#owner?.protocol_failed(this.#failure_code, error.message);
  }

  report_close(code: number, reason: Buffer): void {
    this.#owner?.socket_closed(code, String(reason));
  }
}

// One function each for all sockets, rather than one for each.

function report_message(this: WebSocket, data: unknown, is_binary: boolean): void {
  (this as WsSocket).report_message(data as Buffer, is_binary);
}

function report_error(this: WebSocket, error: Error): void {
  (this as WsSocket).report_error(error);
}

function report_close(this: WebSocket, code: number, reason: Buffer): void {
  (this as WsSocket).report_close(code, reason);
}
