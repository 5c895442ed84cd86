import { chunks_of, type FuzzCase, is_compressed, limits_of } from './case.ts';
import type { Tolerance } from './comparison.ts';
import { MAX_PENDING_PONGS, max_chunks_of } from './limits.ts';
import type { NewerOptions } from './oracle.ts';
import type { Outcome } from './outcome.ts';
import { read_written } from './written_frames.ts';

/** One way in which this package may differ from a bare server of ws. */
export interface IntendedDifference {
  readonly name: string;
  readonly reason: string;
  /** Whether a case can show it. @param expected what ws does with the options of this row. */
  applies(fuzz_case: FuzzCase, expected: Outcome, actual: Outcome): boolean;
  /** The options with which ws does the same. */
  readonly options?: Partial<NewerOptions>;
  readonly tolerance?: Tolerance;
}

/** What a stream takes before it wants its writer to wait. */
const TAKEN_AT_ONCE = 16_384;

/** Every difference that is intended; any other one is a defect. */
export const INTENDED: readonly IntendedDifference[] = [
  {
    name: 'batching',
    reason:
      'Messages leave together when the turn ends. If the connection is cut within the turn, they are dropped: ' +
      'nobody could tell whether the client had received them.',
    applies: ({ handler, leaving }) => handler.does === 'terminates' || leaving === 'resets',
    tolerance: { less_output: true },
  },
  {
    name: 'order of compressed messages',
    reason:
      'Only ws compresses, in another thread. Pongs may leave before a message that was sent earlier, and messages ' +
      'that wait when the connection closes leave without compression.',
    applies: is_compressed,
    tolerance: { any_interleaving: true, any_end: true },
  },
  {
    name: 'leaving during compression',
    reason:
      'A client that leaves once its last ping is answered may do so while messages wait for their compression: the ' +
      'answer overtakes these.',
    applies: (fuzz_case) => is_compressed(fuzz_case) && fuzz_case.handler.does !== 'listens',
    tolerance: { any_interleaving: true, less_output: true },
  },
  {
    name: 'pings during a close',
    reason:
      'A close frame waits for messages that are being compressed. Until it leaves, this package answers pings, and ws ' +
      'does not.',
    applies: (fuzz_case) =>
      is_compressed(fuzz_case) && ['closes', 'fails'].includes(fuzz_case.handler.does),
    tolerance: { any_interleaving: true, any_pongs: true },
  },
  {
    name: 'leaving during inflation',
    reason:
      'If the client leaves while its messages are inflated in another thread, it depends on time how many of them are ' +
      'still read and answered, and whether a mistake behind them is noticed.',
    applies: (fuzz_case, expected) => is_compressed(fuzz_case) && !expected.is_settled,
    tolerance: {
      any_interleaving: true,
      any_messages: true,
      any_output: true,
      any_close: true,
    },
  },
  {
    name: 'pause',
    reason:
      'While a handler takes its time, nothing more is read, so that pings and close frames are answered later, ' +
      'between other messages. If the client leaves without a close frame, messages that wait are dropped.',
    applies: ({ handler }) => handler.does === 'tarries',
    tolerance: { any_interleaving: true, fewer_messages: true, any_output: true, any_end: true },
  },
  {
    name: 'reset during a pause',
    reason:
      'What was not read yet when the client resets is no longer answered, and a mistake in it decides nothing.',
    applies: ({ handler, leaving }) => handler.does === 'tarries' && leaving.startsWith('resets'),
    tolerance: { any_close: true },
  },
  {
    name: 'cut after a ping flood',
    reason:
      'ws cuts a client that has 60 answers waiting and sends one ping more. How many wait depends on time if messages ' +
      'are inflated, and this package may read a few frames more or less of the chunk.',
    applies: (fuzz_case, expected, actual) =>
      is_cut_for_pings(fuzz_case, expected) || is_cut_for_pings(fuzz_case, actual),
    tolerance: { any_messages: true, any_output: true, any_close: true, any_end: true },
  },
  {
    name: 'unread output',
    reason:
      'While a client reads nothing, this package holds messages back that its stream does not take. Pongs overtake ' +
      'these, and only the latest ping may be answered (RFC 6455 §5.5.3).',
    applies: ({ reads_late }, expected) => reads_late && expected.output.length > TAKEN_AT_ONCE,
    tolerance: { any_interleaving: true, fewer_pongs: true },
  },
  {
    name: 'answered ping flood',
    reason:
      'Where ws cuts such a client, this package may answer all of its pings, or some of them, the latest one among ' +
      'these (RFC 6455 §5.5.3).',
    applies: (_case, expected) => read_written(expected.output).pongs.length > MAX_PENDING_PONGS,
    options: { maxPendingAutoPongs: 0 },
    tolerance: { fewer_pongs: true },
  },
  {
    name: 'drip',
    reason:
      'ws keeps each chunk of an unfinished message by itself, and gives up after a number of them. This package may ' +
      'join them, so that their number costs nothing.',
    applies: (fuzz_case) => chunks_of(fuzz_case).length > max_chunks_of(limits_of(fuzz_case)),
    options: { maxBufferedChunks: 0 },
  },
];

/** Whether a client has been cut that sent more pings than may wait for their answers. */
function is_cut_for_pings({ pieces }: FuzzCase, { ended }: Outcome): boolean {
  const frames = pieces.reduce((sum, piece) => sum + piece.frames, 0);
  return ended === 'cut' && frames > MAX_PENDING_PONGS;
}
