import type { Handler } from './handler.ts';
import { LIMITS, type Limits } from './limits.ts';

/** A part of what a client sends: one frame, or several that belong together, or bytes that are no frame. */
export interface Piece {
  readonly label: string;
  readonly bytes: Buffer;
  /** How many frames it is; bytes that are no frame count as one. */
  readonly frames: number;
}

/** The payload of the ping behind everything that a client sends that compresses. */
export const LAST_PING = Buffer.from('the end');

/** How the client leaves, after it has sent everything. */
export type Leaving =
  /** It ends its side in the turn of the last chunk, or a few turns later. */
  | 'ends'
  | 'ends later'
  /** It resets the connection in the turn of the last chunk, or a few turns later. */
  | 'resets'
  | 'resets later';

/** Everything that one client does, and the server that it meets. */
export interface FuzzCase {
  /** Which of {@link LIMITS}. */
  readonly limits: number;
  /** The client's Sec-WebSocket-Extensions. */
  readonly offer: string | undefined;
  readonly handler: Handler;
  readonly pieces: readonly Piece[];
  /** The sizes of the chunks, over and over; none: everything is one chunk. */
  readonly chunk_sizes: readonly number[];
  /** Whether the first chunk comes with the upgrade request. */
  readonly has_head: boolean;
  /** Whether a turn of the event loop passes after each chunk. */
  readonly waits: boolean;
  /** Whether the client reads nothing until it has sent everything. */
  readonly reads_late: boolean;
  readonly leaving: Leaving;
}

/**
 * Past this many chunks, the rest is one: thousands of turns would test nothing more. A client that compresses stays
 * below the number of chunks that a message may have.
 */
const MAX_CHUNKS = 3000;
const MAX_COMPRESSED_CHUNKS = 1000;

export function limits_of({ limits }: FuzzCase): Limits {
  return LIMITS[limits] as Limits;
}

export function bytes_of({ pieces }: FuzzCase): Buffer {
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}

export function chunks_of(fuzz_case: FuzzCase): Buffer[] {
  const { chunk_sizes } = fuzz_case;
  const bytes = bytes_of(fuzz_case);
  const most = is_compressed(fuzz_case) ? MAX_COMPRESSED_CHUNKS : MAX_CHUNKS;
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = chunk_sizes[chunks.length % chunk_sizes.length] ?? bytes.length;
    const end = chunks.length < most ? at + size : bytes.length;
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

/** Whether the server has agreed to compress, so that it inflates in another thread. */
export function is_compressed(fuzz_case: FuzzCase): boolean {
  return limits_of(fuzz_case).compression && (fuzz_case.offer?.includes('permessage') ?? false);
}

const SHOWN_BYTES = 200;

/** A case as a reader can understand it. */
export function describe_case(fuzz_case: FuzzCase): string {
  const { pieces, offer, handler, chunk_sizes, has_head, waits, reads_late, leaving } = fuzz_case;
  return [
    `limits: ${JSON.stringify(limits_of(fuzz_case))}, offer: ${offer ?? 'none'}`,
    `handler: ${handler.does} at ${handler.at}`,
    `chunks: ${chunk_sizes.join(', ') || 'one'}${has_head ? ', the first with the request' : ''}${waits ? ', a turn after each' : ''}`,
    ...pieces.map(({ label, bytes }) => {
      const rest = bytes.length > SHOWN_BYTES ? ` … ${bytes.length} bytes` : '';
      return `  ${label}: ${bytes.toString('hex', 0, SHOWN_BYTES)}${rest}`;
    }),
    `then the client ${reads_late ? 'begins to read and ' : ''}${leaving}`,
  ].join('\n');
}
