import { createServer } from 'node:http';
import { mount_websockets, websockets } from 'joystick-websockets';
import { memory_broker } from 'joystick-websockets/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Client } from '../support/client.ts';
import { load_copy } from '../support/copies.ts';
import { recorder } from '../support/events.ts';
import { RawClient, upgrade_request } from '../support/raw.ts';
import { serve } from '../support/server.ts';

/** A copy that shares with others of its kind alone. */
const load_incompatible_copy = () =>
  load_copy((source) => {
    const edited = source.replace('REGISTRY_VERSION = 1;', 'REGISTRY_VERSION = 0;');
    expect(edited).not.toBe(source);
    return edited;
  });

describe('websockets(name) of another copy of the package', () => {
  test('reaches the endpoints that this one serves', async () => {
    const { url } = await serve({
      routed: { on_open: (connection) => connection.subscribe('news') },
    });
    const copy = await load_copy();
    expect(copy.websockets).not.toBe(websockets);
    const [ada, bob] = [
      await Client.connect(`${url}/routed?id=ada`),
      await Client.connect(`${url}/routed`),
    ];
    const handle = copy.websockets('routed');
    await vi.waitFor(() => expect(handle.connections).toHaveLength(2));
    handle.send({ to: 'all' });
    handle.send({ to: 'ada' }, 'ada');
    handle.publish('news', { to: 'subscribers' });
    expect([await ada.next_message(), await ada.next_message(), await ada.next_message()]).toEqual([
      { to: 'all' },
      { to: 'ada' },
      { to: 'subscribers' },
    ]);
    expect([await bob.next_message(), await bob.next_message()]).toEqual([
      { to: 'all' },
      { to: 'subscribers' },
    ]);
    expect(() => handle.send(1n)).toThrow(
      expect.objectContaining({ code: 'unserializable_message' }),
    );
    handle.close_all(4005, 'over');
    for (const client of [ada, bob]) expect((await client.closed).code).toBe(4005);
  });

  test('reaches each client of a name once, whichever copy serves it', async () => {
    const copy = await load_copy();
    const broker = memory_broker();
    const ours = [await serve({ both: {} }, { broker }), await serve({ both: {} }, { broker })];
    const { server, port } = await serve({ unused: {} });
    const theirs = copy.mount_websockets(server, { both: {} }, { path: '/theirs' });
    onTestFinished(() => theirs.close());
    const clients = await Promise.all(
      [...ours.map(({ url }) => url), `ws://127.0.0.1:${port}/theirs`].map((url) =>
        Client.connect(`${url}/both`),
      ),
    );
    for (const handle of [websockets('both'), copy.websockets('both')]) {
      await vi.waitFor(() => expect(handle.connections).toHaveLength(3));
      handle.send('once');
      handle.send('end');
      for (const client of clients) {
        expect([await client.next_text(), await client.next_text()]).toEqual(['once', 'end']);
      }
    }
  });

  test('reaches nobody once the mount has closed, and throws for a name that nobody declared', async () => {
    const { mounted } = await serve({ gone: {} });
    const copy = await load_copy();
    await mounted.close();
    copy.websockets('gone').send('into the void');
    expect(copy.websockets('gone').connections).toEqual([]);
    expect(() => copy.websockets('never')).toThrow('no mounted endpoint is called "never"');
  });
});

describe('another copy of the package on the same server', () => {
  test('is one of several mounts: each path is served once, and leaves others alone', async () => {
    const seen = recorder();
    const copy = await load_copy();
    const { server, url, port, mounted } = await serve({ a: { on_open: (c) => c.send('ours') } });
    expect(() => copy.mount_websockets(server, { a: {} })).toThrow(
      expect.objectContaining({ code: 'path_in_use' }),
    );
    const theirs = copy.mount_websockets(
      server,
      { a: { on_open: (c) => c.send('theirs') } },
      { path: '/api/_websockets/inner' },
    );
    onTestFinished(() => theirs.close());
    expect(server.listenerCount('upgrade')).toBe(1);
    const page = await RawClient.connect(port);
    page.send(upgrade_request('/page'));
    await page.receives('not found');
    server.on('upgrade', (request) => seen.add(request.url));
    expect(await (await Client.connect(`${url}/a`)).next_text()).toBe('ours');
    await mounted.close();
    expect(await (await Client.connect(`${url}/inner/a`)).next_text()).toBe('theirs');
    expect(seen.entries).toEqual([]);
    await theirs.close();
    expect(Object.hasOwn(server, 'emit')).toBe(false);
    // Theirs, and ours, which answers what theirs leaves until the server closes.
    expect(server.listenerCount('upgrade')).toBe(2);
  });
});

describe('a copy of the package whose version is not compatible', () => {
  test('says so where its endpoints are asked for', async () => {
    await serve({ incompatible: {} });
    const copy = await load_incompatible_copy();
    expect(() => copy.websockets('incompatible')).toThrow(
      'no mounted endpoint is called "incompatible"; no endpoint is mounted; another copy of joystick-websockets, ' +
        'of an incompatible version, declares it: install only one version of the package',
    );
    expect(() => copy.websockets('never')).toThrow(/mount_websockets\(\) first$/);
  });

  test('serves its own endpoints on the same server, beside ours', async () => {
    const { server, url, port } = await serve({ a: { on_open: (c) => c.send('ours') } });
    const copy = await load_incompatible_copy();
    const theirs = copy.mount_websockets(
      server,
      { a: { on_open: (c) => c.send('theirs') } },
      { path: '/theirs' },
    );
    expect(await (await Client.connect(`${url}/a`)).next_text()).toBe('ours');
    const client = await Client.connect(`ws://127.0.0.1:${port}/theirs/a`);
    expect(await client.next_text()).toBe('theirs');
    await theirs.close();
    expect((await client.closed).code).toBe(1012);
    expect(await (await Client.connect(`${url}/a`)).next_text()).toBe('ours');
  });
});

test('a mount on a server leaves one entry in the registry of the process, for as long as it lives', async () => {
  const server = createServer(() => {});
  const mounted = mount_websockets(server, { chat: {} });
  const registry = (globalThis as any)[Symbol.for('joystick-websockets')]['1'];
  const { size } = registry.live_mounts;
  expect(registry.upgrades.has(server)).toBe(true);
  await mounted.close();
  expect(registry.upgrades.has(server)).toBe(false);
  expect(registry.live_mounts.size).toBe(size - 1);
});
