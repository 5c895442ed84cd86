import { UpgradeRefusal } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { Client } from '../support/client.ts';
import { recorder } from '../support/events.ts';
import { RawClient, upgrade_request } from '../support/raw.ts';
import { until } from '../support/resources.ts';
import { SeededRandom } from '../support/seeded_random.ts';
import { serve } from '../support/server.ts';

const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
const PATH = '/api/_websockets/chat';

describe('max_connections_per_address', () => {
  test('refuses one more of an address with 429, and lets one in for each that leaves', async () => {
    const { url, mounted } = await serve({ chat: {} }, { max_connections_per_address: 2 });
    const first = await Client.connect(`${url}/chat`);
    await Client.connect(`${url}/chat`);
    await expect(Client.connect(`${url}/chat`)).rejects.toThrow('429');
    await first.close();
    await until(() => mounted.stats().endpoints.chat?.connections === 1);
    await Client.connect(`${url}/chat`);
    await expect(Client.connect(`${url}/chat`)).rejects.toThrow('429');
    expect(mounted.stats().endpoints.chat?.refused).toEqual({ too_many_connections: 2 });
  });

  test('counts over all endpoints of the mount', async () => {
    const { url } = await serve({ a: {}, b: {} }, { max_connections_per_address: 1 });
    await Client.connect(`${url}/a`);
    await expect(Client.connect(`${url}/b`)).rejects.toThrow('429');
  });

  test('is by the address that a trusted proxy tells', async () => {
    const options = { max_connections_per_address: 1, trust_proxy: 'loopback' };
    const { url } = await serve({ chat: {} }, options);
    await Client.connect(`${url}/chat`, from('10.0.0.1'));
    await Client.connect(`${url}/chat`, from('10.0.0.2'));
    await expect(Client.connect(`${url}/chat`, from('10.0.0.1'))).rejects.toThrow('429');
  });

  test('is not by what a client says of itself', async () => {
    const { url } = await serve({ chat: {} }, { max_connections_per_address: 1 });
    await Client.connect(`${url}/chat`, from('10.0.0.1'));
    await expect(Client.connect(`${url}/chat`, from('10.0.0.2'))).rejects.toThrow('429');
  });
});

test('max_connections of a mount counts over its endpoints, and refuses with 503', async () => {
  const { url, mounted } = await serve({ a: {}, b: {} }, { max_connections: 2 });
  const first = await Client.connect(`${url}/a`);
  await Client.connect(`${url}/b`);
  await expect(Client.connect(`${url}/a`)).rejects.toThrow('503');
  await first.close();
  await until(() => mounted.stats().endpoints.a?.connections === 0);
  await Client.connect(`${url}/b`);
});

describe('a client that waits for on_upgrade', () => {
  test('has its seat, and leaves it when it goes', async () => {
    const asked = recorder();
    const left = recorder();
    const { port, url } = await serve(
      {
        chat: {
          on_upgrade: ({ params, signal }) => {
            asked.add(params.name);
            if (params.name !== 'slow') return undefined;
            signal.addEventListener('abort', () => left.add('left'));
            return new Promise(() => {});
          },
        },
      },
      { max_connections_per_address: 1 },
    );
    for (let count = 0; count < 3; count++) {
      const client = await RawClient.connect(port);
      client.send(upgrade_request(`${PATH}?name=slow`));
      await asked.reaches(count + 1);
      await expect(Client.connect(`${url}/chat`)).rejects.toThrow('429');
      client.socket.resetAndDestroy();
      await left.reaches(count + 1);
    }
    await Client.connect(`${url}/chat`);
  });

  test('leaves its seat when it is refused, for whatever reason, also by ws', async () => {
    const { port, url, mounted } = await serve(
      {
        chat: {
          options: { max_connections: 1, upgrade_timeout_in_seconds: 0.05, compression: true },
          on_upgrade: ({ params }) => {
            if (params.does === 'refuse') throw new UpgradeRefusal(401, 'no');
            if (params.does === 'fail') throw new Error('no');
            return params.does === 'hang' ? new Promise(() => {}) : undefined;
          },
        },
      },
      { max_connections: 1, max_connections_per_address: 1 },
    );
    const early = Buffer.alloc(20_000);
    const malformed = { 'Sec-WebSocket-Extensions': 'permessage-deflate; a=' };
    for (const [request, status] of [
      [upgrade_request(`${PATH}?does=refuse`), 401],
      [upgrade_request(`${PATH}?does=fail`), 500],
      [upgrade_request(`${PATH}?does=hang`), 504],
      [upgrade_request(`${PATH}?does=hang`) + early.toString('latin1'), 400],
      [upgrade_request(PATH, { headers: malformed }), 400],
    ] as const) {
      const client = await RawClient.connect(port);
      client.send(request);
      expect(await client.ended).toContain(`HTTP/1.1 ${status} `);
    }
    await Client.connect(`${url}/chat`);
    const { refused } = mounted.stats().endpoints.chat ?? {};
    expect(refused).toEqual({
      upgrade_refused: 1,
      upgrade_failed: 1,
      upgrade_timed_out: 1,
      bad_request: 2,
    });
  });
});

test('after any mixture of visits, every seat is free again', async () => {
  const COUNT = 300;
  const random = new SeededRandom(7);
  const { port, url, mounted } = await serve(
    {
      chat: {
        options: { max_connections: 1000, upgrade_timeout_in_seconds: 0.1 },
        on_message: (message, connection) => {
          if (message === 'terminate') connection.terminate();
          if (message === 'fail') throw new Error('no');
          if (message === 'close') connection.close(4000);
        },
      },
      asking: {
        on_upgrade: async ({ params }) => {
          await new Promise(setImmediate);
          if (params.does === 'refuse') throw new UpgradeRefusal(401, 'no');
        },
      },
    },
    { max_connections: 1000, max_connections_per_address: 900, trust_proxy: true },
  );
  const raw = async (path: string, leaves: (client: RawClient) => void) => {
    const client = await RawClient.connect(port);
    client.send(upgrade_request(path));
    leaves(client);
    await client.ended;
  };
  const visits: (() => Promise<unknown>)[] = [
    async () => (await Client.connect(`${url}/chat`, from('10.0.0.1'))).close(),
    ...['"terminate"', '"fail"', '"close"', 'no JSON'].map((message) => async () => {
      const client = await Client.connect(`${url}/chat`);
      client.send(message);
      await client.closed;
    }),
    () => Client.connect(`${url}/asking?does=refuse`).catch(() => {}),
    async () => (await Client.connect(`${url}/asking`)).reset(),
    () => raw('/api/_websockets/asking', ({ socket }) => socket.resetAndDestroy()),
    () => raw('/api/_websockets/asking', ({ socket }) => socket.end()),
    () => raw('/api/_websockets/chat', ({ socket }) => socket.destroySoon()),
  ];
  let left = COUNT;
  const visit_on = async () => {
    while (left-- > 0) await random.pick(visits)();
  };
  await Promise.all(Array.from({ length: 20 }, visit_on));
  const { chat, asking } = mounted.stats().endpoints;
  expect((chat?.opened ?? 0) + (asking?.opened ?? 0)).toBeGreaterThan(COUNT / 3);
  // A mount with a seat for each of these many has one for each of those many afterwards.
  await until(() => {
    const { endpoints } = mounted.stats();
    return endpoints.chat?.connections === 0 && endpoints.asking?.connections === 0;
  });
  const clients = await Promise.all(
    Array.from({ length: 900 }, () => Client.connect(`${url}/chat`, from('10.9.9.9'))),
  );
  await expect(Client.connect(`${url}/chat`, from('10.9.9.9'))).rejects.toThrow('429');
  const others = await Promise.all(
    Array.from({ length: 100 }, () => Client.connect(`${url}/chat`, from('10.8.8.8'))),
  );
  await expect(Client.connect(`${url}/chat`, from('10.8.8.8'))).rejects.toThrow('503');
  for (const client of [...clients, ...others]) client.reset();
}, 60_000);

test('the seat of a client is free as soon as it is refused, though it has not read so', async () => {
  const { port, url, mounted } = await serve({
    chat: {
      options: { max_connections: 1 },
      on_upgrade: ({ params }) => {
        if (params.does === 'refuse') throw new UpgradeRefusal(401, 'no');
      },
    },
  });
  const unread = await RawClient.connect(port);
  unread.socket.pause();
  unread.send(upgrade_request(`${PATH}?does=refuse`));
  await until(() => mounted.stats().endpoints.chat?.refused.upgrade_refused === 1);
  await Client.connect(`${url}/chat`);
  expect(unread.socket.readyState).toBe('open');
});
