import type { RedisLink, RedisLinkOwner } from './redis_link.ts';

/** The part of a client of `ioredis` that a link uses. */
interface Ioredis {
  readonly stream?: { destroy(): void };
  on(event: string, listener: (...args: any[]) => void): unknown;
  connect(): Promise<unknown>;
  disconnect(): void;
  publish(name: string, message: Buffer): Promise<unknown>;
  subscribe(...names: string[]): Promise<unknown>;
  unsubscribe(...names: string[]): Promise<unknown>;
}

export function create_ioredis_link(
  like: { duplicate(options: object): any },
  owner: RedisLinkOwner,
): RedisLink {
  const client: Ioredis = like.duplicate({
    lazyConnect: true,
    retryStrategy: null,
    reconnectOnError: null,
    // By default, the client sends unanswered commands again after a reconnect.
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    monitor: false,
    keyPrefix: '',
    // The client starts this timer even if the connection is already closed. The default of 2 s would keep the process
    // alive for that long.
    disconnectTimeout: 1,
  });
  client.on('error', (error) => owner.failed(error));
  client.on('close', () => owner.failed(new Error('the connection to Redis was closed')));
  client.on('messageBuffer', (name: Buffer, message: Buffer) => {
    owner.received(name.toString(), message);
  });

  return {
    open: () => client.connect(),
    publish: (name, message) => client.publish(name, message),
    subscribe: (names) => client.subscribe(...names),
    unsubscribe: (names) => client.unsubscribe(...names),
    async destroy() {
      client.disconnect();
      // `disconnect` alone still sends waiting commands, and waits two seconds for a server that hangs.
      client.stream?.destroy();
    },
  };
}
