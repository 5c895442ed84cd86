import cluster, { type Worker } from 'node:cluster';
import { Topics } from '../../core/connection/topics.ts';
import {
  type Beat,
  create_beat,
  decode_ipc,
  encode_ipc,
  is_as_json,
  message_size,
  type ToRelay,
  type ToWorker,
} from './cluster_message.ts';

/** The bytes that may wait for one worker. If they are exceeded, further messages for this worker are dropped. */
const MAX_WAITING_BYTES = 16_777_216;

/** One process of the cluster, as the relay sees it. */
export interface RelayPort {
  send(message: ToWorker): void;
  answer(beat: Beat): void;
}

/** The relay in the primary. It passes each message of a worker on to the other workers that subscribe to its channel. */
export class ClusterRelay {
  readonly #subscribers = new Topics<RelayPort>();
  readonly #channels = new Map<RelayPort, Set<string>>();

  handle(message: ToRelay, from: RelayPort): void {
    if (message.type === 'publish') this.#publish(message, from);
    else if (message.type === 'beat') from.answer(message);
    else if (message.type === 'subscribe') this.#subscribe(message.channel, from);
    else if (message.type === 'unsubscribe') this.#unsubscribe(message.channel, from);
    // Unknown types are ignored, because a worker of a later version may send them.
    else if (message.type === 'leave') this.forget(from);
  }

  /** Removes a process that is gone, or that has left. */
  forget(port: RelayPort): void {
    for (const channel of this.#channels.get(port) ?? [])
      this.#subscribers.unsubscribe(channel, port);
    this.#channels.delete(port);
  }

  #publish({ channel, envelope }: ToRelay & { type: 'publish' }, from: RelayPort): void {
    for (const port of this.#subscribers.subscribers(channel)) {
      if (port !== from) port.send({ type: 'received', channel, envelope });
    }
  }

  #subscribe(channel: string, port: RelayPort): void {
    const channels = this.#channels.get(port) ?? new Set();
    this.#channels.set(port, channels.add(channel));
    this.#subscribers.subscribe(channel, port);
  }

  #unsubscribe(channel: string, port: RelayPort): void {
    this.#channels.get(port)?.delete(channel);
    this.#subscribers.unsubscribe(channel, port);
  }
}

/** The port of a worker, with a limit on what waits for it. The worker may be too busy to read, or be killed. */
class WorkerPort implements RelayPort {
  readonly #worker: Worker;
  #waiting_bytes = 0;
  #lost_messages = 0;
  #as_json = true;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  answer(beat: Beat): void {
    this.#as_json = is_as_json(beat);
    this.send(create_beat(beat.number));
  }

  send(message: ToWorker): void {
    const bytes = message_size(message);
    if (this.#waiting_bytes + bytes > MAX_WAITING_BYTES) {
      this.#lost_messages++;
      return;
    }
    this.#waiting_bytes += bytes;
    // Without a callback, a worker that is gone would cause an 'error' event, which would end the primary.
    this.#worker.send(encode_ipc(message, this.#as_json), () => {
      this.#waiting_bytes -= bytes;
      this.#tell_of_losses();
    });
  }

  #tell_of_losses(): void {
    if (this.#lost_messages === 0 || this.#waiting_bytes > MAX_WAITING_BYTES / 2) return;
    const messages = this.#lost_messages;
    this.#lost_messages = 0;
    this.send({ type: 'lost', messages });
  }
}

let relay: ClusterRelay | undefined;

/** Returns the relay of a primary. The first call installs it, for the lifetime of the process. */
export function install_relay(): ClusterRelay {
  if (relay !== undefined) return relay;
  const installed = new ClusterRelay();
  const ports = new Map<number, WorkerPort>();
  cluster.on('message', (worker, received) => {
    const message = decode_ipc<ToRelay>(received);
    if (message === undefined) return;
    const port = ports.get(worker.id) ?? new WorkerPort(worker);
    ports.set(worker.id, port);
    installed.handle(message, port);
  });
  const forget = ({ id }: Worker) => {
    const port = ports.get(id);
    if (port !== undefined) installed.forget(port);
    ports.delete(id);
  };
  cluster.on('disconnect', forget);
  cluster.on('exit', forget);
  relay = installed;
  return installed;
}
