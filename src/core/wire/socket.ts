import type { Frame } from './frame.ts';

/** Frames that are sent in one write. */
export interface Output {
  /** The exact size of all frames. */
  readonly bytes: number;
  /** The exact size of the first frame, and of the last. */
  readonly first_bytes: number;
  readonly last_bytes: number;
  /** All frames in one buffer, first to last. */
  readonly chunk: Buffer;
  /** The frames, first to last. */
  frames(): Frame[];
}

/** The transport of one connection. */
export interface Socket {
  /** Whether messages can be written: false as soon as either side has begun to close. */
  readonly is_open: boolean;
  /**
   * Bytes of messages, pings and close frames that were written but that the operating system has not yet accepted.
   * They occupy memory of this process.
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
   * Bytes that the operating system has accepted since the connection began. The number is exact even in the middle
   * of a large message. While there are {@link Socket.stalled_bytes}, it grows only when the peer reads.
   */
  readonly total_bytes_sent: number;
  /**
   * All bytes that were read since the connection began. A socket that does not count bytes may return another number
   * that grows with every read.
   */
  readonly total_bytes_received: number;
  /** Writes all frames at once. Called only while {@link Socket.is_open}. */
  write(output: Output): void;
  /**
   * Calls back when the platform is ready for more, or at once if it is ready now. Only the latest callback counts. No
   * callback is called if the socket closes first.
   */
  when_drained(callback: () => void): void;
  /** Pauses reading. A few messages that were already read may still be reported. */
  pause(): void;
  resume(): void;
  /** Sends a ping (RFC 6455 §5.5.2) after everything that was written. */
  ping(): void;
  /** Sends a close frame. Messages that arrive before the peer's close frame are still reported. */
  begin_close(code: number, reason: string): void;
  /** Ends the connection without a closing handshake. */
  terminate(): void;
}

/** The connection to which a {@link Socket} reports. */
export interface SocketOwner {
  received(data: Buffer, is_binary: boolean): void;
  /** The socket is about to write its own control frame: pending output must be written first. */
  flush(): void;
  /** The peer sent its close frame. */
  peer_closing(code: number, reason: string): void;
  /** The peer ended its stream. Earlier messages may still be reported. */
  peer_ended(): void;
  /** The peer violated the protocol. The socket is closing with this code. */
  protocol_failed(code: number, reason: string): void;
  /** The socket is gone. Called once, as the last report, with the code of the peer's close frame, or 1006 without one. */
  socket_closed(code: number, reason: string): void;
}
