import cluster from 'node:cluster';
import type { Broker, BrokerReceiver } from '../../core/base/ports.ts';
import { ClusterHub } from './cluster_hub.ts';
import { install_relay } from './cluster_relay.ts';

/** The hub of this process. Its brokers share the IPC channel. */
const hub = new ClusterHub();

/**
 * Returns a broker that joins the processes which `node:cluster` forks on one machine. It uses their IPC channel, so it
 * needs no engine. Pass it as the mount option `broker` in each worker. **Call `cluster_broker` in the primary, too,
 * before it forks:** the primary relays each message to the workers that need it. A primary may also serve endpoints
 * itself.
 *
 * `cluster.setupPrimary({ serialization: 'advanced' })` saves a third of the bytes.
 *
 * Messages are delivered at most once, in the order of each publisher. At most 16 MiB wait for the primary, and 16 MiB
 * for each worker. Each message counts as 1 KiB more than its bytes. If the limit is exceeded, the messages that a worker
 * publishes reach only that worker. In a process that was not forked, messages reach only that process.
 */
export function cluster_broker(): Broker {
  if (cluster.isPrimary) install_relay();
  return new ClusterBroker();
}

class ClusterBroker implements Broker {
  readonly #channels = new Set<string>();
  #receiver: BrokerReceiver | undefined;

  get is_ready(): boolean {
    return this.#receiver !== undefined && hub.is_ready;
  }

  start(receiver: BrokerReceiver): void {
    this.#receiver = receiver;
    hub.join(receiver);
  }

  publish(channel: string, envelope: Uint8Array): boolean {
    if (this.#receiver === undefined || !hub.is_ready) return false;
    hub.publish(channel, envelope, this.#receiver);
    return true;
  }

  subscribe(channel: string): void {
    if (this.#receiver === undefined) return;
    this.#channels.add(channel);
    hub.subscribe(channel, this.#receiver);
  }

  unsubscribe(channel: string): void {
    if (this.#receiver === undefined) return;
    this.#channels.delete(channel);
    hub.unsubscribe(channel, this.#receiver);
  }

  async close(): Promise<void> {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    for (const channel of this.#channels) hub.unsubscribe(channel, receiver);
    this.#receiver = undefined;
    hub.leave(receiver);
  }
}
