import type { RedisLink, RedisLinkOwner } from './redis_link.ts';

/** What is used of a client of `ioredis`. */
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
    // What was not answered is sent again after a reconnect, unless it is told not to.
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    monitor: false,
    keyPrefix: '',
    // A timer that it starts for what is closed already, too: 2 s, for which a process would live on.
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
      // By itself it sends what still waits, and gives a server that hangs two seconds.
      client.stream?.destroy();
    },
  };
}
