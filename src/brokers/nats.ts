import { WebsocketsError } from '../core/base/errors.ts';
import type { Broker, BrokerReceiver } from '../core/base/ports.ts';
import { printable } from '../core/base/printable.ts';
import { digest_of } from './channel_name.ts';
import { LoopbackProbe } from './loopback_probe.ts';
import { SubscriptionChanges } from './subscription_changes.ts';

/** NATS cuts whoever sends a control line of more than 4,096 bytes. */
const MAX_TOKEN_LENGTH = 1_024;

interface NatsSubscriptionLike {
  unsubscribe(): void;
}

/** A connection of `@nats-io/transport-node`: what is needed of it. */
export interface NatsConnectionLike {
  publish(subject: string, payload?: Uint8Array): void;
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: { readonly data: Uint8Array }) => void },
  ): NatsSubscriptionLike;
  status(): AsyncIterable<{ readonly type: string; readonly error?: Error }>;
  isClosed(): boolean;
}

export interface NatsBrokerOptions {
  /**
   * A connection of `@nats-io/transport-node`: what `connect(…)` resolved with. It is shared with the
   * rest of the application, and never closed. Give it `maxReconnectAttempts: -1`: by default it gives
   * up after ten attempts, and with it all that uses it.
   */
  connection: NatsConnectionLike;
  /**
   * The first token of each subject, or several of them. Applications that share a NATS each have
   * their own.
   *
   * @default 'websockets'
   */
  prefix?: string | undefined;
}

/**
 * Joins nodes by NATS (core NATS, no JetStream): pass it to each as the mount option `broker`. At most
 * once, in the order of each publisher; nothing is kept.
 *
 * A NATS that has not answered for 3 s counts as gone; what it held back is not delivered. At most 16 MiB wait for
 * it, and each message counts 1 KiB more than its bytes; past that, messages reach this node alone. A message
 * of more than the server's `max_payload` reaches this node alone, and the log says so.
 *
 * @throws {WebsocketsError} `bad_argument`, where the connection is none or was made with `noEcho`, or
 * the prefix is no subject.
 */
export function nats_broker({ connection, prefix = 'websockets' }: NatsBrokerOptions): Broker {
  if (typeof connection?.publish !== 'function' || typeof connection.status !== 'function') {
    throw new WebsocketsError(
      'bad_argument',
      'nats_broker needs a connection: what connect() of @nats-io/transport-node resolved with',
      { argument: 'connection' },
    );
  }
  // Not in its type.
  const { options } = connection as { options?: { noEcho?: boolean } };
  if (options?.noEcho) {
    throw new WebsocketsError(
      'bad_argument',
      'nats_broker needs a connection without noEcho: a node tells by its own messages that NATS is there',
      { argument: 'connection' },
    );
  }
  if (!/^[^\s.*>]+(\.[^\s.*>]+)*$/.test(prefix)) {
    throw new WebsocketsError(
      'bad_argument',
      `the prefix must be a subject of NATS, without wildcards; got ${JSON.stringify(prefix)}`,
      { argument: 'prefix' },
    );
  }
  return new NatsBroker(connection, prefix);
}

class NatsBroker implements Broker {
  readonly #connection: NatsConnectionLike;
  readonly #prefix: string;
  /** Hears this node's own beats. The name of an endpoint does not begin with a tilde. */
  readonly #beat_subject: string;
  readonly #subscriptions = new Map<string, NatsSubscriptionLike>();
  readonly #untold = new SubscriptionChanges();
  readonly #probe: LoopbackProbe;
  #beats: NatsSubscriptionLike | undefined;
  #statuses: { stop?: () => void } | undefined;
  #receiver: BrokerReceiver | undefined;
  #has_told_of_refusal = false;

  constructor(connection: NatsConnectionLike, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#beat_subject = `${prefix}.~beat.${crypto.randomUUID()}`;
    this.#probe = new LoopbackProbe({
      send_beat: (number) => this.#send(this.#beat_subject, Buffer.from(String(number))),
      came_up: () => this.#receiver?.back(),
      went_down: (error) => this.#receiver?.away(error),
    });
  }

  get is_ready(): boolean {
    return this.#probe.is_ready;
  }

  start(receiver: BrokerReceiver): void {
    this.#receiver = receiver;
    if (this.#connection.isClosed()) {
      receiver.away(new Error('the connection to NATS is closed'));
      return;
    }
    try {
      this.#beats = this.#connection.subscribe(this.#beat_subject, {
        callback: (error, message) => {
          // With an error, which the status tells as well, there is no message.
          if (error) return;
          this.#probe.heard(Number(Buffer.from(message.data).toString()));
          this.#tell();
        },
      });
    } catch (error) {
      // It drains: soon it is closed.
      receiver.away(error);
      return;
    }
    this.#probe.start();
    this.#watch().catch((error) => {
      this.#probe.stop();
      this.#receiver?.away(error);
    });
  }

  publish(channel: string, envelope: Uint8Array): boolean {
    if (!this.is_ready) return false;
    const error = this.#send(this.#subject_of(channel), envelope);
    if (error === undefined) this.#probe.charge(envelope.length);
    else
      this.#receiver?.warn('NATS does not take a message', {
        channel: printable(channel),
        error,
      });
    return error === undefined;
  }

  subscribe(channel: string): void {
    if (this.#receiver === undefined) return;
    this.#untold.subscribe(channel);
    this.#tell();
  }

  unsubscribe(channel: string): void {
    if (this.#receiver === undefined) return;
    this.#untold.unsubscribe(channel);
    this.#tell();
  }

  async close(): Promise<void> {
    this.#receiver = undefined;
    this.#probe.stop();
    this.#statuses?.stop?.();
    this.#beats?.unsubscribe();
    for (const subscription of this.#subscriptions.values()) subscription.unsubscribe();
    this.#subscriptions.clear();
  }

  /**
   * Tells NATS what has changed, as far as there is room. The connection would keep each command while NATS is away or hangs,
   * so that the changes wait here, where those that cancel out take none.
   */
  #tell(): void {
    for (const [channel, is_wanted] of this.#untold.take(() => this.#probe.has_room)) {
      this.#change(channel, is_wanted);
      this.#probe.charge(channel.length);
    }
  }

  #change(channel: string, is_wanted: boolean): void {
    if (!is_wanted) {
      this.#subscriptions.get(channel)?.unsubscribe();
      this.#subscriptions.delete(channel);
      return;
    }
    try {
      // Held by the connection, which subscribes again where it reconnects.
      const subscription = this.#connection.subscribe(this.#subject_of(channel), {
        callback: (error, message) => {
          // Until it is up, this is what a server that hung has held back.
          if (!error && this.#probe.is_up) this.#receiver?.received(channel, message.data);
        },
      });
      this.#subscriptions.set(channel, subscription);
    } catch {
      // It is closed, or drains: that it is away is told once, and not for each channel.
    }
  }

  #tell_of_refusal(error: Error, subject: string): void {
    if (this.#has_told_of_refusal || !subject.startsWith(`${this.#prefix}.`)) return;
    this.#has_told_of_refusal = true;
    this.#receiver?.warn(
      'NATS refuses what a subject is used for; further refusals are not warned of',
      { error },
    );
  }

  /** @returns why it could not be sent, if so. */
  #send(subject: string, payload: Uint8Array): unknown {
    try {
      this.#connection.publish(subject, payload);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #subject_of(channel: string): string {
    return `${this.#prefix}.${to_token(channel)}`;
  }

  async #watch(): Promise<void> {
    const statuses = this.#connection.status();
    // To be told to stop is not in its type; without it, it would wait for the next status.
    this.#statuses = statuses as { stop?: () => void };
    for await (const { type, error } of statuses) {
      if (this.#receiver === undefined) return;
      if (error && 'subject' in error) {
        this.#tell_of_refusal(error, String(error.subject));
      } else if (type === 'disconnect') {
        this.#probe.stop();
        this.#receiver.away(new Error('the connection to NATS was lost'));
      } else if (type === 'reconnect') {
        // All of them, ahead of the beat: once the node is back, its subscriptions are, too.
        for (const change of this.#untold.take()) this.#change(...change);
        this.#probe.start();
      }
    }
    this.#probe.stop();
    this.#receiver?.away(new Error('the connection to NATS is closed, and does not come back'));
  }
}

/** One token of a subject, for any channel; for most, one that can be read. */
function to_token(channel: string): string {
  if (!channel.isWellFormed()) return digest_of(channel);
  const token = encodeURIComponent(channel)
    .replaceAll('%3A', ':')
    .replaceAll('.', '%2E')
    .replaceAll('*', '%2A')
    .replaceAll('~', '%7E');
  return token.length > MAX_TOKEN_LENGTH ? digest_of(channel) : token;
}
