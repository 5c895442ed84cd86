import type { Refusal } from '../admit/refusal.ts';
import { ClientClose, type CloseInfo, FIRST_APPLICATION_CODE } from '../base/close_codes.ts';
import type { Events } from '../base/ports.ts';
import type { Connection } from '../declare/connection.ts';
import { Counts } from './counts.ts';
import { Histogram, type HistogramStats } from './histogram.ts';

/** Counts since the endpoint was mounted, and its current state. */
export interface EndpointStats {
  /** Connections that are open or still closing. */
  readonly connections: number;
  /** Connections that were opened since the mount. */
  readonly opened: number;
  /**
   * The number of closed connections, by the code that `on_close` received. Codes from 3000 that clients chose are
   * counted together as `other`, so that clients cannot add keys without limit.
   */
  readonly closed: Readonly<Record<number, number> & { other?: number }>;
  /** Messages received from clients. */
  readonly messages_in: number;
  /** Bytes of the messages received from clients. */
  readonly bytes_in: number;
  /** Messages sent to clients. A message counts once for each connection that it is sent to. */
  readonly messages_out: number;
  /** Bytes of the messages sent to clients, counted in the same way. */
  readonly bytes_out: number;
  /** Messages that wait for a handler now. */
  readonly queued: number;
  /** Connections from which reading is paused now, because their handlers or their rate limit do not keep up. */
  readonly paused: number;
  /** Connections that were closed with 1013, because their client read too slowly. */
  readonly slow_consumers: number;
  /** The number of refused clients by the code of the refusal, for example `origin_not_allowed`. */
  readonly refused: Readonly<Record<string, number>>;
  /** The number of times that a handler failed or a message was invalid. */
  readonly handler_errors: number;
  /** How long `on_message` took to settle. */
  readonly handler_time: HistogramStats;
}

/** Counts what happens in an endpoint, and publishes it on the diagnostics channels. */
export class Monitor {
  readonly #events: Events;
  readonly #closed = new Counts<number | 'other'>();
  readonly #refused = new Counts();
  readonly #handler_time = new Histogram();
  #opened = 0;
  #messages_in = 0;
  #bytes_in = 0;
  #messages_out = 0;
  #bytes_out = 0;
  #slow_consumers = 0;
  #handler_errors = 0;

  constructor(events: Events) {
    this.#events = events;
  }

  opened(connection: Connection): void {
    this.#opened++;
    const { open } = this.#events;
    if (open.hasSubscribers) open.publish({ connection });
  }

  closed(connection: Connection, how: CloseInfo): void {
    const { code, reason } = how;
    const is_clients = how instanceof ClientClose && code >= FIRST_APPLICATION_CODE;
    this.#closed.add(is_clients ? 'other' : code);
    const { close } = this.#events;
    if (close.hasSubscribers) close.publish({ connection, code, reason });
  }

  received(bytes: number): void {
    this.#messages_in++;
    this.#bytes_in += bytes;
  }

  sent(bytes: number): void {
    this.#messages_out++;
    this.#bytes_out += bytes;
  }

  handled(connection: Connection, bytes: number, milliseconds: number): void {
    this.#handler_time.add(milliseconds);
    const { message } = this.#events;
    if (!message.hasSubscribers) return;
    message.publish({ connection, bytes, duration_in_seconds: milliseconds / 1000 });
  }

  failed(connection: Connection, handler: string, error: unknown): void {
    this.#handler_errors++;
    const { handler_error } = this.#events;
    if (handler_error.hasSubscribers) handler_error.publish({ connection, handler, error });
  }

  slow_consumer(connection: Connection): void {
    this.#slow_consumers++;
    const { slow_consumer } = this.#events;
    if (slow_consumer.hasSubscribers) slow_consumer.publish({ connection });
  }

  refused(refusal: Refusal): void {
    this.#refused.add(refusal.code);
  }

  read(now: Pick<EndpointStats, 'connections' | 'queued' | 'paused'>): EndpointStats {
    return {
      ...now,
      opened: this.#opened,
      closed: this.#closed.read(),
      messages_in: this.#messages_in,
      bytes_in: this.#bytes_in,
      messages_out: this.#messages_out,
      bytes_out: this.#bytes_out,
      slow_consumers: this.#slow_consumers,
      refused: this.#refused.read(),
      handler_errors: this.#handler_errors,
      handler_time: this.#handler_time.read(),
    };
  }
}
