import fc, { type Arbitrary } from 'fast-check';
import { flawed_frame } from '../support/flawed_frame.ts';
import type { Piece } from './case.ts';
import { ALPHABETS, deflated, json_of, NOT_UTF8 } from './payload.ts';
import {
  close_body,
  closes,
  compressed,
  fragmented,
  masks,
  messages,
  OPCODES,
  payloads,
  piece,
  pings,
} from './valid_pieces.ts';

/** A text that is not UTF-8, or a valid one cut at any byte. It may be whole, or in two frames that are cut anywhere. */
export const cut_text: Arbitrary<Piece> = fc
  .record({
    text: fc.oneof(
      fc
        .record({
          before: fc.nat({ max: 40 }),
          wrong: fc.constantFrom(...NOT_UTF8),
          after: fc.nat({ max: 3 }),
        })
        .map(({ before, wrong, after }) =>
          Buffer.concat([Buffer.alloc(before, 'a'), wrong, Buffer.alloc(after, 'b')]),
        ),
      fc
        .record({
          text: fc.constantFrom(...Object.values(ALPHABETS)),
          size: fc.integer({ min: 1, max: 16 }),
        })
        .map(({ text, size }) => Buffer.from(text).subarray(0, size)),
    ),
    opcode: fc.constantFrom(OPCODES.text, OPCODES.text, OPCODES.binary),
    cut: fc.option(fc.nat({ max: 20 })),
    mask: masks,
  })
  .map(({ text, opcode, cut, mask }) => {
    const label = `text that may not be UTF-8, opcode ${opcode}`;
    if (cut === null) return piece(label, flawed_frame(opcode, text, { mask }));
    return piece(
      label,
      flawed_frame(opcode, text.subarray(0, cut), { fin: 0, mask }),
      flawed_frame(OPCODES.continuation, text.subarray(cut), { mask }),
    );
  });

export const wrong_closes: Arbitrary<Piece> = fc
  .oneof(
    fc.constant(Buffer.from([3])),
    fc
      .constantFrom(0, 999, 1004, 1005, 1006, 1012, 1015, 1016, 2999, 5000, 65_535)
      .map((code) => close_body(code)),
    fc.constantFrom(...NOT_UTF8).map((reason) => close_body(1000, reason)),
    fc.integer({ min: 124, max: 130 }).map((size) => close_body(1000, Buffer.alloc(size, 'a'))),
  )
  .map((body) => piece('wrong close', flawed_frame(OPCODES.close, body)));

const any_opcode = fc.nat({ max: 15 });

/** One frame whose header is wrong in one way, or in two. */
export const wrong_headers: Arbitrary<Piece> = fc
  .record({
    opcode: fc.oneof(fc.constantFrom(...Object.values(OPCODES)), any_opcode),
    payload: fc.oneof(payloads, fc.constant(Buffer.alloc(126, 'c'))),
    flaws: fc.oneof(
      { weight: 4, arbitrary: fc.constant({ is_masked: false }) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 7 }).map((rsv) => ({ rsv })) },
      { weight: 1, arbitrary: fc.constant({ fin: 0 }) },
      { weight: 1, arbitrary: fc.constant({ length_bytes: 2 }) },
      { weight: 1, arbitrary: fc.constant({ length_bytes: 8 }) },
      { weight: 1, arbitrary: fc.constant({ is_masked: false, fin: 0 }) },
      { weight: 1, arbitrary: fc.constant({}) },
    ),
  })
  .map(({ opcode, payload, flaws }) => {
    const form = payload.length > 65_535 ? {} : flaws;
    return piece(`opcode ${opcode}, ${JSON.stringify(form)}`, flawed_frame(opcode, payload, form));
  });

/** A frame that claims another length than it has. */
export const wrong_lengths: Arbitrary<Piece> = fc
  .record({
    opcode: fc.constantFrom(...Object.values(OPCODES)),
    payload: payloads,
    declared: fc.constantFrom(
      ...[2n ** 63n, 2n ** 64n - 1n, 2n ** 53n, 2n ** 53n - 1n, 2n ** 48n, 2n ** 32n, 2n ** 31n],
      ...[0n, 1n, 125n, 126n, 200n, 201n, 65_535n, 65_536n, 66_000n, 66_001n],
    ),
  })
  .map(({ opcode, payload, declared }) =>
    piece(`${declared} bytes declared`, flawed_frame(opcode, payload, { declared })),
  );

/** Frames of messages that are not continued, or continue nothing. */
export const wrong_fragments: Arbitrary<Piece> = fc
  .array(
    fc.record({
      opcode: fc.constantFrom(OPCODES.text, OPCODES.binary, OPCODES.continuation),
      fin: fc.constantFrom(0, 0, 1),
      rsv: fc.constantFrom(0, 0, 0, 4),
      payload: payloads,
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((frames) =>
    piece(
      'fragments in any order',
      ...frames.map(({ opcode, payload, ...flaws }) => flawed_frame(opcode, payload, flaws)),
    ),
  );

/** Compressed messages that inflate to about a limit, or do not inflate. */
export const wrong_compressed: Arbitrary<Piece> = fc
  .record({
    size: fc.constantFrom(198, 200, 201, 1999, 2000, 2001, 65_999, 66_001, 1_000_000),
    change: fc.constantFrom('none', 'cut', 'flip', 'empty', 'final'),
    at: fc.nat({ max: 30 }),
    opcode: fc.constantFrom(OPCODES.text, OPCODES.binary, OPCODES.ping, OPCODES.continuation),
    fin: fc.constantFrom(1, 1, 0),
  })
  .map(({ size, change, at, opcode, fin }) => {
    const whole = Buffer.from(
      deflated(size > 70_000 ? Buffer.alloc(size, '1') : json_of(size, 'ascii', at)),
    );
    if (change === 'flip') whole[at % whole.length] = (whole[at % whole.length] ?? 0) ^ 0x55;
    if (change === 'final') whole[0] = (whole[0] ?? 0) | 1;
    const end = change === 'cut' ? at : change === 'empty' ? 0 : whole.length;
    return piece(
      `compressed, ${change}`,
      flawed_frame(opcode, whole.subarray(0, end), { fin, rsv: 4 }),
    );
  });

/** Fragments of one message, about as many as a message may have. */
export const many_fragments: Arbitrary<Piece> = fc
  .record({
    count: fc.integer({ min: 1020, max: 1028 }),
    size: fc.constantFrom(0, 1),
    is_ended: fc.boolean(),
  })
  .map(({ count, size, is_ended }) =>
    piece(
      `${count} fragments`,
      ...Array.from({ length: count }, (_, index) => {
        const opcode = index === 0 ? OPCODES.binary : OPCODES.continuation;
        const fin = Number(is_ended && index === count - 1);
        return flawed_frame(opcode, Buffer.alloc(size, '1'), { fin });
      }),
    ),
  );

export const garbage: Arbitrary<Piece> = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((bytes) => piece('garbage', Buffer.from(bytes)));

/** Something valid of which one byte was changed, removed or repeated, or the end is missing. */
export const mutated: Arbitrary<Piece> = fc
  .record({
    original: fc.oneof(messages, pings, closes, fragmented, compressed),
    at: fc.nat({ max: 150 }),
    change: fc.constantFrom('flip', 'remove', 'repeat', 'truncate'),
    bit: fc.nat({ max: 7 }),
  })
  .map(({ original, at: position, change, bit }) => {
    const { bytes } = original;
    const at = position % bytes.length;
    const label = `${original.label}, ${change} at ${at}`;
    const before = bytes.subarray(0, at);
    if (change === 'truncate') return piece(label, before);
    if (change === 'remove') return piece(label, Buffer.concat([before, bytes.subarray(at + 1)]));
    if (change === 'repeat')
      return piece(label, Buffer.concat([bytes.subarray(0, at + 1), bytes.subarray(at)]));
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
    return piece(label, flipped);
  });
