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
  /** Whether it can send: neither side has begun to close, as far as this one knows. */
  readonly is_open: boolean;
  /** All messages so far, from JSON where they are, first to last. */
  readonly received: Received[];
  /** As {@link TestClient.received}, as they were sent. */
  readonly received_raw: RawMessage[];
  /** Resolves once the connection has ended, with the server's code, or 1006 where it was cut. */
  readonly closed: Promise<CloseInfo>;
  /**
   * Sends a message as JSON.
   *
   * @returns whether it was taken: `false` where the connection is not open.
   */
  send(message: Sent): boolean;
  /** Sends text or bytes as they are, JSON or not. */
  send_raw(message: RawMessage): boolean;
  /**
   * The next message that was not yet asked for.
   *
   * @throws where none comes within the time (1 second by default), or the connection ends before;
   * the error says what did come.
   */
  next_message(options?: NextMessageOptions): Promise<Received>;
  /**
   * Closes as a browser does: what was sent before is handled first.
   *
   * @param code 1000 by default; any that a frame can carry, 1005 for none.
   * @throws {WebsocketsError} `bad_argument`, where no frame can carry it: a server would call that a
   * broken protocol.
   */
  close(code?: number, reason?: string): Promise<CloseInfo>;
  /** Cuts the connection, as one that breaks; what is on its way is lost. */
  reset(): void;
  /** Stops reading: as a client that is slow, or gone without a word. */
  pause(): void;
  resume(): void;
}

export interface NextMessageOptions {
  /** On the test runner's timers. @default 1 */
  timeout_in_seconds?: number | undefined;
}

const DEFAULT_TIMEOUT_IN_SECONDS = 1;

/** Somebody who waits for a message. */
interface Wait {
  resolve(message: unknown): void;
  reject(error: Error): void;
  /** It is no longer to be told that its time is over. */
  cancel(): void;
}

/** No code at all, and what only a client sends (RFC 6455 §7.4.1). */
const OF_CLIENTS_ALONE: number[] = [CLOSE_CODES.no_status, 1010];

export class MemoryClient implements TestClient {
  readonly #peer: MemoryPeer;
  /** What the endpoint has to say where no message comes. */
  readonly #explain: () => string;
  readonly received: unknown[] = [];
  readonly received_raw: RawMessage[] = [];
  #taken = 0;
  /** Those who wait for a message, first to last. */
  readonly #waiting = new Set<Wait>();

  constructor(peer: MemoryPeer, explain: () => string) {
    this.#peer = peer;
    this.#explain = explain;
    peer.closed.then(() => this.#serve());
  }

  /** Called with each message of the server. */
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
      `a message must be what JSON can carry; got ${describe(message)}`,
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
    // What no timer can wait for would be over at once.
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
      throw new WebsocketsError('bad_argument', `no close frame can carry the code ${code}`, {
        argument: 'code',
      });
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

  /** At once: whoever asks a moment later is not to be served before those who wait. */
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
