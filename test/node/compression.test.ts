import { constants, deflateRawSync } from 'node:zlib';
import type { Connection } from 'joystick-websockets';
import { expect, test } from 'vitest';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { flood } from '../support/flood.ts';
import { client_frame, RawClient, upgrade_request } from '../support/raw.ts';
import { serve } from '../support/server.ts';

const OFFER = { headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } };

test('messages of 1,024 bytes and more are compressed, smaller ones are not', async () => {
  const { port } = await serve({
    chat: {
      options: { compression: true },
      on_open: (connection) => {
        connection.send('x'.repeat(1023));
        connection.send('x'.repeat(1024));
        connection.close();
      },
    },
  });
  const client = await RawClient.connect(port);
  client.send(upgrade_request('/api/_websockets/chat', OFFER));
  const answer = await client.receives('\x88\x02');
  const frames = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  expect(frames.charCodeAt(0)).toBe(0x81);
  expect(frames.slice(4, 4 + 1023)).toBe('x'.repeat(1023));
  // RSV1 says that it is compressed (RFC 7692 §6).
  expect(frames.charCodeAt(4 + 1023)).toBe(0xc1);
  expect(frames.length).toBeLessThan(1200);
});

test('without the option none is, whatever the client offers', async () => {
  const { port } = await serve({ chat: { on_open: (c) => c.send('x'.repeat(2000)) } });
  const client = await RawClient.connect(port);
  client.send(upgrade_request('/api/_websockets/chat', OFFER));
  expect(await client.receives('x'.repeat(2000))).not.toContain('permessage-deflate');
});

test('3: on_close says the code of a client that ends at once behind a compressed message', async () => {
  const log = recorder();
  const { port } = await serve({
    chat: {
      options: { compression: true },
      on_message: (message) => log.add(message),
      on_close: (code) => log.add(code),
    },
  });
  const client = await RawClient.connect(port);
  client.send(upgrade_request('/api/_websockets/chat', OFFER));
  await client.receives('\r\n\r\n');
  const deflated = deflateRawSync(JSON.stringify('x'.repeat(5000)), {
    finishFlush: constants.Z_SYNC_FLUSH,
  }).subarray(0, -4);
  const message = client_frame(1, deflated);
  message[0] = 0xc1;
  client.send(Buffer.concat([message, client_frame(8, Buffer.from([0x03, 0xe8]))]));
  client.socket.end();
  await log.reaches(2);
  expect(log.entries).toEqual(['x'.repeat(5000), 1000]);
});

/** Once compressed, still more than any kernel keeps. */
const UNCOMPRESSED_BYTES = 25_165_824;

test('drained() waits for a client that reads nothing, and all arrives in order', async () => {
  const opened: Connection[] = [];
  const { url } = await serve({
    chat: {
      options: { compression: true, max_buffered_in_bytes: 0 },
      on_open: (connection) => opened.push(connection),
      on_message: (message, connection) => connection.send(message),
    },
  });
  const [client, other] = [
    await Client.connect(`${url}/chat`),
    await Client.connect(`${url}/chat`),
  ];
  expect(client.socket.extensions).toContain('permessage-deflate');
  const [connection] = opened as [Connection];
  await connection.drained();
  client.pause();
  const count = await flood(connection, UNCOMPRESSED_BYTES);
  const log = recorder();
  const drained = connection.drained().then(() => log.add('drained'));
  other.send('"there and back"');
  await other.next_text();
  expect(log.entries).toEqual([]);
  client.resume();
  await drained;
  for (let index = 0; index < count; index++) {
    expect((await client.next_message()).index).toBe(index);
  }
});

test('drained() resolves where a client that reads nothing is cut', async () => {
  const opened: Connection[] = [];
  const { url } = await serve({
    chat: {
      options: { compression: true, max_buffered_in_bytes: 0 },
      on_open: (connection) => opened.push(connection),
    },
  });
  const client = await Client.connect(`${url}/chat`);
  const [connection] = opened as [Connection];
  client.pause();
  await flood(connection, UNCOMPRESSED_BYTES);
  const drained = connection.drained();
  client.reset();
  await drained;
  expect(connection.send('late')).toBe(false);
});

test('a malformed offer is refused in JSON', async () => {
  const { port } = await serve({ chat: { options: { compression: true } } });
  const client = await RawClient.connect(port);
  const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate; a=' };
  client.send(upgrade_request('/api/_websockets/chat', { headers }));
  expect(await client.ended).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"bad_request"/);
});
