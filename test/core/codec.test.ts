import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import * as ws from 'ws';
import { decode_message, encode_message } from '../../src/core/codec.ts';

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
      expect(decode_message(data, is_binary, 'chat')).toEqual(JSON.parse(JSON.stringify(message)));
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
