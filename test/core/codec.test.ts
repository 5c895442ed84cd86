import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import * as ws from 'ws';
import {
  decode_envelope,
  decode_message,
  encode_envelope,
  encode_message,
} from '../../src/core/codec.ts';

// The types of ws do not know it.
const { Receiver } = ws as unknown as {
  Receiver: new (options: { isServer: boolean }) => NodeJS.WritableStream;
};

/** What an independent implementation reads from a frame. */
function read_frame(chunk: Buffer): { data: Buffer; is_binary: boolean } {
  const read: { data: Buffer; is_binary: boolean }[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer, is_binary: boolean) => read.push({ data, is_binary }));
  receiver.write(chunk);
  const [message] = read;
  if (message === undefined || read.length !== 1) throw new Error(`${read.length} messages`);
  return message;
}

test('JSON round-trips through a frame that another implementation reads', () => {
  fast_check.assert(
    fast_check.property(fast_check.jsonValue(), (message) => {
      if (typeof message === 'string') return;
      const { data, is_binary } = read_frame(encode_message(message).chunk);
      expect(is_binary).toBe(false);
      expect(decode_message(data, is_binary, 'chat', {})).toEqual(
        JSON.parse(JSON.stringify(message)),
      );
    }),
  );
});

test('a string arrives as it is', () => {
  fast_check.assert(
    fast_check.property(fast_check.string({ unit: 'grapheme' }), (text) => {
      expect(read_frame(encode_message(text).chunk).data.toString()).toBe(text);
    }),
  );
});

test('bytes of every kind of view arrive as they are', () => {
  const bytes = new Uint8Array([0, 1, 2, 3, 250, 251, 252, 253]);
  for (const message of [
    bytes,
    Buffer.from(bytes),
    bytes.buffer,
    new DataView(bytes.buffer),
    new Uint16Array(bytes.buffer),
  ]) {
    const { data, is_binary } = read_frame(encode_message(message).chunk);
    expect(is_binary).toBe(true);
    expect([...data]).toEqual([...bytes]);
  }
  const part = read_frame(encode_message(bytes.subarray(2, 4)).chunk);
  expect([...part.data]).toEqual([2, 3]);
});

test('the payload of a frame is what was sent', () => {
  for (const size of [0, 125, 126, 65_535, 65_536]) {
    expect(encode_message('x'.repeat(size)).payload.toString()).toBe('x'.repeat(size));
  }
});

test('an envelope carries who published it, and the frame as it is', () => {
  fast_check.assert(
    fast_check.property(
      fast_check.uint8Array({ minLength: 16, maxLength: 16 }),
      fast_check.oneof(
        fast_check.string({ maxLength: 200 }),
        fast_check.uint8Array({ maxLength: 70_000 }),
      ),
      (origin, message) => {
        const frame = encode_message(message);
        const envelope = decode_envelope(encode_envelope(origin, frame));
        expect(Uint8Array.from(envelope?.origin ?? [])).toEqual(origin);
        expect(envelope?.frame.chunk.equals(frame.chunk)).toBe(true);
        expect(envelope?.frame.payload.equals(frame.payload)).toBe(true);
      },
    ),
  );
});

test('bytes that are no envelope are never taken for one, and never throw', () => {
  const envelope = encode_envelope(new Uint8Array(16), encode_message('hello'));
  for (let length = 0; length < envelope.length; length++) {
    expect(decode_envelope(envelope.subarray(0, length))).toBeUndefined();
  }
  expect(decode_envelope(Buffer.concat([envelope, envelope]))).toBeUndefined();
  const newer = Buffer.from(envelope);
  newer[2] = 2;
  expect(decode_envelope(newer)).toBeUndefined();
  fast_check.assert(
    fast_check.property(fast_check.uint8Array({ maxLength: 300 }), (bytes) => {
      decode_envelope(bytes);
    }),
  );
});
