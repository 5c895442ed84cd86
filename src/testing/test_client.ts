import {
  CLOSE_CODES,
  type CloseInfo,
  fit_reason,
  is_sendable_close_code,
} from '../core/base/close_codes.ts';
import { WebsocketsError } from '../core/base/errors.ts';
import { describe } from '../core/base/problems.ts';
import { MAX_SECONDS } from '../core/options/endpoint_option.ts';
import { check_options, check_timeout } from './check_options.ts';
import { start_timer } from './memory/clock.ts';
import type { MemoryPeer } from './memory/memory_peer.ts';
import {
  describe_messages,
  type RawMessage,
  read_message,
  to_data,
  to_raw,
} from './read_message.ts';

/** A client of a test endpoint. */
export interface TestClient<Received = any, Sent = any> {
  /** Whether it can send: the client has not begun to close, and has not received a close frame. */
  readonly is_open: boolean;
  /** All messages that it has received so far, decoded from JSON if possible, first to last. */
  readonly received: Received[];
  /** Like {@link TestClient.received}, but not decoded. */
  readonly received_raw: RawMessage[];
  /** Resolves once the connection has ended, with the server's close code, or with 1006 if it was terminated. */
  readonly closed: Promise<CloseInfo>;
  /**
   * Sends a message as JSON.
   *
   * @returns `false` if the connection is not open.
   * @throws {WebsocketsError} `bad_argument`, if the message is `undefined`, a function or a symbol.
   */
  send(message: Sent): boolean;
  /** Sends text or bytes unchanged, even if they are not JSON. Returns `false` if the connection is not open. */
  send_raw(message: RawMessage): boolean;
  /**
   * Resolves with the next message that this method has not returned yet.
   *
   * @throws an error if no message arrives within the timeout (1 second by default), or if the connection ends before.
   * Its message shows the messages that did arrive.
   */
  next_message(options?: NextMessageOptions): Promise<Received>;
  /**
   * Closes the connection as a browser does. Messages that were sent before are handled first.
   *
   * @param code any code that a client may send, or 1005 for a close frame without a code. The default is 1000.
   * @throws {WebsocketsError} `bad_argument`, if the code is not one of these.
   */
  close(code?: number, reason?: string): Promise<CloseInfo>;
  /** Terminates the connection, as if the network had broken it. Messages in transit are lost. */
  reset(): void;
  /** Stops reading until {@link TestClient.resume}, like a slow client or one that has vanished. */
  pause(): void;
  resume(): void;
}

export interface NextMessageOptions {
  /** The time to wait, in seconds, on the timers of the test runner: at least 0. @default 1 */
  timeout_in_seconds?: number | undefined;
}

const DEFAULT_TIMEOUT_IN_SECONDS = 1;

/** A pending call of `next_message`. */
interface Wait {
  resolve(message: unknown): void;
  reject(error: Error): void;
  /** Cancels the timeout. */
  cancel(): void;
}

/** The code for a close frame without one, and the code that only a client sends (RFC 6455 §7.4.1). */
const OF_CLIENTS_ALONE: number[] = [CLOSE_CODES.no_status, 1010];

export class MemoryClient implements TestClient {
  readonly #peer: MemoryPeer;
  /** Returns the failures of the endpoint, for the error of a wait without a message. */
  readonly #explain: () => string;
  readonly received: unknown[] = [];
  readonly received_raw: RawMessage[] = [];
  #taken = 0;
  /** The pending calls of `next_message`, first to last. */
  readonly #waiting = new Set<Wait>();

  constructor(peer: MemoryPeer, explain: () => string) {
    this.#peer = peer;
    this.#explain = explain;
    peer.closed.then(() => this.#serve());
  }

  /** Keeps a message of the server. */
  readonly keep = (data: Buffer, is_binary: boolean): void => {
    const raw = to_raw(data, is_binary);
    this.received_raw.push(raw);
    this.received.push(read_message(raw));
    this.#serve();
  };

  get is_open(): boolean {
    return this.#peer.is_open;
  }

  get closed(): Promise<CloseInfo> {
    return this.#peer.closed;
  }

  send(message: unknown): boolean {
    const json: string | undefined = JSON.stringify(message);
    if (json !== undefined) return this.send_raw(json);
    throw new WebsocketsError(
      'bad_argument',
      `a message must be a value that JSON can carry; got ${describe(message)}`,
      { argument: 'message' },
    );
  }

  send_raw(message: RawMessage): boolean {
    if (!this.is_open) return false;
    this.#peer.send(to_data(message), typeof message !== 'string');
    return true;
  }

  async next_message(options: NextMessageOptions = {}): Promise<unknown> {
    check_options(options, ['timeout_in_seconds']);
    const { timeout_in_seconds = DEFAULT_TIMEOUT_IN_SECONDS } = options;
    check_timeout(timeout_in_seconds);
    // A longer time than a timer can wait for would be over immediately.
    const seconds = Math.min(timeout_in_seconds, MAX_SECONDS);
    return new Promise((resolve, reject) => {
      const { cancel } = start_timer(seconds * 1000, () => {
        this.#waiting.delete(wait);
        reject(this.#no_message(`came within ${timeout_in_seconds} s`));
      });
      const wait = { resolve, reject, cancel };
      this.#waiting.add(wait);
      this.#serve();
    });
  }

  close(code: number = CLOSE_CODES.normal, reason = ''): Promise<CloseInfo> {
    if (!is_sendable_close_code(code) && !OF_CLIENTS_ALONE.includes(code)) {
      const message = `the close code must be one that a client may send, or 1005 for none; got ${code}`;
      throw new WebsocketsError('bad_argument', message, { argument: 'code' });
    }
    this.#peer.close(code, fit_reason(reason));
    return this.closed;
  }

  reset(): void {
    this.#peer.reset();
  }

  pause(): void {
    this.#peer.pause();
  }

  resume(): void {
    this.#peer.resume();
  }

  #no_message(how: string): Error {
    const count = this.received_raw.length;
    const before = count === 0 ? 'nothing' : `${count}: ${describe_messages(this.received_raw)}`;
    return new Error(`no message ${how}; received so far: ${before}${this.#explain()}`);
  }

  /** Settles pending calls. It runs synchronously, so that a later call does not get a message before them. */
  #serve(): void {
    const { end } = this.#peer;
    for (const wait of this.#waiting) {
      if (this.#taken < this.received.length) wait.resolve(this.received[this.#taken++]);
      else if (end !== undefined) wait.reject(this.#no_message(describe_end(end)));
      else return;
      wait.cancel();
      this.#waiting.delete(wait);
    }
  }
}

function describe_end({ code, reason }: CloseInfo): string {
  return `came before the connection closed with ${code}${reason === '' ? '' : ` (${reason})`}`;
}
