import type { Broker } from '../../core/base/ports.ts';
import type { Patience } from './expect.ts';

let marks = 0;

/** One node of a suite over brokers: starts one, and keeps what it reports. */
export class BrokerNode {
  readonly broker: Broker;
  readonly #patience: Patience;
  /** By channel, what has arrived and was not yet taken. */
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

  /** Resolves once it is ready. */
  static async start(broker: Broker, patience: Patience): Promise<BrokerNode> {
    const node = new BrokerNode(broker, patience);
    await patience.until(() => broker.is_ready, 'the broker to be ready');
    return node;
  }

  /** @param text each character a byte. */
  publish(channel: string, text: string): void {
    this.broker.publish(channel, Buffer.from(text, 'latin1'));
  }

  /** Subscribes, and waits until what each of these nodes publishes arrives. */
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

  /** Unsubscribes, and waits until what the node publishes there no longer arrives. */
  async leave(channel: string, publisher: BrokerNode, heard: string): Promise<void> {
    this.broker.unsubscribe(channel);
    await this.#patience.until(async () => {
      this.#arrived.delete(channel);
      publisher.publish(channel, 'mark');
      await this.take(heard, publisher);
      return !this.#arrived.has(channel);
    }, `the end of the subscription to ${channel}`);
  }

  /** All that has arrived on a channel, once the last of what the node has published there has. */
  async take(channel: string, publisher: BrokerNode): Promise<string[]> {
    const mark = `mark ${marks++}`;
    publisher.publish(channel, mark);
    await this.#patience.until(() => this.#has(channel, mark), `what was published to ${channel}`);
    return this.taken(channel);
  }

  /** All that has arrived on a channel. */
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
