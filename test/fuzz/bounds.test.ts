import { expect, onTestFinished, test } from 'vitest';
import { flawed_frame } from '../support/flawed_frame.ts';
import { measure_heap } from '../support/resources.ts';
import type { FuzzCase, Piece } from './case.ts';
import { Judge } from './judge.ts';
import { LIMITS, MAX_FRAGMENTS } from './limits.ts';
import type { Outcome } from './outcome.ts';
import { ALPHABETS, deflated, json_of, NOT_UTF8 } from './payload.ts';
import { create_request, NEVER_CLOSED, turns } from './play.ts';
import { MemoryStream } from './stream.ts';
import { Subject } from './subject.ts';
import { close_body, OPCODES, piece } from './valid_pieces.ts';
import { read_written } from './written_frames.ts';

const LARGEST = 66_000;
const limits = LIMITS.findIndex(
  ({ max_message_size_in_bytes, compression }) =>
    max_message_size_in_bytes === LARGEST && !compression,
);

/** A client that sends these frames in one chunk to a handler that listens, and ends when they are answered. */
function client_of(pieces: Piece[], changes: Partial<FuzzCase> = {}): FuzzCase {
  return {
    limits,
    offer: undefined,
    handler: { does: 'listens', at: 0 },
    pieces,
    chunk_sizes: [],
    has_head: false,
    waits: false,
    reads_late: false,
    leaving: 'ends later',
    ...changes,
  };
}

function create_subject(): Subject {
  const subject = new Subject();
  onTestFinished(() => subject.close());
  return subject;
}

/** What happens to a client, having checked that the same happens to it on a server of ws. */
async function outcome_of(fuzz_case: FuzzCase): Promise<Outcome> {
  const subject = create_subject();
  let outcome: Outcome | undefined;
  const judged = {
    play: async (...played: Parameters<Subject['play']>) => {
      outcome = await subject.play(...played);
      return outcome;
    },
  };
  expect((await new Judge().judge(fuzz_case, judged)).differences).toEqual([]);
  return outcome as Outcome;
}

/** Connects so many clients, which send these chunks and then nothing more. @returns their streams. */
async function connect(
  subject: Subject,
  count: number,
  chunks: Iterable<Buffer>,
  takes_output = true,
): Promise<MemoryStream[]> {
  const streams: MemoryStream[] = [];
  for (let i = 0; i < count; i++) {
    const fuzz_case = client_of([]);
    const { url } = subject.expect(fuzz_case);
    const stream = new MemoryStream(takes_output);
    streams.push(stream);
    const request = create_request(stream, url, undefined);
    subject.connect(fuzz_case, request, stream, Buffer.alloc(0));
    await turns(1);
    for (const chunk of chunks) stream.receive(chunk);
  }
  onTestFinished(() => {
    for (const stream of streams) stream.destroy();
  });
  await turns(1);
  return streams;
}

async function measure_memory(): Promise<number> {
  const heap = await measure_heap();
  return heap + process.memoryUsage().arrayBuffers;
}

/** A large frame without its last byte, byte by byte. */
function* drip(size: number): Generator<Buffer> {
  const frame = flawed_frame(OPCODES.binary, json_of(size, 'ascii', 0));
  for (let at = 0; at < frame.length - 1; at++) yield frame.subarray(at, at + 1);
}

test('a large frame that drips in is held in at most three times its size', async () => {
  const subject = create_subject();
  const COUNT = 20;
  const SIZE = 60_000;
  await connect(subject, 2, drip(SIZE));
  const before = await measure_memory();
  await connect(subject, COUNT, drip(SIZE));
  const held = (await measure_memory()) - before;
  expect(held).toBeLessThan(3 * COUNT * SIZE + 1_000_000);
});

test('a large frame that drips in takes time in proportion to its size', async () => {
  const subject = create_subject();
  const measure = async (size: number) => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const begun = performance.now();
      await connect(subject, 1, drip(size));
      times.push(performance.now() - begun);
    }
    return Math.min(...times);
  };
  await measure(1_000);
  const small = await measure(8_000);
  // Eight times the size; if each byte moved all before it, this would take 64 times as long.
  expect(await measure(64_000)).toBeLessThan(24 * small + 20);
});

test('a large frame whose header alone has come takes no memory yet', async () => {
  const subject = create_subject();
  const header = flawed_frame(OPCODES.binary, Buffer.alloc(LARGEST)).subarray(0, 14);
  await connect(subject, 10, [header]);
  const before = await measure_memory();
  await connect(subject, 200, [header]);
  const held = (await measure_memory()) - before;
  expect(held / 200).toBeLessThan(LARGEST / 2);
});

test('a length of 2^63 closes with 1009, and nothing behind it is read', async () => {
  const huge = flawed_frame(OPCODES.text, Buffer.from('1'), { declared: 2n ** 63n });
  const after = flawed_frame(OPCODES.text, Buffer.from('2'));
  const { messages, closes } = await outcome_of(client_of([piece('huge', huge, after)]));
  expect(messages).toEqual([]);
  expect(closes).toEqual(['1009 Unsupported WebSocket frame: payload length > 2^53 - 1']);
});

test('10,000 pings in a packet are answered up to the latest one, or cut the client', async () => {
  const COUNT = 10_000;
  const pings = Array.from({ length: COUNT }, (_, i) =>
    flawed_frame(OPCODES.ping, Buffer.from(String(i))),
  );
  const { output, ended } = await outcome_of(client_of([piece('pings', ...pings)]));
  const { pongs } = read_written(output);
  expect(pongs.length).toBeLessThanOrEqual(COUNT);
  const latest = Buffer.from(String(COUNT - 1)).toString('hex');
  expect(ended === 'cut' || pongs.at(-1)?.endsWith(latest)).toBe(true);
});

test('a client that sends pings and reads nothing has few answers waiting', async () => {
  const subject = create_subject();
  const pings = Buffer.concat(
    Array.from({ length: 100 }, () => flawed_frame(OPCODES.ping, Buffer.alloc(125))),
  );
  const many = Array.from({ length: 1000 }, () => pings);
  const [stream] = await connect(subject, 1, many, false);
  // What a stream asks for before it wants its writer to wait, and the answers that may wait then.
  expect(stream?.writableLength).toBeLessThan(16_384 + 60 * 127);
});

test('a message whose fragments never end closes with 1008', async () => {
  const first = flawed_frame(OPCODES.text, Buffer.alloc(0), { fin: 0 });
  const next = flawed_frame(OPCODES.continuation, Buffer.alloc(0), { fin: 0 });
  const endless = piece('fragments', first, ...Array.from({ length: 100_000 }, () => next));
  const { messages, closes } = await outcome_of(client_of([endless]));
  expect(messages).toEqual([]);
  expect(closes).toEqual(['1008 Too many message fragments']);
});

test('a message of as many fragments as it may have arrives, and one more closes with 1008', async () => {
  const fragments = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      flawed_frame(
        index === 0 ? OPCODES.text : OPCODES.continuation,
        Buffer.from(index === 0 ? '1' : '0'),
        { fin: Number(index === count - 1) },
      ),
    );
  const most = await outcome_of(client_of([piece('most', ...fragments(MAX_FRAGMENTS))]));
  expect(most.closes).toEqual(['1006 ']);
  expect(most.messages).toHaveLength(1);
  const more = await outcome_of(client_of([piece('more', ...fragments(MAX_FRAGMENTS + 1))]));
  expect(more.closes).toEqual(['1008 Too many message fragments']);
});

test('a close frame with one byte closes with 1002', async () => {
  const { closes } = await outcome_of(
    client_of([piece('close', flawed_frame(OPCODES.close, Buffer.from([3])))]),
  );
  expect(closes).toEqual(['1002 Invalid WebSocket frame: invalid payload length 1']);
});

test('a close frame is answered with its own code and reason', async () => {
  const body = close_body(4001, Buffer.from('bye'));
  const { closes, output } = await outcome_of(
    client_of([piece('close', flawed_frame(OPCODES.close, body))]),
  );
  expect(closes).toEqual(['4001 bye']);
  expect(output.subarray(2)).toEqual(body);
});

test('text that is cut inside a character closes with 1007', async () => {
  const texts = Object.values(ALPHABETS).map((text) => Buffer.from(text));
  const inside = (text: Buffer, at: number) => ((text[at] ?? 0) & 0xc0) === 0x80;
  const cut = texts.flatMap((text) =>
    Array.from(text.keys(), (at) => (inside(text, at) ? text.subarray(0, at) : [])).flat(),
  ) as Buffer[];
  for (const text of [...cut, ...NOT_UTF8]) {
    const { closes } = await outcome_of(
      client_of([piece('cut', flawed_frame(OPCODES.text, text))]),
    );
    expect(closes).toEqual(['1007 Invalid WebSocket frame: invalid UTF-8 sequence']);
  }
});

test('text whose frames are cut inside characters arrives, wherever they are cut', async () => {
  const text = Buffer.from(`"${Object.values(ALPHABETS).join('')}"`);
  for (let at = 0; at <= text.length; at++) {
    const { messages } = await outcome_of(
      client_of([
        piece(
          'text',
          flawed_frame(OPCODES.text, text.subarray(0, at), { fin: 0 }),
          flawed_frame(OPCODES.continuation, text.subarray(at)),
        ),
      ]),
    );
    expect(messages).toEqual([
      `${JSON.stringify(JSON.parse(text.toString()))} (${text.length} bytes)`,
    ]);
  }
});

test('clients that break the protocol behind a fragment and reset keep nobody from being inflated', async () => {
  const fragment = flawed_frame(OPCODES.text, deflated(Buffer.from('"a')), { fin: 0, rsv: 4 });
  const unknown = Buffer.from([0x8b, 0]);
  const rest = flawed_frame(OPCODES.continuation, deflated(Buffer.alloc(60_000, 'a')));
  const hostile = [piece('fragment', fragment), piece('unknown', unknown), piece('rest', rest)];
  const changes = { limits: limits + 1, offer: 'permessage-deflate' };
  // ws inflates for ten connections at once.
  for (let i = 0; i < 12; i++) {
    const { closes } = await outcome_of(client_of(hostile, { ...changes, leaving: 'resets' }));
    expect(closes).toHaveLength(1);
    expect(closes).not.toEqual([`0 ${NEVER_CLOSED}`]);
  }
  const message = flawed_frame(OPCODES.text, deflated(Buffer.from('"honest"')), { rsv: 4 });
  const honest = await outcome_of(client_of([piece('message', message)], changes));
  expect(honest.messages).toEqual(['"honest" (8 bytes)']);
});
