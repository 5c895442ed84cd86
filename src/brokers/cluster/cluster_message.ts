import { BYTES_PER_MESSAGE } from '../loopback_probe.ts';

/** The key that marks this package's messages between a primary and its workers. */
const MARK = 'joystick-websockets';

/**
 * A message from a worker to the primary. A worker sends it for all its brokers, and delivers its own publishes among
 * them itself.
 */
export type ToRelay =
  | { type: 'subscribe' | 'unsubscribe'; channel: string }
  | { type: 'publish'; channel: string; envelope: Uint8Array }
  | Beat
  | { type: 'leave' };

/** A message from the primary to a worker. */
export type ToWorker =
  | { type: 'received'; channel: string; envelope: Uint8Array }
  | Beat
  | { type: 'lost'; messages: number };

/** A heartbeat, which the other side returns. Its bytes show each side how the channel carries bytes. */
export interface Beat {
  type: 'beat';
  number: number;
  bytes: unknown;
}

export function create_beat(number: number): Beat {
  return { type: 'beat', number, bytes: Uint8Array.of(0) };
}

/** Whether the channel carries only JSON, which is the default of `node:cluster`. */
export function is_as_json({ bytes }: Beat): boolean {
  return !ArrayBuffer.isView(bytes);
}

/** @param as_json whether to encode bytes as base64, which makes them a third larger. */
export function encode_ipc(message: ToRelay | ToWorker, as_json: boolean): object {
  if (!('envelope' in message) || !as_json) return { [MARK]: message };
  return { [MARK]: { ...message, envelope: Buffer.from(message.envelope).toString('base64') } };
}

/** Returns a message of this package, or `undefined` for any other message. */
export function decode_ipc<Message extends ToRelay | ToWorker>(
  received: unknown,
): Message | undefined {
  if (typeof received !== 'object' || received === null || !(MARK in received)) return undefined;
  const message = received[MARK] as (Message & { envelope?: Uint8Array | string }) | null;
  if (typeof message !== 'object' || message === null) return undefined;
  if (typeof message.envelope !== 'string') return message;
  return { ...message, envelope: Buffer.from(message.envelope, 'base64') };
}

/** The approximate size of a message in memory, for the limit on what waits for a worker. */
export function message_size(message: ToRelay | ToWorker): number {
  const channel = 'channel' in message ? message.channel.length : 0;
  return BYTES_PER_MESSAGE + channel + ('envelope' in message ? message.envelope.length : 0);
}
