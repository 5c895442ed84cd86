import { PassThrough } from 'node:stream';
import { constants, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { FrameReading } from '../../src/node/socket/frame_reading.ts';
import { gate, recorder } from '../support/events.ts';
import { client_frame, RawClient, upgrade_request } from '../support/raw.ts';
import { serve } from '../support/server.ts';

/** Pausing takes effect after at most so many further frames. */
const SLICE = 32;

/** A frame as a client sends it, of any length. */
function frame_of(length: number): Buffer {
  const mask = [0, 0, 0, 0];
  const payload = Buffer.alloc(length);
  if (length < 126) return Buffer.concat([Buffer.from([0x82, 0x80 | length, ...mask]), payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x82;
  header[1] = 0x80 | (length < 65_536 ? 126 : 127);
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeUIntBE(length, 4, 6);
  return Buffer.concat([header, Buffer.from(mask), payload]);
}

/** What ws is given of what a stream reads, if something pauses it now and then. */
async function read_all(chunks: Buffer[], pauses_after: (slices: number) => boolean) {
  const stream = new PassThrough();
  const socket = { isPaused: false };
  const given: Buffer[] = [];
  stream.on('data', (slice) => {
    expect(socket.isPaused).toBe(false);
    given.push(slice);
    if (!pauses_after(given.length)) return;
    socket.isPaused = true;
    stream.pause();
    setImmediate(() => {
      socket.isPaused = false;
      stream.resume();
    });
  });
  new FrameReading(socket as WebSocket, stream, false);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await new Promise((resolve) => stream.once('end', resolve));
  return given;
}

describe('7: what a stream reads', () => {
  const lengths = fc.oneof(
    { weight: 10, arbitrary: fc.integer({ min: 0, max: 10 }) },
    { weight: 2, arbitrary: fc.integer({ min: 100, max: 300 }) },
    { weight: 1, arbitrary: fc.constantFrom(65_535, 65_536, 70_000) },
  );

  test('comes to ws whole and in order, at most 32 frames at a time, however it is cut and paused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(lengths, { minLength: 1, maxLength: 200 }),
        fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (sizes, cuts, pause_each) => {
          const frames = sizes.map(frame_of);
          const bytes = Buffer.concat(frames);
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = cuts[chunks.length % cuts.length] ?? 1;
            // The last cuts are far apart, lest a large frame takes long.
            const end = chunks.length < 500 ? at + size : bytes.length;
            chunks.push(bytes.subarray(at, end));
            at = end;
          }
          const given = await read_all(chunks, (slices) => slices % pause_each === 0);
          expect(Buffer.concat(given).equals(bytes)).toBe(true);
          const ends = new Set<number>();
          let end = 0;
          for (const { length } of frames) {
            end += length;
            ends.add(end);
          }
          let at = 0;
          for (const { length } of given) {
            const begun = [...ends].filter((end) => end > at && end <= at + length).length;
            expect(begun).toBeLessThanOrEqual(SLICE + 1);
            at += length;
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('goes to ws as it is, if it holds few frames', async () => {
    const chunk = Buffer.concat(Array.from({ length: SLICE }, () => frame_of(3)));
    const large = frame_of(100_000);
    const given = await read_all([chunk, large], () => false);
    expect(given.map(({ length }) => length)).toEqual([chunk.length, large.length]);
  });
});

describe('7: a client that sends thousands of tiny messages at once', () => {
  const COUNT = 9000;
  const MAX_QUEUED = 10;

  /** Sends numbers behind this frame; handlers wait until they are let through. */
  const start = async (compression: boolean, first: Buffer) => {
    const log = recorder();
    const slow = gate();
    const { port, mounted } = await serve({
      chat: {
        options: { compression, max_queued_messages: MAX_QUEUED },
        on_message: async (message) => {
          await slow.passed;
          log.add(message);
        },
        on_close: (code) => log.add(`closed ${code}`),
      },
    });
    const client = await RawClient.connect(port);
    const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    client.send(upgrade_request('/api/_websockets/chat', { headers }));
    await client.receives('\r\n\r\n');
    const frames = Array.from({ length: COUNT }, (_, index) => client_frame(1, String(index)));
    client.send(Buffer.concat([first, ...frames]));
    const stats = () => mounted.stats().endpoints.chat;
    while (stats()?.paused !== 1) await new Promise(setImmediate);
    return { client, log, slow, stats };
  };
  const sent = ['first', ...Array.from({ length: COUNT }, (_, index) => index)];

  test('has few of them wait; all are handled, in order', async () => {
    const { log, slow, stats } = await start(false, client_frame(1, '"first"'));
    expect(stats()?.queued).toBeLessThanOrEqual(MAX_QUEUED + SLICE);
    slow.open();
    await log.reaches(sent.length);
    expect(log.entries).toEqual(sent);
  });

  test('has few of them wait, also behind a compressed one', async () => {
    const deflated = deflateRawSync('"first"', { finishFlush: constants.Z_SYNC_FLUSH });
    const first = client_frame(1, deflated.subarray(0, -4));
    first[0] = 0xc1;
    const { log, slow, stats } = await start(true, Buffer.concat([first, first]));
    expect(stats()?.queued).toBeLessThanOrEqual(MAX_QUEUED + SLICE);
    slow.open();
    await log.reaches(sent.length + 1);
    expect(log.entries).toEqual(['first', ...sent]);
  });

  test('3: and closes behind them, has all of them handled before on_close', async () => {
    const { client, log, slow } = await start(false, client_frame(1, '"first"'));
    client.send(client_frame(8, Buffer.from([0x0f, 0xa0])));
    client.socket.end();
    slow.open();
    await log.includes('closed 4000');
    expect(log.entries).toEqual([...sent, 'closed 4000']);
  });

  test('3: and closes behind a few and resets at once, has all of them handled before on_close', async () => {
    const log = recorder();
    const slow = gate();
    const { port, mounted } = await serve({
      chat: {
        options: { max_queued_messages: 1 },
        on_message: async (message) => {
          await slow.passed;
          log.add(message);
        },
        on_close: (code) => log.add(`closed ${code}`),
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request('/api/_websockets/chat'));
    await client.receives('\r\n\r\n');
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    const frames = numbers.map((number) => client_frame(1, String(number)));
    client.send(Buffer.concat([...frames, client_frame(8, Buffer.from([0x0f, 0xa0]))]));
    while (mounted.stats().endpoints.chat?.paused !== 1) await new Promise(setImmediate);
    client.socket.resetAndDestroy();
    while (mounted.endpoint('chat').connections.length > 0) await new Promise(setImmediate);
    slow.open();
    await log.includes('closed 4000');
    expect(log.entries).toEqual([...numbers, 'closed 4000']);
  });

  test('9: and resets while nothing is read from it, is gone at the next ping', async () => {
    const log = recorder();
    const { port, mounted } = await serve({
      chat: {
        options: {
          max_messages_per_second: 1,
          heartbeat_interval_in_seconds: 0.2,
          heartbeat_timeout_in_seconds: 0.2,
        },
        on_message: (message) => log.add(message),
        on_close: (code) => log.add(`closed ${code}`),
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request('/api/_websockets/chat'));
    await client.receives('\r\n\r\n');
    // More than the stream reads ahead.
    const many = Buffer.concat(Array.from({ length: 100_000 }, () => client_frame(1, '1')));
    client.send(many);
    while (mounted.stats().endpoints.chat?.paused !== 1) await new Promise(setImmediate);
    client.socket.resetAndDestroy();
    await log.includes('closed 1006');
    while (mounted.stats().endpoints.chat?.connections !== 0) await new Promise(setImmediate);
    expect(log.entries.length).toBeLessThan(5);
  });
});

describe('6: a client that sends many compressed messages at once, while its handler is busy', () => {
  const COUNT = 60;
  const MAX_QUEUED = 2;
  const deflated = deflateRawSync(`"${'a'.repeat(10_000)}"`, {
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  const frame = client_frame(1, deflated.subarray(0, -4));
  frame[0] = 0xc1;
  const frames = Buffer.concat(Array.from({ length: COUNT }, () => frame));

  const start = async () => {
    const log = recorder();
    const echoed = recorder();
    const slow = gate();
    const { port, mounted } = await serve({
      chat: {
        options: { compression: true, max_queued_messages: MAX_QUEUED },
        on_message: async () => {
          await slow.passed;
          log.add('handled');
        },
      },
      echo: { options: { compression: true }, on_message: () => echoed.add('handled') },
    });
    const connect = async (endpoint: string) => {
      const client = await RawClient.connect(port);
      const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
      client.send(upgrade_request(`/api/_websockets/${endpoint}`, { headers }));
      await client.receives('\r\n\r\n');
      return client;
    };
    (await connect('chat')).send(frames);
    while (mounted.stats().endpoints.chat?.paused !== 1) await new Promise(setImmediate);
    // Messages are inflated in turn: by the time that these are, those of the first client would be, too.
    (await connect('echo')).send(frames);
    await echoed.reaches(COUNT);
    return { log, slow, mounted };
  };

  test('has no more of them inflated than may wait and one; all are handled', async () => {
    const { log, slow, mounted } = await start();
    expect(mounted.stats().endpoints.chat?.queued).toBeLessThanOrEqual(MAX_QUEUED + 1);
    slow.open();
    await log.reaches(COUNT);
  });

  test('11: has none of them inflated once it is cut', async () => {
    const { mounted } = await start();
    await mounted.close({ grace_in_seconds: 0 });
    expect(mounted.stats().endpoints.chat?.messages_in).toBeLessThanOrEqual(MAX_QUEUED + 2);
  });
});
