/** What the server and the load of a soak know of each other. */

/** A heartbeat that notices a few of those that vanish also in a short soak. */
export const HEARTBEAT_INTERVAL_IN_SECONDS = 10;
export const HEARTBEAT_TIMEOUT_IN_SECONDS = 5;

export const STREAM_PARTS = 20;

/** What a client asks the server to do with a message. */
export type Wish =
  /** To answer it. */
  | 'echo'
  /** To answer it after a while. */
  | 'sleep'
  /** To fail: where there is no `on_error`, the connection closes with 1011. */
  | 'throw'
  /** To answer it with many parts, as fast as the client reads them. */
  | 'stream'
  /** To send until the client, which does not read, is closed with 1013. */
  | 'flood'
  /** To close with 4001, and the number of answers as a reason. */
  | 'close'
  /** To remember when the client was last heard of. */
  | 'vanish';

export interface FromClient {
  /** 1, 2, 3 … of each connection. */
  readonly number: number;
  readonly wish: Wish;
  readonly padding?: string;
}

/** One answer to each message; its number is 0, 1, 2 … of each connection. */
export interface Answer {
  readonly answer: number;
  /** The message that it answers; 0 is the greeting. */
  readonly to: number;
  /** Whether more answers to that message follow. */
  readonly has_more?: boolean;
  readonly padding?: string;
}

/** What is published to all, once a second. */
export interface Tick {
  readonly tick: number;
  readonly padding: string;
}

/** How the server process is. */
export interface ServerReport {
  readonly connections: number;
  readonly opened: number;
  readonly closed: Record<string, number>;
  readonly messages_in: number;
  readonly messages_out: number;
  readonly handler_errors: number;
  readonly slow_consumers: number;
  readonly refused: number;
  /** After a collection of garbage. */
  readonly heap_in_bytes: number;
  readonly rss_in_bytes: number;
  /** Of Node, by their kind. */
  readonly resources: Record<string, number>;
  readonly file_descriptors: number;
  readonly violations: Record<string, number>;
}

/** The last message that was handled of each connection that a shutdown closed, by its id. */
export type LastHandled = Record<string, number>;

/** What is not as it must be, counted by what it is. */
export class Violations {
  readonly #counts = new Map<string, number>();

  add(violation: string): void {
    this.#counts.set(violation, (this.#counts.get(violation) ?? 0) + 1);
  }

  check(is_so: boolean, violation: string): void {
    if (!is_so) this.add(violation);
  }

  read(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
