import { invalid_message, WebsocketsError } from '../base/errors.ts';
import { find_json_fault } from './json_fault.ts';
import { why_lost } from './lost_content.ts';

const FINAL_TEXT_FRAME = 0x81;
const FINAL_BINARY_FRAME = 0x82;

/** One message as it is sent over the wire (RFC 6455 §5.2): header and payload in one chunk. */
export class Frame {
  constructor(
    readonly chunk: Buffer,
    readonly header_bytes: number,
    /** Whether several connections may receive it, so that output which contains it is worth sharing. */
    readonly is_shared: boolean,
  ) {}

  get payload(): Buffer {
    return this.chunk.subarray(this.header_bytes);
  }

  get is_binary(): boolean {
    return this.chunk[0] === FINAL_BINARY_FRAME;
  }
}

/**
 * Encodes strings and bytes as they are, and any other value as JSON.
 *
 * @param looks_inside whether a nested value whose content JSON loses is an error, too.
 * @throws {WebsocketsError} `unserializable_message`, if JSON cannot carry it.
 */
export function encode_message(message: unknown, is_shared = false, looks_inside = false): Frame {
  if (typeof message === 'string') return text_frame(message, is_shared);
  if (ArrayBuffer.isView(message)) {
    return binary_frame(
      Buffer.from(message.buffer, message.byteOffset, message.byteLength),
      is_shared,
    );
  }
  if (message instanceof ArrayBuffer || message instanceof SharedArrayBuffer) {
    return binary_frame(Buffer.from(message), is_shared);
  }
  return encode_json(message, is_shared, looks_inside);
}

/**
 * Encodes any value as JSON, including strings and bytes. This is for endpoints that declare `sends`.
 *
 * @throws {WebsocketsError} as {@link encode_message}.
 */
export function encode_json(message: unknown, is_shared = false, looks_inside = false): Frame {
  return text_frame(to_json(message, looks_inside), is_shared);
}

const PLAIN_DATA = 'send plain data, without cycles, bigints, functions or symbols';

function to_json(message: unknown, looks_inside: boolean): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(message);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unserializable(`${why}; ${PLAIN_DATA}`, cause);
  }
  if (json === undefined)
    throw unserializable(`it is ${describe_unserializable(message)}; ${PLAIN_DATA}`);
  // Searching the whole text costs more than a comparison, so only development does it.
  if (json === '{}' || (looks_inside && json.includes('{}'))) {
    const why = why_lost(message);
    if (why !== undefined) throw unserializable(why);
  }
  return json;
}

function describe_unserializable(message: unknown): string {
  return message === undefined ? 'undefined' : `a ${typeof message}`;
}

function unserializable(reason: string, cause?: unknown) {
  return new WebsocketsError(
    'unserializable_message',
    `this message cannot be sent as JSON: ${reason}`,
    {},
    cause === undefined ? undefined : { cause },
  );
}

function text_frame(text: string, is_shared: boolean): Frame {
  const size = Buffer.byteLength(text);
  const header_bytes = header_size(size);
  const chunk = Buffer.allocUnsafe(header_bytes + size);
  write_header(chunk, FINAL_TEXT_FRAME, size);
  chunk.write(text, header_bytes);
  return new Frame(chunk, header_bytes, is_shared);
}

function binary_frame(bytes: Buffer, is_shared: boolean): Frame {
  const header_bytes = header_size(bytes.length);
  const chunk = Buffer.allocUnsafe(header_bytes + bytes.length);
  write_header(chunk, FINAL_BINARY_FRAME, bytes.length);
  // Copied: the caller may overwrite its bytes before the turn ends.
  bytes.copy(chunk, header_bytes);
  return new Frame(chunk, header_bytes, is_shared);
}

function header_size(payload_bytes: number): number {
  if (payload_bytes < 126) return 2;
  return payload_bytes < 65_536 ? 4 : 10;
}

function write_header(chunk: Buffer, first_byte: number, payload_bytes: number): void {
  chunk[0] = first_byte;
  if (payload_bytes < 126) {
    chunk[1] = payload_bytes;
  } else if (payload_bytes < 65_536) {
    chunk[1] = 126;
    chunk.writeUInt16BE(payload_bytes, 2);
  } else {
    chunk[1] = 127;
    chunk.writeUIntBE(0, 2, 2);
    chunk.writeUIntBE(payload_bytes, 4, 6);
  }
}

/**
 * Clients that have sent a message that is not JSON. Their messages are checked before they reach `JSON.parse`, which
 * rejects slowly. Messages of other clients are not checked: one client must not slow down another.
 */
const suspects = new WeakSet<object>();
/** For how many messages, of any client, `suspects` is consulted after a message that is not JSON. */
const LOOK_UPS = 64;
let look_ups_left = 0;
/** Larger messages are not checked: they take so much time anyway that a slow rejection does not matter. */
const MAX_CHECKED_BYTES = 4096;

/**
 * Decodes a client's message from JSON, whether it came in a text or a binary frame. If it is not JSON, returns an
 * error. The error is not thrown, because a throw would cost as much as all other work on the message.
 */
export function decode_message(
  data: Buffer,
  is_binary: boolean,
  endpoint: string,
  client: object,
): unknown {
  const text = data.toString();
  // The transport has checked that text frames are UTF-8; binary frames are checked here.
  if (is_binary && !is_same_text(data, text)) return not_json('it is not UTF-8', endpoint);
  if (look_ups_left > 0 && data.length <= MAX_CHECKED_BYTES) {
    look_ups_left--;
    const fault_at = suspects.has(client) ? find_json_fault(text) : undefined;
    if (fault_at !== undefined) return not_json_at(fault_at, text, endpoint);
  }
  try {
    return JSON.parse(text);
  } catch {
    suspects.add(client);
    return not_json_at(find_json_fault(text) ?? 0, text, endpoint);
  }
}

/** Whether decoding has lost nothing: bytes that are not UTF-8 are decoded as U+FFFD. */
function is_same_text(data: Buffer, text: string): boolean {
  return !text.includes('\ufffd') || data.equals(Buffer.from(text));
}

function not_json_at(position: number, text: string, endpoint: string) {
  look_ups_left = LOOK_UPS;
  const is_end = position === text.length;
  const fault = is_end ? 'it ends too early' : `unexpected character at position ${position}`;
  return not_json(fault, endpoint);
}

function not_json(fault: string, endpoint: string) {
  return invalid_message(`the message is not JSON: ${fault}`, { endpoint, issues: [] });
}

/** The first bytes of every envelope of this version: `JW` and a 1. */
const ENVELOPE_MARK = [0x4a, 0x57, 0x01] as const;
const ORIGIN_BYTES = 16;
const ENVELOPE_HEADER_BYTES = ENVELOPE_MARK.length + ORIGIN_BYTES;

/** A message between nodes. Its bytes are a mark, the identifier of the sending node, and the frame for the clients. */
export interface Envelope {
  readonly origin: Uint8Array;
  readonly frame: Frame;
}

export function encode_envelope(origin: Uint8Array, { chunk }: Frame): Uint8Array {
  const envelope = Buffer.allocUnsafe(ENVELOPE_HEADER_BYTES + chunk.length);
  envelope.set(ENVELOPE_MARK);
  envelope.set(origin, ENVELOPE_MARK.length);
  envelope.set(chunk, ENVELOPE_HEADER_BYTES);
  return envelope;
}

/**
 * Decodes an envelope. Bytes from the broker are not trusted: any application on the same engine can publish them, and
 * a client fails the connection if it receives a malformed frame.
 *
 * @param is_utf8 returns whether bytes are UTF-8.
 * @returns `undefined` if the bytes are not an envelope, are an envelope of a later version, or do not contain a frame
 * as this version writes it.
 */
export function decode_envelope(
  bytes: Uint8Array,
  is_utf8: (bytes: Uint8Array) => boolean,
): Envelope | undefined {
  if (!ENVELOPE_MARK.every((byte, index) => bytes[index] === byte)) return undefined;
  const envelope = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frame = read_frame(envelope.subarray(ENVELOPE_HEADER_BYTES));
  if (frame === undefined) return undefined;
  if (!frame.is_binary && !is_utf8(frame.payload)) return undefined;
  return { origin: envelope.subarray(ENVELOPE_MARK.length, ENVELOPE_HEADER_BYTES), frame };
}

/** Reads exactly one frame: final, uncompressed, unmasked, with its length in as few bytes as possible. */
function read_frame(chunk: Buffer): Frame | undefined {
  if (chunk[0] !== FINAL_TEXT_FRAME && chunk[0] !== FINAL_BINARY_FRAME) return undefined;
  const payload_bytes = read_payload_size(chunk);
  if (payload_bytes === undefined) return undefined;
  const header_bytes = header_size(payload_bytes);
  if (chunk.length !== header_bytes + payload_bytes) return undefined;
  return new Frame(chunk, header_bytes, true);
}

/** Returns `undefined` if the size is not in the form that {@link write_header} writes (RFC 6455 §5.2). */
function read_payload_size(chunk: Buffer): number | undefined {
  const form = chunk[1] ?? 128;
  if (form < 126) return form;
  if (form === 126 && chunk.length >= 4) {
    const size = chunk.readUInt16BE(2);
    return header_size(size) === 4 ? size : undefined;
  }
  if (form === 127 && chunk.length >= 10 && chunk.readUInt16BE(2) === 0) {
    const size = chunk.readUIntBE(4, 6);
    return header_size(size) === 10 ? size : undefined;
  }
  return undefined;
}
