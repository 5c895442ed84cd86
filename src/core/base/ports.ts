/** A source of time, and of timers. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls back once, after so many milliseconds. The function that it returns cancels the call. */
  after(milliseconds: number, callback: () => void): () => void;
  /** The same as {@link Clock.after}, but the timer does not keep the process alive. */
  after_in_background(milliseconds: number, callback: () => void): () => void;
}

/** One turn of the event loop. */
export interface Turn {
  /** Calls back when the code that runs now has returned, before anything is read or written. */
  at_end(callback: () => void): void;
}

/** The log: a message, and details as fields. */
export interface Logger {
  warn(message: string, details: Record<string, unknown>): void;
  error(message: string, details: Record<string, unknown>): void;
}

/** A channel of `node:diagnostics_channel`, in Node's spelling. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: object): void;
}

/** The channels that the core publishes to. */
export type Events = Readonly<
  Record<'open' | 'close' | 'message' | 'handler_error' | 'slow_consumer' | 'refusal', Channel>
>;

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
