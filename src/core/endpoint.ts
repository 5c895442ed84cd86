import type { StandardSchemaV1 } from '@standard-schema/spec';
import { encode_json, encode_message, type Frame } from './codec.ts';
import type { ParsedWebsocket } from './definition.ts';
import { WebsocketsError } from './errors.ts';
import { type ConnectionFacts, type ConnectionHost, LiveConnection } from './live_connection.ts';
import type { Outbox } from './outbox.ts';
import type { Clock, Logger, Socket } from './ports.ts';
import { describe_issues, validate } from './schema.ts';

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
  readonly #checks_sends: boolean;
  #has_warned = false;
  /** Every connection until its `on_close` has settled: also those that are closing. */
  readonly #connections = new Set<LiveConnection>();
  readonly #by_address = new Map<string, Set<LiveConnection>>();
  #on_empty: (() => void) | undefined;

  constructor(definition: ParsedWebsocket, { outbox, clock, logger, checks_sends }: Surroundings) {
    this.definition = definition;
    this.outbox = outbox;
    this.clock = clock;
    this.logger = logger;
    this.#checks_sends = checks_sends;
  }

  /**
   * What a message is on the wire: JSON once the endpoint declares `sends`, else a string or bytes
   * as they are.
   *
   * @throws {WebsocketsError} `unserializable_message`; `undeclared_message`, outside production,
   * where it is not what `sends` declares.
   */
  encode(message: unknown, is_shared: boolean): Frame {
    const { sends } = this.definition;
    if (sends === undefined) return encode_message(message, is_shared);
    if (this.#checks_sends) this.#check(sends, message);
    return encode_json(message, is_shared);
  }

  #check(sends: StandardSchemaV1, message: unknown): void {
    const { name } = this.definition;
    const path = `websockets.${name}.sends`;
    const validated = validate(sends, message, path);
    if (validated instanceof Promise) {
      validated.catch(() => {});
      if (this.#has_warned) return;
      this.#has_warned = true;
      this.logger.warn(`${path} is asynchronous, and send() does not wait: nothing is checked`, {
        endpoint: name,
      });
    } else if (!validated.is_valid) {
      throw new WebsocketsError(
        'undeclared_message',
        `this message is not what ${path} declares: ${describe_issues(validated.issues)}`,
        { endpoint: name, issues: validated.issues },
      );
    }
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
