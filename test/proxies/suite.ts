import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { UpgradeRefusal, type WebsocketOptions } from 'joystick-websockets';
import { describe, expect, test, vi } from 'vitest';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import type { RealProxy } from '../support/proxy.ts';
import { serve } from '../support/server.ts';

/** How long a proxy of these tests lets a connection be idle, and an old process of its own live. */
export const PATIENCE_IN_SECONDS = 1;

/** A heartbeat that is quicker than that. */
const HEARTBEAT = { heartbeat_interval_in_seconds: 0.5, heartbeat_timeout_in_seconds: 0.5 };
const NO_HEARTBEAT = { heartbeat_interval_in_seconds: 0 };

export interface ProxySettings {
  /** Where the server listens. */
  server_port: number;
  /** What the proxy calls the server, in place of what the client called it. */
  host?: string | undefined;
}

/** What holds behind any proxy. */
export function describe_proxy(
  name: string,
  missing: string | undefined,
  start_proxy: (settings: ProxySettings) => Promise<RealProxy>,
) {
  describe.skipIf(missing)(name, () => {
    async function start(
      options: WebsocketOptions = HEARTBEAT,
      { host, trust_proxy }: { host?: string; trust_proxy?: string } = {},
    ) {
      const closed = recorder();
      const server = await serve(
        {
          echo: {
            on_upgrade: ({ params, remote_address }) => {
              if (params.refused !== undefined) {
                throw new UpgradeRefusal(401, 'Sign in first', { 'X-Reason': 'no cookie' });
              }
              return { remote_address };
            },
            on_message: (message, connection) => connection.send(message),
            on_close: (code, _reason, connection) =>
              closed.add({ code, address: connection.remote_address }),
            options,
          },
        },
        { trust_proxy },
      );
      const proxy = await start_proxy({ server_port: server.port, host });
      const url = `${proxy.url}/echo`;
      return { server, proxy, url, closed, origin: `http://127.0.0.1:${proxy.port}` };
    }

    test('messages of every size come through, in order', async () => {
      const { url } = await start();
      const client = await Client.connect(url);
      client.send({ text: 'hello' });
      expect(await client.next_message()).toEqual({ text: 'hello' });
      const messages = [1, 125, 126, 65_535, 65_536, 500_000].map((size) =>
        JSON.stringify(randomBytes(size).toString('hex')),
      );
      for (const message of messages) client.send(message);
      for (const message of messages) {
        expect(hash(JSON.stringify(await client.next_text()))).toBe(hash(message));
      }
    });

    test('a close of either side comes through with its code', async () => {
      const { url, server, closed } = await start();
      const client = await Client.connect(url);
      await client.close(4001, 'enough');
      await closed.reaches(1);
      expect(closed.entries).toMatchObject([{ code: 4001 }]);
      const other = await Client.connect(url);
      server.mounted.endpoint('echo').close_all(4002, 'no more');
      expect(await other.closed).toEqual({ code: 4002, reason: 'no more' });
    });

    test('a server that shuts down says so to the client: 1012', async () => {
      const { url, server } = await start();
      const client = await Client.connect(url);
      await server.mounted.close();
      expect((await client.closed).code).toBe(1012);
    });

    test('a refusal comes through with its status, its headers and its body', async () => {
      const { url } = await start();
      const { response, body } = await ask(`${url}?refused`);
      expect(response.statusCode).toBe(401);
      expect(response.headers['x-reason']).toBe('no cookie');
      expect(JSON.parse(body)).toEqual({
        error: { code: 'upgrade_refused', message: 'Sign in first' },
      });
      const { response: unknown } = await ask(`${url}s`);
      expect(unknown.statusCode).toBe(404);
    });

    describe('the address of the client', () => {
      test('is told by a proxy that is trusted', async () => {
        const { url, closed } = await start(HEARTBEAT, { trust_proxy: '127.0.0.1' });
        const client = await Client.connect(url, { localAddress: '127.0.0.2' });
        await client.close();
        await closed.reaches(1);
        expect(closed.entries).toEqual([{ code: 1005, address: '127.0.0.2' }]);
      });

      test('is not what the client claims', async () => {
        const { url, closed } = await start(HEARTBEAT, { trust_proxy: '127.0.0.1' });
        const headers = { 'x-forwarded-for': '10.1.2.3' };
        const client = await Client.connect(url, { localAddress: '127.0.0.2', headers });
        await client.close();
        await closed.reaches(1);
        expect(closed.entries).toEqual([{ code: 1005, address: '127.0.0.2' }]);
      });

      test("is the proxy's, where that is not trusted", async () => {
        const { url, closed } = await start();
        const client = await Client.connect(url, { localAddress: '127.0.0.2' });
        await client.close();
        await closed.reaches(1);
        expect(closed.entries).toEqual([{ code: 1005, address: '127.0.0.1' }]);
      });
    });

    describe('a page of the host that the client asked for', () => {
      test('is admitted behind the settings of the documentation', async () => {
        const { url, origin } = await start();
        await Client.connect(url, { origin });
        await expect(Client.connect(url, { origin: 'http://example.com' })).rejects.toThrow('403');
      });

      test('is admitted where a proxy that is trusted renames the server', async () => {
        const settings = { host: 'app.internal', trust_proxy: 'loopback' };
        const { url, origin } = await start(HEARTBEAT, settings);
        await Client.connect(url, { origin });
        await expect(Client.connect(url, { origin: 'http://app.internal' })).rejects.toThrow('403');
        const headers = { 'x-forwarded-host': 'example.com' };
        await expect(
          Client.connect(url, { origin: 'http://example.com', headers }),
        ).rejects.toThrow('403');
      });

      test('is refused where one that is not trusted does, and the log names both hosts', async () => {
        const { url, origin, proxy, server } = await start(HEARTBEAT, { host: 'app.internal' });
        await expect(Client.connect(url, { origin })).rejects.toThrow('403');
        expect(server.logger.entries[0]?.message).toContain('app.internal');
        expect(server.logger.entries[0]?.message).toContain(`127.0.0.1:${proxy.port}`);
      });
    });

    describe('the idle time-out of the proxy', () => {
      test('cuts who is silent, where there is no heartbeat: 1006', async () => {
        const { url, closed } = await start(NO_HEARTBEAT);
        const client = await Client.connect(url);
        expect((await client.closed).code).toBe(1006);
        await closed.reaches(1);
        expect(closed.entries).toMatchObject([{ code: 1006 }]);
      });

      test('cuts nobody whom a heartbeat asks in time', async () => {
        const { url, closed } = await start();
        const client = await Client.connect(url);
        // More time than twice its patience.
        for (let pings = 0; pings < 6; pings++) await once(client.socket, 'ping');
        client.send({ text: 'still here' });
        expect(await client.next_message()).toEqual({ text: 'still here' });
        expect(closed.entries).toEqual([]);
      });

      test('hides nobody who vanished: the heartbeat notices, though the proxy still answers', async () => {
        const { url, closed } = await start();
        const client = await Client.connect(url);
        client.pause();
        await closed.reaches(1);
        expect(closed.entries).toMatchObject([{ code: 1006 }]);
      });
    });

    test('a proxy that crashes ends its connections with 1006, and clients come back after it', async () => {
      const { url, proxy, closed, server } = await start();
      const clients = [await Client.connect(url), await Client.connect(url)];
      await proxy.kill();
      await closed.reaches(2);
      expect(closed.entries).toMatchObject([{ code: 1006 }, { code: 1006 }]);
      for (const client of clients) expect((await client.closed).code).toBe(1006);
      await proxy.start();
      const client = await Client.connect(url);
      client.send({ text: 'back' });
      expect(await client.next_message()).toEqual({ text: 'back' });
      expect(server.mounted.endpoint('echo').connections.length).toBe(1);
    });

    test('a proxy that reloads keeps its connections as long as it is told to, and takes new ones', async () => {
      const { url, proxy, closed } = await start();
      const before = await Client.connect(url);
      await proxy.reload();
      before.send({ text: 'during' });
      expect(await before.next_message()).toEqual({ text: 'during' });
      expect((await before.closed).code).toBe(1006);
      await closed.reaches(1);
      expect(closed.entries).toMatchObject([{ code: 1006 }]);
      const after = await vi.waitFor(() => Client.connect(url), { timeout: 10_000 });
      after.send({ text: 'after' });
      expect(await after.next_message()).toEqual({ text: 'after' });
    });
  });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Asks to be connected, and reads why not. */
async function ask(url: string) {
  const asked = request(url.replace('ws:', 'http:'), {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  }).end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { response, body };
}
