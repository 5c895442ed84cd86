import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { chunks_of, type FuzzCase, is_compressed, LAST_PING } from './case.ts';
import { type Outcome, output_of, type Witness } from './outcome.ts';
import { MemoryStream } from './stream.ts';
import { read_written } from './written_frames.ts';

/** A server that a client can be connected to. */
export interface FuzzedServer {
  /** Upgrades the stream, and reports to the witness. */
  connect(
    fuzz_case: FuzzCase,
    request: IncomingMessage,
    stream: MemoryStream,
    head: Buffer,
    witness: Witness,
  ): void;
}

/** A server that has not ended a connection by then never will. */
export const PATIENCE_IN_MILLISECONDS = 1000;
export const NEVER_CLOSED = 'never';
/** What follows from a chunk has happened by then, unless a thread of zlib takes part. */
const SETTLING_TURNS = 4;
/** With such a thread, the answer to a ping behind everything else shows it. */
const LAST_PONG = Buffer.concat([Buffer.from([0x8a, LAST_PING.length]), LAST_PING]).toString('hex');

const HEADERS = {
  host: 'localhost',
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

export function create_request(
  stream: MemoryStream,
  url: string,
  offer: string | undefined,
): IncomingMessage {
  const request = new IncomingMessage(stream as unknown as Socket);
  const headers = offer === undefined ? HEADERS : { ...HEADERS, 'sec-websocket-extensions': offer };
  Object.assign(request, { method: 'GET', url, httpVersion: '1.1', headers });
  request.rawHeaders = Object.entries(headers).flat();
  return request;
}

/**
 * Lets a client do to a server what the case says.
 *
 * @param patience_in_milliseconds how long a client that compresses waits for its answers before it leaves.
 */
export async function play(
  server: FuzzedServer,
  fuzz_case: FuzzCase,
  witness: Witness,
  url: string,
  patience_in_milliseconds: number,
): Promise<Outcome> {
  const stream = new MemoryStream(!fuzz_case.reads_late);
  const stream_closed = new Promise<void>((resolve) => stream.once('close', resolve));
  const chunks = chunks_of(fuzz_case);
  const head = (fuzz_case.has_head ? chunks.shift() : undefined) ?? Buffer.alloc(0);
  const request = create_request(stream, url, fuzz_case.offer);
  server.connect(fuzz_case, request, stream, Buffer.from(head), witness);
  // Node hands over a connection in one turn, and reads from it in a later one.
  await turns(1);
  for (const chunk of chunks) {
    stream.receive(chunk);
    if (fuzz_case.waits) await turns(1);
  }
  stream.take_output();
  const is_settled =
    fuzz_case.leaving.endsWith('later') &&
    (await settles(fuzz_case, stream, patience_in_milliseconds));
  if (fuzz_case.leaving.startsWith('ends')) stream.receive_end();
  else stream.receive_reset();
  const is_accepted = stream.written.toString('latin1', 0, 12) === 'HTTP/1.1 101';
  const closed = is_accepted ? Promise.all([stream_closed, witness.closed]) : stream_closed;
  if (!(await happens(closed))) witness.close(0, NEVER_CLOSED);
  // A second call of on_close would come now.
  await turns(1);
  return witness.outcome(stream.written, { ended: stream.ended, is_settled });
}

/** Waits until the server has done everything that is due. @returns false if that may not be so. */
async function settles(
  fuzz_case: FuzzCase,
  stream: MemoryStream,
  patience_in_milliseconds: number,
): Promise<boolean> {
  await turns(SETTLING_TURNS);
  if (!is_compressed(fuzz_case)) return fuzz_case.handler.does !== 'tarries';
  const latest = performance.now() + patience_in_milliseconds;
  while (!is_answered(stream)) {
    if (performance.now() > latest) return false;
    await turns(1);
  }
  return true;
}

/** Whether the server has nothing more to say. */
function is_answered(stream: MemoryStream): boolean {
  if (stream.ended !== 'no' || stream.destroyed) return true;
  const { closes, pongs } = read_written(output_of(stream.written));
  return closes.length > 0 || pongs.includes(LAST_PONG);
}

export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}

/** Whether it happens in time. */
export async function happens(event: Promise<unknown>): Promise<boolean> {
  let has_happened = false;
  event.then(() => {
    has_happened = true;
  });
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_IN_MILLISECONDS);
  });
  await Promise.race([event, patience]);
  clearTimeout(timer);
  // If this process has stood still, it may have happened and not been reported yet.
  if (!has_happened) await turns(SETTLING_TURNS);
  return has_happened;
}
