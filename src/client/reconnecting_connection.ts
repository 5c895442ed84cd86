import { ABNORMAL, Backoff } from './backoff.ts';
import type { ClientConnection, ConnectEvents, ConnectionState } from './base/connection.ts';
import { ClientError } from './base/errors.ts';
import {
  OPEN,
  type PageSignal,
  type Platform,
  type PlatformSocket,
  type WebSocketClass,
} from './base/platform.ts';
import { encode_query } from './base/query.ts';
import { parse_address } from './options/address.ts';
import { check_client_close_arguments, encode } from './options/argument.ts';
import type { ParsedConnectOptions } from './options/connect_options.ts';
import { SendQueue } from './send_queue.ts';
import { let_go, open_socket } from './socket.ts';
import { tell, tell_error } from './told.ts';

/** Minimum time between attempts of a page whose network comes and goes. */
const MIN_BETWEEN_ATTEMPTS_IN_MS = 1000;

/** A connection with its attempts and the waits between them. */
export class ReconnectingConnection implements ClientConnection {
  readonly endpoint: string;
  readonly #given: ParsedConnectOptions;
  readonly #platform: Platform;
  /** The endpoint's address, without the query. */
  readonly #address: URL;
  readonly #WebSocket: WebSocketClass;
  readonly #backoff: Backoff;
  readonly #send_queue: SendQueue;
  readonly #unwatch: () => void;
  #state: ConnectionState = 'connecting';
  #socket: PlatformSocket | undefined;
  /** The number of the current attempt. It shows an earlier attempt that it was abandoned. */
  #attempt = 0;
  #has_opened = false;
  #opened_at = 0;
  #tried_at = 0;
  /** When the current wait ends; `undefined` if there is none. */
  #due: number | undefined;
  /** Cancels the timer of the wait, or of the attempt. */
  #cancel: () => void = () => {};

  /** @throws {ClientError} `bad_option`. */
  constructor(endpoint: string, given: ParsedConnectOptions, platform: Platform) {
    this.#address = parse_address(endpoint, given.url, platform.base);
    const { WebSocket = platform.WebSocket } = given;
    if (!WebSocket) {
      throw new ClientError(
        'bad_option',
        'this platform has no WebSocket; pass one, for example the class of "ws": connect(name, { WebSocket })',
      );
    }
    this.#WebSocket = WebSocket;
    this.endpoint = endpoint;
    this.#given = given;
    this.#platform = platform;
    this.#backoff = new Backoff(given.options, platform.random);
    this.#send_queue = new SendQueue(given.options.max_queued_messages);
    this.#unwatch = platform.watch((signal) => this.#heed(signal));
    void this.#try();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  send(message: unknown): boolean {
    const text = encode(message);
    if (this.#state === 'closed') return false;
    return this.#write(text) || this.#send_queue.add(text);
  }

  close(code = 1000, reason = ''): void {
    check_client_close_arguments(code, reason);
    if (this.#state === 'closed') return;
    this.#release(code, reason);
    this.#end(code, reason);
  }

  /** Returns whether the socket took the message. A socket that is closing would drop it silently. */
  #write(text: string): boolean {
    if (this.#state !== 'open' || this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  async #try(): Promise<void> {
    const attempt = ++this.#attempt;
    const { clock } = this.#platform;
    const { connect_timeout_in_seconds } = this.#given.options;
    this.#tried_at = clock.now();
    this.#due = undefined;
    // Before the query function is called, because it may hang, too.
    this.#cancel = clock.after(1000 * connect_timeout_in_seconds, () =>
      this.#lost(ABNORMAL, `no answer within ${connect_timeout_in_seconds} seconds`),
    );
    try {
      const { query, protocols } = this.#given;
      const asked = typeof query === 'function' ? await query() : query;
      // The attempt may have timed out, or the connection may have been closed, in the meantime.
      if (attempt !== this.#attempt) return;
      const address = new URL(this.#address);
      for (const [name, value] of encode_query(asked)) address.searchParams.append(name, value);
      this.#socket = open_socket(this.#WebSocket, address, protocols, {
        opened: () => this.#opened(),
        received: (data) => this.#received(data),
        closed: (code, reason) => this.#lost(code, reason),
      });
    } catch (cause) {
      // No handler is called before connect has returned.
      await undefined;
      if (attempt === this.#attempt) this.#lost(ABNORMAL, '', cause);
    }
  }

  #opened(): void {
    this.#cancel();
    this.#opened_at = this.#platform.clock.now();
    const comes_back = this.#has_opened;
    this.#has_opened = true;
    this.#state = 'open';
    // Before any handler is called, so that no new message overtakes the waiting ones.
    this.#send_queue.empty_into((text) => this.#write(text));
    this.#announce();
    // A handler may have closed the connection.
    if (this.state === 'open') this.#call('on_open', this);
    if (comes_back && this.state === 'open') this.#call('on_reconnect', this);
  }

  #received(data: unknown): void {
    let message = data;
    if (typeof data === 'string') {
      try {
        message = JSON.parse(data);
      } catch (cause) {
        const error = `a message from ${this.endpoint} is not JSON: ${data.slice(0, 80)}`;
        this.#report(new ClientError('invalid_message', error, { cause }));
        return;
      }
    }
    this.#call('on_message', message, this);
  }

  /** Handles the loss of the connection, or the failure of an attempt. */
  #lost(code: number, reason: string, cause?: unknown): void {
    const was_open = this.#state === 'open';
    const open_for = was_open ? this.#platform.clock.now() - this.#opened_at : undefined;
    this.#release();
    const wait = this.#backoff.next_wait(code, open_for);
    if (wait !== undefined) this.#wait(wait);
    // A handler may have closed the connection.
    if (this.state === 'closed') return;
    if (!was_open) this.#report_attempt(reason, cause);
    if (wait === undefined) this.#end(code, reason);
    else if (was_open) this.#call('on_close', code, reason, this);
  }

  /** Starts a wait with a single timer. In a page in the background, it may fire late, but leads to only one attempt. */
  #wait(milliseconds: number): void {
    const { clock } = this.#platform;
    this.#cancel();
    this.#due = clock.now() + milliseconds;
    this.#cancel = clock.after(milliseconds, () => void this.#try());
    this.#enter('reconnecting');
  }

  #heed(signal: PageSignal): void {
    if (signal === 'leaving' || signal === 'offline') {
      if (!this.#socket) return;
      this.#backoff.forgive();
      this.#lost(ABNORMAL, signal);
    } else if (this.#due !== undefined) {
      const soonest = this.#tried_at + MIN_BETWEEN_ATTEMPTS_IN_MS;
      const due = signal === 'back' ? Math.min(this.#due, soonest) : this.#due;
      const wait = due - this.#platform.clock.now();
      if (wait > 0) {
        this.#wait(wait);
        return;
      }
      this.#cancel();
      void this.#try();
    }
  }

  /** Closes the connection; no attempt follows. */
  #end(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#release();
    this.#unwatch();
    this.#send_queue.clear();
    this.#enter('closed');
    this.#call('on_close', code, reason, this);
  }

  /** Releases the socket, the attempt and the timer, if there are any. */
  #release(code?: number, reason?: string): void {
    this.#attempt++;
    this.#cancel();
    this.#due = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    let_go(socket, code, reason);
  }

  #enter(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#announce();
  }

  #announce(): void {
    this.#log(`${this.endpoint} is ${this.#state}`);
    this.#call('on_state_change', this.#state, this);
  }

  #report_attempt(reason: string, cause: unknown): void {
    const told = cause instanceof Error ? cause.message : reason;
    const { events } = this.#given;
    const why =
      told ||
      `browsers do not report the reason. The server is down, has no endpoint ${this.endpoint} there, or refuses this query or this page's origin; see its log`;
    // Without the query, because it may contain a token.
    const where = `${this.#address.origin}${this.#address.pathname}`;
    const text = `could not connect to ${this.endpoint} at ${where}: ${why}`;
    // If the very first attempt fails, the page itself may be wrong, and its author needs to know.
    const is_first = !this.#has_opened && this.#backoff.failures === 1 && !events.on_error;
    this.#log(text, is_first);
    // If the server or the network is the cause, the page has no error to report.
    if (cause === undefined && !events.on_error) return;
    this.#report(new ClientError('attempt_failed', text, { cause }));
  }

  #report(error: unknown): void {
    tell_error(this.#given.events, error, this, this.#platform.report);
  }

  #call<Name extends keyof ConnectEvents>(
    name: Name,
    ...args: Parameters<NonNullable<ConnectEvents[Name]>>
  ): void {
    tell(this.#given.events, name, args, this.#platform.report);
  }

  #log(text: string, always = false): void {
    if (always || this.#given.options.logging) this.#platform.log(text);
  }
}
