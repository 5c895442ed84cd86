import { BYTES_PER_MESSAGE } from '../loopback_probe.ts';

/** Marks what is ours among the messages between a primary and its workers. */
const MARK = 'joystick-websockets';

/** From a worker to the primary. A worker speaks for all its brokers; who is told of its own publishes is its affair. */
export type ToRelay =
  | { type: 'subscribe' | 'unsubscribe'; channel: string }
  | { type: 'publish'; channel: string; envelope: Uint8Array }
  | Beat
  | { type: 'leave' };

/** From the primary to a worker. */
export type ToWorker =
  | { type: 'received'; channel: string; envelope: Uint8Array }
  | Beat
  | { type: 'lost'; messages: number };

/** Comes back as it went, and shows each side what the channel makes of bytes. */
export interface Beat {
  type: 'beat';
  number: number;
  bytes: unknown;
}

export function create_beat(number: number): Beat {
  return { type: 'beat', number, bytes: Uint8Array.of(0) };
}

/** Whether the channel carries JSON alone, which is the default of `node:cluster`. */
export function is_as_json({ bytes }: Beat): boolean {
  return !ArrayBuffer.isView(bytes);
}

/** @param as_json bytes then go as base64, a third more of them. */
export function encode_ipc(message: ToRelay | ToWorker, as_json: boolean): object {
  if (!('envelope' in message) || !as_json) return { [MARK]: message };
  return { [MARK]: { ...message, envelope: Buffer.from(message.envelope).toString('base64') } };
}

/** `undefined`, where it is none of ours. */
export function decode_ipc<Message extends ToRelay | ToWorker>(
  received: unknown,
): Message | undefined {
  if (typeof received !== 'object' || received === null || !(MARK in received)) return undefined;
  const message = received[MARK] as (Message & { envelope?: Uint8Array | string }) | null;
  if (typeof message !== 'object' || message === null) return undefined;
  if (typeof message.envelope !== 'string') return message;
  return { ...message, envelope: Buffer.from(message.envelope, 'base64') };
}

/** For the bound on what waits for a worker: about what a message takes in memory. */
export function message_size(message: ToRelay | ToWorker): number {
  const channel = 'channel' in message ? message.channel.length : 0;
  return BYTES_PER_MESSAGE + channel + ('envelope' in message ? message.envelope.length : 0);
}
