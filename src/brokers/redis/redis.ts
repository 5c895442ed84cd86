import type { Broker, BrokerReceiver } from '../../core/base/ports.ts';
import { to_channel_name } from '../channel_name.ts';
import { type IoredisLike, type NodeRedisLike, read_redis_client } from './redis_client.ts';
import type { CreateRedisLink } from './redis_link.ts';
import { RedisSession } from './redis_session.ts';

const MIN_DELAY_IN_MILLISECONDS = 100;
const MAX_DELAY_IN_MILLISECONDS = 1_000;
/** A session that lives longer than this resets the delay. */
const STEADY_IN_MILLISECONDS = 10_000;

export interface RedisBrokerOptions {
  /**
   * A client of `redis` (`createClient(…)`, version 5 or later) or of `ioredis` (`new Redis(…)`, version 5 or later).
   * The broker takes the address and the credentials of Redis from it. It duplicates the client and does not use it
   * otherwise: the client need not be connected, gets no listeners and is never closed. Each node opens two connections.
   */
  client: NodeRedisLike | IoredisLike;
  /**
   * The start of the channel names. If applications share a Redis server, give each its own prefix: database numbers
   * separate keys, but not channels.
   *
   * @default 'websockets:'
   */
  prefix?: string | undefined;
}

/**
 * Returns a broker that joins nodes by Redis. Pass it to each node as the mount option `broker`. Messages are delivered
 * at most once, in the order of each publisher. They are not stored.
 *
 * The broker reconnects about a second after Redis is available again; the client's own reconnect strategy does not
 * matter. A node with 100,000 channels needs 1 to 2 s to subscribe to them again, even over a slow network.
 *
 * If Redis has not answered for 3 s, it counts as away, and messages that it has held back are not delivered. At most
 * 16 MiB wait for Redis. Each message counts as 1 KiB more than its bytes. If the limit is exceeded, messages reach only
 * this node.
 *
 * @throws {WebsocketsError} `bad_argument`, if the client is not one of these.
 */
export function redis_broker({ client, prefix = 'websockets:' }: RedisBrokerOptions): Broker {
  return new RedisBroker(read_redis_client(client), prefix);
}

class RedisBroker implements Broker {
  readonly #create_link: CreateRedisLink;
  readonly #prefix: string;
  /** The channel of this node's own beats. Endpoint names cannot begin with a tilde. */
  readonly #beat_name: string;
  /** The subscribed channels, by their names in Redis. */
  readonly #channels = new Map<string, string>();
  #receiver: BrokerReceiver | undefined;
  #session: RedisSession | undefined;
  #session_started_at = 0;
  #reconnect: NodeJS.Timeout | undefined;
  #delay = MIN_DELAY_IN_MILLISECONDS;

  constructor(create_link: CreateRedisLink, prefix: string) {
    this.#create_link = create_link;
    this.#prefix = prefix;
    this.#beat_name = `${prefix}~beat:${crypto.randomUUID()}`;
  }

  get is_ready(): boolean {
    return this.#session?.is_ready ?? false;
  }

  start(receiver: BrokerReceiver): void {
    this.#receiver = receiver;
    this.#connect(false);
  }

  publish(channel: string, envelope: Uint8Array): boolean {
    if (!this.is_ready) return false;
    const { buffer, byteOffset, byteLength } = envelope;
    this.#session?.publish(this.#name_of(channel), Buffer.from(buffer, byteOffset, byteLength));
    return true;
  }

  subscribe(channel: string): void {
    const name = this.#name_of(channel);
    if (this.#channels.has(name)) return;
    this.#channels.set(name, channel);
    this.#session?.subscribe(name);
  }

  unsubscribe(channel: string): void {
    const name = this.#name_of(channel);
    if (this.#channels.delete(name)) this.#session?.unsubscribe(name);
  }

  async close(): Promise<void> {
    this.#receiver = undefined;
    clearTimeout(this.#reconnect);
    const session = this.#session;
    this.#session = undefined;
    await session?.destroy();
  }

  #name_of(channel: string): string {
    return this.#prefix + to_channel_name(channel);
  }

  #connect(follows_silence: boolean): void {
    this.#session_started_at = performance.now();
    this.#session = new RedisSession(this.#create_link, this.#channels, this.#beat_name, {
      received: (name, message) => {
        const channel = this.#channels.get(name);
        if (channel !== undefined) this.#receiver?.received(channel, message);
      },
      came_up: () => this.#receiver?.back(),
      went_down: (error) => this.#receiver?.away(error),
      failed: (error, fell_silent) => this.#try_again(error, fell_silent),
    });
    this.#session.start(follows_silence);
  }

  /** Connects again. If the user's client throws when it is duplicated, tries again later. */
  #reconnect_now(fell_silent: boolean): void {
    try {
      this.#connect(fell_silent);
    } catch (error) {
      this.#try_again(error, fell_silent);
    }
  }

  #try_again(error: unknown, fell_silent: boolean): void {
    this.#session = undefined;
    // The broker was closed in the meantime.
    if (this.#receiver === undefined) return;
    if (performance.now() - this.#session_started_at > STEADY_IN_MILLISECONDS) {
      this.#delay = MIN_DELAY_IN_MILLISECONDS;
    }
    // A random share, so that the nodes do not all reconnect at the same moment.
    const delay = this.#delay * (0.5 + Math.random() / 2);
    this.#delay = Math.min(this.#delay * 2, MAX_DELAY_IN_MILLISECONDS);
    this.#reconnect = setTimeout(() => this.#reconnect_now(fell_silent), delay);
    this.#receiver.away(error);
  }
}
