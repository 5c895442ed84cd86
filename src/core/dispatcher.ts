import type { StandardSchemaV1 } from '@standard-schema/spec';
import { CLOSE_CODES, type CloseInfo } from './close_codes.ts';
import { decode_message } from './codec.ts';
import type { Connection } from './connection.ts';
import { do_nothing, type ParsedWebsocket } from './definition.ts';
import { has_code, WebsocketsError } from './errors.ts';
import { Inbox } from './inbox.ts';
import type { Logger } from './ports.ts';
import { describe_issues, type Validated, validate } from './schema.ts';
import { adopt, is_thenable } from './thenable.ts';

/** What a dispatcher asks of the connection whose handlers it calls. */
export interface DispatcherOwner {
  pause_reading(): void;
  resume_reading(): void;
  /** A failure has decided that the connection closes. */
  fail(code: number, reason: string): void;
  /** `on_close` has settled: there is nothing more to call. */
  finished(): void;
}

/**
 * Calls the handlers of one connection: `on_open` first, then one message after
 * the other, `on_close` last. Their failures end here.
 */
export class Dispatcher {
  readonly #definition: ParsedWebsocket;
  readonly #connection: Connection;
  readonly #owner: DispatcherOwner;
  readonly #logger: Logger;
  #waiting: Inbox | undefined;
  #is_paused = false;
  /** Handlers that have not settled. */
  #running = 0;
  #is_opening = true;
  #takes_messages = true;
  #ending: CloseInfo | undefined;
  #on_idle: (() => void)[] | undefined;
  #is_ended = false;

  constructor(
    definition: ParsedWebsocket,
    connection: Connection,
    owner: DispatcherOwner,
    logger: Logger,
  ) {
    this.#definition = definition;
    this.#connection = connection;
    this.#owner = owner;
    this.#logger = logger;
  }

  open(): void {
    this.#call(
      'on_open',
      () => this.#definition.on_open(this.#connection),
      () => {
        this.#is_opening = false;
      },
    );
  }

  message(data: Buffer, is_binary: boolean): void {
    if (!this.#takes_messages) return;
    if (this.#can_start() && !this.#waiting?.length) {
      this.#start(data, is_binary);
    } else {
      this.#wait(data, is_binary);
    }
  }

  /** What waits is dropped, and nothing more is taken. */
  drop(): void {
    this.#takes_messages = false;
    this.#waiting?.drop();
    this.#resume();
  }

  /** Nothing more will arrive: `on_close` follows once all handlers have settled. */
  end(close: CloseInfo): void {
    this.#ending = close;
    this.#next();
  }

  /** Calls `on_close` now if it has not been, whatever still hangs. */
  force_end(close: CloseInfo): void {
    this.drop();
    this.#ending ??= close;
    if (!this.#is_ended) this.#call_on_close(this.#ending);
  }

  /** Whether no handler runs and no message waits for one. */
  get is_idle(): boolean {
    return this.#running === 0 && !this.#waiting?.length;
  }

  /** Calls back the next time that it becomes idle. */
  when_idle(callback: () => void): void {
    this.#on_idle ??= [];
    this.#on_idle.push(callback);
  }

  #can_start(): boolean {
    return this.#running < this.#definition.options.max_concurrent_messages && !this.#is_opening;
  }

  #start(data: Buffer, is_binary: boolean): void {
    // Written out rather than through #call: a synchronous handler costs no closure.
    this.#running++;
    let outcome: unknown;
    try {
      const { on_message, receives, name } = this.#definition;
      const message = decode_message(data, is_binary, name);
      outcome =
        receives === undefined
          ? on_message(message, this.#connection)
          : this.#receive(receives, message);
      if (is_thenable(outcome)) outcome = this.#watch('on_message', outcome);
    } catch (error) {
      outcome = this.#contain('on_message', error);
    }
    if (outcome instanceof Promise) this.#settle(outcome);
    else this.#running--;
  }

  /** Hands over a message that the endpoint's schema accepts. */
  #receive(receives: StandardSchemaV1, message: unknown): unknown {
    const validated = validate(receives, message, `websockets.${this.#definition.name}.receives`);
    if (!(validated instanceof Promise)) return this.#hand_over(validated);
    // Whatever has closed the connection meanwhile, nothing more is to reach on_message.
    return validated.then((settled) =>
      this.#takes_messages ? this.#hand_over(settled) : undefined,
    );
  }

  #hand_over(validated: Validated): unknown {
    const { on_message, name } = this.#definition;
    if (validated.is_valid) return on_message(validated.value, this.#connection);
    throw new WebsocketsError(
      'invalid_message',
      `the message is not as declared: ${describe_issues(validated.issues)}`,
      { endpoint: name, issues: validated.issues },
    );
  }

  /** Calls a handler other than on_message, and what comes after it once it has settled. */
  #call(handler: string, call: () => unknown, after: () => void): void {
    this.#running++;
    let outcome: unknown;
    try {
      outcome = call();
      if (is_thenable(outcome)) outcome = this.#watch(handler, outcome);
    } catch (error) {
      outcome = this.#contain(handler, error);
    }
    if (outcome instanceof Promise) {
      this.#settle(outcome.then(after));
    } else {
      after();
      this.#running--;
      this.#next();
    }
  }

  /** A promise that never rejects. */
  #watch(handler: string, outcome: PromiseLike<unknown>): Promise<unknown> {
    return adopt(outcome).catch((error) => this.#contain(handler, error));
  }

  #settle(outcome: Promise<unknown>): void {
    outcome.then(() => {
      this.#running--;
      this.#next();
    });
  }

  #wait(data: Buffer, is_binary: boolean): void {
    this.#waiting ??= new Inbox(this.#definition.options);
    this.#waiting.push({ data, is_binary });
    if (this.#is_paused || !this.#waiting.is_full) return;
    this.#is_paused = true;
    this.#owner.pause_reading();
  }

  #next(): void {
    while (this.#waiting !== undefined && this.#can_start()) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#start(next.data, next.is_binary);
    }
    if (this.#waiting?.is_half_empty) this.#resume();
    if (!this.is_idle) return;
    if (this.#ending !== undefined && !this.#is_ended) this.#call_on_close(this.#ending);
    else this.#report_idle();
  }

  #report_idle(): void {
    const waiting = this.#on_idle;
    this.#on_idle = undefined;
    for (const callback of waiting ?? []) callback();
  }

  #resume(): void {
    if (!this.#is_paused) return;
    this.#is_paused = false;
    this.#owner.resume_reading();
  }

  #call_on_close({ code, reason }: CloseInfo): void {
    this.#is_ended = true;
    this.#call(
      'on_close',
      () => this.#definition.on_close(code, reason, this.#connection),
      () => this.#owner.finished(),
    );
  }

  /** A failure is the endpoint's to decide; without `on_error`, or where that fails, it closes. */
  #contain(handler: string, error: unknown): Promise<void> | undefined {
    const { on_error } = this.#definition;
    if (on_error === undefined) {
      this.#give_up(handler, error);
      return undefined;
    }
    try {
      const outcome = on_error(error, this.#connection);
      if (!is_thenable(outcome)) return undefined;
      return adopt(outcome).then(do_nothing, (thrown) => this.#give_up('on_error', thrown));
    } catch (thrown) {
      this.#give_up('on_error', thrown);
      return undefined;
    }
  }

  #give_up(handler: string, error: unknown): void {
    if (handler === 'on_message' && has_code(error, 'invalid_message')) {
      this.#owner.fail(CLOSE_CODES.invalid_payload, error.message);
      return;
    }
    const endpoint = this.#definition.name;
    const failed = has_code(error, 'schema_failed') ? 'receives' : handler;
    this.#logger.error(`websockets.${endpoint}.${failed} failed`, {
      endpoint,
      handler: failed,
      error,
    });
    this.#owner.fail(CLOSE_CODES.internal_error, 'the server failed to handle this');
  }
}
