import type { RedisLink, RedisLinkOwner } from './redis_link.ts';

type Listener = (message: Buffer, name: Buffer) => void;

/** The part of a client of `redis` that a link uses. */
interface NodeRedis {
  on(event: string, listener: (...args: any[]) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
  publish(name: string, message: Buffer): Promise<unknown>;
  subscribe(names: string[], listener: Listener, as_buffers: true): Promise<unknown>;
  unsubscribe(names: string[], listener: Listener, as_buffers: true): Promise<unknown>;
}

export function create_node_redis_link(
  like: { options?: any; duplicate(options: object): any },
  owner: RedisLinkOwner,
): RedisLink {
  const looking = new AbortController();
  const client: NodeRedis = like.duplicate({
    socket: { ...like.options?.socket, reconnectStrategy: false, signal: looking.signal },
    disableOfflineQueue: true,
    // No limit: a command past the limit would fail, and end the connection. The probe limits the waiting bytes.
    commandsQueueMaxLength: undefined,
    clientSideCache: undefined,
  });
  const on_message: Listener = (message, name) => owner.received(name.toString(), message);
  let has_socket = false;
  let is_destroyed = false;
  let opening: Promise<unknown> | undefined;

  client.on('error', (error) => owner.failed(error));
  client.on('end', () => owner.failed(new Error('the connection to Redis was closed')));
  client.on('connect', () => {
    has_socket = true;
    if (is_destroyed) destroy(client);
  });

  return {
    open() {
      opening = client.connect();
      return opening;
    },
    publish: (name, message) => client.publish(name, message),
    subscribe: (names) => client.subscribe(names, on_message, true),
    unsubscribe: (names) => client.unsubscribe(names, on_message, true),
    async destroy() {
      is_destroyed = true;
      // While the client is still connecting, `destroy` would have no effect, and the client would continue.
      if (has_socket) destroy(client);
      else looking.abort();
      await opening?.catch(() => {});
    },
  };
}

function destroy(client: NodeRedis): void {
  try {
    client.destroy();
  } catch {
    // Version 5 throws if the client is already closed.
  }
}
