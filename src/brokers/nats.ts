import { WebsocketsError } from '../core/base/errors.ts';
import type { Broker, BrokerReceiver } from '../core/base/ports.ts';
import { printable } from '../core/base/printable.ts';
import { describe } from '../core/base/problems.ts';
import { digest_of } from './channel_name.ts';
import { LoopbackProbe } from './loopback_probe.ts';
import { SubscriptionChanges } from './subscription_changes.ts';

/** Longer channel names become a digest, because NATS ends a connection that sends a control line of over 4,096 bytes. */
const MAX_TOKEN_LENGTH = 1_024;

interface NatsSubscriptionLike {
  unsubscribe(): void;
}

/** The part of a connection of `@nats-io/transport-node` that the broker uses. */
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
   * The connection that `connect(…)` of `@nats-io/transport-node` resolves to. The rest of the application may use it,
   * too; the broker never closes it. Create it with `maxReconnectAttempts: -1`: by default, it gives up after ten
   * attempts, and the broker then stays away.
   */
  connection: NatsConnectionLike;
  /**
   * The first token of each subject, or several tokens joined by dots. If applications share a NATS server, give each
   * its own prefix.
   *
   * @default 'websockets'
   */
  prefix?: string | undefined;
}

/**
 * Returns a broker that joins nodes by NATS (core NATS, no JetStream). Pass it to each node as the mount option `broker`.
 * Messages are delivered at most once, in the order of each publisher. They are not stored.
 *
 * If NATS has not answered for 3 s, it counts as away, and messages that it has held back are not delivered. At most
 * 16 MiB wait for NATS. Each message counts as 1 KiB more than its bytes. If the limit is exceeded, messages reach only
 * this node. A message larger than the server's `max_payload` also reaches only this node, and is logged.
 *
 * @throws {WebsocketsError} `bad_argument`, if the connection is missing or was created with `noEcho`, or if the prefix
 * is not a subject.
 */
export function nats_broker({ connection, prefix = 'websockets' }: NatsBrokerOptions): Broker {
  if (typeof connection?.publish !== 'function' || typeof connection.status !== 'function') {
    throw new WebsocketsError(
      'bad_argument',
      'the connection of nats_broker must be the one that connect() of @nats-io/transport-node resolves to; ' +
        `got ${describe(connection)}`,
      { argument: 'connection' },
    );
  }
  // The type of a connection does not include its options.
  const { options } = connection as { options?: { noEcho?: boolean } };
  if (options?.noEcho) {
    throw new WebsocketsError(
      'bad_argument',
      'the connection of nats_broker must be without noEcho: a node receives its own messages to detect that NATS answers',
      { argument: 'connection' },
    );
  }
  if (!/^[^\s.*>]+(\.[^\s.*>]+)*$/.test(prefix)) {
    throw new WebsocketsError(
      'bad_argument',
      `the prefix of nats_broker must be a subject of NATS, without wildcards; got ${describe(prefix)}`,
      { argument: 'prefix' },
    );
  }
  return new NatsBroker(connection, prefix);
}

class NatsBroker implements Broker {
  readonly #connection: NatsConnectionLike;
  readonly #prefix: string;
  /** The subject of this node's own beats. Endpoint names cannot begin with a tilde. */
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
          // If there is an error, there is no message. The status reports the error, too.
          if (error) return;
          this.#probe.heard(Number(Buffer.from(message.data).toString()));
          this.#tell();
        },
      });
    } catch (error) {
      // The connection is draining, and is closed soon.
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
      this.#receiver?.warn('NATS does not accept a message, which reaches only this node', {
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
   * Sends the changed subscriptions to NATS, as far as there is room. While NATS is away or hangs, the connection would
   * keep each command. The changes wait here instead, because changes that cancel out need no room here.
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
      // The connection keeps the subscription, and subscribes again when it reconnects.
      const subscription = this.#connection.subscribe(this.#subject_of(channel), {
        callback: (error, message) => {
          // Before the probe is up, messages are late: a server that hung has held them back.
          if (!error && this.#probe.is_up) this.#receiver?.received(channel, message.data);
        },
      });
      this.#subscriptions.set(channel, subscription);
    } catch {
      // The connection is closed or draining. The receiver is notified of that once, not for each channel.
    }
  }

  #tell_of_refusal(error: Error, subject: string): void {
    if (this.#has_told_of_refusal || !subject.startsWith(`${this.#prefix}.`)) return;
    this.#has_told_of_refusal = true;
    this.#receiver?.warn('NATS refuses the use of a subject; only the first refusal is logged', {
      error,
    });
  }

  /** Sends a message. Returns the error, if it cannot be sent. */
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
    // The type does not include `stop`. Without it, the loop would only end at the next status.
    this.#statuses = statuses as { stop?: () => void };
    for await (const { type, error } of statuses) {
      if (this.#receiver === undefined) return;
      if (error && 'subject' in error) {
        this.#tell_of_refusal(error, String(error.subject));
      } else if (type === 'disconnect') {
        this.#probe.stop();
        this.#receiver.away(new Error('the connection to NATS was lost'));
      } else if (type === 'reconnect') {
        // All changes are sent before the first beat, so that the subscriptions are complete when the node is back.
        for (const change of this.#untold.take()) this.#change(...change);
        this.#probe.start();
      }
    }
    this.#probe.stop();
    this.#receiver?.away(new Error('the connection to NATS is closed and does not reconnect'));
  }
}

/** Returns one token of a subject for a channel. It is readable, unless the channel needs a digest. */
function to_token(channel: string): string {
  if (!channel.isWellFormed()) return digest_of(channel);
  const token = encodeURIComponent(channel)
    .replaceAll('%3A', ':')
    .replaceAll('.', '%2E')
    .replaceAll('*', '%2A')
    .replaceAll('~', '%7E');
  return token.length > MAX_TOKEN_LENGTH ? digest_of(channel) : token;
}
