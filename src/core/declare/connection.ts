/** The request headers that a client sent, names in lower case. */
export interface RequestHeaders {
  readonly [name: string]: string | string[] | undefined;
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'user-agent'?: string | undefined;
}

/** A query string: each value a string, or an array where it repeats. A client with more than 100 parameters is refused. */
export type QueryParams = Record<string, string | string[]>;

/** What `on_upgrade` is told about a client that asks to be connected. */
export interface UpgradeRequest<Params = any> {
  readonly endpoint: string;
  /** The query string, or what the `params` schema made of it. */
  readonly params: Params;
  readonly headers: RequestHeaders;
  readonly origin: string | undefined;
  /**
   * The client's IP address; behind proxies, as `trust_proxy` tells. Empty, if it is unknown: on a Unix socket without a
   * trusted proxy.
   */
  readonly remote_address: string;
  /** As it stands in the request line: path and query. */
  readonly url: string;
  /**
   * Aborts when the client goes away, or `upgrade_timeout_in_seconds` have passed. Node ends the
   * process where a listener of it throws.
   */
  readonly signal: AbortSignal;
}

/** One live client of an endpoint, as its handlers see it. */
export interface Connection<Params = any, Sends = any, Context = any> {
  /** Unique. */
  readonly id: string;
  /** The name of the endpoint. */
  readonly endpoint: string;
  /** The query string of the request that opened it, or what the `params` schema made of it. */
  readonly params: Params;
  /** What `on_upgrade` returned. */
  readonly context: Context;
  readonly headers: RequestHeaders;
  /** As {@link UpgradeRequest.remote_address}. */
  readonly remote_address: string;
  /** Whether messages can be sent: false as soon as either side has begun to close. */
  readonly is_open: boolean;
  /** The topics that it subscribes to; in `on_close`, those that it had. */
  readonly topics: string[];
  /** Bytes that were sent and that the operating system has not yet taken. */
  readonly buffered_bytes: number;

  /**
   * Sends to this client: a string or bytes as they are, anything else as JSON. Once the
   * endpoint declares `sends`, everything is sent as JSON and, outside production, checked first.
   * What is sent synchronously leaves together in one write (past 64 KiB, in several), in order.
   *
   * @returns whether it was taken: `false` where the connection is not open.
   * @throws {WebsocketsError} `unserializable_message`, if JSON cannot carry it, or turns it into `{}` as it does a
   * promise or a `Map` (outside production also one inside it); `undeclared_message`, if it is not what `sends` declares.
   */
  send(message: Sends): boolean;

  /**
   * Has what is published to the topic sent to this client, until it unsubscribes or closes. Topics
   * belong to an endpoint. Does nothing where it subscribes already, or is not open.
   *
   * @param topic 1 to 256 characters.
   * @throws {WebsocketsError} `bad_argument`, where that is no topic; `too_many_topics`, past
   * {@link WebsocketOptions.max_topics}.
   */
  subscribe(topic: string): void;
  /** @throws {WebsocketsError} `bad_argument`, where that is no topic. */
  unsubscribe(topic: string): void;
  /**
   * Sends to every connection of the endpoint that subscribes to the topic, but for this one.
   *
   * @returns whether every node was reached; on one node, always `true`.
   * @throws {WebsocketsError} as {@link Connection.send}; `bad_argument`, where that is no topic.
   */
  publish(topic: string, message: Sends): boolean;

  /**
   * For producers that stream: resolves once the client has read enough that the operating system
   * takes more, or at once where it does already. Also where the connection closes, so that `send`
   * then returns `false`; it never rejects.
   */
  drained(): Promise<void>;

  /**
   * Closes with a close frame (RFC 6455 §7.1.2). Messages that wait are dropped and
   * `on_close` is called with this code. A client that does not answer within
   * `close_timeout_in_seconds` is cut. Does nothing where the connection is not open.
   *
   * @param code 1000 by default; 1000–1003, 1007–1009, 1011–1014 or 3000–4999.
   * @param reason cut to the 123 bytes that a frame can carry.
   * @throws {WebsocketsError} `bad_argument`, where no such code may be sent.
   */
  close(code?: number, reason?: string): void;

  /** Cuts the connection without a close frame; `on_close` is called with 1006. */
  terminate(): void;
}
