import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Connection, MountedWebsockets } from 'joystick-websockets';
import { MemoryHub, memory_broker } from 'joystick-websockets/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Client } from '../support/client.ts';
import { gate, recorder } from '../support/events.ts';
import { client_frame, RawClient, upgrade_request } from '../support/raw.ts';
import { until } from '../support/resources.ts';
import { serve } from '../support/server.ts';

const stats_of = (mounted: MountedWebsockets, name = 'chat') => {
  const stats = mounted.stats().endpoints[name];
  if (stats === undefined) throw new Error(`no stats of ${name}`);
  return stats;
};

/** Keeps what is published on a channel while the test runs. */
function listen(name: string) {
  const log = recorder();
  const keep = (message: unknown) => log.add(message);
  subscribe(`joystick-websockets:${name}`, keep);
  onTestFinished(() => {
    unsubscribe(`joystick-websockets:${name}`, keep);
  });
  return { log, messages: log.entries as Record<string, any>[] };
}

describe('stats()', () => {
  test('is all zeros for a mount that nobody has used', async () => {
    const { mounted } = await serve({ chat: {}, constructor: {} });
    const { endpoints, refused, broker } = mounted.stats();
    expect(Object.keys(endpoints)).toEqual(['chat', 'constructor']);
    expect([refused, broker]).toEqual([{}, undefined]);
    const { handler_time, ...counts } = stats_of(mounted);
    expect(handler_time).toMatchObject({ count: 0, sum_in_seconds: 0 });
    expect(counts).toEqual({
      connections: 0,
      opened: 0,
      closed: {},
      messages_in: 0,
      bytes_in: 0,
      messages_out: 0,
      bytes_out: 0,
      queued: 0,
      paused: 0,
      slow_consumers: 0,
      refused: {},
      handler_errors: 0,
    });
  });

  test('is exact about a small scenario', async () => {
    const { mounted, url } = await serve({
      chat: {
        on_open: (connection) => connection.subscribe('room'),
        on_message: (message, connection) => {
          if (message === 'fail') throw new Error('no');
          connection.publish('room', message);
          connection.send('ä');
        },
      },
    });
    const [ada, bob, eve] = [
      await Client.connect(`${url}/chat`),
      await Client.connect(`${url}/chat`),
      await Client.connect(`${url}/chat`),
    ];
    ada.send('"hello"'); // 7 bytes; "hello" to two others, ä (2 bytes) back
    await ada.next_text();
    await bob.next_text();
    bob.send('"fail"'); // 6 bytes
    await bob.closed;
    await eve.close(4321);
    await until(() => stats_of(mounted).connections === 1);
    const { handler_time, ...counts } = stats_of(mounted);
    expect(counts).toEqual({
      connections: 1,
      opened: 3,
      closed: { 1011: 1, other: 1 },
      messages_in: 2,
      bytes_in: 13,
      messages_out: 3,
      bytes_out: 2 * '"hello"'.length - 4 + 2,
      queued: 0,
      paused: 0,
      slow_consumers: 0,
      refused: {},
      handler_errors: 1,
    });
    expect(handler_time.count).toBe(2);
    expect(handler_time.buckets.at(-1)?.count).toBe(2);
    expect(handler_time.sum_in_seconds).toBeGreaterThan(0);
  });

  test('counts those that are open or still closing, what waits, and from whom nothing is read', async () => {
    const log = recorder();
    const slow = gate();
    const { mounted, url } = await serve({
      chat: {
        options: { max_queued_messages: 3 },
        on_message: async (message) => {
          log.add(message);
          await slow.passed;
        },
      },
    });
    const idle = await Client.connect(`${url}/chat`);
    const client = await Client.connect(`${url}/chat`);
    // One is handled; of those that wait, two are fewer than it takes, three as many.
    for (const [index, [queued, paused]] of [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 1],
    ].entries()) {
      client.send(index);
      await until(() => stats_of(mounted).messages_in === index + 1);
      const { connections, ...counts } = stats_of(mounted);
      expect(connections).toBe(2);
      expect(counts).toMatchObject({ queued, paused });
    }
    // It is not read.
    client.send(4);
    idle.send(5);
    await log.includes(5);
    expect(stats_of(mounted).messages_in).toBe(5);
    slow.open();
    await log.includes(4);
    await until(() => stats_of(mounted).handler_time.count === 6);
    expect(stats_of(mounted)).toMatchObject({ queued: 0, paused: 0, messages_in: 6 });
  });

  test('counts those that wait for their rate as queued, and as paused', async () => {
    const { mounted, url } = await serve({ chat: { options: { max_messages_per_second: 1 } } });
    const client = await Client.connect(`${url}/chat`);
    for (const message of [1, 2]) client.send(message);
    await until(() => stats_of(mounted).messages_in === 2);
    expect(stats_of(mounted)).toMatchObject({ queued: 1, paused: 1 });
    client.reset();
  });

  test('counts refusals at the endpoint that was asked for, else at the mount', async () => {
    const { mounted, port, url } = await serve(
      { chat: { options: { compression: true } } },
      { allowed_origins: [] },
    );
    await expect(Client.connect(`${url}/unknown`)).rejects.toThrow('404');
    const origin = 'https://evil.example';
    await expect(Client.connect(`${url}/chat`, { origin })).rejects.toThrow('403');
    await expect(Client.connect(`${url}/chat`, { origin })).rejects.toThrow('403');
    const raw = await RawClient.connect(port);
    raw.send(
      upgrade_request('/api/_websockets/chat', {
        headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; a=' },
      }),
    );
    expect(await raw.ended).toContain('HTTP/1.1 400 ');
    expect(mounted.stats().refused).toEqual({ unknown_endpoint: 1 });
    expect(stats_of(mounted).refused).toEqual({ origin_not_allowed: 2, bad_request: 1 });
  });

  test('counts those whom a trust_proxy that fails has refused', async () => {
    const trust_proxy = () => {
      throw new Error('no');
    };
    const { mounted, url } = await serve({ chat: {} }, { trust_proxy });
    const headers = { 'X-Forwarded-For': '10.0.0.1' };
    await expect(Client.connect(`${url}/chat`, { headers })).rejects.toThrow('500');
    expect(mounted.stats().refused).toEqual({ upgrade_failed: 1 });
  });

  test('tells of the broker', async () => {
    const hub = new MemoryHub();
    const one = await serve({ chat: {} }, { broker: memory_broker(hub) });
    const other = await serve({ chat: {} }, { broker: memory_broker(hub) });
    await Promise.all([one.mounted.ready, other.mounted.ready]);
    const client = await Client.connect(`${other.url}/chat`);
    expect(one.mounted.stats().broker).toEqual({
      state: 'ready',
      published: 0,
      missed: 0,
      received: 0,
    });
    one.mounted.endpoint('chat').send('hello');
    await client.next_text();
    expect(one.mounted.stats().broker).toMatchObject({ published: 1, received: 0 });
    expect(other.mounted.stats().broker).toMatchObject({ published: 0, received: 1 });
    await one.mounted.close();
    expect(one.mounted.stats().broker?.state).toBe('away');
  });
});

describe('what is announced on node:diagnostics_channel', () => {
  test('open, message and close tell the connection, and what it did', async () => {
    const [opened, messages, closed] = [listen('open'), listen('message'), listen('close')];
    const { url, mounted } = await serve({ chat: {} });
    const client = await Client.connect(`${url}/chat?id=7`);
    await opened.log.reaches(1);
    const [connection] = mounted.endpoint('chat').connections;
    expect(opened.messages).toEqual([{ connection }]);
    expect(opened.messages[0]?.connection).toBe(connection);
    expect(connection?.endpoint).toBe('chat');
    client.send('"12345"');
    await messages.log.reaches(1);
    expect(messages.messages).toEqual([
      { connection, bytes: 7, duration_in_seconds: expect.any(Number) },
    ]);
    await client.close(4000, 'bye');
    await closed.log.reaches(1);
    expect(closed.messages).toEqual([{ connection, code: 4000, reason: 'bye' }]);
  });

  test('message comes once the handler has settled, and tells how long it took', async () => {
    const messages = listen('message');
    const log = recorder();
    const slow = gate();
    const { url } = await serve({
      chat: {
        on_message: async () => {
          log.add('started');
          await slow.passed;
        },
      },
    });
    (await Client.connect(`${url}/chat`)).send(1);
    await log.reaches(1);
    const started_at = performance.now();
    expect(messages.messages).toEqual([]);
    await new Promise(setImmediate);
    const least = performance.now() - started_at;
    slow.open();
    await messages.log.reaches(1);
    expect(messages.messages[0]?.duration_in_seconds).toBeGreaterThanOrEqual(least / 1000);
  });

  test('handler_error tells which handler failed, and how', async () => {
    const errors = listen('handler_error');
    const error = new Error('no');
    const { url } = await serve({
      chat: {
        on_message: () => Promise.reject(error),
        on_error: () => {},
        on_close: () => {
          throw error;
        },
      },
    });
    const client = await Client.connect(`${url}/chat`);
    client.send(1);
    client.send('no JSON');
    await errors.log.reaches(2);
    await client.close();
    await errors.log.reaches(3);
    const [connection] = errors.messages.map(({ connection }) => connection);
    expect(errors.messages).toEqual([
      { connection, handler: 'on_message', error },
      {
        connection,
        handler: 'on_message',
        error: expect.objectContaining({ code: 'invalid_message' }),
      },
      { connection, handler: 'on_close', error },
    ]);
  });

  test('slow_consumer tells the connection', async () => {
    const slow = listen('slow_consumer');
    const closed = listen('close');
    const { url, mounted } = await serve({
      chat: {
        options: { max_buffered_in_bytes: 100 },
        on_open: (connection) => {
          for (const size of [10, 101, 1]) connection.send('x'.repeat(size));
        },
      },
    });
    await (await Client.connect(`${url}/chat`)).closed;
    await closed.log.reaches(1);
    const { connection } = closed.messages[0] ?? {};
    expect(slow.messages).toEqual([{ connection }]);
    expect(closed.messages).toMatchObject([{ code: 1013 }]);
    expect(stats_of(mounted)).toMatchObject({ slow_consumers: 1, messages_out: 2, bytes_out: 111 });
  });

  test('slow_consumer may be heard by who sends and closes: it is decided', async () => {
    const closed = listen('close');
    let heard = 0;
    const apologise = (message: unknown) => {
      const { connection } = message as { connection: Connection };
      heard++;
      if (heard < 10) connection.send('sorry');
      connection.close(4000);
    };
    subscribe('joystick-websockets:slow_consumer', apologise);
    onTestFinished(() => {
      unsubscribe('joystick-websockets:slow_consumer', apologise);
    });
    const { url, mounted } = await serve({
      chat: {
        options: { max_buffered_in_bytes: 100 },
        on_open: (connection) => {
          for (const size of [10, 101, 1]) connection.send('x'.repeat(size));
        },
      },
    });
    await (await Client.connect(`${url}/chat`)).closed;
    await closed.log.reaches(1);
    expect(closed.messages).toMatchObject([{ code: 1013 }]);
    expect(heard).toBe(1);
    expect(stats_of(mounted)).toMatchObject({ slow_consumers: 1 });
  });

  test('refusal tells the endpoint, the status, the code, the url and the address', async () => {
    const refusals = listen('refusal');
    const { url, mounted } = await serve(
      { chat: { options: { max_connections: 1 } } },
      { trust_proxy: true },
    );
    const headers = { 'X-Forwarded-For': '10.0.0.1' };
    await Client.connect(`${url}/chat`);
    await expect(Client.connect(`${url}/chat?a=1`, { headers })).rejects.toThrow('503');
    await expect(Client.connect(`${url}/other`)).rejects.toThrow('404');
    const closing = mounted.close();
    await expect(Client.connect(`${url}/chat`)).rejects.toThrow();
    await closing;
    expect(refusals.messages.slice(0, 2)).toEqual([
      {
        endpoint: 'chat',
        status: 503,
        code: 'server_full',
        url: '/api/_websockets/chat?a=1',
        remote_address: '10.0.0.1',
      },
      {
        endpoint: undefined,
        status: 404,
        code: 'unknown_endpoint',
        url: '/api/_websockets/other',
        remote_address: '127.0.0.1',
      },
    ]);
  });
});

describe('6: the codes that connections close with', () => {
  /** What is counted once a connection has closed with each of these. */
  const count = async (codes: number[], by: 'client' | 'server', told = codes) => {
    const log = recorder();
    const { mounted, port } = await serve({
      chat: {
        on_message: (code, connection) => connection.close(code as number),
        on_close: (code) => log.add(code),
      },
    });
    for (const code of codes) {
      const client = await RawClient.connect(port);
      client.send(upgrade_request('/api/_websockets/chat'));
      await client.receives('\r\n\r\n');
      if (by === 'server') client.send(client_frame(1, String(code)));
      client.send(client_frame(8, Uint8Array.of(code >> 8, code & 255)));
      await client.ended;
    }
    await log.reaches(codes.length);
    expect(log.entries).toEqual(told);
    return stats_of(mounted).closed;
  };

  test('are counted together as "other", if a client chose them from 3000 on', async () => {
    const codes = [3000, 3001, 3999, 4000, 4001, 4999];
    expect(await count(codes, 'client')).toEqual({ other: 6 });
  });

  test('are counted each for itself, if the server chose them', async () => {
    expect(await count([3000, 4001, 4001], 'server')).toEqual({ 3000: 1, 4001: 2 });
  });

  test('are counted each for itself below 3000, of which a client may send few', async () => {
    const codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
    const counts = Object.fromEntries(codes.map((code) => [code, 1]));
    expect(await count(codes, 'client')).toEqual(counts);
  });

  test('are 1002, whatever else a client sends', async () => {
    const codes = [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535];
    const told = codes.map(() => 1002);
    expect(await count(codes, 'client', told)).toEqual({ 1002: codes.length });
  });
});
