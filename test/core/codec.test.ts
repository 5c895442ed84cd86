import { isUtf8 } from 'node:buffer';
import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import * as ws from 'ws';
import {
  decode_envelope,
  decode_message,
  encode_envelope,
  encode_message,
} from '../../src/core/wire/frame.ts';

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

test('a promise throws; one inside a message only if it is looked for', () => {
  const inside = { user: Promise.resolve('Ada') };
  const why = 'is an instance of Promise, which JSON turns into {}; await it first';
  expect(() => encode_message(inside.user)).toThrow(`it ${why}`);
  expect(encode_message(inside).payload.toString()).toBe('{"user":{}}');
  expect(() => encode_message(inside, false, true)).toThrow(`its "user" ${why}`);
});

test('a number, a text and a boolean as objects are sent as what they hold, also beside an empty object', () => {
  const boxed = { empty: {}, number: Object(5), text: Object(''), boolean: Object(false) };
  expect(encode_message(boxed, false, true).payload.toString()).toBe(
    '{"empty":{},"number":5,"text":"","boolean":false}',
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
        const envelope = decode_envelope(encode_envelope(origin, frame), isUtf8);
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
    expect(decode_envelope(envelope.subarray(0, length), isUtf8)).toBeUndefined();
  }
  expect(decode_envelope(Buffer.concat([envelope, envelope]), isUtf8)).toBeUndefined();
  const newer = Buffer.from(envelope);
  newer[2] = 2;
  expect(decode_envelope(newer, isUtf8)).toBeUndefined();
  fast_check.assert(
    fast_check.property(fast_check.uint8Array({ maxLength: 300 }), (bytes) => {
      decode_envelope(bytes, isUtf8);
    }),
  );
});

const text = (payload: string | number[], ...header: number[]) =>
  Buffer.concat([Buffer.from(header), Buffer.from(payload as never)]);

test.each([
  ['a length of 4 in three bytes', text('1234', 0x81, 126, 0, 4)],
  ['a length of 2 in three bytes, as long as one in one byte says', text('12', 0x81, 126, 0, 4)],
  ['a length of 125 in three bytes', text('x'.repeat(125), 0x81, 126, 0, 125)],
  ['a length of 126 in nine bytes', text('x'.repeat(126), 0x81, 127, 0, 0, 0, 0, 0, 0, 0, 126)],
  [
    'a length of 65,535 in nine bytes',
    text('x'.repeat(65_535), 0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff),
  ],
  ['a length beyond 2 to the 48th', text('x'.repeat(65_536), 0x81, 127, 0x80, 0, 0, 0, 0, 1, 0, 0)],
  ['a mask', text('\0\0\0\0ab', 0x81, 0x82)],
  ['a compressed message', text('ab', 0xc1, 2)],
  ['another reserved bit', text('ab', 0x91, 2)],
  ['a fragment that begins a message', text('ab', 0x01, 2)],
  ['a fragment that ends one', text('ab', 0x80, 2)],
  ['an opcode that is reserved', text('ab', 0x83, 2)],
  ['a close frame', text([3, 232], 0x88, 2)],
  ['a ping', text('ab', 0x89, 2)],
  ['a pong', text('ab', 0x8a, 2)],
  ['a payload that is too short', text('a', 0x81, 2)],
  ['a byte too many', text('abc', 0x81, 2)],
  ['two frames', text('ab', 0x81, 2, 0x61, 0x62, 0x81, 2)],
  ['text that is cut within a letter', text([0xe2, 0x82], 0x81, 2)],
  ['text with half of a surrogate pair', text([0xed, 0xa0, 0x80], 0x81, 3)],
  ['text in a longer form than needed', text([0xc0, 0x80], 0x81, 2)],
  ['text in Latin-1', text([0x63, 0x61, 0x66, 0xe9], 0x81, 4)],
])('an envelope whose frame has %s is none', (_what, frame) => {
  const origin = Buffer.alloc(16);
  const envelope = Buffer.concat([Buffer.from('JW\x01'), origin, frame]);
  expect(decode_envelope(envelope, isUtf8)).toBeUndefined();
});
