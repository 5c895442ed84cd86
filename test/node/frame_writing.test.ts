import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { flood } from '../support/flood.ts';
import { serve } from '../support/server.ts';

/** A client that reads nothing, and the server's end of its connection. */
async function connect_idler(options = {}) {
  const log = recorder();
  const opened: Connection[] = [];
  const streams: Duplex[] = [];
  const server = createServer();
  server.on('connection', (stream) => streams.push(stream));
  const { url, mounted } = await serve(
    {
      chat: {
        options: { max_buffered_in_bytes: 0, ...options },
        on_open: (connection) => opened.push(connection),
        on_close: (code) => log.add(code),
      },
    },
    {},
    server,
  );
  const client = await Client.connect(`${url}/chat`);
  client.pause();
  const [connection] = opened as [Connection];
  const [stream] = streams as [Duplex];
  return { client, connection, stream, log, mounted, url };
}

/** Sends one message per turn, of all sizes, until megabytes wait; returns all of them. */
async function send_until_held(connection: Connection): Promise<string[]> {
  const sent: string[] = [];
  while (connection.buffered_bytes < 3_000_000) {
    const index = sent.length;
    const size = index % 7 === 0 ? 3000 : index % 50 === 0 ? 200_000 : index % 5;
    const message = `${index} ${'x'.repeat(size)}`;
    sent.push(message);
    connection.send(message);
    await new Promise(setImmediate);
  }
  return sent;
}

describe.each([{ compression: false }, { compression: true }])(
  '8: a slow client, with %o',
  (options) => {
    test('is sent all that was held back, in order, once it reads', async () => {
      const { client, connection } = await connect_idler(options);
      const sent = await send_until_held(connection);
      connection.send('last');
      client.resume();
      for (const message of [...sent, 'last']) expect(await client.next_text()).toBe(message);
      await connection.drained();
      expect(connection.buffered_bytes).toBe(0);
    });

    test('is sent all of it before the close frame of the server', async () => {
      const { client, connection } = await connect_idler(options);
      const sent = await send_until_held(connection);
      connection.close(4001);
      client.resume();
      expect((await client.closed).code).toBe(4001);
      expect(client.received.length).toBe(sent.length);
      expect(client.received).toEqual(sent);
    });

    test('is sent all of it before the answer to its own close frame', async () => {
      const { client, connection } = await connect_idler(options);
      const sent = await send_until_held(connection);
      client.socket.close(4002);
      while (connection.is_open) await new Promise(setImmediate);
      client.resume();
      expect((await client.closed).code).toBe(4002);
      expect(client.received).toEqual(sent);
    });

    test('that resets leaves nothing behind, though its connection is still at hand', async () => {
      const { client, connection, log } = await connect_idler(options);
      await send_until_held(connection);
      client.reset();
      await log.includes(1006);
      // All but the one message that ws was compressing.
      expect(connection.buffered_bytes).toBeLessThan(250_000);
    });

    test('costs its stream no further writes, however many messages wait for it', async () => {
      const { connection, stream, client } = await connect_idler(options);
      // Too small to be compressed.
      while (connection.buffered_bytes < 1_000_000) {
        connection.send('x'.repeat(1000));
        await new Promise(setImmediate);
      }
      let writes = 0;
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
      stream.write = (...args: unknown[]) => {
        writes++;
        return write(...args);
      };
      const before = connection.buffered_bytes;
      for (let count = 0; count < 10_000; count++) {
        connection.send(1);
        await Promise.resolve();
      }
      await new Promise(setImmediate);
      // A ping may be among them.
      expect(connection.buffered_bytes).toBeGreaterThanOrEqual(before + 30_000);
      expect(connection.buffered_bytes).toBeLessThan(before + 30_100);
      expect(writes).toBe(0);
      client.reset();
    });
  },
);

test('9: pings stand in their places among what is held back', async () => {
  const { client, connection } = await connect_idler();
  const PADDING = 'x'.repeat(997);
  const COUNT = 6000;
  for (let count = 0; count < COUNT; count++) {
    connection.send(PADDING);
    if (count % 10 === 0) await new Promise(setImmediate);
  }
  let since_ping = 0;
  let most = 0;
  let pings = 0;
  client.socket.on('message', () => {
    since_ping += PADDING.length;
    // The first ping comes later: connecting has counted as talking.
    if (pings > 0) most = Math.max(most, since_ping);
  });
  client.socket.on('ping', () => {
    pings++;
    since_ping = 0;
  });
  client.resume();
  for (let count = 0; count < COUNT; count++) await client.next_text();
  expect(pings).toBeGreaterThan(10);
  expect(most).toBeLessThan(300_000);
});

test('3: a close waits for what is being compressed, and for what is held back behind it', async () => {
  const { url } = await serve({
    chat: {
      options: { compression: true },
      on_open: async (connection) => {
        connection.send('x'.repeat(3_000_000));
        await new Promise(process.nextTick);
        connection.send('small');
        connection.close(4003);
      },
    },
  });
  const client = await Client.connect(`${url}/chat`);
  expect((await client.closed).code).toBe(4003);
  expect(client.received.map(({ length }) => length)).toEqual([3_000_000, 5]);
});

test('4: a stream that throws when it has drained ends its own connection alone', async () => {
  const { client, connection, stream, log, mounted, url } = await connect_idler();
  const other = await Client.connect(`${url}/chat`);
  await flood(connection);
  connection.send('held back');
  await new Promise(setImmediate);
  Object.assign(stream, {
    write: () => {
      throw new Error('no');
    },
  });
  client.resume();
  await log.reaches(1);
  expect(log.entries).toEqual([1006]);
  mounted.endpoint('chat').send('others');
  expect(await other.next_text()).toBe('others');
});
