import cluster from 'node:cluster';
import type { BrokerReceiver } from '../../core/base/ports.ts';
import { Topics } from '../../core/connection/topics.ts';
import { LoopbackProbe } from '../loopback_probe.ts';
import { SubscriptionChanges } from '../subscription_changes.ts';
import {
  type Beat,
  create_beat,
  decode_ipc,
  encode_ipc,
  is_as_json,
  type ToRelay,
  type ToWorker,
} from './cluster_message.ts';
import { install_relay } from './cluster_relay.ts';

const NO_RELAY =
  'the primary process does not answer; call cluster_broker() in the primary, too, before it forks';

/** The channel between this process and the relay. */
interface WorkerWire {
  send(message: ToRelay): void;
  close(): void;
}

/** The client of the relay in one process of a cluster. All brokers of the process share it. */
export class ClusterHub {
  readonly #members = new Set<BrokerReceiver>();
  readonly #subscribers = new Topics<BrokerReceiver>();
  readonly #untold = new SubscriptionChanges();
  readonly #probe = new LoopbackProbe({
    send_beat: (number) => this.#wire?.send(create_beat(number)),
    came_up: () => {
      this.#was_up = true;
      this.#tell();
      for (const member of this.#members) member.back();
    },
    went_down: (error) => this.#go_away(this.#was_up ? error : new Error(NO_RELAY)),
  });
  #wire: WorkerWire | undefined;
  #was_up = false;

  get is_ready(): boolean {
    return this.#probe.is_ready;
  }

  join(member: BrokerReceiver): void {
    this.#members.add(member);
    if (this.#wire !== undefined) {
      if (this.#was_up && !this.is_ready)
        member.away(new Error('the primary process does not answer'));
      return;
    }
    const received = (message: ToWorker) => this.#receive(message);
    this.#wire = cluster.isWorker
      ? wire_to_primary(received, (error) => {
          this.#probe.stop();
          this.#go_away(error);
        })
      : wire_to_relay(received);
    this.#probe.start();
  }

  leave(member: BrokerReceiver): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#probe.stop();
    this.#wire?.send({ type: 'leave' });
    this.#wire?.close();
    this.#wire = undefined;
    this.#was_up = false;
    this.#untold.clear();
  }

  publish(channel: string, envelope: Uint8Array, publisher: BrokerReceiver): void {
    const others = this.#subscribers.subscribers(channel);
    if (others.size > 1 || (others.size === 1 && !others.has(publisher))) {
      const carried = Uint8Array.from(envelope);
      // Not synchronously, like a message from another process.
      queueMicrotask(() => this.#deliver(channel, carried, publisher));
    }
    this.#wire?.send({ type: 'publish', channel, envelope });
    this.#probe.charge(channel.length + envelope.length);
  }

  subscribe(channel: string, member: BrokerReceiver): void {
    if (!this.#subscribers.subscribe(channel, member)) return;
    this.#untold.subscribe(channel);
    this.#tell();
  }

  unsubscribe(channel: string, member: BrokerReceiver): void {
    if (!this.#subscribers.unsubscribe(channel, member)) return;
    this.#untold.unsubscribe(channel);
    this.#tell();
  }

  /** Sends the changed subscriptions to the relay, as far as there is room. A primary that hangs does not read them. */
  #tell(): void {
    // A primary that does not relay yet would lose them.
    if (!this.#was_up) return;
    for (const [channel, is_wanted] of this.#untold.take(() => this.#probe.has_room)) {
      this.#wire?.send({ type: is_wanted ? 'subscribe' : 'unsubscribe', channel });
      this.#probe.charge(channel.length);
    }
  }

  #receive(message: ToWorker): void {
    if (message.type === 'beat') this.#hear(message.number);
    else if (message.type === 'lost') this.#tell_of_losses(message.messages);
    else if (message.type === 'received' && this.#probe.is_up) {
      // Before the probe is up, messages are late: a primary that hung has held them back.
      this.#deliver(message.channel, message.envelope);
    }
  }

  #hear(beat: number): void {
    this.#probe.heard(beat);
    this.#tell();
  }

  #deliver(channel: string, envelope: Uint8Array, except?: BrokerReceiver): void {
    for (const member of this.#subscribers.subscribers(channel)) {
      if (member !== except) member.received(channel, envelope);
    }
  }

  #tell_of_losses(messages: number): void {
    for (const member of this.#members) {
      member.warn(
        `${messages} messages from other workers were dropped, because this worker was too busy to read them`,
        { messages },
      );
    }
  }

  #go_away(error: Error): void {
    for (const member of this.#members) member.away(error);
  }
}

/** Connects a worker to the relay through its IPC channel. */
function wire_to_primary(
  received: (message: ToWorker) => void,
  failed: (error: Error) => void,
): WorkerWire {
  let as_json = true;
  const on_message = (carried: unknown) => {
    const message = decode_ipc<ToWorker>(carried);
    if (message?.type === 'beat') as_json = is_as_json(message);
    if (message !== undefined) received(message);
  };
  const on_disconnect = () => failed(new Error('the primary process is gone'));
  process.on('message', on_message);
  process.on('disconnect', on_disconnect);
  return {
    send(message) {
      // Without a callback, a primary that is gone would cause an 'error' event, which would end this process.
      process.send?.(encode_ipc(message, as_json), undefined, undefined, () => {});
    },
    close() {
      process.off('message', on_message);
      process.off('disconnect', on_disconnect);
    },
  };
}

/** Connects the primary itself to its relay. */
function wire_to_relay(received: (message: ToWorker) => void): WorkerWire {
  const relay = install_relay();
  const port = {
    send(message: ToWorker) {
      queueMicrotask(() => received(message));
    },
    answer(beat: Beat) {
      this.send(beat);
    },
  };
  return {
    send: (message) => relay.handle(message, port),
    close: () => relay.forget(port),
  };
}
