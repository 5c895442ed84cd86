import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { CloseInfo } from '../base/close_codes.ts';
import { invalid_message, WebsocketsError } from '../base/errors.ts';
import type { Clock } from '../base/ports.ts';
import { describe_issues, type Validated, validate } from '../base/schema.ts';
import { adopt, is_thenable } from '../base/thenable.ts';
import { decode_message } from '../wire/frame.ts';
import { contain_failure, type FailingConnection, type FailureHost } from './failure.ts';
import { Inbox } from './inbox.ts';
import { RateLimit } from './rate_limit.ts';

/** The part of an endpoint that a dispatcher uses. */
export interface DispatcherHost extends FailureHost {
  readonly clock: Clock;
}

/** The part of a connection that its dispatcher uses. */
export interface DispatchedConnection extends FailingConnection {
  readonly host: DispatcherHost;
  /** The close code and reason, once decided. */
  readonly decided: CloseInfo | undefined;
  pause_reading(): void;
  resume_reading(): void;
  /** `on_close` has settled: no handler is left to call. */
  on_close_settled(): void;
}

/**
 * Calls the handlers of one connection: `on_open` first, then `on_message` for each message in order, `on_close` last.
 * Catches all errors of the handlers.
 */
export class Dispatcher {
  readonly #connection: DispatchedConnection;
  readonly #rate: RateLimit | undefined;
  #waiting: Inbox | undefined;
  /** The number of handlers that have not settled. */
  #running = 0;
  #is_opening = true;
  #takes_messages = true;
  /** `due` once the socket is gone: `on_close` is called as soon as no handler runs and no message waits. */
  #on_close: 'not_due' | 'due' | 'called' = 'not_due';
  #on_idle: (() => void)[] | undefined;

  constructor(connection: DispatchedConnection) {
    this.#connection = connection;
    const { clock, definition } = connection.host;
    const { max_messages_per_second } = definition.options;
    if (max_messages_per_second > 0) {
      this.#rate = new RateLimit(max_messages_per_second, clock, () => this.#next());
    }
  }

  open(): void {
    this.#call(
      'on_open',
      () => this.#connection.host.definition.on_open(this.#connection.client),
      () => {
        this.#is_opening = false;
      },
    );
  }

  message(data: Buffer, is_binary: boolean): void {
    if (!this.#takes_messages) return;
    if (this.#can_start() && !this.#waiting?.length && this.#take_turn()) {
      this.#start(data, is_binary);
    } else {
      this.#wait(data, is_binary);
    }
  }

  /** The number of messages that wait for a handler. */
  get waiting(): number {
    return this.#waiting?.length ?? 0;
  }

  /** Whether reading is paused until more of the waiting messages are handled. */
  get is_paused(): boolean {
    return this.#waiting?.is_paused ?? false;
  }

  /** Drops the waiting messages, and ignores later ones. */
  drop(): void {
    this.#takes_messages = false;
    this.#waiting?.drop();
    this.#rate?.stop();
    this.#resume();
  }

  /** Notes that no more messages will arrive. `on_close` follows once all handlers have settled. */
  end(): void {
    if (this.#on_close === 'not_due') this.#on_close = 'due';
    this.#next();
  }

  /** Calls `on_close` now, unless it was called before, even if handlers have not settled. */
  force_end(): void {
    this.drop();
    if (this.#on_close !== 'called') this.#call_on_close();
  }

  /** Whether no handler runs and no message waits for one. */
  get is_idle(): boolean {
    return this.#running === 0 && !this.#waiting?.length;
  }

  /** Calls back the next time that the dispatcher becomes idle. */
  when_idle(callback: () => void): void {
    this.#on_idle ??= [];
    this.#on_idle.push(callback);
  }

  #can_start(): boolean {
    return (
      this.#running < this.#connection.host.definition.options.max_concurrent_messages &&
      !this.#is_opening
    );
  }

  #start(data: Buffer, is_binary: boolean): void {
    // Not through #call: this way, a synchronous handler costs no closure.
    this.#running++;
    const started_at = this.#connection.host.clock.now();
    let outcome: unknown;
    try {
      const { on_message, receives, name } = this.#connection.host.definition;
      const message = decode_message(data, is_binary, name, this.#connection);
      if (message instanceof WebsocketsError) outcome = this.#contain('on_message', message);
      else if (receives !== undefined) outcome = this.#receive(receives, message);
      else outcome = on_message(message, this.#connection.client);
      // Any other return value is ignored: even `instanceof` on it could throw.
      outcome = is_thenable(outcome) ? this.#watch('on_message', outcome) : undefined;
    } catch (error) {
      outcome = this.#contain('on_message', error);
    }
    if (outcome instanceof Promise) {
      this.#settle(outcome, () => this.#report_handled(started_at, data.length));
    } else {
      this.#report_handled(started_at, data.length);
      this.#running--;
    }
  }

  #report_handled(started_at: number, bytes: number): void {
    const { clock, monitor } = this.#connection.host;
    monitor.handled(this.#connection.client, bytes, clock.now() - started_at);
  }

  /** Validates a message with the endpoint's schema, then passes it to on_message. */
  #receive(receives: StandardSchemaV1, message: unknown): unknown {
    const validated = validate(
      receives,
      message,
      `websockets.${this.#connection.host.definition.name}.receives`,
    );
    if (!(validated instanceof Promise)) return this.#hand_over(validated);
    // If the connection has closed in the meantime, the message must not reach on_message.
    return validated.then((settled) =>
      this.#takes_messages ? this.#hand_over(settled) : undefined,
    );
  }

  #hand_over(validated: Validated): unknown {
    const { on_message, name } = this.#connection.host.definition;
    if (validated.is_valid) return on_message(validated.value, this.#connection.client);
    const { issues } = validated;
    const message = `the message does not match the schema: ${describe_issues(issues)}`;
    return this.#contain('on_message', invalid_message(message, { endpoint: name, issues }));
  }

  /** Calls a handler other than on_message, and calls `after` once the handler has settled. */
  #call(handler: string, call: () => unknown, after: () => void): void {
    this.#running++;
    let outcome: unknown;
    try {
      outcome = call();
      outcome = is_thenable(outcome) ? this.#watch(handler, outcome) : undefined;
    } catch (error) {
      outcome = this.#contain(handler, error);
    }
    if (outcome instanceof Promise) {
      this.#settle(outcome, after);
    } else {
      after();
      this.#running--;
      this.#next();
    }
  }

  /** Returns a promise that never rejects. */
  #watch(handler: string, outcome: PromiseLike<unknown>): Promise<unknown> {
    return adopt(outcome).catch((error) => this.#contain(handler, error));
  }

  #settle(outcome: Promise<unknown>, after: () => void): void {
    outcome.then(() => {
      after();
      this.#running--;
      this.#next();
    });
  }

  #wait(data: Buffer, is_binary: boolean): void {
    this.#waiting ??= new Inbox(this.#connection.host.definition.options);
    this.#waiting.push({ data, is_binary });
    if (this.is_paused || !(this.#waiting.is_full || this.#rate?.is_waiting)) return;
    this.#waiting.is_paused = true;
    this.#connection.pause_reading();
  }

  /** Takes a turn for one message. Returns false if the rate limit allows none yet. */
  #take_turn(): boolean {
    return this.#rate === undefined || this.#rate.take();
  }

  #next(): void {
    while (this.#waiting?.length && this.#can_start() && this.#take_turn()) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#start(next.data, next.is_binary);
    }
    if (this.#waiting?.is_half_empty && !this.#rate?.is_waiting) this.#resume();
    if (!this.is_idle) return;
    if (this.#on_close === 'due') this.#call_on_close();
    else this.#report_idle();
  }

  #report_idle(): void {
    const waiting = this.#on_idle;
    this.#on_idle = undefined;
    for (const callback of waiting ?? []) callback();
  }

  #resume(): void {
    if (!this.#waiting?.is_paused) return;
    this.#waiting.is_paused = false;
    this.#connection.resume_reading();
  }

  #call_on_close(): void {
    this.#on_close = 'called';
    const { client, decided, host } = this.#connection;
    // The code and reason of a connection that has ended are always decided.
    const { code, reason } = decided as CloseInfo;
    this.#call(
      'on_close',
      () => host.definition.on_close(code, reason, client),
      () => this.#connection.on_close_settled(),
    );
  }

  #contain(handler: string, error: unknown): Promise<void> | undefined {
    return contain_failure(this.#connection.host, this.#connection, handler, error);
  }
}
