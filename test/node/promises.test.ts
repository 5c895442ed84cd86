// What README and docs/PROTOCOL.md promise and ws does by default: a version of ws with other defaults changes none of it.
import { describe, expect, test } from 'vitest';
import { recorder } from '../support/events.ts';
import { client_frame, RawClient, upgrade_request } from '../support/raw.ts';
import { serve } from '../support/server.ts';

const PATH = '/api/_websockets/chat';

async function connect(port: number, headers: Record<string, string> = {}): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.send(upgrade_request(PATH, { headers }));
  await client.receives('\r\n\r\n');
  return client;
}

describe('of the subprotocols that a client offers, the first is selected', () => {
  const selected = async (offered: Record<string, string>) => {
    const { port } = await serve({ chat: {} });
    const { text } = await connect(port, offered);
    return /^Sec-WebSocket-Protocol: (.*)\r$/im.exec(text)?.[1];
  };

  test('whatever their names are', async () => {
    expect(await selected({ 'Sec-WebSocket-Protocol': 'graphql-ws, a, mqtt' })).toBe('graphql-ws');
    expect(await selected({ 'Sec-WebSocket-Protocol': 'z , a' })).toBe('z');
    expect(await selected({ 'Sec-WebSocket-Protocol': 'only' })).toBe('only');
  });

  test('and none, if it offers none', async () => {
    expect(await selected({})).toBe(undefined);
  });
});

describe('pings', () => {
  const PING = client_frame(9, 'hi');
  const PONG = '\x8a\x02hi';

  test('are answered each with what they carry', async () => {
    const { port } = await serve({ chat: {} });
    const client = await connect(port);
    client.send(PING);
    await client.receives(PONG);
  });

  test('60 at once are all answered', async () => {
    const { port } = await serve({ chat: {} });
    const client = await connect(port);
    client.send(Buffer.concat(Array(60).fill(PING)));
    const answer = await client.receives(PONG.repeat(60));
    expect(answer.split('\r\n\r\n')[1]).toBe(PONG.repeat(60));
  });

  test('61 at once cut the client with 1006', async () => {
    const log = recorder();
    const { port } = await serve({ chat: { on_close: (code) => log.add(code) } });
    const client = await connect(port);
    client.send(Buffer.concat(Array(61).fill(PING)));
    await client.ended;
    await log.reaches(1);
    expect(log.entries).toEqual([1006]);
  });
});

test('text that is not UTF-8 closes with 1007, and so does a reason of a close that is not', async () => {
  const log = recorder();
  const { port } = await serve({
    chat: { on_message: () => log.add('reached'), on_close: (code) => log.add(code) },
  });
  const not_utf8 = Uint8Array.of(0x22, 0xc3, 0x28, 0x22);
  for (const frame of [
    client_frame(1, not_utf8),
    client_frame(8, Uint8Array.of(1000 >> 8, 1000 & 255, ...not_utf8)),
  ]) {
    const client = await connect(port);
    client.send(frame);
    expect(await client.ended).toContain('\x88\x02\x03\xef');
  }
  await log.reaches(2);
  expect(log.entries).toEqual([1007, 1007]);
});

describe('compression', () => {
  const frames_of = async (offer: string, message: string) => {
    const { port } = await serve({
      chat: {
        options: { compression: true },
        on_open: (connection) => {
          connection.send(message);
          connection.close();
        },
      },
    });
    const client = await RawClient.connect(port);
    const headers = { 'Sec-WebSocket-Extensions': offer };
    client.send(upgrade_request(PATH, { headers }));
    const answer = await client.receives('\x88\x02');
    return answer.slice(answer.indexOf('\r\n\r\n') + 4);
  };
  const FINAL_TEXT = 0x81;
  const COMPRESSED = 0x40;

  for (const offer of ['permessage-deflate', 'permessage-deflate; server_no_context_takeover']) {
    test(`begins at 1,024 bytes, and a message is one frame: ${offer}`, async () => {
      const small = await frames_of(offer, 'x'.repeat(1023));
      expect(small.charCodeAt(0)).toBe(FINAL_TEXT);
      const large = await frames_of(offer, 'x'.repeat(1024));
      expect(large.charCodeAt(0)).toBe(FINAL_TEXT | COMPRESSED);
    });
  }
});
