/** A source of time and timers. */
export interface Clock {
  /** Milliseconds since a fixed but arbitrary moment. */
  now(): number;
  /** Calls `callback` once, after this many milliseconds. The returned function cancels the call. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Works as {@link Clock.after}, but the timer does not keep the process alive. */
  after_in_background(milliseconds: number, callback: () => void): () => void;
}

/** One turn of the event loop. */
export interface Turn {
  /** Calls `callback` once the current code has returned, before the event loop reads or writes anything. */
  at_end(callback: () => void): void;
}

/** A log that takes a message and details as fields. */
export interface Logger {
  warn(message: string, details: Record<string, unknown>): void;
  error(message: string, details: Record<string, unknown>): void;
}

/** A channel of `node:diagnostics_channel`, with Node's own names. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: object): void;
}

/** The channels that the core publishes to. */
export type Events = Readonly<
  Record<'open' | 'close' | 'message' | 'handler_error' | 'slow_consumer' | 'refusal', Channel>
>;

/**
 * An engine that carries envelopes between nodes. It delivers each envelope at most once, and the
 * envelopes that one node publishes to one channel in order.
 */
export interface Broker {
  /** Called once, before any other method. If it throws, the mount fails with this error. */
  start(receiver: BrokerReceiver): void;
  /** Whether an envelope that is published now can leave this node. */
  readonly is_ready: boolean;
  /**
   * Publishes an envelope to a channel. Called only while {@link Broker.is_ready}. Must never throw. The
   * bytes belong to the broker from then on.
   *
   * @returns `false` if the engine does not accept the envelope. The envelope is lost, which is logged.
   */
  publish(channel: string, envelope: Uint8Array): boolean;
  /**
   * Starts to report the envelopes that other nodes publish to the channel. It may take effect after a short
   * delay. The subscription lasts until {@link Broker.unsubscribe}, even if the engine disconnects and
   * reconnects. Must never throw.
   */
  subscribe(channel: string): void;
  unsubscribe(channel: string): void;
  /**
   * Stops all reports at once. Resolves when everything that the broker opened is closed. If it rejects, the
   * error is logged.
   */
  close(): Promise<void>;
}

/** The methods by which a {@link Broker} reports events to its node. */
export interface BrokerReceiver {
  /** An envelope has arrived. Envelopes of this node itself may be reported, too. */
  received(channel: string, envelope: Uint8Array): void;
  /** The engine is connected, for the first time or again. */
  back(): void;
  /** The engine is disconnected. Until {@link BrokerReceiver.back}, no envelope reaches other nodes. */
  away(error: unknown): void;
  /** Envelopes were lost although the engine is connected. */
  warn(message: string, details: Record<string, unknown>): void;
}
