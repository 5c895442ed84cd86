import { to_topic } from './audience.ts';
import type { Bus } from './bus.ts';
import type { Frame } from './codec.ts';
import type { ParsedWebsocket } from './definition.ts';
import { Encoder } from './encoder.ts';
import { type ConnectionFacts, type ConnectionHost, LiveConnection } from './live_connection.ts';
import type { Outbox } from './outbox.ts';
import type { Clock, Logger, Socket } from './ports.ts';
import { Publisher } from './publisher.ts';

/** What all endpoints of one mount share. */
export interface Surroundings {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What reaches other nodes, where there are any. */
  readonly bus: Bus | undefined;
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
  #on_empty: (() => void) | undefined;

  constructor(
    definition: ParsedWebsocket,
    { outbox, clock, logger, bus, checks_sends }: Surroundings,
  ) {
    this.definition = definition;
    this.outbox = outbox;
    this.clock = clock;
    this.logger = logger;
    this.#encoder = new Encoder(definition, logger, checks_sends);
    this.publisher = new Publisher(definition.name, this.#encoder, bus);
  }

  /** All connections, also those that are closing. */
  get connections(): ReadonlySet<LiveConnection> {
    return this.publisher.connections;
  }

  /** Makes a connection of a socket; its owner calls `open()` once it can be told of messages. */
  accept(facts: ConnectionFacts, socket: Socket): LiveConnection {
    const connection = new LiveConnection(this, facts, socket);
    this.add(connection);
    return connection;
  }

  /** Makes a connection one of this endpoint's. */
  add(connection: LiveConnection): void {
    this.publisher.add(connection);
  }

  encode(message: unknown): Frame {
    return this.#encoder.encode(message, false);
  }

  subscribe(connection: LiveConnection, topic: string): void {
    this.publisher.subscribe(connection, topic);
  }

  unsubscribe(connection: LiveConnection, topic: string): void {
    this.publisher.unsubscribe(connection, topic);
  }

  publish(connection: LiveConnection, topic: string, message: unknown): boolean {
    const audience = to_topic(topic);
    const frame = this.publisher.encode(message, audience);
    return this.publisher.publish(frame, audience, connection);
  }

  forget(connection: LiveConnection): void {
    this.publisher.remove(connection);
    if (this.connections.size === 0) this.#on_empty?.();
  }

  /** Resolves once the last connection is over. */
  emptied(): Promise<void> {
    if (this.connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#on_empty = resolve;
    });
  }
}
