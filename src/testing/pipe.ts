import type { Network } from './network.ts';

/** What one end of a connection in memory writes. */
export type Segment =
  | { readonly type: 'message'; readonly data: Buffer; readonly is_binary: boolean }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'ping' | 'pong' }
  /** No more is written. */
  | { readonly type: 'end' };

/** One direction of a connection in memory. */
export class Pipe {
  readonly #network: Network;
  readonly #read: (segment: Segment) => void;
  #unread: Segment[] = [];
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

  /** How many segments were read so far. */
  get segments_read(): number {
    return this.#segments_read;
  }

  /** Of what its reader leaves unread, the size of the first message. */
  get oldest_bytes(): number {
    if (!this.#is_paused) return 0;
    return this.#unread.map(size_of).find((size) => size > 0) ?? 0;
  }

  /** What its reader leaves unread. */
  get unread_bytes(): number {
    if (!this.#is_paused) return 0;
    return this.#unread.reduce((bytes, segment) => bytes + size_of(segment), 0);
  }

  write(segment: Segment): void {
    if (this.#is_cut) return;
    this.#unread.push(segment);
    this.#arrive();
  }

  pause(): void {
    this.#is_paused = true;
  }

  resume(): void {
    this.#is_paused = false;
    this.#arrive();
  }

  /** What is unread is lost, and so is what is written from now on. */
  cut(): void {
    this.#is_cut = true;
    this.#unread = [];
  }

  /** Calls back once the reader leaves nothing unread; at once, where it does not. */
  when_drained(callback: () => void): void {
    this.#on_drain = () => this.#network.go_on(callback);
    this.#report_drain();
  }

  #arrive(): void {
    if (this.#is_arriving || this.#unread.length === 0) return;
    this.#is_arriving = true;
    this.#network.at_end(() => {
      this.#is_arriving = false;
      while (!this.#is_paused) {
        const segment = this.#unread.shift();
        if (segment === undefined) break;
        this.#segments_read++;
        this.#read(segment);
      }
      this.#report_drain();
    });
  }

  #report_drain(): void {
    // Where it is cut, its end says so.
    if (this.#is_cut || this.unread_bytes > 0) return;
    const on_drain = this.#on_drain;
    this.#on_drain = undefined;
    on_drain?.();
  }
}

function size_of(segment: Segment): number {
  return segment.type === 'message' ? segment.data.length : 0;
}
