import cluster from 'node:cluster';
import type { Broker, BrokerReceiver } from '../../core/base/ports.ts';
import { ClusterHub } from './cluster_hub.ts';
import { install_relay } from './cluster_relay.ts';

/** The brokers of one process share its IPC channel. */
const hub = new ClusterHub();

/**
 * Joins the processes of one machine that `node:cluster` forks, by its IPC: no engine to run. In each
 * worker it is the mount option `broker`. **Call it in the primary, too, before it forks:** the primary
 * relays, to those workers alone that need a message. A primary may also serve endpoints itself.
 *
 * `cluster.setupPrimary({ serialization: 'advanced' })` spares a third of the bytes.
 *
 * At most once, in the order of each publisher. At most 16 MiB wait for the primary, and for each worker; each message
 * counts 1 KiB more than its bytes. What a worker publishes past that reaches itself alone. In a process that nothing forked it reaches that process.
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
