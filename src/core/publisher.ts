import type { Frame } from './codec.ts';
import type { Encoder } from './encoder.ts';
import type { LiveConnection } from './live_connection.ts';
import { check_topic, type Topics } from './topics.ts';

/** Whom a message is for: everyone, those at an address, or the subscribers of a topic. */
export type Audience =
  | { readonly to: 'everyone' }
  | { readonly to: 'address'; readonly address: string }
  | { readonly to: 'topic'; readonly topic: string };

/** Reaches the connections of one endpoint: encodes once, however many there are. */
export class Publisher {
  readonly #encoder: Encoder;
  readonly #connections: ReadonlySet<LiveConnection>;
  readonly #addresses: Topics<LiveConnection>;
  readonly #topics: Topics<LiveConnection>;

  constructor(
    encoder: Encoder,
    connections: ReadonlySet<LiveConnection>,
    addresses: Topics<LiveConnection>,
    topics: Topics<LiveConnection>,
  ) {
    this.#encoder = encoder;
    this.#connections = connections;
    this.#addresses = addresses;
    this.#topics = topics;
  }

  /** @throws {WebsocketsError} as {@link Encoder.encode}. */
  encode(message: unknown, audience: Audience): Frame {
    return this.#encoder.encode(message, this.#reached_by(audience).size > 1);
  }

  deliver(frame: Frame, audience: Audience, except?: LiveConnection): void {
    for (const connection of this.#reached_by(audience)) {
      if (connection !== except) connection.deliver(frame);
    }
  }

  #reached_by(audience: Audience): ReadonlySet<LiveConnection> {
    if (audience.to === 'topic') return this.#topics.subscribers(audience.topic);
    if (audience.to === 'address') return this.#addresses.subscribers(audience.address);
    return this.#connections;
  }
}

/** @throws {WebsocketsError} `bad_argument`, unless the topic can be one. */
export function to_topic(topic: string): Audience {
  check_topic(topic);
  return { to: 'topic', topic };
}
