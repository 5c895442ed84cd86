import { type ConnectionFacts, type ConnectionHost, LiveConnection } from './connection.ts';
import type { ParsedWebsocket } from './definition.ts';
import type { Outbox } from './outbox.ts';
import type { Clock, Logger, Socket } from './ports.ts';

/** What all endpoints of one mount share. */
export interface Surroundings {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One parsed endpoint and its live connections. */
export class Endpoint implements ConnectionHost {
  readonly definition: ParsedWebsocket;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Every connection until its `on_close` has settled: also those that are closing. */
  readonly #connections = new Set<LiveConnection>();
  readonly #by_address = new Map<string, Set<LiveConnection>>();
  #on_empty: (() => void) | undefined;

  constructor(definition: ParsedWebsocket, { outbox, clock, logger }: Surroundings) {
    this.definition = definition;
    this.outbox = outbox;
    this.clock = clock;
    this.logger = logger;
  }

  /** Makes a connection of a socket; its owner calls `open()` once it can be told of messages. */
  accept(facts: ConnectionFacts, socket: Socket): LiveConnection {
    const connection = new LiveConnection(this, facts, socket);
    this.#connections.add(connection);
    if (facts.address !== undefined) {
      const namesakes = this.#by_address.get(facts.address);
      if (namesakes === undefined) this.#by_address.set(facts.address, new Set([connection]));
      else namesakes.add(connection);
    }
    return connection;
  }

  forget(connection: LiveConnection): void {
    this.#connections.delete(connection);
    if (connection.address !== undefined) {
      const namesakes = this.#by_address.get(connection.address);
      namesakes?.delete(connection);
      if (namesakes?.size === 0) this.#by_address.delete(connection.address);
    }
    if (this.#connections.size === 0) this.#on_empty?.();
  }

  /** All connections, also those that are closing. */
  get connections(): ReadonlySet<LiveConnection> {
    return this.#connections;
  }

  /** Those that gave this as their `?id=`. */
  addressed(address: string): ReadonlySet<LiveConnection> {
    return this.#by_address.get(address) ?? NOBODY;
  }

  /** Resolves once the last connection is over. */
  emptied(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#on_empty = resolve;
    });
  }
}

const NOBODY: ReadonlySet<LiveConnection> = new Set();
