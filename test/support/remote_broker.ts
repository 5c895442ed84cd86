import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Broker, BrokerReceiver } from 'joystick-websockets/testing';

/** A report about a worker's broker, from the worker's program, cluster_node.ts. */
export interface BrokerReport {
  event?: 'started' | 'received' | 'back' | 'away' | 'warn';
  channel?: string;
  text?: string;
  is_ready?: boolean;
}

/** A call that the worker makes for this process. */
export interface BrokerCall {
  call: 'start' | 'publish' | 'subscribe' | 'unsubscribe' | 'close';
  channel?: string;
  text?: string;
}

/** The broker of a worker, used as if it were in this process. Its messages travel beside those of the package. */
export class RemoteBroker implements Broker {
  readonly worker: Worker;
  is_ready = false;
  #receiver: BrokerReceiver | undefined;

  private constructor(worker: Worker) {
    this.worker = worker;
    worker.on('message', ({ report }: { report?: BrokerReport }) => {
      if (report !== undefined) this.#heed(report);
    });
    worker.on('error', () => {});
    worker.once('disconnect', () => {
      this.is_ready = false;
    });
  }

  static async fork(): Promise<RemoteBroker> {
    const worker = cluster.fork();
    // Not 'online', because messages that the worker receives before its program runs are lost.
    await once(worker, 'message');
    return new RemoteBroker(worker);
  }

  start(receiver: BrokerReceiver): void {
    this.#receiver = receiver;
    this.#tell({ call: 'start' });
  }

  publish(channel: string, envelope: Uint8Array): boolean {
    this.#tell({ call: 'publish', channel, text: Buffer.from(envelope).toString('latin1') });
    return true;
  }

  subscribe(channel: string): void {
    this.#tell({ call: 'subscribe', channel });
  }

  unsubscribe(channel: string): void {
    this.#tell({ call: 'unsubscribe', channel });
  }

  async close(): Promise<void> {
    this.is_ready = false;
    this.#receiver = undefined;
    this.#tell({ call: 'close' });
  }

  /** Ends the broker and its worker. */
  async end(): Promise<void> {
    if (this.worker.isDead()) return;
    this.worker.process.kill('SIGKILL');
    await once(this.worker, 'exit');
  }

  #tell(call: BrokerCall): void {
    this.worker.send({ call }, () => {});
  }

  #heed({ event, channel = '', text = '', is_ready }: BrokerReport): void {
    if (is_ready !== undefined && this.#receiver !== undefined) this.is_ready = is_ready;
    if (event === 'received') this.#receiver?.received(channel, Buffer.from(text, 'latin1'));
    else if (event === 'back') this.#receiver?.back();
    else if (event === 'away') this.#receiver?.away(new Error(text));
    else if (event === 'warn') this.#receiver?.warn(text, {});
  }
}
