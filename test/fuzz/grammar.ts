import fc, { type Arbitrary } from 'fast-check';
import { flawed_frame } from '../support/flawed_frame.ts';
import { type FuzzCase, LAST_PING, type Piece } from './case.ts';
import type { Handler } from './handler.ts';
import * as invalid from './invalid_pieces.ts';
import { LIMITS } from './limits.ts';
import * as valid from './valid_pieces.ts';

/** Mostly valid, so that a client gets far before something ends its connection. */
const pieces: Arbitrary<Piece> = fc.oneof(
  { weight: 240, arbitrary: valid.messages },
  { weight: 60, arbitrary: valid.pings },
  { weight: 40, arbitrary: valid.fragmented },
  { weight: 4, arbitrary: valid.pings_in_bulk },
  { weight: 3, arbitrary: valid.closes },
  { weight: 4, arbitrary: invalid.cut_text },
  { weight: 8, arbitrary: invalid.wrong_headers },
  { weight: 3, arbitrary: invalid.wrong_lengths },
  { weight: 2, arbitrary: invalid.wrong_fragments },
  { weight: 2, arbitrary: invalid.wrong_closes },
  { weight: 4, arbitrary: invalid.mutated },
  { weight: 1, arbitrary: invalid.garbage },
  { weight: 1, arbitrary: invalid.wrong_compressed },
);

/** The same, of a client that compresses. */
const compressed_pieces: Arbitrary<Piece> = fc.oneof(
  { weight: 20, arbitrary: pieces },
  { weight: 20, arbitrary: valid.compressed },
  { weight: 2, arbitrary: invalid.wrong_compressed },
);

/** Rare and long. */
const long_pieces: Arbitrary<Piece> = fc.oneof(
  { weight: 2000, arbitrary: pieces },
  { weight: 1, arbitrary: invalid.many_fragments },
);

const many = (some: Arbitrary<Piece>) =>
  fc.array(some, { minLength: 1, maxLength: 20, size: 'max' });

const last_ping = valid.piece('last ping', flawed_frame(valid.OPCODES.ping, LAST_PING));

const handlers: Arbitrary<Handler> = fc.record({
  does: fc.constantFrom(
    ...(['listens', 'listens', 'echoes', 'echoes', 'echoes', 'echoes'] as const),
    ...(['closes', 'terminates', 'fails', 'tarries'] as const),
  ),
  at: fc.nat({ max: 12 }),
});

const chunk_sizes: Arbitrary<number[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<number[]>([]) },
  { weight: 1, arbitrary: fc.constant<number[]>([1]) },
  {
    weight: 4,
    arbitrary: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
  },
  {
    weight: 3,
    arbitrary: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 }),
  },
);

const OFFERS = [
  'permessage-deflate',
  'permessage-deflate; client_max_window_bits',
  'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  'permessage-deflate; server_max_window_bits=10; client_max_window_bits=9, permessage-deflate',
  'x-webkit-deflate-frame, permessage-deflate',
];
const WRONG_OFFERS = [
  'permessage-deflate; server_max_window_bits=7',
  'permessage-deflate; client_no_context_takeover=1',
  'permessage-deflate; unknown',
  'permessage-deflate;;',
  'x-unknown',
  '=',
];

const leaving = fc.constantFrom('ends', 'ends later', 'ends later', 'resets', 'resets later');

/** Which of {@link LIMITS}: larger ones more often, since fewer messages are too long for them. */
function limits_for(compresses: boolean): Arbitrary<number> {
  const chosen = LIMITS.map(({ compression }, index) => ({ compression, index }))
    .filter(({ compression }) => compression || !compresses)
    .map(({ index }) => ({ weight: 1 + index, arbitrary: fc.constant(index) }));
  return fc.oneof(...chosen);
}

export const cases: Arbitrary<FuzzCase> = fc
  .oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })
  .chain((compresses) =>
    fc.record({
      limits: limits_for(compresses),
      offer: compresses
        ? fc.constantFrom(...OFFERS)
        : fc.oneof(
            { weight: 30, arbitrary: fc.constant(undefined) },
            { weight: 1, arbitrary: fc.constantFrom(...WRONG_OFFERS) },
          ),
      handler: handlers,
      pieces: compresses
        ? many(compressed_pieces).map((all) => [...all, last_ping])
        : many(long_pieces),
      chunk_sizes,
      has_head: fc.boolean(),
      waits: fc.boolean(),
      reads_late: fc.oneof(
        { weight: 3, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      leaving,
    }),
  ) as Arbitrary<FuzzCase>;
