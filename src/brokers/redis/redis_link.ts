/**
 * One connection to Redis, of our own: made like the user's client, opened once, and thrown away where
 * it fails. The clients' own ways of reconnecting keep commands and send them late, or twice.
 */
export interface RedisLink {
  /** Resolves once it is connected and authenticated. */
  open(): Promise<unknown>;
  publish(name: string, message: Buffer): Promise<unknown>;
  subscribe(names: string[]): Promise<unknown>;
  unsubscribe(names: string[]): Promise<unknown>;
  /** Cuts it. Resolves when nothing of it is left; never rejects. */
  destroy(): Promise<void>;
}

export interface RedisLinkOwner {
  received(name: string, message: Buffer): void;
  /** The connection has broken, or could not be made. Perhaps more than once. */
  failed(error: unknown): void;
}

export type CreateRedisLink = (owner: RedisLinkOwner) => RedisLink;
