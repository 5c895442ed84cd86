import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connect_tcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { CLOSE_CODES } from 'joystick-websockets';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Client } from '../support/client.ts';
import { gate, recorder } from '../support/events.ts';
import { client_frame, RawClient, upgrade_request } from '../support/raw.ts';
import { count_resources, left_since, until } from '../support/resources.ts';
import { serve } from '../support/server.ts';

const REQUEST = upgrade_request('/api/_websockets/chat');

describe('fragments of one message', () => {
  /** A message of so many fragments: the text 1111…, a digit each. */
  const fragments = (count: number) =>
    Buffer.concat(
      Array.from({ length: count }, (_, index) => {
        const frame = client_frame(index === 0 ? 1 : 0, '1');
        if (index < count - 1) frame[0] = (frame[0] ?? 0) & 0x7f;
        return frame;
      }),
    );

  const send = async (count: number) => {
    const log = recorder();
    const { port } = await serve({
      chat: {
        on_message: (message) => log.add(String(message).length > 0),
        on_close: (code) => log.add(code),
      },
    });
    const client = await RawClient.connect(port);
    client.send(REQUEST);
    await client.receives('\r\n\r\n');
    client.send(fragments(count));
    await log.reaches(1);
    return log.entries[0];
  };

  test('may be 1,023 or 1,024', async () => {
    expect(await send(1023)).toBe(true);
    expect(await send(1024)).toBe(true);
  });

  test('that are 1,025 close with 1008', async () => {
    expect(await send(1025)).toBe(CLOSE_CODES.policy_violation);
  });
});

test('9: a TCP client that never answers a ping is cut, one of ws that does lives', async () => {
  const log = recorder();
  const { port, url } = await serve({
    chat: {
      options: { heartbeat_interval_in_seconds: 0.2, heartbeat_timeout_in_seconds: 0.2 },
      on_close: (code, _reason, { params }) => log.add([params.name, code]),
    },
  });
  const lively = await Client.connect(`${url}/chat?name=lively`);
  const pings = recorder();
  lively.socket.on('ping', () => pings.add('ping'));
  const client = await RawClient.connect(port);
  client.send(upgrade_request('/api/_websockets/chat?name=silent'));
  // It reads them, and says nothing.
  await client.receives('\x89\x00');
  await log.reaches(1);
  expect(log.entries).toEqual([['silent', 1006]]);
  await pings.reaches(5);
  expect(log.entries).toHaveLength(1);
  expect(lively.socket.readyState).toBe(1);
});

/** What a proxy of somebody's own may hand over in place of a socket. */
function wrap(socket: Socket): Duplex {
  const wrapped: Duplex = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _encoding, done) => socket.write(chunk, done),
    final: (done) => socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => wrapped.push(chunk) || socket.pause());
  socket.on('end', () => wrapped.push(null));
  socket.on('close', () => wrapped.destroy());
  return wrapped;
}

test('9: a client behind a stream that counts no bytes is heard all the same', async () => {
  const log = recorder();
  const options = { heartbeat_interval_in_seconds: 0.2, heartbeat_timeout_in_seconds: 0.2 };
  const { server } = await serve({
    chat: { options, on_close: (code, _reason, { params }) => log.add([params.name, code]) },
  });
  const proxy = createServer().on('upgrade', (request, socket, head) =>
    server.emit('upgrade', request, wrap(socket as Socket), head),
  );
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const url = `ws://127.0.0.1:${(proxy.address() as AddressInfo).port}/api/_websockets`;
  const lively = await Client.connect(`${url}/chat?name=lively`);
  const pings = recorder();
  lively.socket.on('ping', () => pings.add('ping'));
  (await Client.connect(`${url}/chat?name=silent`)).pause();
  await pings.reaches(5);
  await log.reaches(1);
  expect(log.entries).toEqual([['silent', 1006]]);
});

test('4: a stream that throws when it is written to ends its own connection alone', async () => {
  const log = recorder();
  const server = createServer();
  const streams: Duplex[] = [];
  server.on('connection', (stream) => streams.push(stream));
  const { url, mounted, logger } = await serve(
    { chat: { on_close: (code, _reason, { params }) => log.add([params.name, code]) } },
    {},
    server,
  );
  const first = await Client.connect(`${url}/chat?name=first`);
  await Client.connect(`${url}/chat?name=broken`);
  const last = await Client.connect(`${url}/chat?name=last`);
  Object.assign(streams[1] ?? {}, {
    write: () => {
      throw new Error('no');
    },
  });
  mounted.endpoint('chat').send(1);
  mounted.endpoint('chat').send(2);
  for (const client of [first, last]) {
    expect([await client.next_message(), await client.next_message()]).toEqual([1, 2]);
  }
  await log.reaches(1);
  expect(log.entries).toEqual([['broken', 1006]]);
  expect(logger.entries.map(({ message }) => message)).toEqual(['writing to a connection failed']);
});

test('9: a client that talks is never pinged, while one that is silent is', async () => {
  const { url } = await serve({
    chat: {
      options: { heartbeat_interval_in_seconds: 1, heartbeat_timeout_in_seconds: 1 },
      on_message: (message, connection) => connection.send(message),
    },
  });
  const pings = recorder();
  const connect = async (name: string) => {
    const client = await Client.connect(`${url}/chat`);
    client.socket.on('ping', () => pings.add(name));
    return client;
  };
  await connect('silent');
  const talking = await connect('talking');
  while (pings.entries.length < 2) {
    talking.send(1);
    await talking.next_text();
  }
  expect(pings.entries).toEqual(['silent', 'silent']);
});

test('9: a compressed connection is watched, too', async () => {
  const log = recorder();
  const { url } = await serve({
    chat: {
      options: {
        compression: true,
        heartbeat_interval_in_seconds: 0.2,
        heartbeat_timeout_in_seconds: 0.2,
      },
      on_close: (code, _reason, { params }) => log.add([params.name, code]),
    },
  });
  const lively = await Client.connect(`${url}/chat?name=lively`);
  (await Client.connect(`${url}/chat?name=silent`)).pause();
  await log.reaches(1);
  expect(log.entries).toEqual([['silent', 1006]]);
  expect(lively.socket.readyState).toBe(1);
});

test('8: a compressed client that reads nothing is closed with 1013', async () => {
  const log = recorder();
  const { url, mounted } = await serve({
    chat: {
      options: { compression: true, max_buffered_in_bytes: 50_000, close_timeout_in_seconds: 0.1 },
      on_close: (code) => log.add(code),
    },
  });
  (await Client.connect(`${url}/chat`)).pause();
  // What does not compress.
  const noise = Buffer.from(Array.from({ length: 20_000 }, () => Math.floor(Math.random() * 256)));
  while (log.entries.length === 0) {
    mounted.endpoint('chat').send(noise);
    await new Promise(setImmediate);
  }
  expect(log.entries).toEqual([1013]);
});

describe('11: closing a mount', () => {
  test('twice, with other options: the earlier end counts, and both resolve', async () => {
    const log = recorder();
    const { url, mounted } = await serve({
      chat: { on_open: () => log.add('open'), on_close: (code) => log.add(code) },
    });
    const resources = count_resources();
    const clients = [await Client.connect(`${url}/chat`), await Client.connect(`${url}/chat`)];
    await log.reaches(2);
    const slow = mounted.close({ drain_in_seconds: 600, grace_in_seconds: 600 });
    const late = mounted.close({ drain_in_seconds: 700 });
    await expect(Client.connect(`${url}/chat`)).rejects.toThrow('503');
    for (const client of clients) expect(client.socket.readyState).toBe(1);
    await Promise.all([slow, late, mounted.close()]);
    for (const client of clients) expect((await client.closed).code).toBe(1012);
    expect(log.entries).toEqual(['open', 'open', 1012, 1012]);
    await until(() => left_since(resources).length === 0);
    expect(left_since(resources)).toEqual([]);
    await mounted.close();
  });

  test('waits for those who are refused meanwhile', async () => {
    const { server, port, url, mounted } = await serve({ chat: {} });
    const client = await Client.connect(`${url}/chat`);
    const closing = mounted.close({ drain_in_seconds: 600 });
    const late = await RawClient.connect(port);
    late.send(REQUEST);
    await late.receives('503');
    client.reset();
    await closing;
    const count = promisify(server.getConnections.bind(server));
    expect(await count()).toBe(0);
  });

  test('while a handler hangs: the grace of the second call cuts', async () => {
    const log = recorder();
    const { url, mounted } = await serve({
      chat: {
        on_message: () => {
          log.add('hangs');
          return new Promise(() => {});
        },
        on_close: (code) => log.add(code),
      },
    });
    (await Client.connect(`${url}/chat`)).send(1);
    await log.reaches(1);
    const slow = mounted.close({ grace_in_seconds: 600 });
    await Promise.all([slow, mounted.close({ grace_in_seconds: 0 })]);
    expect(log.entries).toEqual(['hangs', 1012]);
  });

  test('with no numbers of seconds throws, and closes nothing', async () => {
    const { url, mounted } = await serve({ chat: {} });
    for (const options of [
      { grace_in_seconds: -1 },
      { drain_in_seconds: Number.NaN },
      { drain_in_seconds: '5' as never },
      { grace_in_seconds: Number.POSITIVE_INFINITY },
    ]) {
      await expect(mounted.close(options)).rejects.toMatchObject({ code: 'bad_argument' });
    }
    await Client.connect(`${url}/chat`);
  });

  test('drains evenly, and handles what clients send until they are told', async () => {
    const COUNT = 50;
    const log = recorder();
    const handled = new Map<string, number>();
    const { url, mounted } = await serve({
      chat: {
        on_message: (number, { params }) => {
          handled.set(params.name, number);
        },
        on_close: () => log.add(performance.now()),
      },
    });
    const sent = new Map<string, number>();
    const clients: Client[] = [];
    for (let index = 0; index < COUNT; index++) {
      const name = String(index);
      const client = await Client.connect(`${url}/chat?name=${name}`);
      clients.push(client);
      sent.set(name, 0);
      const timer = setInterval(() => {
        if (client.socket.readyState !== 1) return clearInterval(timer);
        const number = (sent.get(name) ?? 0) + 1;
        sent.set(name, number);
        client.send(number);
      }, 5);
    }
    const start = performance.now();
    await mounted.close({ drain_in_seconds: 2 });
    await Promise.all(clients.map(({ closed }) => closed));
    expect(handled).toEqual(sent);
    const times = log.entries.map((at) => (at as number) - start);
    expect(times).toHaveLength(COUNT);
    // In each half, half of them; give or take what a busy machine does.
    const early = times.filter((at) => at < 1000).length;
    expect(early).toBeGreaterThan(COUNT / 4);
    expect(early).toBeLessThan((COUNT * 3) / 4);
  });
});

test('8: what a kernel has taken of a large message waits no longer', async () => {
  const log = recorder();
  const { url } = await serve({
    chat: {
      on_open: async (connection) => {
        connection.send('x'.repeat(20_000_000));
        await new Promise(setImmediate);
        log.add(connection.buffered_bytes);
      },
    },
  });
  const client = await Client.connect(`${url}/chat`);
  client.pause();
  await log.reaches(1);
  expect(log.entries[0]).toBeGreaterThan(0);
  expect(log.entries[0]).toBeLessThan(19_900_000);
  client.reset();
});

test('8: a second large message is no harm once the first is read; what comes behind it counts', async () => {
  const log = recorder();
  const { url } = await serve({
    chat: {
      options: { max_buffered_in_bytes: 1_000_000, close_timeout_in_seconds: 0.05 },
      on_message: async (sizes: number[], connection) => {
        for (const size of sizes) {
          log.add(connection.send('x'.repeat(size)));
          await new Promise(setImmediate);
        }
      },
      on_close: (code) => log.add(code),
    },
  });
  const client = await Client.connect(`${url}/chat`);
  client.pause();
  client.send([8_000_000, 30_000_000]);
  await log.reaches(2);
  client.resume();
  expect((await client.next_text()).length).toBe(8_000_000);
  client.pause();
  client.send([2_000_000, 1]);
  await log.reaches(5);
  expect(log.entries).toEqual([true, true, true, false, 1013]);
});

test('7: a client that sends without end is read no faster than it is handled', async () => {
  const log = recorder();
  const slow = gate();
  const { port, mounted } = await serve({
    chat: {
      options: { max_queued_messages: 10 },
      on_message: async () => {
        log.add('handled');
        await slow.passed;
      },
    },
  });
  const socket = connect_tcp(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(REQUEST);
  const frame = client_frame(1, JSON.stringify('x'.repeat(100)));
  // As much as the kernels take, and more.
  while (socket.writableLength < 1_000_000) {
    socket.write(Buffer.concat(Array.from({ length: 500 }, () => frame)));
    await new Promise(setImmediate);
  }
  const { queued, paused, messages_in } = mounted.stats().endpoints.chat ?? {};
  expect(paused).toBe(1);
  expect(messages_in).toBe((queued ?? 0) + 1);
  // Pausing takes effect after at most 32 further frames.
  expect(queued).toBeLessThanOrEqual(10 + 32);
  socket.destroy();
  slow.open();
});
