import { CLOSE_CODES, type CloseInfo } from '../../core/base/close_codes.ts';
import type { Output, Socket, SocketOwner } from '../../core/wire/socket.ts';
import type { MemoryPeer } from './memory_peer.ts';
import type { Network } from './network.ts';
import { Pipe, type Segment } from './pipe.ts';

/**
 * A {@link Socket} without a network. Handlers, limits and clients cannot distinguish it from a real socket: the
 * conformance suite runs over both.
 */
export class MemorySocket implements Socket {
  readonly #network: Network;
  readonly #peer: MemoryPeer;
  readonly #max_message_size_in_bytes: number;
  readonly #inbound: Pipe;
  #owner: SocketOwner | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** Whether arriving messages are still read. They are not after a close frame or a protocol error. */
  #is_reading = true;
  #close_frame: CloseInfo | undefined;
  #bytes_written = 0;

  constructor(network: Network, peer: MemoryPeer, max_message_size_in_bytes: number) {
    this.#network = network;
    this.#peer = peer;
    this.#max_message_size_in_bytes = max_message_size_in_bytes;
    this.#inbound = new Pipe(network, (segment) => this.#read(segment));
  }

  /** Connects the socket to its owner, which receives its reports, and to its peer. */
  attach(owner: SocketOwner, on_message?: (data: Buffer, is_binary: boolean) => void): void {
    this.#owner = owner;
    this.#peer.attach({ inbound: this.#inbound, reset: () => this.#cut() }, on_message);
  }

  get is_open(): boolean {
    return this.#state === 'open';
  }

  get unsent_bytes(): number {
    return this.#peer.outbound.unread_bytes;
  }

  get unsent_bytes_behind_oldest(): number {
    return this.unsent_bytes - this.#peer.outbound.oldest_bytes;
  }

  get stalled_bytes(): number {
    return this.unsent_bytes;
  }

  get total_bytes_sent(): number {
    return this.#bytes_written - this.unsent_bytes;
  }

  /** The number of segments instead of bytes. Only its changes matter: they show that the client has sent something. */
  get total_bytes_received(): number {
    return this.#inbound.segments_read;
  }

  ping(): void {
    this.#peer.outbound.write({ type: 'ping' });
  }

  write(output: Output): void {
    for (const { payload, is_binary } of output.frames()) {
      this.#bytes_written += payload.length;
      this.#peer.outbound.write({ type: 'message', data: payload, is_binary });
    }
  }

  when_drained(callback: () => void): void {
    this.#peer.outbound.when_drained(callback);
  }

  pause(): void {
    this.#inbound.pause();
  }

  resume(): void {
    this.#inbound.resume();
  }

  begin_close(code: number, reason: string): void {
    this.#state = 'closing';
    this.#peer.outbound.write({ type: 'close', code, reason });
  }

  terminate(): void {
    if (this.#state === 'closed') return;
    this.#peer.outbound.write({ type: 'end' });
    this.#cut();
  }

  #read(segment: Segment): void {
    if (segment.type === 'end') {
      this.#cut();
    } else if (this.#is_reading) {
      if (segment.type === 'close') this.#answer_close(segment);
      else if (segment.type !== 'message') return;
      else if (segment.data.length > this.#max_message_size_in_bytes) this.#refuse_message();
      else this.#owner?.received(segment.data, segment.is_binary);
    }
  }

  #answer_close({ code, reason }: CloseInfo): void {
    this.#is_reading = false;
    this.#close_frame = { code, reason };
    this.#owner?.flush();
    if (this.is_open) this.begin_close(code, reason);
    this.#owner?.peer_closing(code, reason);
    this.#peer.outbound.write({ type: 'end' });
  }

  #refuse_message(): void {
    this.#is_reading = false;
    this.#owner?.flush();
    if (this.is_open) this.begin_close(CLOSE_CODES.message_too_big, '');
    this.#owner?.protocol_failed(CLOSE_CODES.message_too_big, 'Max payload size exceeded');
    this.#peer.outbound.write({ type: 'end' });
  }

  #cut(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#inbound.cut();
    this.#network.at_end(() => {
      const { code, reason } = this.#close_frame ?? { code: CLOSE_CODES.abnormal, reason: '' };
      this.#owner?.socket_closed(code, reason);
    });
  }
}
