import { once } from 'node:events';
import { serve, upgradeWebSocket, type WebSocketServerLike } from '@hono/node-server';
import { Hono } from 'hono';
import { mount_websockets } from 'joystick-websockets';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { Client } from '../support/client.ts';
import { check_mount, close_server, start_host } from './suite.ts';

check_mount({
  name: 'a Hono server',
  shut_down_by: 'mounted.close()',
  async start(websockets) {
    const app = new Hono();
    app.get('/', (context) => context.text('Howdy'));
    // Its type allows for HTTP/2, too, which is only there where it was asked for.
    const server = serve({ fetch: app.fetch, port: 0 });
    const mounted = mount_websockets(server, websockets);
    await once(server, 'listening');

    return {
      server,
      close: async () => {
        await mounted.close();
        await close_server(server);
      },
    };
  },
});

test("an endpoint and Hono's own WebSockets share a server", async () => {
  const { url } = await start_host(async (websockets) => {
    const app = new Hono();
    app.get(
      '/own',
      upgradeWebSocket(() => ({ onOpen: (_event, socket) => socket.send('"from Hono"') })),
    );
    const own = new WebSocketServer({ noServer: true }) as WebSocketServerLike;
    const websocket = { server: own };
    const server = serve({ fetch: app.fetch, port: 0, websocket });
    const mounted = mount_websockets(server, websockets);
    await once(server, 'listening');

    return {
      server,
      close: async () => {
        await mounted.close();
        await close_server(server);
      },
    };
  });
  const own = await Client.connect(new URL('/own', url).href);
  expect(await own.next_message()).toBe('from Hono');
  const client = await Client.connect(`${url}/echo`);
  client.send({ text: 'hello' });
  expect(await client.next_message()).toEqual({ text: 'hello' });
  await own.close();
});
