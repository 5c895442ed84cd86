import { WebsocketsError } from '../base/errors.ts';
import type { Broker, Clock, Logger } from '../base/ports.ts';
import { printable } from '../base/printable.ts';
import { Topics } from '../connection/topics.ts';
import { decode_envelope, encode_envelope, type Frame } from '../wire/frame.ts';

/** One endpoint of one mount. It receives all messages on the channels that it subscribes to, except its own. */
export interface BusMember {
  received(channel: string, frame: Frame): void;
}

/** The state of a broker, and the number of messages exchanged with other nodes. */
export interface BrokerStats {
  /** `away` while messages cannot reach other nodes. */
  readonly state: 'ready' | 'away';
  /** Messages handed to the broker. */
  readonly published: number;
  /** Messages that reached only this node, because the broker was away or did not take them. */
  readonly missed: number;
  /** Messages from other nodes. */
  readonly received: number;
}

/** The part of the platform that a bus uses. */
interface BusPlatform {
  readonly clock: Clock;
  /** Whether bytes are UTF-8. */
  is_utf8(bytes: Uint8Array): boolean;
}

const buses = new WeakMap<Broker, Bus>();

/**
 * Connects the endpoints in this process that share a broker: directly with each other, and through the broker with
 * other nodes.
 */
export class Bus {
  readonly #broker: Broker;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #is_utf8: BusPlatform['is_utf8'];
  readonly #members = new Topics<BusMember>();
  /** Identifies the messages that this node has published. */
  readonly #origin = crypto.getRandomValues(new Uint8Array(16));
  readonly #is_ready: Promise<void>;
  #report_ready: () => void = () => {};
  #mounts = 0;
  #is_closed = false;
  #away_since: number | undefined;
  #has_warned_of_stranger = false;
  #has_failed = false;
  #published = 0;
  #missed = 0;
  #received = 0;

  /** Returns the one bus of a broker. */
  static of(broker: Broker, logger: Logger, platform: BusPlatform): Bus {
    const bus = buses.get(broker) ?? new Bus(broker, logger, platform);
    buses.set(broker, bus);
    return bus;
  }

  private constructor(broker: Broker, logger: Logger, { clock, is_utf8 }: BusPlatform) {
    this.#broker = broker;
    this.#logger = logger;
    this.#clock = clock;
    this.#is_utf8 = is_utf8;
    this.#is_ready = new Promise((resolve) => {
      this.#report_ready = resolve;
    });
  }

  stats(): BrokerStats {
    const is_ready = !this.#is_closed && this.#broker.is_ready;
    return {
      state: is_ready ? 'ready' : 'away',
      published: this.#published,
      missed: this.#missed,
      received: this.#received,
    };
  }

  /** Resolves when the broker becomes ready for the first time, or is closed; never rejects. */
  get ready(): Promise<void> {
    return this.#is_ready;
  }

  /** @throws {WebsocketsError} `bad_argument`, if the last mount that used the broker has closed it. */
  join(): void {
    if (this.#is_closed) {
      throw new WebsocketsError(
        'bad_argument',
        'this broker was closed with the last mount that used it; pass a new broker',
        { argument: 'broker' },
      );
    }
    if (this.#mounts === 0) this.#start();
    this.#mounts++;
  }

  #start(): void {
    this.#broker.start({
      received: (channel, envelope) => this.#receive(channel, envelope),
      back: () => this.#come_back(),
      away: (error) => this.#go_away(error),
      warn: (message, details) => this.#logger.warn(message, details),
    });
    if (this.#broker.is_ready) this.#come_back();
  }

  /** Closes the broker when the last mount leaves. */
  async leave(): Promise<void> {
    this.#mounts--;
    if (this.#mounts > 0) return;
    this.#is_closed = true;
    this.#report_ready();
    try {
      await this.#broker.close();
    } catch (error) {
      // For example, the engine may already be gone. The mount must close anyway.
      this.#logger.warn('the broker failed to close', { error });
    }
  }

  subscribe(channel: string, member: BusMember): void {
    if (!this.#members.subscribe(channel, member)) return;
    this.#contain(() => this.#broker.subscribe(channel));
  }

  unsubscribe(channel: string, member: BusMember): void {
    if (!this.#members.unsubscribe(channel, member)) return;
    this.#contain(() => this.#broker.unsubscribe(channel));
  }

  /**
   * Delivers a frame to every other member that subscribes to the channel, in this process and on other nodes.
   *
   * @returns whether the broker took the frame for other nodes.
   */
  publish(channel: string, frame: Frame, publisher: BusMember): boolean {
    for (const member of this.#members.subscribers(channel)) {
      if (member !== publisher) member.received(channel, frame);
    }
    const is_taken =
      !this.#is_closed &&
      this.#broker.is_ready &&
      this.#contain(() => this.#broker.publish(channel, encode_envelope(this.#origin, frame)));
    if (is_taken === true) this.#published++;
    else this.#missed++;
    return is_taken === true;
  }

  /**
   * Calls the broker, and logs an error. A custom broker may throw, although it must not. The caller, which publishes
   * or closes, has to continue.
   */
  #contain<Outcome>(call: () => Outcome): Outcome | undefined {
    try {
      return call();
    } catch (error) {
      if (!this.#has_failed)
        this.#logger.error('the broker failed; only the first failure is logged', { error });
      this.#has_failed = true;
      return undefined;
    }
  }

  #receive(channel: string, bytes: Uint8Array): void {
    if (this.#is_closed) return;
    const envelope = decode_envelope(bytes, this.#is_utf8);
    if (envelope === undefined) {
      this.#warn_of_stranger(channel);
    } else if (!is_same(envelope.origin, this.#origin)) {
      this.#received++;
      for (const member of this.#members.subscribers(channel)) {
        member.received(channel, envelope.frame);
      }
    }
  }

  #warn_of_stranger(channel: string): void {
    if (this.#has_warned_of_stranger) return;
    this.#has_warned_of_stranger = true;
    this.#logger.warn(
      'dropped a message from the broker that this version cannot read; only the first is logged. If another ' +
        'application uses the broker, give each application its own prefix. Another node may also run a newer version',
      { channel: printable(channel) },
    );
  }

  #come_back(): void {
    this.#report_ready();
    if (this.#away_since === undefined) return;
    const seconds = (this.#clock.now() - this.#away_since) / 1000;
    this.#away_since = undefined;
    this.#logger.warn(`the broker is back after ${seconds.toFixed(1)} s`, { seconds });
  }

  #go_away(error: unknown): void {
    if (this.#away_since !== undefined || this.#is_closed) return;
    this.#away_since = this.#clock.now();
    this.#logger.warn('the broker is away: messages reach only the connections of this node', {
      error,
    });
  }
}

function is_same(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, index) => byte === other[index]);
}
