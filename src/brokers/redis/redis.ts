import type { Broker, BrokerReceiver } from '../../core/base/ports.ts';
import { to_channel_name } from '../channel_name.ts';
import { type IoredisLike, type NodeRedisLike, read_redis_client } from './redis_client.ts';
import type { CreateRedisLink } from './redis_link.ts';
import { RedisSession } from './redis_session.ts';

const MIN_DELAY_IN_MILLISECONDS = 100;
const MAX_DELAY_IN_MILLISECONDS = 1_000;
/** A session that lives so long begins the delays anew. */
const STEADY_IN_MILLISECONDS = 10_000;

export interface RedisBrokerOptions {
  /**
   * A client of `redis` (`createClient(…)`, from version 5) or of `ioredis` (`new Redis(…)`, from
   * version 5): says where Redis is, and how to log in. It is duplicated, not used: it need not be
   * connected, nothing is attached to it, and it is never closed. Each node holds two connections.
   */
  client: NodeRedisLike | IoredisLike;
  /**
   * What the channels' names begin with. Applications that share a Redis each have their own (the
   * numbers of databases keep keys apart, not channels).
   *
   * @default 'websockets:'
   */
  prefix?: string | undefined;
}

/**
 * Joins nodes by Redis: pass it to each as the mount option `broker`. At most once, in the order of
 * each publisher; nothing is kept.
 *
 * It reconnects by itself, within about a second of Redis being there again, whatever the strategy of
 * the client. A node with 100,000 channels takes 1 to 2 s to subscribe to them again, also from afar. A Redis
 * that has not answered for 3 s counts as gone; what it held back is not delivered. At most 16 MiB wait for it,
 * and each message counts 1 KiB more than its bytes; past that, messages reach this node alone.
 *
 * @throws {WebsocketsError} `bad_argument`, where the client is neither.
 */
export function redis_broker({ client, prefix = 'websockets:' }: RedisBrokerOptions): Broker {
  return new RedisBroker(read_redis_client(client), prefix);
}

class RedisBroker implements Broker {
  readonly #create_link: CreateRedisLink;
  readonly #prefix: string;
  /** Hears this node's own beats. The name of an endpoint does not begin with a tilde. */
  readonly #beat_name: string;
  /** What is subscribed: by its name in Redis, each channel. */
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

  /** What the user's client throws when it is duplicated ends nothing. */
  #reconnect_now(fell_silent: boolean): void {
    try {
      this.#connect(fell_silent);
    } catch (error) {
      this.#try_again(error, fell_silent);
    }
  }

  #try_again(error: unknown, fell_silent: boolean): void {
    this.#session = undefined;
    // Closed meanwhile.
    if (this.#receiver === undefined) return;
    if (performance.now() - this.#session_started_at > STEADY_IN_MILLISECONDS) {
      this.#delay = MIN_DELAY_IN_MILLISECONDS;
    }
    // A random share, so that the nodes do not all come at once.
    const delay = this.#delay * (0.5 + Math.random() / 2);
    this.#delay = Math.min(this.#delay * 2, MAX_DELAY_IN_MILLISECONDS);
    this.#reconnect = setTimeout(() => this.#reconnect_now(fell_silent), delay);
    this.#receiver.away(error);
  }
}
