import { constants, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { recorder } from '../support/events.ts';
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

test('a malformed offer is refused in JSON', async () => {
  const { port } = await serve({ chat: { options: { compression: true } } });
  const client = await RawClient.connect(port);
  const headers = { 'Sec-WebSocket-Extensions': 'permessage-deflate; a=' };
  client.send(upgrade_request('/api/_websockets/chat', { headers }));
  expect(await client.ended).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"bad_request"/);
});
