import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MountOptions, mount_websockets, type Websockets } from 'joystick-websockets';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { upgrade_request } from '../support/raw.ts';
import { until } from '../support/resources.ts';
import { create_recording_logger, serve } from '../support/server.ts';

const PATH = '/api/_websockets/chat';

/** Endpoints on a Unix socket of their own, and the URL of `chat`. */
async function serve_on_unix_socket(websockets: Websockets, options: MountOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'joystick-websockets-'));
  const server = createServer();
  const mounted = mount_websockets(server, websockets, {
    logger: create_recording_logger(),
    ...options,
  });
  const path = join(folder, 'server.sock');
  server.listen(path);
  await once(server, 'listening');
  onTestFinished(async () => {
    await mounted.close();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { mounted, url: `ws+unix:${path}:${PATH}` };
}

/** What an endpoint tells each client of where it comes from. */
const telling = {
  chat: {
    on_open: (connection: any) => connection.send({ address: connection.remote_address }),
  },
};

const from = (address: string, headers = {}) => ({
  headers: { 'X-Forwarded-For': address, ...headers },
});

describe('on a Unix socket', () => {
  test("trust_proxy: 'loopback' believes the proxy about the client's address", async () => {
    const { url } = await serve_on_unix_socket(telling, { trust_proxy: 'loopback' });
    const client = await Client.connect(url, from('9.9.9.9, 10.0.0.1'));
    expect(await client.next_message()).toEqual({ address: '10.0.0.1' });
  });

  test("trust_proxy: 'loopback' believes the proxy about the server's name", async () => {
    const { url } = await serve_on_unix_socket(telling, { trust_proxy: 'loopback' });
    const page = (host: string) =>
      from('10.0.0.1', { Origin: 'https://example.com', 'X-Forwarded-Host': host });
    await Client.connect(url, page('example.com'));
    await expect(Client.connect(url, page('example.org'))).rejects.toThrow('403');
  });

  test('nobody is believed by default, and the address is empty', async () => {
    const { url } = await serve_on_unix_socket(telling);
    const client = await Client.connect(url, from('10.0.0.1'));
    expect(await client.next_message()).toEqual({ address: '' });
  });

  test('clients whose address is unknown are not counted as of one', async () => {
    const { url, mounted } = await serve_on_unix_socket(telling, {
      max_connections_per_address: 1,
      max_connections: 3,
    });
    const clients = [
      await Client.connect(url),
      await Client.connect(url),
      await Client.connect(url),
    ];
    await expect(Client.connect(url)).rejects.toThrow('503');
    for (const client of clients) await client.close();
    await until(() => mounted.stats().endpoints.chat?.connections === 0);
    await Client.connect(url);
  });

  test('clients are counted by the address that a trusted proxy tells', async () => {
    const { url } = await serve_on_unix_socket(telling, {
      max_connections_per_address: 1,
      trust_proxy: 'loopback',
    });
    await Client.connect(url, from('10.0.0.1'));
    await Client.connect(url, from('10.0.0.2'));
    await expect(Client.connect(url, from('10.0.0.1'))).rejects.toThrow('429');
  });
});

test('a TCP client that has reset its connection, and so lost its address, is not taken for a local one', async () => {
  const addresses = recorder();
  const { port } = await serve(
    { chat: { on_upgrade: ({ remote_address }) => addresses.add(remote_address) } },
    { trust_proxy: 'loopback' },
  );
  // 127.0.0.1 would be believed, and a client of another machine loses its address in the same way.
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  await once(client, 'connect');
  const request = upgrade_request(PATH, { headers: { 'X-Forwarded-For': '6.6.6.6' } });
  client.write(request, () => client.resetAndDestroy());
  await addresses.reaches(1);
  expect(addresses.entries).toEqual(['']);
});
