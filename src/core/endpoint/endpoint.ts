import type { Seated, Seats } from '../admit/seats.ts';
import type { Clock, Events, Logger } from '../base/ports.ts';
import type { ConnectedClient, ConnectionFacts } from '../connection/connected_client.ts';
import { Heartbeat } from '../connection/heartbeat.ts';
import {
  type ClientClass,
  type ConnectionHost,
  LiveConnection,
} from '../connection/live_connection.ts';
import type { ParsedWebsocket, ParsedWebsocketOptions } from '../declare/definition.ts';
import { type EndpointStats, Monitor } from '../observe/monitor.ts';
import { Encoder } from '../send/encoder.ts';
import type { Outbox } from '../send/outbox.ts';
import type { Frame } from '../wire/frame.ts';
import type { Socket, SocketOwner } from '../wire/socket.ts';
import { to_topic } from './audience.ts';
import type { Bus } from './bus.ts';
import { Publisher } from './publisher.ts';

/** Services that all endpoints of one mount share. */
export interface MountServices {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The way to other nodes; `undefined` without a broker. */
  readonly bus: Bus | undefined;
  readonly seats: Seats;
  readonly events: Events;
  readonly is_development: boolean;
}

/** One parsed endpoint and its live connections. */
export class Endpoint implements ConnectionHost, Seated {
  readonly definition: ParsedWebsocket;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publisher: Publisher;
  readonly monitor: Monitor;
  /** The number of clients that are connected or wait to be connected. */
  seats = 0;
  readonly #all_seats: Seats;
  readonly #encoder: Encoder;
  readonly #heartbeat: Heartbeat | undefined;
  #on_empty: (() => void) | undefined;

  constructor(definition: ParsedWebsocket, services: MountServices) {
    const { outbox, clock, logger, bus, seats, events, is_development } = services;
    this.definition = definition;
    this.outbox = outbox;
    this.clock = clock;
    this.logger = logger;
    this.monitor = new Monitor(events);
    this.#all_seats = seats;
    this.#encoder = new Encoder(definition, logger, is_development);
    this.publisher = new Publisher(definition.name, this.#encoder, bus);
    this.#heartbeat = create_heartbeat(definition.options, clock);
  }

  get max_connections(): number {
    return this.definition.options.max_connections;
  }

  /** All connections, including those that are closing. */
  get connections(): ReadonlySet<LiveConnection> {
    return this.publisher.connections;
  }

  /** All connections, as handlers see them. */
  get clients(): ConnectedClient[] {
    return Array.from(this.connections, ({ client }) => client);
  }

  stats(): EndpointStats {
    let queued = 0;
    let paused = 0;
    for (const connection of this.connections) {
      queued += connection.waiting;
      if (connection.is_paused) paused++;
    }
    return this.monitor.read({ connections: this.connections.size, queued, paused });
  }

  /**
   * Creates and opens a connection over a socket. The client must already have its seat.
   *
   * @param attach is called with the owner to which the socket reports.
   * @param Client replaces the class of the object that handlers receive.
   */
  accept(
    facts: ConnectionFacts,
    socket: Socket,
    attach: (owner: SocketOwner) => void,
    Client?: ClientClass,
  ): LiveConnection {
    const connection = new LiveConnection(this, facts, socket, Client);
    connection.pulse = this.#heartbeat?.watch(connection, socket);
    this.publisher.add(connection);
    attach(connection);
    connection.open();
    return connection;
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
    // A second call must not give back another seat.
    if (!this.publisher.remove(connection)) return;
    this.#all_seats.leave(this, connection.client.remote_address);
    if (connection.pulse !== undefined) this.#heartbeat?.forget(connection.pulse);
    if (this.connections.size === 0) this.#on_empty?.();
  }

  /** Resolves when the last connection is over. */
  emptied(): Promise<void> {
    if (this.connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#on_empty = resolve;
    });
  }
}

function create_heartbeat(options: ParsedWebsocketOptions, clock: Clock): Heartbeat | undefined {
  const { heartbeat_interval_in_seconds, heartbeat_timeout_in_seconds } = options;
  if (heartbeat_interval_in_seconds === 0) return undefined;
  return new Heartbeat(heartbeat_interval_in_seconds, heartbeat_timeout_in_seconds, clock);
}
