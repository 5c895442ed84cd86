import { createServer } from 'node:http';
import { expect, test, vi } from 'vitest';
import { Client } from '../support/client.ts';
import { serve } from '../support/server.ts';

const origin_of = (url: string) => url.slice(0, url.indexOf('/', 'ws://'.length));

test('a client that asks for a path which nobody serves is logged with where endpoints are', async () => {
  const { url, logger, mounted } = await serve({ chat: {} }, {}, createServer());
  await expect(Client.connect(`${origin_of(url)}/chat?token=secret`)).rejects.toThrow('404');
  expect(logger.entries).toEqual([
    {
      level: 'warn',
      message:
        'refused a client with 404 unknown_endpoint: there is no WebSocket endpoint at /chat; ' +
        'endpoints are at /api/_websockets/chat',
      details: {},
    },
  ]);
  // It was none of the mount's clients.
  expect(mounted.stats().refused).toEqual({});
});

test('in production, a refused client is logged only if an option may be wrong', async () => {
  vi.stubEnv('NODE_ENV', 'production');
  const { url, logger } = await serve({ chat: {} });
  vi.unstubAllEnvs();
  await expect(Client.connect(`${origin_of(url)}/chat`)).rejects.toThrow('404');
  await expect(Client.connect(`${url}/chta`)).rejects.toThrow('404');
  expect(logger.entries).toEqual([]);
  const elsewhere = { origin: 'https://example.org' };
  await expect(Client.connect(`${url}/chat`, elsewhere)).rejects.toThrow('403');
  expect(logger.entries).toHaveLength(1);
});
