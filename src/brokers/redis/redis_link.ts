/**
 * One connection to Redis that the broker owns. It is a duplicate of the user's client, is opened once, and is discarded
 * if it fails. It does not use the client's own reconnecting, which keeps commands and sends them late or twice.
 */
export interface RedisLink {
  /** Resolves once it is connected and authenticated. */
  open(): Promise<unknown>;
  publish(name: string, message: Buffer): Promise<unknown>;
  subscribe(names: string[]): Promise<unknown>;
  unsubscribe(names: string[]): Promise<unknown>;
  /** Terminates the connection. Resolves once all its resources are released; never rejects. */
  destroy(): Promise<void>;
}

export interface RedisLinkOwner {
  received(name: string, message: Buffer): void;
  /** Called when the connection has broken, or could not be opened; possibly more than once. */
  failed(error: unknown): void;
}

export type CreateRedisLink = (owner: RedisLinkOwner) => RedisLink;
