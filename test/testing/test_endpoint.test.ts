import { define_websocket, websockets } from 'joystick-websockets';
import { create_test_endpoint } from 'joystick-websockets/testing';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { gate, recorder } from '../support/events.ts';
import { create_recording_logger } from '../support/server.ts';

const echo = { on_message: (message: any, connection: any) => connection.send(message) };

describe('a client', () => {
  test('sends and receives as over a network', async () => {
    const chat = define_websocket({
      params: z.object({ room: z.string() }),
      receives: z.object({ text: z.string() }),
      sends: z.object({ from: z.string(), text: z.string() }),
      on_upgrade: ({ headers }) => ({ name: String(headers.cookie) }),
      on_open: (connection) => connection.subscribe(connection.params.room),
      on_message: ({ text }, connection) =>
        connection.publish(connection.params.room, { from: connection.context.name, text }),
    });
    const endpoint = create_test_endpoint(chat);
    const ada = await endpoint.connect({ params: { room: 'lobby' }, headers: { cookie: 'Ada' } });
    const bob = await endpoint.connect({ params: { room: 'lobby' }, headers: { Cookie: 'Bob' } });
    const away = await endpoint.connect({ params: { room: 'attic' } });
    expect(ada.send({ text: 'hi' })).toBe(true);
    expect(await bob.next_message()).toEqual({ from: 'Ada', text: 'hi' });
    bob.send({ text: 'hello' });
    expect(await ada.next_message()).toEqual({ from: 'Bob', text: 'hello' });
    await endpoint.settled();
    expect(away.received).toEqual([]);
    await endpoint.close();
  });

  test('keeps all that it received, decoded and as it was sent', async () => {
    const endpoint = create_test_endpoint({
      on_open: (connection) => {
        for (const message of [{ a: 1 }, 'text', new Uint8Array([1])]) connection.send(message);
      },
    });
    const client = await endpoint.connect();
    await endpoint.settled();
    expect(client.received).toEqual([{ a: 1 }, 'text', new Uint8Array([1])]);
    expect(client.received_raw).toEqual(['{"a":1}', 'text', new Uint8Array([1])]);
    expect(await client.next_message()).toEqual({ a: 1 });
    expect(await client.next_message()).toBe('text');
    expect(client.received).toHaveLength(3);
  });

  test('sends what is no JSON with send_raw, and throws where JSON cannot carry it', async () => {
    const log = recorder();
    const endpoint = create_test_endpoint({
      on_message: (message) => log.add(message),
      on_error: (error) => log.add((error as { code: string }).code),
    });
    const client = await endpoint.connect();
    client.send_raw('hello');
    client.send_raw('{"text":"hello"}');
    const bytes = new TextEncoder().encode('[1]');
    client.send_raw(bytes);
    bytes.fill(0);
    await endpoint.settled();
    expect(log.entries).toEqual(['invalid_message', { text: 'hello' }, [1]]);
    expect(() => client.send(undefined)).toThrow('got undefined');
    expect(() => client.send(1n)).toThrow(/BigInt/);
  });

  test('several that wait for a message are served in turn', async () => {
    const endpoint = create_test_endpoint(echo);
    const client = await endpoint.connect();
    const both = Promise.all([client.next_message(), client.next_message()]);
    client.send(1);
    client.send(2);
    expect(await both).toEqual([1, 2]);
  });

  test('one that waits for a message is not overtaken by one that asks just as it arrives', async () => {
    const endpoint = create_test_endpoint(echo);
    const client = await endpoint.connect();
    const first = client.next_message();
    client.send(1);
    client.send(2);
    while (client.received.length === 0) await Promise.resolve();
    const second = client.next_message();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    await endpoint.close();
  });

  test('closes with its code, and knows how it ended', async () => {
    const on_close = vi.fn();
    const endpoint = create_test_endpoint({ on_close });
    const client = await endpoint.connect();
    expect(client.is_open).toBe(true);
    const closed = client.close(4001, 'bye');
    expect(client.is_open).toBe(false);
    expect(client.send(1)).toBe(false);
    expect(client.send_raw('1')).toBe(false);
    expect(await closed).toEqual({ code: 4001, reason: 'bye' });
    expect(await client.closed).toEqual({ code: 4001, reason: 'bye' });
    await endpoint.settled();
    expect(on_close).toHaveBeenCalledExactlyOnceWith(4001, 'bye', expect.anything());
    expect(await client.close(4002)).toEqual({ code: 4001, reason: 'bye' });
  });

  test('closes with 1000 where no code is given', async () => {
    const endpoint = create_test_endpoint({});
    expect(await (await endpoint.connect()).close()).toEqual({ code: 1000, reason: '' });
  });

  test('closes with a code of its own, or none, and not with one that no frame can carry', async () => {
    const on_close = vi.fn();
    const endpoint = create_test_endpoint({ on_close });
    for (const code of [1005, 1010, 1001, 3000]) await (await endpoint.connect()).close(code);
    await endpoint.settled();
    expect(on_close.mock.calls.map(([code]) => code)).toEqual([1005, 1010, 1001, 3000]);
    const client = await endpoint.connect();
    for (const code of [999, 1004, 1006, 1015, 2999, 5000, Number.NaN]) {
      expect(() => client.close(code)).toThrow(`may send, or 1005 for none; got ${code}`);
    }
    expect(client.is_open).toBe(true);
  });

  test('resets: 1006 on both sides', async () => {
    const on_close = vi.fn();
    const endpoint = create_test_endpoint({ on_close });
    const client = await endpoint.connect();
    client.send(1);
    client.reset();
    expect(client.is_open).toBe(false);
    expect(await client.closed).toEqual({ code: 1006, reason: '' });
    await endpoint.settled();
    expect(on_close).toHaveBeenCalledExactlyOnceWith(1006, '', expect.anything());
  });

  test('that is paused receives nothing until it resumes, then all of it in order', async () => {
    const endpoint = create_test_endpoint(echo);
    const client = await endpoint.connect();
    client.pause();
    client.send(1);
    client.send(2);
    await endpoint.settled();
    expect(client.received).toEqual([]);
    client.resume();
    await endpoint.settled();
    expect(client.received).toEqual([1, 2]);
  });
});

describe('settled()', () => {
  test('resolves once every handler of every connection has', async () => {
    const log = recorder();
    const slow = gate();
    const endpoint = create_test_endpoint({
      on_message: async (message) => {
        if (message === 'slow') await slow.passed;
        await Promise.resolve();
        log.add(message);
      },
    });
    const [ada, bob] = [await endpoint.connect(), await endpoint.connect()];
    ada.send('slow');
    ada.send('after');
    bob.send('fast');
    const settled = endpoint.settled().then(() => log.add('settled'));
    await log.includes('fast');
    slow.open();
    await settled;
    expect(log.entries).toEqual(['fast', 'slow', 'after', 'settled']);
  });

  test('waits for what handlers cause in turn', async () => {
    const endpoint = create_test_endpoint({
      on_message: (depth: number, connection) => {
        if (depth > 0) endpoint.send(depth - 1);
        connection.publish('nobody', depth);
      },
    });
    const clients = [await endpoint.connect(), await endpoint.connect()];
    for (const client of clients) client.send(3);
    await endpoint.settled();
    for (const client of clients) expect(client.received).toEqual([2, 2]);
  });

  test('waits for on_open and on_close, and resolves at once where nothing happens', async () => {
    const log = recorder();
    const endpoint = create_test_endpoint({
      on_open: async () => {
        for (let i = 0; i < 20; i++) await Promise.resolve();
        log.add('opened');
      },
      on_close: async () => {
        for (let i = 0; i < 20; i++) await Promise.resolve();
        log.add('closed');
      },
    });
    await endpoint.settled();
    const client = await endpoint.connect();
    await endpoint.settled();
    expect(log.entries).toEqual(['opened']);
    client.close();
    await endpoint.settled();
    expect(log.entries).toEqual(['opened', 'closed']);
  });

  test('does not wait for a client that reads nothing', async () => {
    const endpoint = create_test_endpoint(echo);
    const client = await endpoint.connect();
    client.pause();
    endpoint.send('x');
    await endpoint.settled();
    expect(client.received).toEqual([]);
  });
});

describe('the endpoint', () => {
  test('sends to all or to an id, publishes, and knows its connections', async () => {
    const endpoint = create_test_endpoint({
      on_open: (connection) => connection.subscribe(connection.params.room ?? 'none'),
    });
    const ada = await endpoint.connect({ params: { id: 'ada', room: 'lobby' } });
    const bob = await endpoint.connect({ params: { id: 'bob' } });
    await endpoint.connect({ params: { id: ['ada', 'ada'] } });
    expect(endpoint.connections.map(({ params }) => params.id)).toEqual([
      'ada',
      'bob',
      ['ada', 'ada'],
    ]);
    endpoint.send('all');
    endpoint.send('ada alone', 'ada');
    endpoint.publish('lobby', 'the lobby');
    await endpoint.settled();
    expect(ada.received).toEqual(['all', 'ada alone', 'the lobby']);
    expect(bob.received).toEqual(['all']);
    expect(() => endpoint.send('whom?', undefined as never)).toThrow('id to send to');
    endpoint.close_all(4000, 'over');
    expect(await ada.closed).toEqual({ code: 4000, reason: 'over' });
  });

  test('is reached by websockets(name) until it is closed', async () => {
    const endpoint = create_test_endpoint(
      { on_message: (message) => websockets('news').send(message) },
      { name: 'news' },
    );
    const client = await endpoint.connect();
    client.send('hi');
    expect(await client.next_message()).toBe('hi');
    expect(websockets('news').connections).toEqual(endpoint.connections);
    await endpoint.close();
    expect(websockets('news').connections).toEqual([]);
    websockets('news').send('nobody');
  });

  test('has the limits that a test sets in place of its own', async () => {
    const definition = { options: { max_message_size_in_bytes: 10, max_topics: 1 } };
    const options = { max_message_size_in_bytes: 20 };
    const endpoint = create_test_endpoint(definition, { options });
    const client = await endpoint.connect();
    client.send('x'.repeat(18));
    client.send('x'.repeat(19));
    expect((await client.closed).code).toBe(1009);
    expect(definition.options.max_message_size_in_bytes).toBe(10);
  });

  test('logs to the logger that it is given', async () => {
    const logger = create_recording_logger();
    const endpoint = create_test_endpoint(
      {
        on_message: () => {
          throw new Error('no');
        },
      },
      { logger },
    );
    const client = await endpoint.connect();
    client.send(1);
    await client.closed;
    await expect(endpoint.connect({ origin: 'https://example.com' })).rejects.toThrow('403');
    expect(logger.entries.map(({ level, message }) => [level, message])).toEqual([
      ['error', 'websockets.endpoint.on_message failed'],
      ['warn', expect.stringContaining('https://example.com')],
    ]);
    expect(endpoint.errors).toHaveLength(1);
  });

  test('an option that is undefined leaves the limit of the definition as it is', async () => {
    const endpoint = create_test_endpoint(
      { options: { max_topics: 1 }, on_open: (connection) => connection.subscribe('a') },
      { options: { max_topics: undefined } },
    );
    await endpoint.connect();
    expect(() => endpoint.connections[0]?.subscribe('b')).toThrow('already subscribes to 1 topics');
    await endpoint.close();
  });

  test.each([
    [{ parms: {} }, 'did you mean params?'],
    [{ params: null }, 'options.params must be an object; got null'],
    [{ params: 'room=lobby' }, 'options.params must be an object; got "room=lobby"'],
    [{ params: new URLSearchParams('room=lobby') }, 'options.params must be a plain object'],
  ])('connect(%j) is refused, and says why', async (options, message) => {
    const endpoint = create_test_endpoint({});
    await expect(endpoint.connect(options as never)).rejects.toThrow(message);
  });

  test.each([
    [{ timeout: 5 }, 'options.timeout is not a known key'],
    [5, 'options must be an object; got 5'],
    [{ timeout_in_seconds: Number.NaN }, 'must be a number of at least 0; got NaN'],
    [{ timeout_in_seconds: '5' }, 'must be a number of at least 0; got "5"'],
  ])('next_message(%j) is refused, and says why', async (options, message) => {
    const endpoint = create_test_endpoint({});
    const client = await endpoint.connect();
    await expect(client.next_message(options as never)).rejects.toThrow(message);
    await endpoint.close();
  });

  test('a test that answers each message with another starves no timer of the process', async () => {
    const endpoint = create_test_endpoint({
      on_message: (message, connection) => connection.send(message),
    });
    const client = await endpoint.connect();
    let has_fired = false;
    setTimeout(() => {
      has_fired = true;
    }, 1);
    for (let sent = 0; sent < 100_000 && !has_fired; sent++) {
      client.send(sent);
      expect(await client.next_message()).toBe(sent);
    }
    expect(has_fired).toBe(true);
    await endpoint.close();
  });

  test('closes its clients with 1012 and handles what they had sent', async () => {
    const on_message = vi.fn();
    const endpoint = create_test_endpoint({ on_message });
    const client = await endpoint.connect();
    client.send(1);
    await endpoint.close();
    expect((await client.closed).code).toBe(1012);
    expect(on_message).toHaveBeenCalledOnce();
    await endpoint.close();
  });

  test.each([
    ['no definition', undefined, {}, 'websockets.endpoint must be an object'],
    ['a class instance', new (class Chat {})(), { options: {} }, 'must be a plain object'],
    ['a misspelt handler', { on_mesage: () => {} }, {}, 'did you mean on_message?'],
    ['a bad limit', {}, { options: { max_topics: 0.5 } }, 'websockets.endpoint.options.max_topics'],
    ['a bad name', {}, { name: 'my chat' }, 'not a valid endpoint name'],
    ['the name __proto__', {}, { name: '__proto__' }, '__proto__'],
    ['a misspelt option', {}, { trust_prox: 1 }, 'did you mean trust_proxy?'],
    ['a misspelt option of its own', {}, { optoins: {} }, 'did you mean options?'],
    ['an option of a mount alone', {}, { path: '/chat' }, 'options.path is not a known key'],
    ['bad origins', {}, { allowed_origins: 5 }, 'options.allowed_origins'],
    ['a bad logger', {}, { logger: {} }, 'options.logger.warn'],
  ])('%s is refused as by mount_websockets', (_what, definition, options, message) => {
    expect(() => create_test_endpoint(definition as never, options as never)).toThrow(message);
  });
});
