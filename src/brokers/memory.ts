import type { Broker, BrokerReceiver } from '../core/base/ports.ts';
import { Topics } from '../core/connection/topics.ts';

/**
 * An engine in memory for tests. It joins the brokers that were created with it, and can go away like any other engine.
 * A test calls {@link MemoryHub.go_away} and {@link MemoryHub.come_back}; the other methods are for its brokers.
 */
export class MemoryHub {
  readonly #subscribers = new Topics<MemoryBroker>();
  readonly #brokers = new Set<MemoryBroker>();
  #is_there = true;

  /** Whether it carries messages. */
  get is_there(): boolean {
    return this.#is_there;
  }

  /** Stops carrying messages until {@link MemoryHub.come_back} is called. The brokers log the error. */
  go_away(error: Error = new Error('the hub is away')): void {
    this.#is_there = false;
    for (const broker of this.#brokers) broker.receiver?.away(error);
  }

  /** Carries messages again. */
  come_back(): void {
    this.#is_there = true;
    for (const broker of this.#brokers) broker.receiver?.back();
  }

  join(broker: MemoryBroker): void {
    this.#brokers.add(broker);
  }

  leave(broker: MemoryBroker): void {
    this.#brokers.delete(broker);
  }

  subscribe(channel: string, broker: MemoryBroker): void {
    this.#subscribers.subscribe(channel, broker);
  }

  unsubscribe(channel: string, broker: MemoryBroker): void {
    this.#subscribers.unsubscribe(channel, broker);
  }

  publish(channel: string, envelope: Uint8Array): void {
    const carried = Uint8Array.from(envelope);
    // Not synchronously, as over a network: a broker that unsubscribes in the meantime does not receive it.
    Promise.resolve().then(() => {
      for (const broker of this.#subscribers.subscribers(channel)) {
        broker.receiver?.received(channel, carried);
      }
    });
  }
}

/**
 * Returns a broker without an external engine, for tests and for several servers in one process.
 *
 * @param hub the engine in memory. Brokers with the same hub are joined. Without it, the broker has a hub of its own.
 */
export function memory_broker(hub: MemoryHub = new MemoryHub()): Broker {
  return new MemoryBroker(hub);
}

class MemoryBroker implements Broker {
  readonly #hub: MemoryHub;
  readonly #channels = new Set<string>();
  #is_closed = false;
  receiver: BrokerReceiver | undefined;

  constructor(hub: MemoryHub) {
    this.#hub = hub;
  }

  get is_ready(): boolean {
    return this.receiver !== undefined && this.#hub.is_there;
  }

  start(receiver: BrokerReceiver): void {
    this.receiver = receiver;
    this.#hub.join(this);
  }

  publish(channel: string, envelope: Uint8Array): boolean {
    if (!this.is_ready) return false;
    this.#hub.publish(channel, envelope);
    return true;
  }

  subscribe(channel: string): void {
    if (this.#is_closed) return;
    this.#channels.add(channel);
    this.#hub.subscribe(channel, this);
  }

  unsubscribe(channel: string): void {
    this.#channels.delete(channel);
    this.#hub.unsubscribe(channel, this);
  }

  async close(): Promise<void> {
    this.#is_closed = true;
    this.receiver = undefined;
    this.#hub.leave(this);
    for (const channel of [...this.#channels]) this.unsubscribe(channel);
  }
}
