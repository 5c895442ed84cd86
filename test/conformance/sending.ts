import type { WebsocketsError } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';

/** What a client is sent, over whatever it is connected. */
export function check_sending(start: StartEndpoint): void {
  describe('sending', () => {
    test('an object goes as JSON, a string and bytes as they are', async () => {
      const endpoint = await start({
        on_open: (connection) => {
          connection.send({ text: 'hello' });
          connection.send('plain');
          connection.send(new TextEncoder().encode('bytes'));
          connection.send(null);
          connection.send(7);
        },
      });
      const client = await endpoint.connect();
      const received = [];
      while (received.length < 5) received.push(await client.next_text());
      expect(received).toEqual(['{"text":"hello"}', 'plain', 'bytes', 'null', '7']);
    });

    test('bytes that are written into again after they were sent arrive as they were', async () => {
      const endpoint = await start({
        on_open: (connection) => {
          const bytes = new TextEncoder().encode('a');
          connection.send(bytes);
          bytes[0] = 0x62;
          connection.send(bytes);
        },
      });
      const client = await endpoint.connect();
      expect([await client.next_text(), await client.next_text()]).toEqual(['a', 'b']);
    });

    test('sizes around each frame length arrive whole', async () => {
      const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 300_000];
      const endpoint = await start({
        on_open: (connection) => {
          for (const size of sizes) connection.send('é'.repeat(size / 2) + 'x'.repeat(size % 2));
        },
      });
      const client = await endpoint.connect();
      const received = [];
      for (const _ of sizes) received.push(Buffer.byteLength(await client.next_text()));
      expect(received).toEqual(sizes);
    });

    test('what JSON cannot carry throws at the caller and reaches nobody', async () => {
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => {
          for (const message of [undefined, () => {}, Symbol('s'), 1n, circular]) {
            try {
              connection.send(message);
            } catch (error) {
              log.add((error as WebsocketsError).code);
            }
          }
          connection.send('end');
        },
      });
      const client = await endpoint.connect();
      expect(await client.next_text()).toBe('end');
      expect(log.entries).toEqual(Array(5).fill('unserializable_message'));
    });

    test('what JSON would turn into {} throws at the caller, and says what to send instead', async () => {
      const log = recorder();
      const messages = [
        Promise.resolve('Ada'),
        new Map([['name', 'Ada']]),
        new Set(['Ada']),
        new Error('Ada'),
        /Ada/,
        { user: Promise.resolve('Ada') },
        { users: [{ tags: new Set(['a']) }] },
      ];
      const endpoint = await start({
        on_open: (connection) => {
          for (const message of messages) {
            try {
              connection.send(message);
            } catch (error) {
              const { code, message } = error as WebsocketsError;
              log.add(`${code} ${message}`);
            }
          }
          connection.send('end');
        },
      });
      const client = await endpoint.connect();
      expect(await client.next_text()).toBe('end');
      const refused = 'unserializable_message this message cannot be sent as JSON:';
      expect(log.entries).toEqual([
        `${refused} it is an instance of Promise, which JSON turns into {}; await it first`,
        `${refused} it is an instance of Map, which JSON turns into {}; send Object.fromEntries(it)`,
        `${refused} it is an instance of Set, which JSON turns into {}; send [...it]`,
        `${refused} it is an instance of Error, which JSON turns into {}; send its message`,
        `${refused} it is an instance of RegExp, which JSON turns into {}; send plain data`,
        `${refused} its "user" is an instance of Promise, which JSON turns into {}; await it first`,
        `${refused} its "tags" is an instance of Set, which JSON turns into {}; send [...it]`,
      ]);
    });

    test('an object without fields, and what turns itself into JSON, are sent', async () => {
      class Leave {
        readonly #by = 'Ada';
        by() {
          return this.#by;
        }
      }
      class Names extends Map {
        toJSON() {
          return {};
        }
      }
      const messages = [
        {},
        Object.create(null),
        { text: undefined },
        { user: {}, tags: [] },
        new Leave(),
        new Names(),
        { text: '{}' },
      ];
      const endpoint = await start({
        on_open: (connection) => {
          for (const message of messages) connection.send(message);
        },
      });
      const client = await endpoint.connect();
      const received = [];
      while (received.length < messages.length) received.push(await client.next_text());
      expect(received).toEqual(messages.map((message) => JSON.stringify(message)));
    });

    test('a send to all and one to an id arrive in the order of the calls', async () => {
      const endpoint = await start({
        on_message: (message, connection) => {
          connection.send('own');
          endpoint.send('all');
          endpoint.send('ada', 'ada');
          endpoint.send('bob', 'bob');
          connection.send({ message });
        },
      });
      const ada = await endpoint.connect('?id=ada');
      const bob = await endpoint.connect('?id=bob');
      ada.send(1);
      const heard = [];
      for (let i = 0; i < 4; i++) heard.push(await ada.next_text());
      expect(heard).toEqual(['own', 'all', 'ada', '{"message":1}']);
      expect([await bob.next_text(), await bob.next_text()]).toEqual(['all', 'bob']);
    });

    test('an id that occurs twice in the query is nobody’s', async () => {
      const endpoint = await start({
        on_message: (message, connection) => connection.send(message),
      });
      const client = await endpoint.connect('?id=a&id=b');
      endpoint.send('for a', 'a');
      endpoint.send('for b', 'b');
      client.send('"echo"');
      expect(await client.next_text()).toBe('echo');
    });

    test('text arrives as text, and bytes of every kind as just those bytes', async () => {
      const bytes = Uint8Array.of(0xff, 0, 1, 2);
      const shared = new SharedArrayBuffer(2);
      new Uint8Array(shared).set([3, 4]);
      const endpoint = await start({
        on_open: (connection) => {
          for (const message of ['text', bytes, bytes.subarray(1, 3), bytes.buffer, shared]) {
            connection.send(message);
          }
        },
      });
      const client = await endpoint.connect();
      const received = [];
      while (received.length < 5) received.push(await client.next_raw());
      expect(received).toEqual(['text', bytes, Uint8Array.of(0, 1), bytes, Uint8Array.of(3, 4)]);
    });

    test('send says whether the message was taken', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => log.add(connection.send('taken')),
        on_close: (_code, _reason, connection) => log.add(connection.send('not taken')),
      });
      const client = await endpoint.connect();
      expect(await client.next_text()).toBe('taken');
      await client.close();
      await log.reaches(2);
      expect(log.entries).toEqual([true, false]);
    });

    test('an id that is undefined throws, and reaches nobody', async () => {
      const endpoint = await start({});
      const client = await endpoint.connect('?id=a');
      expect(() => endpoint.send('for everyone', undefined)).toThrow('the id');
      endpoint.send('for a', 'a');
      expect(await client.next_text()).toBe('for a');
    });
  });

  describe('sending what sends declares', () => {
    const sends = z.object({ text: z.string().max(3, 'Too long') });
    const code_of = (send: () => void): unknown => {
      try {
        send();
        return 'sent';
      } catch (error) {
        return (error as WebsocketsError).code;
      }
    };

    test('what is not declared throws at the caller and reaches nobody', async () => {
      const log = recorder();
      const endpoint = await start({
        sends,
        on_message: (message, connection) => log.add(code_of(() => connection.send(message))),
      });
      const client = await endpoint.connect('?id=a');
      client.send({ text: 'abcd' });
      client.send({ text: 'own' });
      expect(await client.next_message()).toEqual({ text: 'own' });
      log.add(code_of(() => endpoint.send({ text: 'abcd' })));
      log.add(code_of(() => endpoint.send({}, 'a')));
      endpoint.send({ text: 'all' });
      expect(await client.next_message()).toEqual({ text: 'all' });
      expect(log.entries).toEqual([
        'undeclared_message',
        'sent',
        'undeclared_message',
        'undeclared_message',
      ]);
      expect(client.received).toHaveLength(2);
    });

    test('what was passed goes out, whatever the schema makes of it', async () => {
      const endpoint = await start({
        sends: z.object({ text: z.string().transform((text) => text.length) }),
        on_open: (connection) => connection.send({ text: 'abc', other: 1 }),
      });
      const client = await endpoint.connect();
      expect(await client.next_message()).toEqual({ text: 'abc', other: 1 });
    });

    test('a string goes as JSON, too', async () => {
      const endpoint = await start({
        sends: z.string(),
        on_open: (connection) => connection.send('own'),
      });
      const client = await endpoint.connect();
      expect(await client.next_text()).toBe('"own"');
      endpoint.send('all');
      expect(await client.next_text()).toBe('"all"');
    });

    test('an asynchronous schema checks nothing, and is warned of once', async () => {
      const validate = async (value: unknown) => ({ value });
      const endpoint = await start({
        sends: { '~standard': { version: 1, vendor: 'test', validate } },
        on_open: (connection) => {
          connection.send(1);
          connection.send(2);
        },
      });
      const client = await endpoint.connect();
      expect([await client.next_message(), await client.next_message()]).toEqual([1, 2]);
      expect(endpoint.logged).toHaveLength(1);
      expect(endpoint.logged[0]?.message).toContain('asynchronous');
    });
  });
}
