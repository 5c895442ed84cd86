import { flawed_frame as frame } from './flawed_frame.ts';
import type { SeededRandom } from './seeded_random.ts';

/** The maximum message size of all endpoints that hostile clients reach. */
export const MAX_MESSAGE_IN_BYTES = 4096;

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** Returns one or a few frames. More often than not, a server has to refuse them. */
export function hostile_frame(random: SeededRandom): Buffer {
  const message = Buffer.from(JSON.stringify({ number: random.up_to(1000) }));
  const any = random.bytes(random.up_to(125));
  const fragment = (opcode: number, fin = 0) => frame(opcode, Buffer.from('"a'), { fin });
  return random.pick<() => Buffer>([
    () => frame(TEXT, message),
    () => frame(TEXT, message),
    () => frame(BINARY, message),
    () => frame(TEXT, Buffer.from('{"__proto__":{"a":1},"constructor":2}')),
    () => frame(TEXT, Buffer.from('['.repeat(MAX_MESSAGE_IN_BYTES))),
    () => frame(TEXT, Buffer.from(random.pick(['', '{', 'undefined', '\u0000', "{'a':1}"]))),
    () => frame(TEXT, message, { is_masked: false }),
    () => frame(random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), any),
    () => frame(TEXT, message, { rsv: random.up_to(6) + 1 }),
    () => frame(TEXT, message, { declared: message.length + random.up_to(100_000) }),
    () => frame(TEXT, message, { declared: 2 ** 63, length_bytes: 8 }),
    () => frame(TEXT, message, { declared: 2 ** 64 - 2048, length_bytes: 8 }),
    () => frame(TEXT, message, { length_bytes: random.pick([2, 8]) }),
    () => frame(TEXT, Buffer.from([0x22, 0xc3, 0x28, 0x22])),
    () => frame(BINARY, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
    () => frame(CLOSE, close_body(1000, Buffer.from([0xff, 0xfe]))),
    () =>
      frame(CLOSE, close_body(random.pick([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535]))),
    () => frame(CLOSE, Buffer.from([3])),
    () => frame(CLOSE, close_body(random.pick([1000, 1001, 3000, 4999]), Buffer.from('bye'))),
    () => Buffer.concat([frame(CLOSE, Buffer.alloc(0)), frame(TEXT, message)]),
    () => frame(random.pick([CLOSE, PING, PONG]), any, { fin: 0 }),
    () => frame(random.pick([CLOSE, PING, PONG]), random.bytes(126 + random.up_to(100))),
    () => Buffer.concat(Array.from({ length: 100 }, () => frame(PING, any))),
    () => Buffer.concat(Array.from({ length: 200 }, () => frame(TEXT, message))),
    () => frame(PONG, any),
    () => frame(TEXT, Buffer.alloc(MAX_MESSAGE_IN_BYTES + 1, 0x31)),
    () => Buffer.concat([fragment(TEXT), fragment(TEXT)]),
    () => Buffer.concat([fragment(TEXT), frame(PING, any), fragment(BINARY, 1)]),
    () => fragment(0, 1),
    () => Buffer.concat([fragment(TEXT), ...Array.from({ length: 3000 }, () => fragment(0))]),
    () => random.bytes(random.up_to(300)),
  ])();
}

/** Returns a frame that always breaks the protocol, because a client must mask its frames. */
export function unmasked_frame(): Buffer {
  return frame(TEXT, Buffer.from('1'), { is_masked: false });
}

function close_body(code: number, reason = Buffer.alloc(0)): Buffer {
  const body = Buffer.alloc(2);
  body.writeUInt16BE(code);
  return Buffer.concat([body, reason]);
}
