import { Queue } from '../../core/base/queue.ts';
import type { Network } from './network.ts';

/** A unit that one end of a connection in memory writes. */
export type Segment =
  | { readonly type: 'message'; readonly data: Buffer; readonly is_binary: boolean }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'ping' | 'pong' }
  /** Nothing is written after it. */
  | { readonly type: 'end' };

/** One direction of a connection in memory. */
export class Pipe {
  readonly #network: Network;
  readonly #read: (segment: Segment) => void;
  /** The unread segments. */
  readonly #segments = new Queue<Segment>();
  #bytes = 0;
  #segments_read = 0;
  #is_paused = false;
  #is_cut = false;
  #is_arriving = false;
  #on_drain: (() => void) | undefined;

  /** @param read called for each segment, in order. */
  constructor(network: Network, read: (segment: Segment) => void) {
    this.#network = network;
    this.#read = read;
  }

  /** The number of segments that were read so far. */
  get segments_read(): number {
    return this.#segments_read;
  }

  /** The size of the first message that a paused reader has not read. */
  get oldest_bytes(): number {
    if (this.unread_bytes === 0) return 0;
    for (let at = 0; ; at++) {
      const size = segment_size(this.#segments.at(at));
      if (size > 0) return size;
    }
  }

  /** The number of bytes that a paused reader has not read. */
  get unread_bytes(): number {
    return this.#is_paused ? this.#bytes : 0;
  }

  write(segment: Segment): void {
    if (this.#is_cut) return;
    this.#segments.push(segment);
    this.#bytes += segment_size(segment);
    this.#arrive();
  }

  pause(): void {
    this.#is_paused = true;
  }

  resume(): void {
    this.#is_paused = false;
    this.#arrive();
  }

  /** Drops all unread segments, and all that are written later. */
  cut(): void {
    this.#is_cut = true;
    this.#segments.clear();
    this.#bytes = 0;
  }

  /** Calls back once no bytes are unread; immediately, if there are none now. */
  when_drained(callback: () => void): void {
    this.#on_drain = () => this.#network.go_on(callback);
    this.#report_drain();
  }

  #arrive(): void {
    if (this.#is_arriving || this.#segments.length === 0) return;
    this.#is_arriving = true;
    this.#network.at_end(() => {
      this.#is_arriving = false;
      while (!this.#is_paused) {
        const segment = this.#take();
        if (segment === undefined) break;
        this.#segments_read++;
        this.#read(segment);
      }
      this.#report_drain();
    });
  }

  #take(): Segment | undefined {
    const segment = this.#segments.shift();
    this.#bytes -= segment_size(segment);
    return segment;
  }

  #report_drain(): void {
    // The end of a terminated connection is reported instead.
    if (this.#is_cut || this.unread_bytes > 0) return;
    const on_drain = this.#on_drain;
    this.#on_drain = undefined;
    on_drain?.();
  }
}

function segment_size(segment: Segment | undefined): number {
  return segment?.type === 'message' ? segment.data.length : 0;
}
