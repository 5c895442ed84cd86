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
import {
  ConnectedClient,
  type ConnectionControl,
  type ConnectionFacts,
} from './connected_client.ts';
import { ENDINGS, type Ending } from './ending.ts';
import type { HeartbeatMember, Pulse } from './heartbeat.ts';
import { Subscriptions } from './subscriptions.ts';
import { check_topic } from './topics.ts';

/** The part of an endpoint that its connections use. */
export interface ConnectionHost extends DispatcherHost {
  readonly outbox: Outbox;
  encode(message: unknown): Frame;
  subscribe(connection: LiveConnection, topic: string): void;
  unsubscribe(connection: LiveConnection, topic: string): void;
  publish(connection: LiveConnection, topic: string, message: unknown): boolean;
  /** Removes a connection that is over: its socket is gone and its `on_close` has settled. May be called twice. */
  forget(connection: LiveConnection): void;
}

/** The constructor of the object that handlers receive. */
export type ClientClass = new (live: LiveConnection, facts: ConnectionFacts) => ConnectedClient;

/** The state of a connection that is ending. */
interface Closing {
  cancel_timer: (() => void) | undefined;
  is_socket_closed: boolean;
  has_on_close_settled: boolean;
}

/** One live connection. Handlers hold its {@link ConnectedClient}; its socket reports to it. */
export class LiveConnection
  implements ConnectionControl, SocketOwner, DispatchedConnection, OutboxMember, HeartbeatMember
{
  readonly host: ConnectionHost;
  /** The connection as handlers see it. */
  readonly client: ConnectedClient;
  /** The address (`?id=`) that the client chose, if any. */
  readonly address: string | undefined;
  readonly #socket: Socket;
  readonly #dispatcher: Dispatcher;
  #subscriptions: Subscriptions | undefined;
  pending: PendingOutput | undefined;
  /** The heartbeat's record of the client. */
  pulse: Pulse | undefined;
  /** The close code and reason, once decided. */
  #decided: CloseInfo | undefined;
  #drain: Drain | undefined;
  #closing: Closing | undefined;

  constructor(
    host: ConnectionHost,
    facts: ConnectionFacts,
    socket: Socket,
    Client: ClientClass = ConnectedClient,
  ) {
    this.host = host;
    this.address = facts.address;
    this.client = new Client(this, facts);
    this.#socket = socket;
    this.#dispatcher = new Dispatcher(this);
  }

  // For handlers.

  get endpoint(): string {
    return this.host.definition.name;
  }

  get is_open(): boolean {
    return this.#decided === undefined && this.#socket.is_open;
  }

  get buffered_bytes(): number {
    return this.#socket.unsent_bytes + (this.pending?.bytes ?? 0);
  }

  send(message: unknown): boolean {
    return this.deliver(this.host.encode(message));
  }

  get topics(): string[] {
    return this.#subscriptions?.topics ?? [];
  }

  subscribe(topic: string): void {
    check_topic(topic);
    if (!this.is_open) return;
    this.#subscriptions ??= new Subscriptions();
    const is_new = this.#subscriptions.add(topic, this.host.definition);
    if (is_new) this.host.subscribe(this, topic);
  }

  unsubscribe(topic: string): void {
    check_topic(topic);
    if (this.#subscriptions?.remove(topic)) this.host.unsubscribe(this, topic);
  }

  publish(topic: string, message: unknown): boolean {
    return this.host.publish(this, topic, message);
  }

  drained(): Promise<void> {
    this.flush();
    if (this.#closing?.is_socket_closed) return Promise.resolve();
    if (this.#drain === undefined || this.#drain.has_ended) this.#drain = new Drain(this.#socket);
    return this.#drain.ended;
  }

  close(code: number = CLOSE_CODES.normal, reason = ''): void {
    check_close_arguments(code, reason);
    if (this.is_open) this.end(ENDINGS.closed_by_server, code, reason);
  }

  terminate(): void {
    this.end(ENDINGS.terminated);
  }

  // For the core.

  /** The number of messages that wait for a handler. */
  get waiting(): number {
    return this.#dispatcher.waiting;
  }

  /** Whether reading is paused. */
  get is_paused(): boolean {
    return this.#dispatcher.is_paused;
  }

  /** The close code and reason, once decided. */
  get decided(): CloseInfo | undefined {
    return this.#decided;
  }

  /** Whether no handler runs and no message waits for one. */
  get is_idle(): boolean {
    return this.#dispatcher.is_idle;
  }

  /** Calls back the next time that the connection becomes idle. */
  when_idle(callback: () => void): void {
    this.#dispatcher.when_idle(callback);
  }

  open(): void {
    this.host.monitor.opened(this.client);
    this.#dispatcher.open();
  }

  /** Sends a frame at the end of the turn, or closes a slow consumer. Returns whether the frame was taken. */
  deliver(frame: Frame): boolean {
    if (!this.is_open) return false;
    if (this.#is_slow_consumer()) {
      this.end(ENDINGS.slow_consumer, undefined, 'the client reads too slowly');
      // After the end: otherwise a subscriber that sends would get here again, and one that closes would set the code.
      this.host.monitor.slow_consumer(this.client);
      return false;
    }
    this.host.monitor.sent(frame.chunk.length - frame.header_bytes);
    this.host.outbox.add(this, frame);
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
      // A custom stream may throw. The connections that are flushed after this one must not wait forever.
      const { logger, definition } = this.host;
      logger.error('writing to a connection failed', { endpoint: definition.name, error });
      this.end(ENDINGS.write_failed);
    }
  }

  /** Ends the connection as a row of {@link ENDINGS} says. */
  end(how: Ending, code = how.code, reason = ''): void {
    if (how.drops_waiting) this.#dispatcher.drop();
    if (how.on_socket === 'close') this.#send_close(how, code, reason);
    else if (code !== undefined) this.#decide(how, code, reason);
    if (how.on_socket === 'terminate') {
      this.pending = undefined;
      this.#socket.terminate();
    }
    if (how.starts_timer) this.#start_close_timer();
    if (how === ENDINGS.grace_over) {
      this.#dispatcher.force_end();
      this.on_close_settled();
    }
  }

  close_after_failure(code: number, reason: string): void {
    this.end(ENDINGS.handler_failed, code, reason);
  }

  pause_reading(): void {
    this.#socket.pause();
  }

  resume_reading(): void {
    // Answers to pings that arrived during the pause are read only now.
    this.pulse?.excuse();
    this.#socket.resume();
  }

  on_close_settled(): void {
    this.#begin_closing().has_on_close_settled = true;
    this.#forget_when_over();
  }

  // For the socket.

  received(data: Buffer, is_binary: boolean): void {
    this.host.monitor.received(data.length);
    this.#dispatcher.message(data, is_binary);
  }

  peer_closing(code: number, reason: string): void {
    this.end(ENDINGS.client_closed, code, reason);
  }

  peer_ended(): void {
    this.end(ENDINGS.client_ended_stream);
  }

  protocol_failed(code: number, reason: string): void {
    this.end(ENDINGS.protocol_broken, code, reason);
  }

  socket_closed(code: number, reason: string): void {
    const closing = this.#begin_closing();
    closing.is_socket_closed = true;
    closing.cancel_timer?.();
    this.#drain?.end();
    for (const topic of this.topics) this.host.unsubscribe(this, topic);
    this.pending = undefined;
    this.end(ENDINGS.socket_closed, code, reason);
    const decided = this.#decided as CloseInfo;
    this.host.monitor.closed(this.client, decided);
    if (decided.code === CLOSE_CODES.abnormal) this.#dispatcher.drop();
    this.#dispatcher.end();
    this.#forget_when_over();
  }

  /** Whether the unsent messages, without the oldest, exceed `max_buffered_in_bytes`. */
  #is_slow_consumer(): boolean {
    const { max_buffered_in_bytes } = this.host.definition.options;
    if (max_buffered_in_bytes === 0 || this.buffered_bytes <= max_buffered_in_bytes) return false;
    const { bytes = 0, first_bytes = 0 } = this.pending ?? {};
    const is_written = this.#socket.unsent_bytes > 0;
    const behind_oldest = is_written
      ? this.#socket.unsent_bytes_behind_oldest + bytes
      : bytes - first_bytes;
    return behind_oldest > max_buffered_in_bytes;
  }

  #send_close(how: Ending, code: number | undefined, reason: string): void {
    if (!this.is_open || code === undefined) return;
    this.flush();
    const decided = this.#decide(how, code, fit_reason(reason));
    this.#socket.begin_close(decided.code, decided.reason);
  }

  /** Keeps the code and reason that were decided first. */
  #decide({ decided_by }: Ending, code: number, reason: string): CloseInfo {
    this.#decided ??= decided_by === 'client' ? new ClientClose(code, reason) : { code, reason };
    return this.#decided;
  }

  #begin_closing(): Closing {
    this.#closing ??= {
      cancel_timer: undefined,
      is_socket_closed: false,
      has_on_close_settled: false,
    };
    return this.#closing;
  }

  #start_close_timer(): void {
    const closing = this.#begin_closing();
    if (closing.cancel_timer !== undefined || closing.is_socket_closed) return;
    const { close_timeout_in_seconds } = this.host.definition.options;
    closing.cancel_timer = this.host.clock.after(close_timeout_in_seconds * 1000, () =>
      this.#socket.terminate(),
    );
  }

  #forget_when_over(): void {
    const { is_socket_closed, has_on_close_settled } = this.#begin_closing();
    if (is_socket_closed && has_on_close_settled) this.host.forget(this);
  }
}
