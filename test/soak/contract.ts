/** The messages and settings that the server and the load of a soak share. */

/** A short heartbeat, so that even a short soak detects some of the clients that vanish. */
export const HEARTBEAT_INTERVAL_IN_SECONDS = 10;
export const HEARTBEAT_TIMEOUT_IN_SECONDS = 5;

export const STREAM_PARTS = 20;

/** What a client asks the server to do with a message. */
export type Wish =
  /** To answer it. */
  | 'echo'
  /** To answer it after a while. */
  | 'sleep'
  /** To fail. Without `on_error`, the connection closes with 1011. */
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
  /** 1, 2, 3 …, counted for each connection. */
  readonly number: number;
  readonly wish: Wish;
  readonly padding?: string;
}

/** An answer to a message. Its number is 0, 1, 2 …, counted for each connection. */
export interface Answer {
  readonly answer: number;
  /** The message that it answers; 0 is the greeting. */
  readonly to: number;
  /** Whether more answers to that message follow. */
  readonly has_more?: boolean;
  readonly padding?: string;
}

/** The message that is published to all clients once a second. */
export interface Tick {
  readonly tick: number;
  readonly padding: string;
}

/** A report about the state of the server process. */
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
  /** The open resources of Node, by kind. */
  readonly resources: Record<string, number>;
  readonly file_descriptors: number;
  readonly violations: Record<string, number>;
}

/** The last message that was handled of each connection that a shutdown closed, by its id. */
export type LastHandled = Record<string, number>;

/** The violations that were found, counted by kind. */
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
