import type { Broker } from '../../core/base/ports.ts';
import type { Patience } from './expect.ts';

let marks = 0;

/** A node in the suite for brokers. It starts a broker and keeps the envelopes that it reports. */
export class BrokerNode {
  readonly broker: Broker;
  readonly #patience: Patience;
  /** The envelopes that have arrived and were not taken yet, by channel. */
  readonly #arrived = new Map<string, string[]>();

  private constructor(broker: Broker, patience: Patience) {
    this.broker = broker;
    this.#patience = patience;
    broker.start({
      received: (channel, envelope) => this.#keep(channel, envelope),
      back: () => {},
      away: () => {},
      warn: () => {},
    });
  }

  /** Starts a broker. Resolves once it is ready. */
  static async start(broker: Broker, patience: Patience): Promise<BrokerNode> {
    const node = new BrokerNode(broker, patience);
    await patience.until(() => broker.is_ready, 'the broker to be ready');
    return node;
  }

  /** @param text the envelope, in which each character stands for a byte. */
  publish(channel: string, text: string): void {
    this.broker.publish(channel, Buffer.from(text, 'latin1'));
  }

  /** Subscribes, and waits until envelopes from each of these nodes arrive. */
  async listen(channel: string, ...publishers: BrokerNode[]): Promise<void> {
    this.broker.subscribe(channel);
    for (const publisher of publishers) {
      await this.#patience.until(
        () => this.#hears(channel, publisher),
        `the subscription to ${channel}`,
      );
      await this.take(channel, publisher);
    }
  }

  /** Unsubscribes, and waits until envelopes from this node no longer arrive there. */
  async leave(channel: string, publisher: BrokerNode, heard: string): Promise<void> {
    this.broker.unsubscribe(channel);
    await this.#patience.until(async () => {
      this.#arrived.delete(channel);
      publisher.publish(channel, 'mark');
      await this.take(heard, publisher);
      return !this.#arrived.has(channel);
    }, `the end of the subscription to ${channel}`);
  }

  /** Waits until everything that this node has published to a channel has arrived. Returns all that has arrived there. */
  async take(channel: string, publisher: BrokerNode): Promise<string[]> {
    const mark = `mark ${marks++}`;
    publisher.publish(channel, mark);
    await this.#patience.until(
      () => this.#has(channel, mark),
      `the messages published to ${channel}`,
    );
    return this.taken(channel);
  }

  /** Returns, and removes, all that has arrived on a channel. */
  taken(channel: string): string[] {
    const arrived = this.#arrived.get(channel) ?? [];
    this.#arrived.delete(channel);
    return arrived.filter((text) => !text.startsWith('mark'));
  }

  #hears(channel: string, publisher: BrokerNode): boolean {
    if (this.#arrived.has(channel)) return true;
    publisher.publish(channel, 'mark');
    return false;
  }

  #has(channel: string, text: string): boolean {
    return this.#arrived.get(channel)?.includes(text) ?? false;
  }

  #keep(channel: string, envelope: Uint8Array): void {
    const arrived = this.#arrived.get(channel) ?? [];
    arrived.push(Buffer.from(envelope).toString('latin1'));
    this.#arrived.set(channel, arrived);
  }
}
