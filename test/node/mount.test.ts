import { once } from 'node:events';
import { createServer, request as http_request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  type MountedWebsockets,
  mount_websockets,
  UpgradeRefusal,
  websockets,
} from 'joystick-websockets';
import { type Broker, create_test_endpoint, memory_broker } from 'joystick-websockets/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Client } from '../support/client.ts';
import { gate, recorder } from '../support/events.ts';
import { client_frame, RawClient, upgrade_request } from '../support/raw.ts';
import { count_resources, left_since, measure_heap } from '../support/resources.ts';
import { create_recording_logger, serve } from '../support/server.ts';

const PATH = '/api/_websockets';

function body_of(response: string) {
  return JSON.parse(response.slice(response.indexOf('\r\n\r\n') + 4)).error;
}

describe('refusals', () => {
  const cases: [string, string, object, number, string][] = [
    ['an unknown endpoint', `${PATH}/nobody`, {}, 404, 'unknown_endpoint'],
    ['a percent-encoded name', `${PATH}/%63hat`, {}, 404, 'unknown_endpoint'],
    ['an inherited name', `${PATH}/__proto__`, {}, 404, 'unknown_endpoint'],
    ['a POST', `${PATH}/chat`, { method: 'POST' }, 405, 'method_not_allowed'],
    [
      'an old version',
      `${PATH}/chat`,
      { headers: { 'Sec-WebSocket-Version': '8' } },
      426,
      'upgrade_required',
    ],
    ['no key', `${PATH}/chat`, { headers: { 'Sec-WebSocket-Key': undefined } }, 400, 'bad_request'],
    [
      'a malformed subprotocol',
      `${PATH}/chat`,
      { headers: { 'Sec-WebSocket-Protocol': 'a,,b' } },
      400,
      'bad_request',
    ],
  ];
  for (const [what, path, options, status, code] of cases) {
    test(`${what} is refused with ${status} ${code}, and the socket ends`, async () => {
      const { port, url } = await serve({ chat: { on_message: (m, c) => c.send(m) } });
      const client = await RawClient.connect(port);
      client.send(upgrade_request(path, options));
      const response = await client.ended;
      expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(response).toContain('\r\nConnection: close\r\n');
      expect(body_of(response).code).toBe(code);
      const next = await Client.connect(`${url}/chat`);
      next.send('"served"');
      expect(await next.next_text()).toBe('served');
    });
  }

  test('an UpgradeRefusal goes out with its status, message and headers', async () => {
    const { port } = await serve({
      chat: {
        on_upgrade: () => {
          throw new UpgradeRefusal(401, 'Sign in first', { 'WWW-Authenticate': 'Bearer' });
        },
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`));
    const response = await client.ended;
    expect(response).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    expect(response).toContain('\r\nWWW-Authenticate: Bearer\r\n');
    expect(body_of(response)).toEqual({ code: 'upgrade_refused', message: 'Sign in first' });
  });

  test('any other failure of on_upgrade is 500, logged, and leaks nothing', async () => {
    const { port, logger } = await serve({
      chat: { on_upgrade: () => Promise.reject(new Error('secret')) },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`));
    const response = await client.ended;
    expect(response).toMatch(/^HTTP\/1\.1 500 /);
    expect(response).not.toContain('secret');
    expect(logger.entries[0]?.details.error).toEqual(new Error('secret'));
  });

  test('an on_upgrade that never settles is 504, and its signal aborts', async () => {
    const log = recorder();
    const { port } = await serve({
      chat: {
        options: { upgrade_timeout_in_seconds: 0.02 },
        on_upgrade: ({ signal }) => {
          signal.addEventListener('abort', () => log.add(signal.reason.name));
          return new Promise(() => {});
        },
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`));
    expect(body_of(await client.ended).code).toBe('upgrade_timed_out');
    await log.includes('TimeoutError');
  });

  test('a client that never hangs up is cut after its refusal', async () => {
    const { port, server } = await serve({ chat: {} });
    const client = await RawClient.connect(port);
    client.socket.allowHalfOpen = true;
    client.send(upgrade_request(`${PATH}/nobody`));
    await client.receives('unknown_endpoint');
    await vi.waitFor(async () => {
      client.send('x');
      expect(await new Promise((resolve) => server.getConnections((_e, n) => resolve(n)))).toBe(0);
    }, 3000);
  });
});

describe('6: while on_upgrade decides', () => {
  test('a client that resets ends nothing, aborts the signal and opens nothing', async () => {
    const log = recorder();
    const decided = gate();
    const { port, url } = await serve({
      chat: {
        on_upgrade: async ({ signal, params }) => {
          if (params.id !== undefined) return;
          signal.addEventListener('abort', () => log.add('aborted'));
          log.add('asked');
          await decided.passed;
        },
        on_open: ({ params }) => log.add(params.id),
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`));
    await log.includes('asked');
    client.socket.resetAndDestroy();
    await log.includes('aborted');
    decided.open();
    await Client.connect(`${url}/chat?id=next`);
    await log.includes('next');
    expect(log.entries).toEqual(['asked', 'aborted', 'next']);
  });

  test('what a client sends meanwhile reaches the connection in order', async () => {
    const log = recorder();
    const decided = gate();
    const { port } = await serve({
      chat: {
        on_upgrade: async () => {
          log.add('asked');
          await decided.passed;
        },
        on_message: (message) => log.add(message),
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`) + client_frame(1, '1').toString('latin1'));
    await log.includes('asked');
    client.send(client_frame(1, '2'));
    client.send(client_frame(1, '3').subarray(0, 3));
    await new Promise((resolve) => setImmediate(resolve));
    decided.open();
    await client.receives('101 Switching Protocols');
    client.send(client_frame(1, '3').subarray(3));
    client.send(client_frame(1, '4'));
    await log.includes(4);
    expect(log.entries).toEqual(['asked', 1, 2, 3, 4]);
  });

  test('6: bytes that arrive one by one keep none of their packets', async () => {
    const log = recorder();
    const packets: WeakRef<Buffer>[] = [];
    const decided = gate();
    const { port, server } = await serve({
      chat: {
        on_upgrade: async () => {
          log.add('asked');
          await decided.passed;
        },
        on_message: (message) => log.add(message),
      },
    });
    server.on('connection', (socket) => {
      socket.on('data', (packet: Buffer) => {
        packets.push(new WeakRef(packet));
        log.add('packet');
      });
    });
    const client = await RawClient.connect(port);
    client.socket.setNoDelay();
    client.send(upgrade_request(`${PATH}/chat`));
    await log.includes('asked');
    const frame = client_frame(1, JSON.stringify('x'.repeat(100)));
    for (const byte of frame) {
      const before = log.entries.length;
      client.send(Buffer.from([byte]));
      await log.reaches(before + 1);
    }
    await measure_heap();
    expect(packets).toHaveLength(1 + frame.length);
    expect(packets.filter((packet) => packet.deref() !== undefined)).toEqual([]);
    decided.open();
    await log.includes('x'.repeat(100));
  });

  test('more than 16 KiB of it is refused', async () => {
    const log = recorder();
    const { port } = await serve({
      chat: {
        on_upgrade: ({ signal }) => {
          signal.addEventListener('abort', () => log.add('aborted'));
          return new Promise(() => {});
        },
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`));
    for (let i = 0; i < 17; i++) client.send(Buffer.alloc(1024));
    expect(body_of(await client.ended).code).toBe('bad_request');
    await log.includes('aborted');
  });

  test('a failure after the client has left is not logged', async () => {
    const log = recorder();
    const failed = gate();
    const { port, url, logger } = await serve({
      chat: {
        on_upgrade: async ({ signal, params }) => {
          if (params.id !== undefined) return;
          log.add('asked');
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          failed.open();
          throw new Error('gone');
        },
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`));
    await log.includes('asked');
    client.socket.destroy();
    await failed.passed;
    await Client.connect(`${url}/chat?id=next`);
    expect(logger.entries).toEqual([]);
  });

  test('a mount that closes refuses it with 503', async () => {
    const log = recorder();
    const { port, mounted } = await serve({
      chat: {
        on_upgrade: () => {
          log.add('asked');
          return new Promise(() => {});
        },
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`));
    await log.includes('asked');
    await mounted.close();
    expect(body_of(await client.ended).code).toBe('closing');
  });
});

describe('7: reading pauses, and resumes', () => {
  const pausing = async (options: object, message: unknown, count: number) => {
    const log = recorder();
    const first = gate();
    const { url, server } = await serve({
      chat: {
        options,
        on_message: async () => {
          log.add('handled');
          await first.passed;
        },
      },
    });
    const [accepted, client] = await Promise.all([
      once(server, 'connection').then(([socket]) => socket as Socket),
      Client.connect(`${url}/chat`),
    ]);
    const text = JSON.stringify(message);
    for (let sent = 0; sent < count; sent++) client.send(text);
    await log.includes('handled');
    await vi.waitFor(() => expect(accepted.isPaused()).toBe(true));
    const bytes_read = accepted.bytesRead;
    first.open();
    await log.reaches(count);
    expect(log.entries).toHaveLength(count);
    return bytes_read;
  };

  test('once max_queued_messages wait, however small they are', async () => {
    const read = await pausing({ max_queued_messages: 2 }, 1, 100_000);
    // What one read had brought may exceed it.
    expect(read).toBeLessThan(100_000);
  });

  test('once the waiting bytes exceed max_message_size_in_bytes, however few they are', async () => {
    const options = { max_queued_messages: 1000, max_message_size_in_bytes: 100_000 };
    const read = await pausing(options, 'x'.repeat(60_000), 200);
    expect(read).toBeLessThan(1_000_000);
  });
});

test('6: more than 1,024 fragments of one message close with 1008', async () => {
  const log = recorder();
  const { port } = await serve({ chat: { on_close: (code) => log.add(code) } });
  const client = await RawClient.connect(port);
  client.send(upgrade_request(`${PATH}/chat`));
  await client.receives('\r\n\r\n');
  const fragment = (opcode: number) => {
    const frame = client_frame(opcode, 'x');
    frame[0] = opcode;
    return frame;
  };
  client.send(Buffer.concat([fragment(1), ...Array.from({ length: 1024 }, () => fragment(0))]));
  await log.reaches(1);
  expect(log.entries).toEqual([1008]);
});

describe('10: upgrades on other paths', () => {
  test('belong to whoever else listens', async () => {
    const { server, port } = await serve({ chat: {} });
    server.on('upgrade', (request, socket) => {
      if (request.url === '/theirs') setImmediate(() => socket.end('HTTP/1.1 299 Theirs\r\n\r\n'));
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request('/theirs'));
    await client.receives('299 Theirs');
  });

  test('are refused after 5 s where nobody takes them, and not where somebody reads', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const log = recorder();
      const { server, port } = await serve({ chat: {} }, {}, createServer());
      server.on('upgrade', (request, socket) => {
        if (request.url === '/read') {
          socket.on('data', () => log.add('read'));
          socket.on('end', () => socket.end());
        }
        if (request.url === '/written') {
          socket.write('half an answer');
          socket.on('end', () => socket.end());
          socket.resume();
        }
        log.add(request.url);
      });
      const ignored = await RawClient.connect(port);
      ignored.send(upgrade_request('/ignored'));
      const read = await RawClient.connect(port);
      read.send(upgrade_request('/read'));
      const written = await RawClient.connect(port);
      written.send(upgrade_request('/written'));
      await log.reaches(3);
      vi.advanceTimersByTime(5000);
      await ignored.receives('unknown_endpoint');
      read.send('still theirs');
      await log.includes('read');
      expect(read.text).toBe('');
      await written.receives('half an answer');
      expect(written.text).toBe('half an answer');
    } finally {
      vi.useRealTimers();
    }
  });

  test('a reset while we wait for others ends nothing', async () => {
    const log = recorder();
    const { server, port, url } = await serve({ chat: {} });
    server.on('upgrade', (_request, socket) => {
      socket.once('close', () => log.add('closed'));
      log.add('seen');
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request('/ignored'));
    await log.includes('seen');
    client.socket.resetAndDestroy();
    await log.includes('closed');
    await Client.connect(`${url}/chat`);
  });

  test('that nobody has taken are answered when the mount closes', async () => {
    const log = recorder();
    const { server, port, mounted } = await serve({ chat: {} });
    server.on('upgrade', () => log.add('seen'));
    const client = await RawClient.connect(port);
    client.send(upgrade_request('/never'));
    await log.includes('seen');
    await mounted.close();
    await client.receives('not found');
    await new Promise((resolve) => server.close(resolve));
  });

  test('h2c on our own path, too, is the plain request that it is', async () => {
    for (const path of ['/', PATH]) {
      const { port } = await serve({ chat: {} }, { path });
      const client = await RawClient.connect(port);
      client.send(upgrade_request('/page', { headers: { Upgrade: 'h2c' } }));
      await client.receives('not found');
    }
  });

  test('h2c goes back to the server as the plain request that it is, body and all', async () => {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { upgrade = 'none', connection } = request.headers;
      response.end(`${request.method} ${request.url} ${upgrade} ${connection} ${body.length}`);
    });
    const { port } = await serve({ chat: {} }, {}, server);
    const ask = (body: string, headers: Record<string, string> = {}) =>
      new Promise<string>((resolve, reject) => {
        const request = http_request(
          {
            port,
            host: '127.0.0.1',
            method: body === '' ? 'GET' : 'POST',
            path: '/plain?a=b',
            headers: {
              Connection: 'Upgrade, HTTP2-Settings, keep-alive',
              Upgrade: 'h2c',
              'HTTP2-Settings': 'AAMAAABkAAQAAP__',
              ...headers,
            },
          },
          async (response) => {
            let text = '';
            for await (const chunk of response) text += chunk;
            resolve(text);
          },
        );
        request.on('error', reject);
        request.end(body);
      });
    expect(await ask('')).toBe('GET /plain?a=b none keep-alive 0');
    const large = 'x'.repeat(300_000);
    expect(await ask(large)).toBe('POST /plain?a=b none keep-alive 300000');
    expect(await ask(large, { 'Transfer-Encoding': 'chunked' })).toBe(
      'POST /plain?a=b none keep-alive 300000',
    );
  });
});

describe('mounting', () => {
  test('two mounts share one server by their paths', async () => {
    const { server, url, port } = await serve({ a: { on_open: (c) => c.send('outer') } });
    const inner = mount_websockets(
      server,
      { a: { on_open: (c) => c.send('inner') } },
      { path: `${PATH}/inner` },
    );
    expect(await (await Client.connect(`${url}/a`)).next_text()).toBe('outer');
    expect(await (await Client.connect(`${url}/inner/a`)).next_text()).toBe('inner');
    await inner.close({ grace_in_seconds: 1 });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/inner/a`));
    expect(body_of(await client.ended).code).toBe('unknown_endpoint');
  });

  test('a path that is already mounted throws, and the first mount lives', async () => {
    const { server, url } = await serve({ a: { on_open: (c) => c.send('first') } });
    expect(() => mount_websockets(server, { b: {} })).toThrow(
      expect.objectContaining({ code: 'path_in_use', details: { path: PATH } }),
    );
    expect(await (await Client.connect(`${url}/a`)).next_text()).toBe('first');
  });

  test('an application in place of its server throws and says what is needed', async () => {
    const { default: express } = await import('express');
    for (const wrong of [express(), undefined, {}, 'server']) {
      expect(() => mount_websockets(wrong as never, {})).toThrow(
        expect.objectContaining({ code: 'bad_argument' }),
      );
    }
  });

  test('a broker that was closed throws, and leaves nothing hooked', async () => {
    const broker = memory_broker();
    await create_test_endpoint({}, { broker }).close();
    const server = createServer();
    expect(() => mount_websockets(server, { chat: {} }, { broker })).toThrow('was closed');
    expect(server.listenerCount('upgrade')).toBe(0);
    const mounted = mount_websockets(server, { chat: {} });
    await mounted.close();
  });

  test('bad options throw before anything is hooked', () => {
    const server = createServer();
    expect(() => mount_websockets(server, { chat: { on_opn: 1 } } as never)).toThrow(
      expect.objectContaining({ code: 'bad_option' }),
    );
    expect(server.listenerCount('upgrade')).toBe(0);
  });

  test('an endpoint of the root is served at its bare name', async () => {
    const { port } = await serve({ a: { on_open: (c) => c.send('root') } }, { path: '/' });
    const client = await Client.connect(`ws://127.0.0.1:${port}/a`);
    expect(await client.next_text()).toBe('root');
  });
});

describe('websockets(name)', () => {
  test('reaches every live mount of the process that declares the name', async () => {
    const [one, two] = [await serve({ chat: {} }), await serve({ chat: {}, other: {} })];
    const clients = [
      await Client.connect(`${one.url}/chat`),
      await Client.connect(`${two.url}/chat`),
    ];
    await vi.waitFor(() => expect(websockets('chat').connections).toHaveLength(2));
    websockets('chat').send({ text: 'all' });
    for (const client of clients) expect(await client.next_message()).toEqual({ text: 'all' });
    await one.close();
    expect(websockets('chat').connections).toHaveLength(1);
  });

  test('an unknown name throws and names those that exist', async () => {
    await serve({ chat: {}, news: {} });
    expect(() => websockets('caht')).toThrow(
      'no mounted endpoint is called "caht"; mounted endpoints: chat, news',
    );
    expect(() => websockets('__proto__')).toThrow(
      expect.objectContaining({ code: 'unknown_endpoint' }),
    );
  });

  test('an id of one endpoint reaches nobody of another whose name begins alike', async () => {
    const { url } = await serve({ a: {}, a_x: {} });
    const a = await Client.connect(`${url}/a?id=x`);
    const a_x = await Client.connect(`${url}/a_x?id=x`);
    await vi.waitFor(() => expect(websockets('a_x').connections).toHaveLength(1));
    websockets('a').send('for x of a', 'x');
    websockets('a_x').send('for x of a_x', 'x');
    expect(await a.next_text()).toBe('for x of a');
    expect(await a_x.next_text()).toBe('for x of a_x');
  });

  test('an id that is neither a string nor left out throws and reaches nobody', async () => {
    const { url } = await serve({ chat: {} });
    const client = await Client.connect(`${url}/chat?id=5`);
    for (const id of [null, 5, {}, undefined]) {
      expect(() => websockets('chat').send('x', id as never)).toThrow(
        expect.objectContaining({ code: 'bad_argument' }),
      );
    }
    websockets('chat').send('end');
    expect(await client.next_text()).toBe('end');
  });

  test('close_all closes every connection with the code', async () => {
    const { url, mounted } = await serve({ chat: {} });
    const clients = [await Client.connect(`${url}/chat`), await Client.connect(`${url}/chat`)];
    mounted.endpoint('chat').close_all(4005, 'over');
    for (const client of clients) {
      expect(await client.closed).toEqual({ code: 4005, reason: 'over' });
    }
  });
});

describe('closing', () => {
  test('11: leaves no listener, timer or socket of the mount', async () => {
    const server = createServer((_request, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const before = server.eventNames().map((name) => [name, server.listenerCount(name)]);
    const resources = count_resources();
    const mounted = mount_websockets(server, { chat: {} });
    const { port } = server.address() as AddressInfo;
    const client = await Client.connect(`ws://127.0.0.1:${port}${PATH}/chat`);
    await mounted.close();
    expect((await client.closed).code).toBe(1012);
    expect(left_since(resources)).toEqual([]);
    expect(server.eventNames().map((name) => [name, server.listenerCount(name)])).toEqual(before);
    await new Promise((resolve) => server.close(resolve));
  });

  test('resolves only when the clients that it refused have gone', async () => {
    const log = recorder();
    const { server, port, mounted } = await serve({
      chat: {
        on_upgrade: () => {
          log.add('asked');
          return new Promise(() => {});
        },
      },
    });
    const client = await RawClient.connect(port);
    client.socket.allowHalfOpen = true;
    client.send(upgrade_request(`${PATH}/chat`));
    await log.includes('asked');
    await mounted.close();
    expect(await new Promise((resolve) => server.getConnections((_e, n) => resolve(n)))).toBe(0);
  });

  test('11: a client that knocks without end does not prolong it', async () => {
    const { port, mounted } = await serve({ chat: {} });
    const knock = async () => {
      const client = await RawClient.connect(port);
      client.socket.allowHalfOpen = true;
      client.send(upgrade_request(`${PATH}/nobody`));
      await client.receives('HTTP/1.1 ');
      return client;
    };
    let last = await knock();
    let is_closed = false;
    mounted.close({ grace_in_seconds: 1000 }).then(() => {
      is_closed = true;
    });
    // At every moment at least one has been refused and has yet to hang up.
    for (let knocks = 0; knocks < 500 && !is_closed; knocks++) {
      const next = await knock();
      last.socket.destroy();
      last = next;
    }
    expect(is_closed).toBe(true);
  });

  describe('without grace', () => {
    /** Ends the grace of 0, and lets no other time pass. */
    const close_at_once = (mounted: MountedWebsockets) => {
      const closed = mounted.close({ grace_in_seconds: 0 });
      vi.advanceTimersByTime(0);
      return closed;
    };
    /** A client that is refused, reads its answer, and does not hang up. */
    async function be_refused(port: number, path: string, status: number): Promise<void> {
      const client = await RawClient.connect(port);
      client.socket.allowHalfOpen = true;
      client.send(upgrade_request(path));
      await client.receives(`HTTP/1.1 ${status}`);
    }
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    test.each([
      ['an endpoint that there is not', `${PATH}/unknown`],
      ['a path of nobody', '/elsewhere'],
    ])('a client that was refused at %s, and lingers, is not waited for', async (_what, path) => {
      const { mounted, port } = await serve({ chat: {} }, {}, createServer());
      await be_refused(port, path, 404);
      await close_at_once(mounted);
    });

    test('nor is one that is refused while the broker closes', async () => {
      const broker_closed = gate();
      const broker: Broker = {
        is_ready: true,
        start() {},
        publish: () => true,
        subscribe() {},
        unsubscribe() {},
        close: () => broker_closed.passed,
      };
      const { mounted, port } = await serve({ chat: {} }, { broker }, createServer());
      const closed = close_at_once(mounted);
      await be_refused(port, `${PATH}/chat`, 503);
      await be_refused(port, '/elsewhere', 404);
      broker_closed.open();
      await closed;
    });
  });

  test('called again with less cuts sooner', async () => {
    const log = recorder();
    const { url, mounted } = await serve({
      chat: {
        on_message: () => new Promise(() => log.add('hangs')),
        on_close: (code) => log.add(code),
      },
    });
    (await Client.connect(`${url}/chat`)).send(1);
    await log.includes('hangs');
    const closing = mounted.close({ grace_in_seconds: 1000 });
    await mounted.close({ grace_in_seconds: 0.01 });
    await closing;
    expect(log.entries).toEqual(['hangs', 1012]);
  });

  test('a kept handle reaches nobody afterwards, and throws nothing', async () => {
    const { mounted } = await serve({ briefly: {} });
    const kept = [websockets('briefly'), mounted.endpoint('briefly')];
    await mounted.close();
    for (const handle of [...kept, websockets('briefly')]) {
      handle.send('into the void');
      handle.close_all();
      expect(handle.connections).toEqual([]);
    }
  });

  test('a grace that is no number of seconds rejects and closes nothing', async () => {
    const { url, mounted } = await serve({ chat: { on_message: (m, c) => c.send(m) } });
    const client = await Client.connect(`${url}/chat`);
    for (const grace_in_seconds of [-1, Number.NaN, '5', null]) {
      await expect(mounted.close({ grace_in_seconds } as never)).rejects.toMatchObject({
        code: 'bad_argument',
      });
    }
    client.send('"open"');
    expect(await client.next_text()).toBe('open');
  });

  test('refuses new clients meanwhile with 503', async () => {
    const hanging = gate();
    const { url, port, mounted } = await serve({ chat: { on_close: () => hanging.passed } });
    await Client.connect(`${url}/chat`);
    const closing = mounted.close();
    const late = await RawClient.connect(port);
    late.send(upgrade_request(`${PATH}/chat`));
    expect(body_of(await late.ended).code).toBe('closing');
    hanging.open();
    await closing;
  });

  test('a client that does not answer is cut after close_timeout_in_seconds', async () => {
    const log = recorder();
    const { port } = await serve({
      chat: {
        options: { close_timeout_in_seconds: 0.02 },
        on_open: (connection) => connection.close(4000),
        on_close: (code) => log.add(code),
      },
    });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`));
    await client.ended;
    await log.reaches(1);
    expect(log.entries).toEqual([4000]);
  });

  test('a client that ends its stream without a close frame, and reads nothing, is cut', async () => {
    const log = recorder();
    const { port } = await serve({
      chat: {
        options: { close_timeout_in_seconds: 0.05, max_buffered_in_bytes: 0 },
        on_open: (connection) => {
          for (let i = 0; i < 200; i++) connection.send('x'.repeat(100_000));
        },
        on_close: (code) => log.add(code),
      },
    });
    const client = await RawClient.connect(port);
    client.socket.pause();
    client.send(upgrade_request(`${PATH}/chat`));
    client.socket.end();
    await log.reaches(1);
    expect(log.entries).toEqual([1006]);
  });
});

test('4: a logger that throws harms nobody', async () => {
  const logger = create_recording_logger();
  logger.error = () => {
    throw new Error('disk full');
  };
  const { url } = await serve(
    {
      chat: {
        on_message: () => {
          throw new Error('no');
        },
      },
    },
    { logger },
  );
  const client = await Client.connect(`${url}/chat`);
  client.send(1);
  expect((await client.closed).code).toBe(1011);
});

test('4: a logger that rejects harms nobody', async () => {
  const logger = { ...create_recording_logger(), error: () => Promise.reject(new Error('full')) };
  const { url } = await serve({ chat: { on_open: () => Promise.reject('no') } }, { logger });
  expect((await (await Client.connect(`${url}/chat`)).closed).code).toBe(1011);
});

test('a pino-like logger is called with the details first', async () => {
  const log = recorder();
  const logger = {
    bindings: () => ({}),
    warn: () => {},
    error: (...entry: unknown[]) => log.add(entry),
  };
  const { url } = await serve({ chat: { on_open: () => Promise.reject('no') } }, { logger });
  await (await Client.connect(`${url}/chat`)).closed;
  expect(log.entries).toEqual([
    [{ err: 'no', endpoint: 'chat', handler: 'on_open' }, 'websockets.chat.on_open failed'],
  ]);
});

test('a reply in the same read as the client’s close frame arrives before the answer to it', async () => {
  const { port } = await serve({ chat: { on_message: (m, c) => c.send(m) } });
  const client = await RawClient.connect(port);
  client.send(upgrade_request(`${PATH}/chat`));
  await client.receives('\r\n\r\n');
  client.text = '';
  const close = client_frame(8, Buffer.from([0x03, 0xe8]));
  client.send(Buffer.concat([client_frame(1, '"a"'), client_frame(1, '"b"'), close]));
  expect(await client.ended).toBe('\x81\x01a\x81\x01b\x88\x02\x03\xe8');
});

test('a reply in the same read as a ping arrives before the pong', async () => {
  const { port } = await serve({ chat: { on_message: (m, c) => c.send(m) } });
  const client = await RawClient.connect(port);
  client.send(upgrade_request(`${PATH}/chat`));
  await client.receives('\r\n\r\n');
  client.text = '';
  client.send(
    Buffer.concat([client_frame(1, '"a"'), client_frame(9, 'p'), client_frame(1, '"b"')]),
  );
  expect(await client.receives('b')).toBe('\x81\x01a\x8a\x01p\x81\x01b');
});
