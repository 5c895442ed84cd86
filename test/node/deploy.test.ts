import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as create_https_server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { mount_websockets } from 'joystick-websockets';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { create_certificate } from '../support/certificate.ts';
import { Client } from '../support/client.ts';
import { RawClient, upgrade_request } from '../support/raw.ts';

const PATH = '/api/_websockets/chat';
const REFUSED = 'HTTP/1.1 503 Service Unavailable';

let certificate: { key: string; cert: string };
beforeAll(() => {
  certificate = create_certificate();
});

/** Without a request listener, Node leaves unanswered whatever nobody listens to. */
const SERVERS: [string, () => Server, typeof RawClient.connect][] = [
  ['HTTP', () => createServer(), (port) => RawClient.connect(port)],
  ['HTTPS', () => create_https_server(certificate), (port) => RawClient.connect_tls(port)],
];

/** A client of which the server has read one half of an upgrade request; `finish` sends the other. */
async function begin_upgrade(
  server: Server,
  port: number,
  connect = (to: number) => RawClient.connect(to),
) {
  const is_secure = server instanceof TlsServer;
  const accepted = once(server, is_secure ? 'secureConnection' : 'connection');
  const client = await connect(port);
  const [socket] = await accepted;
  const request = upgrade_request(PATH);
  client.send(request.slice(0, 50));
  await once(socket, 'data');
  return { client, finish: () => client.send(request.slice(50)) };
}

async function mount_on(server: Server) {
  const at_first = count_listeners(server);
  const mounted = mount_websockets(server, { chat: {} });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
  });
  return { mounted, at_first, port: (server.address() as AddressInfo).port };
}

const count_listeners = (server: Server) =>
  server.eventNames().map((name) => [name, server.listenerCount(name)]);

const closed = (server: Server) => new Promise((resolve) => server.close(resolve));

for (const [transport, create, connect] of SERVERS) {
  describe(`11: on a server of ${transport} without request listeners, a closed mount refuses upgrades`, () => {
    test('until the server has closed, and then leaves nothing', async () => {
      const server = create();
      const { mounted, at_first, port } = await mount_on(server);
      await mounted.close();
      const client = await connect(port);
      client.send(upgrade_request(PATH));
      expect(await client.ended).toContain(REFUSED);
      await closed(server);
      expect(count_listeners(server)).toEqual(at_first);
    });

    test('while the server waits for a connection that it had accepted', async () => {
      const server = create();
      const { mounted, at_first, port } = await mount_on(server);
      const { client, finish } = await begin_upgrade(server, port, connect);
      await mounted.close();
      const stopped = closed(server);
      finish();
      expect(await client.ended).toContain(REFUSED);
      await stopped;
      expect(count_listeners(server)).toEqual(at_first);
    });

    test('where the server was told to close before the mount', async () => {
      const server = create();
      const { mounted, at_first, port } = await mount_on(server);
      const { client, finish } = await begin_upgrade(server, port, connect);
      const stopped = closed(server);
      await mounted.close();
      finish();
      expect(await client.ended).toContain(REFUSED);
      await stopped;
      expect(count_listeners(server)).toEqual(at_first);
    });

    test('but where the server has closed before the mount, nothing is left', async () => {
      const server = create();
      const { mounted, at_first } = await mount_on(server);
      await closed(server);
      await mounted.close();
      expect(count_listeners(server)).toEqual(at_first);
    });
  });
}

test('11: beside a listener that ignores our path, the server answers after a closed mount', async () => {
  const server = createServer((_request, response) => response.end('a plain answer'));
  server.on('upgrade', (request, socket) => {
    if (request.url === '/theirs') socket.end('taken');
  });
  const { mounted, at_first, port } = await mount_on(server);
  await mounted.close();
  const theirs = await RawClient.connect(port);
  theirs.send(upgrade_request('/theirs'));
  expect(await theirs.ended).toBe('taken');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { client, finish } = await begin_upgrade(server, port);
  const stopped = closed(server);
  const asked = once(server, 'upgrade');
  finish();
  await asked;
  // The other listeners have 5 seconds to take it.
  vi.advanceTimersByTime(5000);
  expect(await client.ended).toContain('a plain answer');
  await stopped;
  expect(count_listeners(server)).toEqual(at_first);
});

test('a server whose last mount has closed serves the next one', async () => {
  const server = createServer();
  const { mounted, at_first, port } = await mount_on(server);
  await mounted.close();
  for (let mounts = 0; mounts < 3; mounts++) {
    const next = mount_websockets(server, { chat: { on_open: (c) => c.send(`served ${mounts}`) } });
    const client = await Client.connect(`ws://127.0.0.1:${port}${PATH}`);
    expect(await client.next_text()).toBe(`served ${mounts}`);
    await next.close();
    expect(server.listenerCount('upgrade')).toBe(1);
  }
  await closed(server);
  expect(count_listeners(server)).toEqual(at_first);
});
