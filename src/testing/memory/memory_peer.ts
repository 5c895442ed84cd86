import { CLOSE_CODES, type CloseInfo } from '../../core/base/close_codes.ts';
import type { Network } from './network.ts';
import { Pipe, type Segment } from './pipe.ts';

/** The server's end of a connection in memory, as its client sees it. */
export interface MemoryLink {
  /** The direction towards the server. */
  readonly inbound: Pipe;
  /** Called when the client has reset the connection. */
  reset(): void;
}

/** The client's end of a connection in memory. It follows the protocol (RFC 6455 §5.5.1, §7). */
export class MemoryPeer {
  /** The direction towards the client. */
  readonly outbound: Pipe;
  readonly closed: Promise<CloseInfo>;
  #on_message: ((data: Buffer, is_binary: boolean) => void) | undefined;
  #link: MemoryLink | undefined;
  #is_closing = false;
  #close_frame: CloseInfo | undefined;
  #end: CloseInfo | undefined;
  #resolve_closed: (end: CloseInfo) => void = () => {};

  constructor(network: Network) {
    this.outbound = new Pipe(network, (segment) => this.#read(segment));
    this.closed = new Promise((resolve) => {
      this.#resolve_closed = resolve;
    });
  }

  /** Joins it to the server's end. `on_message` is called with each message of the server. */
  attach(link: MemoryLink, on_message?: (data: Buffer, is_binary: boolean) => void): void {
    this.#link = link;
    this.#on_message = on_message;
  }

  get is_open(): boolean {
    return !this.#is_closing && this.#end === undefined;
  }

  /** The close code and reason, once the connection has ended. */
  get end(): CloseInfo | undefined {
    return this.#end;
  }

  send(data: Buffer, is_binary: boolean): void {
    this.#link?.inbound.write({ type: 'message', data, is_binary });
  }

  /** Stops reading, like a slow client or one that has vanished. */
  pause(): void {
    this.outbound.pause();
  }

  resume(): void {
    this.outbound.resume();
  }

  close(code: number, reason: string): void {
    if (!this.is_open) return;
    this.#is_closing = true;
    this.#link?.inbound.write({ type: 'close', code, reason });
  }

  /** Terminates the connection. Messages in transit are lost. */
  reset(): void {
    if (this.#end !== undefined) return;
    this.outbound.cut();
    this.#link?.reset();
    this.#finish({ code: CLOSE_CODES.abnormal, reason: '' });
  }

  #read(segment: Segment): void {
    if (segment.type === 'message') {
      this.#on_message?.(segment.data, segment.is_binary);
    } else if (segment.type === 'ping') {
      this.#link?.inbound.write({ type: 'pong' });
    } else if (segment.type === 'close') {
      this.#close_frame = { code: segment.code, reason: segment.reason };
      this.close(segment.code, segment.reason);
    } else if (segment.type === 'end') {
      this.#link?.inbound.write({ type: 'end' });
      this.#finish(this.#close_frame ?? { code: CLOSE_CODES.abnormal, reason: '' });
    }
  }

  #finish(end: CloseInfo): void {
    this.#end = end;
    this.#resolve_closed(end);
  }
}
