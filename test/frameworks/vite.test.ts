import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mount_websockets, type Websockets, websockets } from 'joystick-websockets';
import { createServer as create_vite_server, type InlineConfig, type ViteDevServer } from 'vite';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Client } from '../support/client.ts';
import { check_mount, close_server, start_host } from './suite.ts';

async function start_standalone(websockets: Websockets) {
  const vite = await create_vite_server(create_config());
  const server = vite.httpServer as Server;
  const mounted = mount_websockets(server, websockets);
  await vite.listen();

  return {
    server,
    vite,
    close: async () => {
      await mounted.close();
      await vite.close();
    },
  };
}

async function start_as_middleware(websockets: Websockets) {
  const server = createServer();
  const vite = await create_vite_server({
    ...create_config(),
    server: { middlewareMode: true, hmr: { server } },
  });
  server.on('request', vite.middlewares);
  const mounted = mount_websockets(server, websockets);
  server.listen(0);
  await once(server, 'listening');

  return {
    server,
    vite,
    close: async () => {
      await mounted.close();
      await vite.close();
      await close_server(server);
    },
  };
}

const shut_down_by = 'mounted.close()';
check_mount({ name: 'a Vite server', shut_down_by, start: start_standalone });
check_mount({ name: 'Vite as middleware', shut_down_by, start: start_as_middleware });
check_hot_reload('a Vite server', start_standalone);
check_hot_reload('Vite as middleware', start_as_middleware);

function check_hot_reload(
  name: string,
  start: typeof start_standalone | typeof start_as_middleware,
): void {
  test(`${name} reloads its pages while an endpoint is connected`, async () => {
    const { url, http_url, host } = await start_host(start);
    const { watcher, config } = host.vite;
    const client = await Client.connect(`${url}/echo`);
    const page = new WebSocket(http_url.replace('http', 'ws'), 'vite-hmr');
    expect(await next_message(page)).toEqual({ type: 'connected' });

    // What the watcher says when the file is edited; a real edit may come before it watches.
    watcher.emit('change', join(config.root, 'index.html'));
    expect(await next_message(page)).toMatchObject({ type: 'full-reload' });

    client.send({ text: 'still here' });
    expect(await client.next_message()).toEqual({ text: 'still here' });
  });
}

test('a Vite plugin mounts again when Vite restarts', async () => {
  const vite = await create_vite_server({
    ...create_config(),
    plugins: [
      {
        name: 'websockets',
        configureServer({ httpServer }) {
          const mounted = mount_websockets(httpServer as Server, {
            echo: { on_message: (message, connection) => connection.send(message) },
          });
          httpServer?.once('close', () => mounted.close());
        },
      },
    ],
  });
  onTestFinished(() => vite.close());
  await vite.listen();
  const before = await Client.connect(endpoint_url(vite));
  await vite.restart();
  await before.closed;

  const after = await Client.connect(endpoint_url(vite));
  after.send({ text: 'hello again' });
  expect(await after.next_message()).toEqual({ text: 'hello again' });
  expect(websockets('echo').connections).toHaveLength(1);
});

function endpoint_url({ httpServer }: ViteDevServer): string {
  const address = httpServer?.address() as AddressInfo;
  return `ws://localhost:${address.port}/api/_websockets/echo`;
}

/** A project of one page; removed when the test has finished. */
function create_config(): InlineConfig {
  const root = mkdtempSync(join(tmpdir(), 'vite-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'index.html'), '<p>Howdy</p>');
  return {
    root,
    configFile: false,
    logLevel: 'silent',
    server: { port: 0 },
    optimizeDeps: { noDiscovery: true },
  };
}

async function next_message(socket: WebSocket): Promise<unknown> {
  const [data] = await once(socket, 'message');
  return JSON.parse(String(data));
}
