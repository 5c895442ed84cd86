import type { Frame } from './frame.ts';

/** All that the core asks of the outside. */

/** Frames that leave in one write. */
export interface Output {
  /** Their exact size. */
  readonly bytes: number;
  /** That of the first, and of the last. */
  readonly first_bytes: number;
  readonly last_bytes: number;
  /** All of them, first to last, as one buffer. */
  readonly chunk: Buffer;
  /** Each of them, first to last. */
  frames(): Frame[];
}

/** The transport under one connection. */
export interface Socket {
  /** Whether messages can be written: false as soon as either side has begun to close. */
  readonly is_open: boolean;
  /** Bytes that were written and that the platform has not yet taken. */
  readonly buffered_bytes: number;
  /** Of these, those of messages behind the oldest, which the platform has perhaps taken in part. */
  readonly bytes_behind_oldest: number;
  /** Of these, those that it would not take: the peer reads more slowly than we write. */
  readonly backlog: number;
  /**
   * Bytes that the platform has taken so far, exact also in the midst of one large message. Where it has left a
   * {@link Socket.backlog}, it takes more only as the peer makes room.
   */
  readonly bytes_taken: number;
  /** All that was read so far, whatever it was. */
  readonly bytes_read: number;
  /** Writes frames in one go. Called only while {@link Socket.is_open}. */
  write(output: Output): void;
  /**
   * Calls back once the platform is ready for more: at once where it is. Only the latest callback
   * counts, and none where the socket closes meanwhile.
   */
  when_drained(callback: () => void): void;
  /** Stops reading; a few messages that were already read may still be reported. */
  pause(): void;
  resume(): void;
  /** Asks the peer for a sign of life (RFC 6455 §5.5.2), behind all that was written. */
  ping(): void;
  /** Sends a close frame; what arrives until the peer's is still reported. */
  begin_close(code: number, reason: string): void;
  /** Cuts the connection without a word. */
  terminate(): void;
}

/** What a {@link Socket} reports, and to whom. */
export interface SocketOwner {
  received(data: Buffer, is_binary: boolean): void;
  /** The socket is about to write a control frame of its own: what waits goes first. */
  flush(): void;
  /** The peer sent its close frame. */
  peer_closing(code: number, reason: string): void;
  /** The peer ended its stream; what came before is perhaps still to be reported. */
  peer_ended(): void;
  /** The peer broke the protocol; the socket is closing with this code. */
  protocol_failed(code: number, reason: string): void;
  /** The socket is gone. Called once, last, with the code of the peer's close frame, else 1006. */
  socket_closed(code: number, reason: string): void;
}

/**
 * An engine that carries envelopes between nodes: each at most once, those of one node to one
 * channel in order.
 */
export interface Broker {
  /** Called once, before anything else. What it throws fails the mount. */
  start(receiver: BrokerReceiver): void;
  /** Whether what is published now leaves this node. */
  readonly is_ready: boolean;
  /**
   * Called only while {@link Broker.is_ready}. Never throws. The bytes are the broker's from then on.
   *
   * @returns false where the engine does not take it: it is lost, and the log says so.
   */
  publish(channel: string, envelope: Uint8Array): boolean;
  /**
   * Has what other nodes publish to the channel reported, a moment later. Holds until
   * {@link Broker.unsubscribe}, also where the engine goes away and comes back. Never throws.
   */
  subscribe(channel: string): void;
  unsubscribe(channel: string): void;
  /** Nothing is reported any more. Resolves when nothing of it is left; what it rejects with is logged. */
  close(): Promise<void>;
}

/** What a {@link Broker} reports. */
export interface BrokerReceiver {
  /** An envelope has arrived; one's own may, too. */
  received(channel: string, envelope: Uint8Array): void;
  /** The engine is there, for the first time or again. */
  back(): void;
  /** The engine is gone: what is published meanwhile reaches no other node. */
  away(error: unknown): void;
  /** Something is lost while the engine is there. */
  warn(message: string, details: Record<string, unknown>): void;
}

export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls once, after that many milliseconds; returns what cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
  /** As {@link Clock.after}, for what keeps no process alive that has nothing else to do. */
  after_in_background(milliseconds: number, callback: () => void): () => void;
}

/** One turn of the event loop. */
export interface Turn {
  /** Calls back when what runs now has returned, before anything is read or written. */
  at_end(callback: () => void): void;
}

export interface Logger {
  warn(message: string, details: Record<string, unknown>): void;
  error(message: string, details: Record<string, unknown>): void;
}

/** Where something is announced: a channel of `node:diagnostics_channel`, in its spelling. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: object): void;
}

export type Events = Readonly<
  Record<'open' | 'close' | 'message' | 'handler_error' | 'slow_consumer' | 'refusal', Channel>
>;
