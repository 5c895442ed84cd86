import type { Frame } from './frame.ts';

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
  /**
   * Bytes of messages, pings and close frames that we have written and that the operating system has not yet
   * accepted. They occupy memory of this process.
   */
  readonly unsent_bytes: number;
  /**
   * The part of {@link Socket.unsent_bytes} that was written after the oldest unsent message. The operating system
   * may have accepted a part of that oldest message.
   */
  readonly unsent_bytes_behind_oldest: number;
  /**
   * Bytes that the operating system was offered and could not accept. It is above 0 only if the peer reads more
   * slowly than we write.
   */
  readonly stalled_bytes: number;
  /**
   * Bytes that the operating system has accepted since the connection began. The number is exact even in the midst
   * of one large message. While there are {@link Socket.stalled_bytes}, it grows only when the peer reads.
   */
  readonly total_bytes_sent: number;
  /**
   * Bytes that were read since the connection began, whatever they meant. A socket that counts no bytes may return
   * another number that grows with everything it reads.
   */
  readonly total_bytes_received: number;
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
