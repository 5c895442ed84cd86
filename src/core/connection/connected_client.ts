import type { Connection, RequestHeaders } from '../declare/connection.ts';

/** The facts about a client, from its upgrade request and from `on_upgrade`. */
export interface ConnectionFacts {
  /** The parsed query string, or the output of the `params` schema. */
  readonly params: unknown;
  readonly headers: RequestHeaders;
  readonly remote_address: string;
  readonly context: unknown;
  /** The `?id=` of the raw query, if it occurs exactly once. */
  readonly address: string | undefined;
}

/** The state and operations that {@link ConnectedClient} delegates to the object behind it. */
export type ConnectionControl = Omit<
  Connection,
  'id' | 'params' | 'context' | 'headers' | 'remote_address'
>;

/**
 * A connection as handlers receive it. It has only the documented members. The core's own members are on the object
 * behind it, so that autocompletion and debuggers do not show them to users.
 * Held by: "a connection shows its documented members and nothing else".
 */
export class ConnectedClient implements Connection {
  readonly #control: ConnectionControl;
  readonly #params: unknown;
  readonly #context: unknown;
  readonly #headers: RequestHeaders;
  readonly #remote_address: string;
  #id: string | undefined;

  // Copied field by field: keeping `facts` would cost one more object per connection.
  constructor(control: ConnectionControl, facts: ConnectionFacts) {
    this.#control = control;
    this.#params = facts.params;
    this.#context = facts.context;
    this.#headers = facts.headers;
    this.#remote_address = facts.remote_address;
  }

  get id(): string {
    this.#id ??= crypto.randomUUID();
    return this.#id;
  }

  get endpoint(): string {
    return this.#control.endpoint;
  }

  get params(): unknown {
    return this.#params;
  }

  get context(): unknown {
    return this.#context;
  }

  get headers(): RequestHeaders {
    return this.#headers;
  }

  get remote_address(): string {
    return this.#remote_address;
  }

  get is_open(): boolean {
    return this.#control.is_open;
  }

  get topics(): string[] {
    return this.#control.topics;
  }

  get buffered_bytes(): number {
    return this.#control.buffered_bytes;
  }

  send(message: unknown): boolean {
    return this.#control.send(message);
  }

  subscribe(topic: string): void {
    this.#control.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#control.unsubscribe(topic);
  }

  publish(topic: string, message: unknown): boolean {
    return this.#control.publish(topic, message);
  }

  drained(): Promise<void> {
    return this.#control.drained();
  }

  close(code?: number, reason?: string): void {
    this.#control.close(code, reason);
  }

  terminate(): void {
    this.#control.terminate();
  }
}
