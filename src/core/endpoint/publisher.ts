import type { LiveConnection } from '../connection/live_connection.ts';
import { Topics } from '../connection/topics.ts';
import type { Encoder } from '../send/encoder.ts';
import type { Frame } from '../wire/frame.ts';
import { type Audience, audience_of, channel_of, EVERYONE } from './audience.ts';
import type { Bus, BusMember } from './bus.ts';

/** Delivers an endpoint's messages to its connections. A message is encoded once, however many connections receive it. */
export class Publisher implements BusMember {
  readonly #endpoint: string;
  readonly #encoder: Encoder;
  /** The way to other nodes; `undefined` without a broker. */
  readonly bus: Bus | undefined;
  /** Every connection until its `on_close` has settled, including those that are closing. */
  readonly #connections = new Set<LiveConnection>();
  /** The connections by their `?id=`. */
  readonly #addresses = new Topics<LiveConnection>();
  readonly #topics = new Topics<LiveConnection>();

  constructor(endpoint: string, encoder: Encoder, bus: Bus | undefined) {
    this.#endpoint = endpoint;
    this.#encoder = encoder;
    this.bus = bus;
  }

  get connections(): ReadonlySet<LiveConnection> {
    return this.#connections;
  }

  add(connection: LiveConnection): void {
    if (this.#connections.size === 0) this.#listen(EVERYONE);
    this.#connections.add(connection);
    const { address } = connection;
    if (address === undefined) return;
    if (this.#addresses.subscribe(address, connection)) this.#listen({ to: 'address', address });
  }

  /** @returns whether the connection was there. */
  remove(connection: LiveConnection): boolean {
    if (!this.#connections.delete(connection)) return false;
    if (this.#connections.size === 0) this.#ignore(EVERYONE);
    const { address } = connection;
    if (address !== undefined && this.#addresses.unsubscribe(address, connection)) {
      this.#ignore({ to: 'address', address });
    }
    return true;
  }

  subscribe(connection: LiveConnection, topic: string): void {
    if (this.#topics.subscribe(topic, connection)) this.#listen({ to: 'topic', topic });
  }

  unsubscribe(connection: LiveConnection, topic: string): void {
    if (this.#topics.unsubscribe(topic, connection)) this.#ignore({ to: 'topic', topic });
  }

  /** @throws {WebsocketsError} as {@link Encoder.encode}. */
  encode(message: unknown, audience: Audience): Frame {
    const is_shared = this.bus !== undefined || this.#reached_by(audience).size > 1;
    return this.#encoder.encode(message, is_shared);
  }

  /**
   * Delivers a frame to connections of this mount, and passes it to other mounts and nodes.
   *
   * @returns whether other nodes were reached; true if there is no broker.
   */
  publish(frame: Frame, audience: Audience, except?: LiveConnection): boolean {
    this.#deliver(frame, audience, except);
    if (this.bus === undefined) return true;
    return this.bus.publish(channel_of(this.#endpoint, audience), frame, this);
  }

  /** Delivers a frame that another mount or node has published. */
  received(channel: string, frame: Frame): void {
    this.#deliver(frame, audience_of(this.#endpoint, channel));
  }

  #deliver(frame: Frame, audience: Audience, except?: LiveConnection): void {
    for (const connection of this.#reached_by(audience)) {
      if (connection !== except) connection.deliver(frame);
    }
  }

  #reached_by(audience: Audience): ReadonlySet<LiveConnection> {
    if (audience.to === 'topic') return this.#topics.subscribers(audience.topic);
    if (audience.to === 'address') return this.#addresses.subscribers(audience.address);
    return this.#connections;
  }

  #listen(audience: Audience): void {
    this.bus?.subscribe(channel_of(this.#endpoint, audience), this);
  }

  #ignore(audience: Audience): void {
    this.bus?.unsubscribe(channel_of(this.#endpoint, audience), this);
  }
}
