import {
  CLOSE_CODES,
  ClientClose,
  type CloseInfo,
  check_close_arguments,
  fit_reason,
} from '../base/close_codes.ts';
import {
  type DispatchedConnection,
  Dispatcher,
  type DispatcherHost,
} from '../receive/dispatcher.ts';
import { Drain } from '../send/drain.ts';
import type { Outbox, OutboxMember, PendingOutput } from '../send/outbox.ts';
import type { Frame } from '../wire/frame.ts';
import type { Socket, SocketOwner } from '../wire/socket.ts';
import type { HeartbeatMember, Pulse } from './heartbeat.ts';
import { type ConnectionFacts, KnownClient } from './known_client.ts';
import { Subscriptions } from './subscriptions.ts';
import { check_topic } from './topics.ts';

/** What a connection needs of the endpoint that it belongs to. */
export interface ConnectionHost extends DispatcherHost {
  readonly outbox: Outbox;
  encode(message: unknown): Frame;
  subscribe(connection: LiveConnection, topic: string): void;
  unsubscribe(connection: LiveConnection, topic: string): void;
  publish(connection: LiveConnection, topic: string, message: unknown): boolean;
  /** The connection is over: its socket is gone and its `on_close` has settled. May be said twice. */
  forget(connection: LiveConnection): void;
}

/** One live client: handlers hold it, the socket below it reports to it. */
export class LiveConnection
  extends KnownClient
  implements SocketOwner, DispatchedConnection, OutboxMember, HeartbeatMember
{
  readonly #host: ConnectionHost;
  readonly #socket: Socket;
  readonly #dispatcher: Dispatcher;
  #subscriptions: Subscriptions | undefined;
  pending: PendingOutput | undefined;
  /** What its endpoint's heartbeat knows of it. */
  pulse: Pulse | undefined;
  /** Why it closes. */
  #decided: CloseInfo | undefined;
  #drain: Drain | undefined;
  #cancel_close_timer: (() => void) | undefined;
  #is_socket_closed = false;
  #has_finished = false;

  constructor(host: ConnectionHost, facts: ConnectionFacts, socket: Socket) {
    super(facts);
    this.#host = host;
    this.#socket = socket;
    this.#dispatcher = new Dispatcher(host, this);
  }

  // What handlers use.

  get endpoint(): string {
    return this.#host.definition.name;
  }

  get is_open(): boolean {
    return this.#decided === undefined && this.#socket.is_open;
  }

  get buffered_bytes(): number {
    return this.#socket.unsent_bytes + (this.pending?.bytes ?? 0);
  }

  send(message: unknown): boolean {
    return this.deliver(this.#host.encode(message));
  }

  get topics(): string[] {
    return this.#subscriptions?.topics ?? [];
  }

  subscribe(topic: string): void {
    check_topic(topic);
    if (!this.is_open) return;
    this.#subscriptions ??= new Subscriptions();
    const is_new = this.#subscriptions.add(topic, this.#host.definition);
    if (is_new) this.#host.subscribe(this, topic);
  }

  unsubscribe(topic: string): void {
    check_topic(topic);
    if (this.#subscriptions?.remove(topic)) this.#host.unsubscribe(this, topic);
  }

  publish(topic: string, message: unknown): boolean {
    return this.#host.publish(this, topic, message);
  }

  drained(): Promise<void> {
    this.flush();
    if (this.#is_socket_closed) return Promise.resolve();
    if (this.#drain === undefined || this.#drain.has_ended) this.#drain = new Drain(this.#socket);
    return this.#drain.ended;
  }

  close(code: number = CLOSE_CODES.normal, reason = ''): void {
    check_close_arguments(code, reason);
    if (this.is_open) this.fail(code, reason);
  }

  terminate(): void {
    this.#decide(CLOSE_CODES.abnormal);
    this.#dispatcher.drop();
    this.pending = undefined;
    this.#socket.terminate();
  }

  // What the core uses.

  /** Messages that wait for a handler. */
  get waiting(): number {
    return this.#dispatcher.waiting;
  }

  /** Whether nothing is read from it now. */
  get is_paused(): boolean {
    return this.#dispatcher.is_paused;
  }

  /** Why it closes, as soon as anybody has decided. */
  get decided(): CloseInfo | undefined {
    return this.#decided;
  }

  /** Whether no handler runs and no message waits for one. */
  get is_idle(): boolean {
    return this.#dispatcher.is_idle;
  }

  /** Calls back the next time that it becomes idle. */
  when_idle(callback: () => void): void {
    this.#dispatcher.when_idle(callback);
  }

  open(): void {
    this.#host.monitor.opened(this);
    this.#dispatcher.open();
  }

  /** Hands over a frame; it leaves at the end of the turn, unless too much already waits. */
  deliver(frame: Frame): boolean {
    if (!this.is_open) return false;
    if (this.#is_slow_consumer()) {
      this.fail(CLOSE_CODES.try_again_later, 'too much waits to be read');
      // Once it is decided: a subscriber that sends would be back here, one that closes would say how.
      this.#host.monitor.slow_consumer(this);
      return false;
    }
    this.#host.monitor.sent(frame.chunk.length - frame.header_bytes);
    this.#host.outbox.add(this, frame);
    return true;
  }

  flush(): void {
    const output = this.pending;
    if (output === undefined) return;
    this.pending = undefined;
    if (!this.#socket.is_open) return;
    try {
      this.#socket.write(output);
      this.pulse?.wrote(output.bytes);
    } catch (error) {
      // A stream of somebody's own may throw: those who are flushed after it are not to wait for ever.
      const { logger, definition } = this.#host;
      logger.error('writing to a connection failed', { endpoint: definition.name, error });
      this.terminate();
    }
  }

  fail(code: number, reason: string): void {
    this.#dispatcher.drop();
    this.#begin_close(code, reason);
    this.#start_close_timer();
  }

  /** Closes, and goes on handling what the client had sent before it learnt of it. */
  shut_down(reason: string): void {
    this.#begin_close(CLOSE_CODES.service_restart, reason);
  }

  /** It gave no sign of life. */
  vanished(): void {
    this.terminate();
  }

  /** The grace is over: the socket is cut, and `on_close` is called whatever still hangs. */
  cut(): void {
    this.terminate();
    this.#dispatcher.force_end(this.#decide(CLOSE_CODES.abnormal));
    this.finished();
  }

  pause_reading(): void {
    this.#socket.pause();
  }

  resume_reading(): void {
    // What it has answered meanwhile is read only now.
    this.pulse?.excuse();
    this.#socket.resume();
  }

  finished(): void {
    this.#has_finished = true;
    this.#forget_when_over();
  }

  // What the socket reports.

  received(data: Buffer, is_binary: boolean): void {
    this.#host.monitor.received(data.length);
    this.#dispatcher.message(data, is_binary);
  }

  peer_closing(code: number, reason: string): void {
    this.#decided ??= new ClientClose(code, reason);
    this.#start_close_timer();
  }

  peer_ended(): void {
    this.#start_close_timer();
  }

  protocol_failed(code: number, reason: string): void {
    this.#dispatcher.drop();
    this.#decide(code, reason);
    this.#start_close_timer();
  }

  socket_closed(code: number, reason: string): void {
    this.#is_socket_closed = true;
    this.#drain?.end();
    for (const topic of this.topics) this.#host.unsubscribe(this, topic);
    this.#cancel_close_timer?.();
    this.pending = undefined;
    const decided = this.#decide(code, reason);
    this.#host.monitor.closed(this, decided);
    // Neither side has closed: messages that wait are not to keep the seat of a client that is gone.
    if (decided.code === CLOSE_CODES.abnormal) this.#dispatcher.drop();
    this.#dispatcher.end(decided);
    this.#forget_when_over();
  }

  /** Whether more already waits than a client may leave unread, not counting its oldest message. */
  #is_slow_consumer(): boolean {
    const { max_buffered_in_bytes } = this.#host.definition.options;
    if (max_buffered_in_bytes === 0 || this.buffered_bytes <= max_buffered_in_bytes) return false;
    const { bytes = 0, first_bytes = 0 } = this.pending ?? {};
    const is_written = this.#socket.unsent_bytes > 0;
    const behind_oldest = is_written
      ? this.#socket.unsent_bytes_behind_oldest + bytes
      : bytes - first_bytes;
    return behind_oldest > max_buffered_in_bytes;
  }

  #begin_close(code: number, reason: string): void {
    if (!this.is_open) return;
    this.flush();
    const decided = this.#decide(code, fit_reason(reason));
    this.#socket.begin_close(decided.code, decided.reason);
  }

  /** Whoever decides first, decides. */
  #decide(code: number, reason = ''): CloseInfo {
    this.#decided ??= { code, reason };
    return this.#decided;
  }

  #start_close_timer(): void {
    if (this.#cancel_close_timer !== undefined || this.#is_socket_closed) return;
    const { close_timeout_in_seconds } = this.#host.definition.options;
    this.#cancel_close_timer = this.#host.clock.after(close_timeout_in_seconds * 1000, () =>
      this.#socket.terminate(),
    );
  }

  #forget_when_over(): void {
    if (this.#has_finished && this.#is_socket_closed) this.#host.forget(this);
  }
}
