/** The request headers that a client sent, with names in lower case. */
export interface RequestHeaders {
  readonly [name: string]: string | string[] | undefined;
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'user-agent'?: string | undefined;
}

/**
 * A query string. Each value is a string, or an array of strings if the parameter repeats. A client that sends more
 * than 100 parameters is refused with 400 (`too_many_params`).
 */
export type QueryParams = Record<string, string | string[]>;

/** The request of a client that asks to be connected, as `on_upgrade` receives it. */
export interface UpgradeRequest<Params = any> {
  /** The name of the endpoint. */
  readonly endpoint: string;
  /** The query string, or the output of the `params` schema. */
  readonly params: Params;
  /** The request headers, with names in lower case. */
  readonly headers: RequestHeaders;
  /** The `Origin` header, which every browser sends (RFC 6455 §10.2). `undefined` if the client is not a browser. */
  readonly origin: string | undefined;
  /**
   * The client's IP address. Behind proxies, set `trust_proxy`; otherwise this is the address of the nearest proxy.
   * Empty if it is unknown: for a client on a Unix socket without a trusted proxy.
   */
  readonly remote_address: string;
  /** The path and the query, unchanged from the request line. */
  readonly url: string;
  /**
   * Aborts when the client disconnects, or when `upgrade_timeout_in_seconds` have passed. If a listener of this
   * signal throws, Node ends the process.
   */
  readonly signal: AbortSignal;
}

/** One connected client of an endpoint, as its handlers see it. */
export interface Connection<Params = any, Sends = any, Context = any> {
  /** A unique identifier of this connection. */
  readonly id: string;
  /** The name of the endpoint. */
  readonly endpoint: string;
  /** The query string of the request that opened the connection, or the output of the `params` schema. */
  readonly params: Params;
  /** The value that `on_upgrade` returned. */
  readonly context: Context;
  /** The headers of the request that opened the connection. */
  readonly headers: RequestHeaders;
  /** The client's IP address: see {@link UpgradeRequest.remote_address}. */
  readonly remote_address: string;
  /** Whether messages can be sent. It becomes false as soon as either side starts to close the connection. */
  readonly is_open: boolean;
  /** The topics that the connection subscribes to. In `on_close`, the topics that it had. */
  readonly topics: string[];
  /** The number of sent bytes that the operating system has not accepted yet. */
  readonly buffered_bytes: number;

  /**
   * Sends a message to this client. Strings and bytes are sent unchanged, all other values as JSON. If the
   * endpoint declares `sends`, everything is sent as JSON, and outside production each message is checked first.
   * Messages that you send without an `await` in between leave in order and in one write (above 64 KiB, in several).
   *
   * @returns `true` if the message was accepted, `false` if the connection is not open.
   * @throws {WebsocketsError} `unserializable_message`, if the message cannot be sent as JSON, or if JSON would turn
   * it into `{}`, as it does with a promise or a `Map`. Outside production, such a value inside the message is an error,
   * too.
   * @throws {WebsocketsError} `undeclared_message`, if `sends` rejects the message. Checked outside production only.
   */
  send(message: Sends): boolean;

  /**
   * Subscribes this client to a topic. The client receives all messages that are published to the topic, until it
   * unsubscribes or the connection closes. Each endpoint has its own topics. Does nothing if the client already
   * subscribes, or if the connection is not open.
   *
   * @param topic a string of 1 to 256 characters.
   * @throws {WebsocketsError} `bad_argument`, if the topic is invalid.
   * @throws {WebsocketsError} `too_many_topics`, if {@link WebsocketOptions.max_topics} would be exceeded.
   */
  subscribe(topic: string): void;
  /**
   * Ends the subscription to a topic. Does nothing if there is none.
   *
   * @throws {WebsocketsError} `bad_argument`, if the topic is invalid.
   */
  unsubscribe(topic: string): void;
  /**
   * Sends a message to every connection of the endpoint that subscribes to the topic, except this one.
   *
   * @returns whether the message was published to every node. On a single node, always `true`.
   * @throws {WebsocketsError} `bad_argument`, if the topic is invalid, and the errors of {@link Connection.send}.
   */
  publish(topic: string, message: Sends): boolean;

  /**
   * Resolves when the client has read so much that the operating system accepts more bytes, or at once if it
   * already does. Await it between messages if you stream. It also resolves when the connection closes, after
   * which `send` returns `false`. It never rejects.
   */
  drained(): Promise<void>;

  /**
   * Closes the connection with a close frame (RFC 6455 §7.1.2). Messages that wait for a handler are dropped, and
   * `on_close` is called with this code. If the client does not answer within `close_timeout_in_seconds`, the
   * connection is terminated. Does nothing if the connection is not open.
   *
   * @param code 1000–1003, 1007–1009, 1011–1014 or 3000–4999. The default is 1000.
   * @param reason shortened to the 123 bytes that a close frame can carry.
   * @throws {WebsocketsError} `bad_argument`, if the code is not one of these, or the reason is not a string.
   */
  close(code?: number, reason?: string): void;

  /** Terminates the connection without a close frame. `on_close` is called with 1006. */
  terminate(): void;
}
