import fc, { type Arbitrary } from 'fast-check';
import { flawed_frame } from '../support/flawed_frame.ts';
import type { Piece } from './case.ts';
import { ALPHABETS, type Alphabet, deflated, json_of } from './payload.ts';

export const OPCODES = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

export function piece(label: string, ...frames: Buffer[]): Piece {
  return { label, bytes: Buffer.concat(frames), frames: frames.length };
}

export const masks: Arbitrary<Buffer> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 0xff, 0xffffffff).map(mask_of) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 0xffffffff }).map(mask_of) },
);

function mask_of(number: number): Buffer {
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(number);
  return mask;
}

const alphabets = fc.constantFrom(...(Object.keys(ALPHABETS) as Alphabet[]));

/** Sizes where a header changes its form, where a limit of an endpoint is, and small ones. */
const sizes = fc.oneof(
  { weight: 60, arbitrary: fc.nat({ max: 40 }) },
  { weight: 20, arbitrary: fc.integer({ min: 120, max: 132 }) },
  { weight: 3, arbitrary: fc.integer({ min: 196, max: 260 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1_000, max: 2_002 }) },
  { weight: 1, arbitrary: fc.constantFrom(65_534, 65_535, 65_536, 65_537, 65_999, 66_000, 66_001) },
);

/** JSON text of any of these sizes. */
export const payloads: Arbitrary<Buffer> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .record({ size: sizes, alphabet: alphabets, salt: fc.nat({ max: 99 }) })
      .map(({ size, alphabet, salt }) => json_of(size, alphabet, salt)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('null', '{"a":[1,{}]}', '250', '-1', ' 17 ', '"\\ud800"', '[[[]]]', '\ufeff1')
      .map((text) => Buffer.from(text)),
  },
);

/** The form of a length: as short as it can be, or longer than it needs to be. */
export const length_forms = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ length_bytes: 2 }) },
  { weight: 1, arbitrary: fc.constant({ length_bytes: 8 }) },
);

function form_for({ length }: Buffer, form: { length_bytes?: number }): { length_bytes?: number } {
  return length > 65_535 && form.length_bytes === 2 ? {} : form;
}

const data_opcodes = fc.constantFrom(OPCODES.text, OPCODES.text, OPCODES.binary);

export const messages: Arbitrary<Piece> = fc
  .record({ opcode: data_opcodes, payload: payloads, mask: masks, form: length_forms })
  .map(({ opcode, payload, mask, form }) =>
    piece(
      `message of ${payload.length} bytes`,
      flawed_frame(opcode, payload, { mask, ...form_for(payload, form) }),
    ),
  );

const control_payloads = fc.oneof(
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 0, max: 125 }).map((size) => json_of(size, 'ascii', size)),
);

/** A ping or a pong, its length in any form: ws looks only at the number. */
export const pings: Arbitrary<Piece> = fc
  .record({
    opcode: fc.constantFrom(OPCODES.ping, OPCODES.ping, OPCODES.pong),
    payload: control_payloads,
    mask: masks,
  })
  .map(({ opcode, payload, mask }) =>
    piece('ping or pong', flawed_frame(opcode, payload, { mask })),
  );

/** Many small pings: below, at and above the number of answers that may wait. */
export const pings_in_bulk: Arbitrary<Piece> = fc
  .record({ count: fc.integer({ min: 2, max: 130 }), mask: masks })
  .map(({ count, mask }) =>
    piece(
      `${count} pings`,
      ...Array.from({ length: count }, (_, i) =>
        flawed_frame(OPCODES.ping, Buffer.from(String(i)), { mask }),
      ),
    ),
  );

/** A close frame that is in order. */
export const closes: Arbitrary<Piece> = fc
  .record({
    code: fc.constantFrom(1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999),
    reason: fc.oneof(
      fc.constant(Buffer.alloc(0)),
      fc
        .record({ size: fc.nat({ max: 123 }), alphabet: alphabets })
        .map(({ size, alphabet }) => json_of(size, alphabet, 0)),
    ),
    is_empty: fc.boolean(),
    mask: masks,
  })
  .map(({ code, reason, is_empty, mask }) =>
    piece(
      'close',
      flawed_frame(OPCODES.close, is_empty ? Buffer.alloc(0) : close_body(code, reason), { mask }),
    ),
  );

export function close_body(code: number, reason: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.alloc(2);
  body.writeUInt16BE(code);
  return Buffer.concat([body, reason]);
}

/** A message in several frames, cut anywhere, also inside a character; pings and pongs between them. */
export const fragmented: Arbitrary<Piece> = fc
  .record({
    opcode: data_opcodes,
    payload: payloads,
    cuts: fc.array(fc.nat({ max: 140 }), { minLength: 1, maxLength: 5 }),
    between: fc.array(pings, { maxLength: 3 }),
    is_compressed: fc.constant(false),
    mask: masks,
  })
  .map(fragments_of);

/** The same message behind RSV1, whole or in several frames. */
export const compressed: Arbitrary<Piece> = fc
  .record({
    opcode: data_opcodes,
    payload: payloads.map(deflated),
    cuts: fc.array(fc.nat({ max: 60 }), { maxLength: 3 }),
    between: fc.array(pings, { maxLength: 2 }),
    is_compressed: fc.constant(true),
    mask: masks,
  })
  .map(fragments_of);

interface Fragmented {
  opcode: number;
  payload: Buffer;
  /** The sizes of the fragments; the last one has the rest. */
  cuts: number[];
  between: Piece[];
  is_compressed: boolean;
  mask: Buffer;
}

function fragments_of({ opcode, payload, cuts, between, is_compressed, mask }: Fragmented): Piece {
  const frames: Buffer[] = [];
  let at = 0;
  for (const [index, size] of [...cuts, payload.length].entries()) {
    const fin = Number(index === cuts.length);
    const is_first = index === 0;
    const rsv = Number(is_first && is_compressed) << 2;
    const part = payload.subarray(at, fin ? payload.length : at + size);
    at = Math.min(payload.length, at + size);
    frames.push(flawed_frame(is_first ? opcode : OPCODES.continuation, part, { fin, rsv, mask }));
    const control = between[index];
    if (control !== undefined && !fin) frames.push(control.bytes);
  }
  return piece(
    `${is_compressed ? 'compressed ' : ''}message in ${cuts.length + 1} frames`,
    ...frames,
  );
}
