import type { Frame } from './codec.ts';
import type { ParsedWebsocket } from './definition.ts';
import { Encoder } from './encoder.ts';
import { type ConnectionFacts, type ConnectionHost, LiveConnection } from './live_connection.ts';
import type { Outbox } from './outbox.ts';
import type { Clock, Logger, Socket } from './ports.ts';
import { Publisher, to_topic } from './publisher.ts';
import { Topics } from './topics.ts';

/** What all endpoints of one mount share. */
export interface Surroundings {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether what is sent is checked against `sends`. */
  readonly checks_sends: boolean;
}

/** One parsed endpoint and its live connections. */
export class Endpoint implements ConnectionHost {
  readonly definition: ParsedWebsocket;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publisher: Publisher;
  readonly #encoder: Encoder;
  /** Every connection until its `on_close` has settled: also those that are closing. */
  readonly #connections = new Set<LiveConnection>();
  /** By the `?id=` that they gave. */
  readonly #addresses = new Topics<LiveConnection>();
  readonly #topics = new Topics<LiveConnection>();
  #on_empty: (() => void) | undefined;

  constructor(definition: ParsedWebsocket, { outbox, clock, logger, checks_sends }: Surroundings) {
    this.definition = definition;
    this.outbox = outbox;
    this.clock = clock;
    this.logger = logger;
    this.#encoder = new Encoder(definition, logger, checks_sends);
    this.publisher = new Publisher(this.#encoder, this.#connections, this.#addresses, this.#topics);
  }

  /** All connections, also those that are closing. */
  get connections(): ReadonlySet<LiveConnection> {
    return this.#connections;
  }

  /** Makes a connection of a socket; its owner calls `open()` once it can be told of messages. */
  accept(facts: ConnectionFacts, socket: Socket): LiveConnection {
    const connection = new LiveConnection(this, facts, socket);
    this.add(connection);
    return connection;
  }

  /** Makes a connection one of this endpoint's. */
  add(connection: LiveConnection): void {
    this.#connections.add(connection);
    if (connection.address !== undefined) {
      this.#addresses.subscribe(connection.address, connection);
    }
  }

  encode(message: unknown): Frame {
    return this.#encoder.encode(message, false);
  }

  subscribe(connection: LiveConnection, topic: string): void {
    this.#topics.subscribe(topic, connection);
  }

  unsubscribe(connection: LiveConnection, topic: string): void {
    this.#topics.unsubscribe(topic, connection);
  }

  publish(connection: LiveConnection, topic: string, message: unknown): boolean {
    const audience = to_topic(topic);
    this.publisher.deliver(this.publisher.encode(message, audience), audience, connection);
    return true;
  }

  forget(connection: LiveConnection): void {
    this.#connections.delete(connection);
    if (connection.address !== undefined) {
      this.#addresses.unsubscribe(connection.address, connection);
    }
    if (this.#connections.size === 0) this.#on_empty?.();
  }

  /** Resolves once the last connection is over. */
  emptied(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#on_empty = resolve;
    });
  }
}
