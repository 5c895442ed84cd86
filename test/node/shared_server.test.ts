import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { mount_websockets } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { RawClient, upgrade_request } from '../support/raw.ts';
import { serve } from '../support/server.ts';

const PATH = '/api/_websockets';
const echo = { echo: { on_message: (message: unknown, c: any) => c.send(message) } };

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What upgrade listeners of frameworks do with paths that they do not know, and with those that a catch-all matches. */
const FOREIGN_LISTENERS: [does: string, listener: UpgradeListener][] = [
  ['ends the socket', (_request, socket) => socket.end()],
  ['destroys the socket', (_request, socket) => socket.destroy()],
  ['ends the socket later', (_request, socket) => setImmediate(() => socket.end())],
  ['writes a refusal', (_request, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')],
  ['writes later', (_request, socket) => setImmediate(() => socket.write('HTTP/1.1 101 \r\n\r\n'))],
  ['reads the socket', (_request, socket) => socket.on('data', () => {}).resume()],
  ['throws', () => expect.unreachable('a foreign listener was called')],
];

/** When another part of the process adds its upgrade listener. */
const MOMENTS: [
  when: string,
  add: (server: Server, listener: UpgradeListener) => Promise<string>,
][] = [
  [
    'before the mount',
    async (server, listener) => {
      server.on('upgrade', listener);
      return (await serve(echo, {}, server)).url;
    },
  ],
  [
    'after the mount',
    async (server, listener) => {
      const { url } = await serve(echo, {}, server);
      server.on('upgrade', listener);
      return url;
    },
  ],
  [
    'in front of ours',
    async (server, listener) => {
      const { url } = await serve(echo, {}, server);
      server.prependListener('upgrade', listener);
      return url;
    },
  ],
  [
    'at the first request',
    async (server, listener) => {
      server.once('request', () => server.on('upgrade', listener));
      const { url } = await serve(echo, {}, server);
      await fetch(url.replace('ws:', 'http:'));
      return url;
    },
  ],
];

const say_not_found = () =>
  createServer((_request, response) => response.writeHead(404).end('not found'));

async function expect_echo(url: string): Promise<Client> {
  const client = await Client.connect(`${url}/echo`);
  // Twice: what a listener does later would come between.
  for (const text of ['hello', 'again']) {
    client.send({ text });
    expect(await client.next_message()).toEqual({ text });
  }
  return client;
}

describe('10: no other upgrade listener sees a request to our paths', () => {
  for (const [does, listener] of FOREIGN_LISTENERS) {
    for (const [when, add] of MOMENTS) {
      test(`one that ${does}, added ${when}`, async () => {
        const seen = recorder();
        const url = await add(say_not_found(), (request, socket, head) => {
          seen.add(request.url);
          listener(request, socket, head);
        });
        await expect_echo(url);
        await expect(Client.connect(`${url}/unknown`)).rejects.toThrow('404');
        const other_protocol = await RawClient.connect(Number(new URL(url).port));
        other_protocol.send(upgrade_request(`${PATH}/echo`, { headers: { Upgrade: 'h2c' } }));
        await other_protocol.receives('not found');
        expect(seen.entries).toEqual([]);
      });
    }
  }

  test('one that collects the listeners of the server and calls them itself', async () => {
    const seen = recorder();
    const { server, url, port } = await serve(echo);
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 299 Theirs\r\n\r\n'));
    const collected = server.listeners('upgrade');
    server.removeAllListeners('upgrade');
    server.on('upgrade', (request, ...rest) => {
      seen.add(request.url);
      for (const listener of collected) listener(request, ...rest);
    });
    await expect_echo(url);
    const client = await RawClient.connect(port);
    client.send(upgrade_request('/theirs'));
    await client.receives('299 Theirs');
    expect(seen.entries).toEqual(['/theirs']);
  });

  test('one that a framework adds after it has removed all listeners, ours included', async () => {
    const seen = recorder();
    const { server, url, mounted } = await serve(echo);
    server.removeAllListeners('upgrade');
    server.on('upgrade', (request, socket) => {
      seen.add(request.url);
      socket.end();
    });
    await expect_echo(url);
    await mounted.close();
    expect(server.listenerCount('upgrade')).toBe(1);
    expect(seen.entries).toEqual([]);
  });

  test('one of a server to which another server hands its upgrades', async () => {
    const seen = recorder();
    const { server } = await serve(echo);
    server.on('upgrade', (request) => seen.add(request.url));
    const front = createServer().on('upgrade', server.emit.bind(server, 'upgrade'));
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    const { port } = front.address() as AddressInfo;
    const client = await expect_echo(`ws://127.0.0.1:${port}${PATH}`);
    await client.close();
    await new Promise((resolve) => front.close(resolve));
    expect(seen.entries).toEqual([]);
  });

  test('of any of several mounts', async () => {
    const seen = recorder();
    const { server, url, port } = await serve(echo);
    server.on('upgrade', (request, socket) => {
      seen.add(request.url);
      socket.end();
    });
    const second = mount_websockets(server, echo, { path: '/second' });
    await expect_echo(url);
    await expect_echo(`ws://127.0.0.1:${port}/second`);
    await second.close();
    await expect_echo(url);
    expect(seen.entries).toEqual([]);
    await expect(Client.connect(`ws://127.0.0.1:${port}/second/echo`)).rejects.toThrow();
    expect(seen.entries).toEqual(['/second/echo']);
  });
});

describe('10: close() restores what was there', () => {
  const own_emit = (server: Server) => Object.getOwnPropertyDescriptor(server, 'emit');

  test('where emit was inherited, it is again', async () => {
    const server = say_not_found();
    const keys = Reflect.ownKeys(server);
    const [mounted, other] = [
      mount_websockets(server, echo),
      mount_websockets(server, echo, { path: '/other' }),
    ];
    await mounted.close();
    expect(own_emit(server)).toBeDefined();
    await other.close();
    expect(Reflect.ownKeys(server)).toEqual(keys);
    expect(server.listenerCount('upgrade')).toBe(0);
  });

  test('where somebody had wrapped emit before, that wrapper is there again, as it was', async () => {
    const server = say_not_found();
    const emit: (...args: any[]) => boolean = server.emit;
    server.emit = (...args: unknown[]) => emit.apply(server, args);
    const before = own_emit(server);
    const mounted = mount_websockets(server, echo);
    await mounted.close();
    expect(own_emit(server)).toEqual(before);
  });

  test('where somebody has wrapped emit since, their wrapper stays, and ours passes everything on', async () => {
    const [wrapped, seen] = [recorder(), recorder()];
    const { server, url, mounted } = await serve(echo);
    const ours: (...args: any[]) => boolean = server.emit;
    const theirs = (...args: unknown[]) => {
      if (args[0] === 'upgrade') wrapped.add(args[0]);
      return ours.apply(server, args);
    };
    server.emit = theirs;
    await expect_echo(url);
    await mounted.close();
    expect(server.emit).toBe(theirs);
    server.on('upgrade', (request, socket) => {
      seen.add(request.url);
      socket.end();
    });
    await expect(Client.connect(`${url}/echo`)).rejects.toThrow();
    expect(seen.entries).toEqual([`${PATH}/echo`]);
    const again = mount_websockets(server, echo);
    await expect_echo(url);
    await again.close();
    expect(server.emit).toBe(theirs);
    expect(wrapped.entries).toEqual(['upgrade', 'upgrade']);
    expect(seen.entries).toEqual([`${PATH}/echo`]);
  });

  test('what patches the emit of all servers while we are mounted is still called', async () => {
    const patched = recorder();
    const { server, url } = await serve(echo);
    const prototype = Object.getPrototypeOf(server);
    const emit = prototype.emit;
    prototype.emit = function (this: Server, event: string, ...args: unknown[]) {
      if (this === server) patched.add(event);
      return Reflect.apply(emit, this, [event, ...args]);
    };
    try {
      await fetch(url.replace('ws:', 'http:'));
    } finally {
      delete prototype.emit;
    }
    expect(patched.entries).toContain('request');
  });
});

describe('10: a WebSocket upgrade on a path of nobody, while no other listener is there', () => {
  test('goes back to the server as a plain request, and the connection lives on', async () => {
    const server = createServer((request, response) => {
      const { upgrade = 'none', connection = 'none' } = request.headers;
      response.end(`${request.method} ${request.url} ${upgrade} ${connection};`);
    });
    const { port } = await serve(echo, {}, server);
    const client = await RawClient.connect(port);
    client.send(upgrade_request('/page?a=b'));
    await client.receives('GET /page?a=b none none;');
    client.send('GET /next HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.receives('GET /next none none;');
    client.send(upgrade_request(`${PATH}/echo`));
    await client.receives('101 Switching Protocols');
  });

  test('is refused with 404 where the server has no request listener', async () => {
    const { port } = await serve(echo, {}, createServer());
    const client = await RawClient.connect(port);
    client.send(upgrade_request('/elsewhere'));
    expect(await client.ended).toMatch(/^HTTP\/1.1 404 [\s\S]*"unknown_endpoint"/);
  });

  test('goes to the listener that a framework adds when it answers that request', async () => {
    const server = createServer((_request, response) => {
      if (server.listenerCount('upgrade') === 1) {
        server.on('upgrade', (request, socket) => {
          if (request.url === '/hot-reload') socket.end('HTTP/1.1 299 Hot\r\n\r\n');
        });
      }
      response.writeHead(404).end('not yet');
    });
    const { port } = await serve(echo, {}, server);
    const client = await RawClient.connect(port);
    client.send(upgrade_request('/hot-reload'));
    await client.receives('not yet');
    client.send(upgrade_request('/hot-reload'));
    await client.receives('299 Hot');
  });
});
