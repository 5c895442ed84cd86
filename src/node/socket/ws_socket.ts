import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { CLOSE_CODES } from '../../core/base/close_codes.ts';
import type { Output, Socket, SocketOwner } from '../../core/wire/socket.ts';
import { Backlog } from './backlog.ts';
import { FrameReading } from './frame_reading.ts';
import { FrameWriting } from './frame_writing.ts';

/** A ping without a payload (RFC 6455 §5.5.2). */
const PING = Buffer.from([0x89, 0]);

/** What the stream of a socket has, beyond any stream: documented, and not. */
interface StreamInside {
  readonly _writableState?: { readonly writelen?: number };
  readonly bytesRead?: number;
  readonly _handle?: { readonly writeQueueSize?: number; readonly bytesWritten?: number } | null;
}

function stream_handle_of(stream: Duplex | undefined) {
  return (stream as StreamInside | undefined)?._handle;
}

/** Of streams that do not count what is read. */
const counted_bytes = new WeakMap<Duplex, number>();

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
  #reading: FrameReading | undefined;
  /** Only if it compresses, or its client has fallen behind. */
  #writing: FrameWriting | undefined;
  #backlog: Backlog | undefined;

  /** Connects it to what reports go to; before this returns, nothing was reported. */
  attach(stream: Duplex, owner: SocketOwner): void {
    this.#stream = stream;
    this.#owner = owner;
    const compresses = this.extensions !== '';
    this.#reading = new FrameReading(this, stream, compresses);
    if (compresses) this.#writing = new FrameWriting(this, stream, true);
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

  get unsent_bytes(): number {
    const waiting_above = this.#writing?.waiting_bytes ?? 0;
    const waiting = this.#stream?.writableLength ?? 0;
    if (waiting === 0) return waiting_above;
    const not_taken = stream_handle_of(this.#stream)?.writeQueueSize;
    if (not_taken === undefined) return waiting_above + waiting;
    // A stream counts what it has handed over until the last byte of it is taken: megabytes, where much waited.
    const handed_over = (this.#stream as StreamInside)._writableState?.writelen ?? 0;
    return waiting_above + waiting - Math.max(0, handed_over - not_taken);
  }

  get unsent_bytes_behind_oldest(): number {
    return this.#backlog?.unsent_bytes_behind_oldest(this.unsent_bytes) ?? 0;
  }

  get stalled_bytes(): number {
    // What Node itself asks to tell a slow peer from a silent one (the time-out of its sockets): a
    // stream's own count stays the same until all that it has handed over is written.
    return stream_handle_of(this.#stream)?.writeQueueSize ?? 0;
  }

  get total_bytes_sent(): number {
    return (stream_handle_of(this.#stream)?.bytesWritten ?? 0) - this.stalled_bytes;
  }

  get total_bytes_received(): number {
    const stream = this.#stream as (StreamInside & Duplex) | undefined;
    if (stream === undefined) return 0;
    return stream.bytesRead ?? counted_bytes.get(stream) ?? 0;
  }

  write(output: Output): void {
    if (this.#writing === undefined) this.#stream?.write(output.chunk);
    else this.#writing.write(output.chunk);
    const waiting = this.unsent_bytes;
    if (waiting > 0) this.#begin_backlog().add(output, waiting);
  }

  when_drained(callback: () => void): void {
    waits++;
    const is_turn = waits % WAITS_PER_TURN === 0;
    const go_on = is_turn ? () => setImmediate(callback) : callback;
    if (this.#stream?.writableNeedDrain) this.#begin_writing(this.#stream);
    if (this.#writing === undefined) go_on();
    else this.#writing.when_drained(go_on);
  }

  override resume(): void {
    // A stream that has failed throws away what it has read, if it is resumed. Otherwise ws takes that when the stream closes.
    // Held by: "3: and closes behind a few and resets at once, has all of them handled before on_close".
    if (!this.#stream?.destroyed) super.resume();
  }

  override terminate(): void {
    super.terminate();
    this.#reading?.discard();
  }

  begin_close(code: number, reason: string): void {
    this.#close(code, reason);
  }

  /** Called by ws: to answer the peer's close frame, or because the peer broke the protocol. */
  override close(code?: number, reason?: string | Buffer): void {
    this.#owner?.flush();
    this.#reading?.stop();
    this.#close(code, reason);
    const is_answer = code === undefined || reason !== undefined;
    if (is_answer) {
      this.#owner?.peer_closing(code ?? CLOSE_CODES.no_status, String(reason ?? ''));
    } else {
      this.#failure_code = code;
    }
  }

  override ping(): void {
    this.#owner?.flush();
    // Pings have to stand in their places among what a slow client reads, so that it answers in time.
    if (this.#writing?.is_holding) this.#writing.write(PING);
    else super.ping();
    if (this.unsent_bytes > 0) this.#begin_backlog();
  }

  /** Called by ws, to answer a ping. */
  override pong(data?: unknown, mask?: boolean, callback?: (error: Error) => void): void {
    this.#owner?.flush();
    super.pong(data, mask, callback);
    if (this.unsent_bytes > 0) this.#begin_backlog();
  }

  /** Sends a close frame behind all that was written. */
  #close(code?: number, reason?: string | Buffer): void {
    if (this.#writing === undefined) super.close(code, reason);
    else this.#writing.finish(() => super.close(code, reason));
  }

  #begin_writing(stream: Duplex): void {
    this.#writing ??= new FrameWriting(this, stream, false);
  }

  /** Something waits for the peer to read. It is only then that anybody has to know that the peer has ended. */
  #begin_backlog(): Backlog {
    if (this.#backlog === undefined) {
      this.#backlog = new Backlog();
      if (this.#stream !== undefined) this.#begin_writing(this.#stream);
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
      if (this.#reading?.inflates) this.#reading.reported();
    } else if (event === 'close') {
      const [code, reason] = told;
      this.#writing?.stop();
      this.#owner?.socket_closed(code, String(reason));
    } else if (event === 'error' && this.#failure_code !== undefined) {
      // Without a code the stream failed, and its end follows.
      const [error] = told;
      this.#owner?.protocol_failed(this.#failure_code, error.message);
    }
    return true;
  }
}
