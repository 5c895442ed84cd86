import type { WebsocketsError } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Gate, gate, recorder } from '../support/events.ts';
import { check_drained } from './drained.ts';
import type { ConformanceClient, StartEndpoint } from './endpoint.ts';
import { check_limits } from './limits.ts';
import { check_upgrade } from './upgrade.ts';

/** What every transport has to do: one suite, over each of them. */
export function check_connection(start: StartEndpoint): void {
  check_upgrade(start);
  check_drained(start);
  check_limits(start);

  describe('1: on_open settles before the first message is handled', () => {
    test('a message that arrives during on_open waits for it', async () => {
      const log = recorder();
      const opened = gate();
      const endpoint = await start({
        on_open: async () => {
          log.add('opening');
          await opened.passed;
          log.add('opened');
        },
        on_message: (message) => log.add(message),
      });
      const client = await endpoint.connect();
      client.send(1);
      client.send(2);
      await log.includes('opening');
      opened.open();
      await log.reaches(4);
      expect(log.entries).toEqual(['opening', 'opened', 1, 2]);
    });

    test('messages that wait for an on_open that fails are dropped, and on_close says 1011', async () => {
      const log = recorder();
      const opened = gate();
      const endpoint = await start({
        on_open: async () => {
          await opened.passed;
          throw new Error('no');
        },
        on_message: () => log.add('message'),
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      client.send(1);
      opened.open();
      expect((await client.closed).code).toBe(1011);
      await log.reaches(1);
      expect(log.entries).toEqual([1011]);
    });

    test('a message that is read during on_open waits for it, however many may be handled at once', async () => {
      const log = recorder();
      const opened = gate();
      const endpoint = await start({
        options: { max_concurrent_messages: 3 },
        on_open: async ({ params }) => {
          if (params.name !== 'slow') return;
          await opened.passed;
          log.add('opened');
        },
        on_message: (message, connection) => {
          if (connection.params.name === 'slow') log.add(message);
          else connection.send(message);
        },
      });
      const client = await endpoint.connect('?name=slow');
      client.send(1);
      client.send(2);
      await has_arrived(await endpoint.connect());
      opened.open();
      await log.includes(2);
      expect(log.entries).toEqual(['opened', 1, 2]);
    });
  });

  describe('2: messages are handled in order, one after the other has settled', () => {
    test('a slow message is not overtaken by a fast one', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_message: async (message) => {
          log.add(`start ${message}`);
          if (message === 1) await slow.passed;
          log.add(`end ${message}`);
        },
      });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await log.includes('start 1');
      slow.open();
      await log.includes('end 3');
      expect(log.entries).toEqual(['start 1', 'end 1', 'start 2', 'end 2', 'start 3', 'end 3']);
    });

    test('synchronous and asynchronous handling may alternate', async () => {
      const endpoint = await start({
        on_message: (message, connection) => {
          if (message % 3 === 0) return Promise.resolve().then(() => connection.send(message));
          return connection.send(message);
        },
      });
      const client = await endpoint.connect();
      const sent = Array.from({ length: 300 }, (_, index) => index);
      for (const message of sent) client.send(message);
      const received: number[] = [];
      while (received.length < sent.length) received.push(await client.next_message());
      expect(received).toEqual(sent);
    });

    test('max_concurrent_messages lets as many be handled at once, and no more', async () => {
      const log = recorder();
      const gates = new Map<number, Gate>([1, 2, 3, 4].map((number) => [number, gate()]));
      const endpoint = await start({
        options: { max_concurrent_messages: 2 },
        on_message: async (message: number) => {
          log.add(`start ${message}`);
          await gates.get(message)?.passed;
          log.add(`end ${message}`);
        },
      });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3, 4]) client.send(message);
      await log.includes('start 2');
      gates.get(2)?.open();
      await log.includes('start 3');
      expect(log.entries).toEqual(['start 1', 'start 2', 'end 2', 'start 3']);
      for (const each of gates.values()) each.open();
      await log.includes('end 4');
    });

    test('a thenable that is no Promise is awaited, too', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_message: (message) => {
          log.add(`start ${message}`);
          return {
            then: (done: () => void) =>
              slow.passed.then(() => {
                log.add(`end ${message}`);
                done();
              }),
          };
        },
      });
      const client = await endpoint.connect();
      for (const message of [1, 2]) client.send(message);
      await log.includes('start 1');
      slow.open();
      await log.includes('end 2');
      expect(log.entries).toEqual(['start 1', 'end 1', 'start 2', 'end 2']);
    });
  });

  describe('3: on_close runs exactly once, with the code that was decided first', () => {
    const count_closes = () => {
      const log = recorder();
      const on_close = (code: number, reason: string) => log.add(`${code} ${reason}`);
      return { log, on_close };
    };

    test('the code and the reason of the client', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({ on_close });
      const client = await endpoint.connect();
      expect(await client.close(4001, 'bye')).toEqual({ code: 4001, reason: 'bye' });
      await log.reaches(1);
      await endpoint.close();
      expect(log.entries).toEqual(['4001 bye']);
    });

    test('1005 for a client that gives no code', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({ on_close });
      const client = await endpoint.connect();
      client.close();
      await log.reaches(1);
      expect(log.entries).toEqual(['1005 ']);
    });

    test('1006 for a client that resets', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({ on_close });
      const client = await endpoint.connect();
      client.reset();
      await log.reaches(1);
      await endpoint.close();
      expect(log.entries).toEqual(['1006 ']);
    });

    test('a handler closes with its own code, and nothing more reaches on_message', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({
        on_message: (message, connection) => {
          log.add(message);
          connection.close(4002, 'enough');
        },
        on_close,
      });
      const client = await endpoint.connect();
      client.send(1);
      client.send(2);
      client.send(3);
      expect(await client.closed).toEqual({ code: 4002, reason: 'enough' });
      await log.reaches(2);
      await endpoint.close();
      expect(log.entries).toEqual([1, '4002 enough']);
    });

    test('on_open may close at once', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({
        on_open: (connection) => {
          connection.send('first');
          connection.close(4003);
          log.add(connection.send('late'));
        },
        on_close,
      });
      const client = await endpoint.connect();
      expect((await client.closed).code).toBe(4003);
      await log.reaches(2);
      expect(client.received).toEqual(['first']);
      expect(log.entries).toEqual([false, '4003 ']);
    });

    test('terminate cuts without a close frame: both sides see 1006', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({ on_open: (connection) => connection.terminate(), on_close });
      const client = await endpoint.connect();
      expect((await client.closed).code).toBe(1006);
      await log.reaches(1);
      expect(log.entries).toEqual(['1006 ']);
    });

    test('all that a client sent before it closed is handled first', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_message: async (message) => {
          await slow.passed;
          log.add(message);
        },
        on_close: (code) => log.add(`closed ${code}`),
      });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await client.close(1000);
      slow.open();
      await log.reaches(4);
      expect(log.entries).toEqual([1, 2, 3, 'closed 1000']);
    });

    test('what had arrived before a reset is handled, too', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        options: { max_concurrent_messages: 2 },
        on_message: async (message, connection) => {
          log.add(message);
          // Handled at the same time as the first: by then, all three had arrived.
          if (message === 'last') connection.send('arrived');
          else await slow.passed;
        },
        on_close: (code) => log.add(`closed ${code}`),
      });
      const client = await endpoint.connect();
      client.send(1);
      client.send('"last"');
      await client.next_text();
      client.reset();
      await client.closed;
      slow.open();
      await log.includes('closed 1006');
      expect(log.entries).toEqual([1, 'last', 'closed 1006']);
    });

    test('messages that wait when the connection is terminated are dropped', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_message: async (message, connection) => {
          log.add(message);
          await slow.passed;
          connection.terminate();
        },
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await log.includes(1);
      slow.open();
      await log.includes(1006);
      expect(log.entries).toEqual([1, 1006]);
    });

    test('what was sent before terminate in the same turn is not written after it', async () => {
      const endpoint = await start({
        on_open: (connection) => {
          connection.send('never');
          connection.terminate();
        },
      });
      const client = await endpoint.connect();
      await client.closed;
      expect(client.received).toEqual([]);
    });

    test('the code of a close stays where the connection is terminated afterwards', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => {
          connection.close(4006);
          connection.terminate();
        },
        on_close: (code) => log.add(code),
      });
      await (await endpoint.connect()).closed;
      await log.reaches(1);
      expect(log.entries).toEqual([4006]);
    });

    test('a connection that closes while its reading is paused hears the answer', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        options: { max_queued_messages: 1, close_timeout_in_seconds: 1000 },
        on_message: async (message, connection) => {
          log.add(message);
          if (message === 1) await slow.passed;
          connection.close(4007);
        },
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3, 4]) client.send(message);
      await log.includes(1);
      slow.open();
      expect((await client.closed).code).toBe(4007);
      await log.includes(4007);
      expect(log.entries).toEqual([1, 4007]);
    });

    test('a client that does not answer a close is cut, and on_close says the code', async () => {
      const log = recorder();
      const endpoint = await start({
        options: { close_timeout_in_seconds: 0.05 },
        on_message: (_message, connection) => connection.close(4008, 'enough'),
        on_close: (code, reason) => log.add(`${code} ${reason}`),
      });
      const client = await endpoint.connect();
      client.send(1);
      client.pause();
      await log.includes('4008 enough');
      await endpoint.close();
      expect(log.entries).toEqual(['4008 enough']);
    });

    test('an on_close that never settles does not hold up a shutdown past its grace', async () => {
      const log = recorder();
      const endpoint = await start({
        on_close: (code) => {
          log.add(code);
          return new Promise(() => {});
        },
      });
      await endpoint.connect();
      await endpoint.close(0.05);
      expect(log.entries).toEqual([1012]);
    });

    test('the code stays that of the client when a handler closes afterwards', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_message: async (_message, connection) => {
          await slow.passed;
          log.add(connection.is_open);
          connection.close(4004);
        },
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      client.send(1);
      await client.close(1000);
      slow.open();
      await log.reaches(2);
      expect(log.entries).toEqual([false, 1000]);
    });

    test('a shutdown closes with 1012, and handles what had been sent', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_message: async (message) => {
          log.add(message);
          await slow.passed;
        },
        on_close: (code) => log.add(`closed ${code}`),
      });
      const client = await endpoint.connect();
      client.send(1);
      client.send(2);
      await log.includes(1);
      const closing = endpoint.close(5);
      expect((await client.closed).code).toBe(1012);
      slow.open();
      await closing;
      expect(log.entries).toEqual([1, 2, 'closed 1012']);
    });

    test('a handler that never settles delays on_close to the end of the grace', async () => {
      const log = recorder();
      const endpoint = await start({
        on_message: () => {
          log.add('hangs');
          return new Promise(() => {});
        },
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      client.send(1);
      await log.includes('hangs');
      await endpoint.close(0.05);
      expect(log.entries).toEqual(['hangs', 1012]);
    });

    test('a handler that closes after the client did drops nothing that the client had sent', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_message: async (message, connection) => {
          await slow.passed;
          log.add(message);
          connection.close(4004);
        },
        on_close: (code) => log.add(`closed ${code}`),
      });
      const client = await endpoint.connect();
      for (const message of [1, 2]) client.send(message);
      await client.close(1000);
      slow.open();
      await log.includes('closed 1000');
      expect(log.entries).toEqual([1, 2, 'closed 1000']);
    });

    test('a close without a code is one with 1000', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({ on_open: (connection) => connection.close(), on_close });
      expect(await (await endpoint.connect()).closed).toEqual({ code: 1000, reason: '' });
      await log.reaches(1);
      expect(log.entries).toEqual(['1000 ']);
    });

    test('a client that does not answer a close is cut, and the code stays', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({
        options: { close_timeout_in_seconds: 0.05 },
        on_message: (_message, connection) => connection.close(4008),
        on_close,
      });
      const client = await endpoint.connect();
      client.pause();
      client.send(1);
      await log.reaches(1);
      expect(log.entries).toEqual(['4008 ']);
    });

    test('a client that does not answer does not hold up a shutdown past its grace', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({ on_close });
      (await endpoint.connect()).pause();
      await endpoint.close(0.05);
      expect(log.entries).toEqual(['1012 the server is restarting']);
    });

    test('a shutdown waits for on_close to settle, and lets nobody in meanwhile', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_close: async (code) => {
          log.add(code);
          await slow.passed;
          log.add('settled');
        },
      });
      await endpoint.connect();
      const closing = endpoint.close().then(() => log.add('down'));
      await log.includes(1012);
      await expect(endpoint.connect()).rejects.toThrow('503');
      slow.open();
      await closing;
      expect(log.entries).toEqual([1012, 'settled', 'down']);
    });

    test('close_all closes every connection with its code and reason', async () => {
      const { log, on_close } = count_closes();
      const endpoint = await start({ on_close });
      const clients = [await endpoint.connect(), await endpoint.connect()];
      endpoint.close_all(4009, 'all of you');
      for (const { closed } of clients) {
        expect(await closed).toEqual({ code: 4009, reason: 'all of you' });
      }
      await log.reaches(2);
      expect(log.entries).toEqual(['4009 all of you', '4009 all of you']);
    });

    test('a connection that closes while its reading is paused hears the answer, though a handler hangs', async () => {
      const slow = gate();
      const hanging = gate();
      const endpoint = await start({
        options: { max_queued_messages: 1, close_timeout_in_seconds: 1000 },
        on_message: async (message, connection) => {
          if (message === 'echo') return connection.send(message);
          await slow.passed;
          connection.close(4010);
          await hanging.passed;
        },
      });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await has_arrived(await endpoint.connect());
      slow.open();
      expect((await client.closed).code).toBe(4010);
      hanging.open();
    });
  });

  describe('4: a failing handler ends nothing but its own connection', () => {
    const failures: [string, () => never | Promise<never>][] = [
      [
        'throws',
        () => {
          throw new Error('no');
        },
      ],
      ['rejects', () => Promise.reject(new Error('no'))],
      [
        'throws what is no error',
        () => {
          throw undefined;
        },
      ],
    ];
    for (const [how, fail] of failures) {
      for (const handler of ['on_open', 'on_message'] as const) {
        test(`${handler} that ${how} is logged and closes with 1011`, async () => {
          const endpoint = await start({ [handler]: fail });
          const client = await endpoint.connect();
          client.send(1);
          expect((await client.closed).code).toBe(1011);
          expect(endpoint.logged.map(({ details }) => details.handler)).toEqual([handler]);
        });

        test(`${handler} that ${how} is left to on_error, and the connection lives`, async () => {
          const log = recorder();
          const endpoint = await start({
            [handler]: fail,
            on_error: (error, connection) => {
              log.add(error instanceof Error ? error.message : error);
              connection.send('sorry');
            },
          });
          const client = await endpoint.connect();
          client.send(1);
          expect(await client.next_text()).toBe('sorry');
          expect(log.entries[0]).toBe(how === 'throws what is no error' ? undefined : 'no');
          expect(endpoint.logged).toEqual([]);
        });
      }

      test(`on_close that ${how} is logged, and ends nothing`, async () => {
        const endpoint = await start({ on_close: fail });
        await (await endpoint.connect()).close(1000);
        await endpoint.close();
        expect(endpoint.logged.map(({ details }) => details.handler)).toEqual(['on_close']);
      });

      test(`on_error that ${how} is logged and closes with 1011`, async () => {
        const endpoint = await start({
          on_message: () => {
            throw new Error('first');
          },
          on_error: fail,
        });
        const client = await endpoint.connect();
        client.send(1);
        expect((await client.closed).code).toBe(1011);
        expect(endpoint.logged.map(({ details }) => details.handler)).toEqual(['on_error']);
      });
    }

    test('an asynchronous on_error settles before the next message is handled', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_message: (message) => {
          log.add(message);
          if (message === 1) throw new Error('no');
        },
        on_error: async () => {
          log.add('deciding');
          await slow.passed;
          log.add('decided');
        },
      });
      const client = await endpoint.connect();
      client.send(1);
      client.send(2);
      await log.includes('deciding');
      slow.open();
      await log.reaches(4);
      expect(log.entries).toEqual([1, 'deciding', 'decided', 2]);
    });

    test('a thenable that misbehaves counts as settled once', async () => {
      const log = recorder();
      const twice = (done: () => void) => [done(), done()];
      const failing_twice = (_done: unknown, fail: (error: Error) => void) => [
        fail(new Error('once')),
        fail(new Error('twice')),
      ];
      const endpoint = await start({
        on_message: (message) => {
          log.add(message);
          if (message === 1) return { then: twice };
          return Object.assign(Promise.resolve(), { then: failing_twice });
        },
        on_error: (error) => log.add((error as Error).message),
        on_close: () => log.add('closed'),
      });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await client.close();
      await log.includes('closed');
      expect(log.entries).toEqual([1, 2, 'once', 3, 'once', 'closed']);
    });

    test('a thenable whose then cannot be read, and a failure that cannot be examined, are failures', async () => {
      const unexaminable = new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error('no');
          },
        },
      );
      const unreadable = {
        get then() {
          throw unexaminable;
        },
      };
      const endpoint = await start({ on_message: () => unreadable });
      const client = await endpoint.connect();
      client.send(1);
      expect((await client.closed).code).toBe(1011);
      expect(endpoint.logged).toHaveLength(1);
    });

    test('what a handler returns that cannot be examined is nothing to wait for', async () => {
      const log = recorder();
      const unexaminable = new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error('no');
          },
        },
      );
      const no_thenable = Object.assign(Promise.resolve(), { then: undefined });
      const endpoint = await start({
        on_open: () => unexaminable,
        on_message: (message) => {
          log.add(message);
          return message === 1 ? unexaminable : no_thenable;
        },
        on_close: () => {
          log.add('closed');
          return unexaminable;
        },
      });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await client.close();
      await endpoint.close();
      expect(log.entries).toEqual([1, 2, 3, 'closed']);
      expect(endpoint.logged).toEqual([]);
    });

    test('other connections go on', async () => {
      const endpoint = await start({
        on_message: (message, connection) => {
          if (message === 'fail') throw new Error('no');
          connection.send(message);
        },
      });
      const [failing, other] = [await endpoint.connect(), await endpoint.connect()];
      failing.send('"fail"');
      await failing.closed;
      other.send('"still here"');
      expect(await other.next_text()).toBe('still here');
    });
  });

  describe('5: what is no JSON never reaches on_message', () => {
    const invalid: [string, string | Uint8Array][] = [
      ['text that is not JSON', 'hello'],
      ['an empty message', ''],
      ['bytes that are not JSON', new Uint8Array([1, 2, 3])],
      ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
      ['a byte order mark', '\uFEFF{}'],
      ['bytes that begin with a byte order mark', new TextEncoder().encode('\uFEFF{}')],
    ];
    for (const [what, message] of invalid) {
      test(`${what} closes with 1007 and a reason`, async () => {
        const log = recorder();
        const endpoint = await start({ on_message: () => log.add('reached') });
        const client = await endpoint.connect();
        client.send(message);
        const { code, reason } = await client.closed;
        expect(code).toBe(1007);
        expect(reason).toMatch(/^the message is not JSON: /);
        expect(log.entries).toEqual([]);
      });

      test(`${what} goes to on_error`, async () => {
        const log = recorder();
        const endpoint = await start({
          on_message: (good) => log.add(good),
          on_error: (error) => log.add((error as WebsocketsError).code),
        });
        const client = await endpoint.connect();
        client.send(message);
        client.send({ good: true });
        await log.reaches(2);
        expect(log.entries).toEqual(['invalid_message', { good: true }]);
      });
    }

    test('JSON is decoded from text and from bytes alike', async () => {
      const log = recorder();
      const endpoint = await start({ on_message: (message) => log.add(message) });
      const client = await endpoint.connect();
      client.send('{"text":"é😀"}');
      client.send(new TextEncoder().encode('{"bytes":"é😀"}'));
      client.send('null');
      await log.reaches(3);
      expect(log.entries).toEqual([{ text: 'é😀' }, { bytes: 'é😀' }, null]);
    });
  });

  describe('5: what receives does not accept never reaches on_message', () => {
    const receives = z.object({
      text: z
        .string()
        .max(3, 'Too long')
        .transform((text) => text.toUpperCase()),
      loud: z.boolean().default(false),
    });

    test('what the schema makes of a message does', async () => {
      const log = recorder();
      const endpoint = await start({ receives, on_message: (message) => log.add(message) });
      const client = await endpoint.connect();
      client.send({ text: 'abc', other: 1 });
      await log.reaches(1);
      expect(log.entries).toEqual([{ text: 'ABC', loud: false }]);
    });

    test('an invalid message closes with 1007 and a reason that names the issue', async () => {
      const log = recorder();
      const endpoint = await start({
        receives,
        on_message: () => log.add('reached'),
        on_close: (code, reason) => log.add([code, reason]),
      });
      const client = await endpoint.connect();
      client.send({ text: 'abcd' });
      client.send({ text: 'abc' });
      const reason = 'the message is not as declared: text: Too long';
      expect(await client.closed).toEqual({ code: 1007, reason });
      await log.reaches(1);
      expect(log.entries).toEqual([[1007, reason]]);
      expect(endpoint.logged).toEqual([]);
    });

    test('an invalid message goes to on_error with its issues, and the connection lives', async () => {
      const log = recorder();
      const endpoint = await start({
        receives,
        on_message: ({ text }) => log.add(text),
        on_error: (error) => {
          const { code, details } = error as WebsocketsError;
          log.add({ code, details });
        },
      });
      const client = await endpoint.connect();
      client.send({ text: 'abcd' });
      client.send({ text: 'ok' });
      await log.includes('OK');
      const issues = [{ message: 'Too long', path: ['text'] }];
      expect(log.entries).toEqual([
        { code: 'invalid_message', details: { endpoint: expect.any(String), issues } },
        'OK',
      ]);
      expect(endpoint.logged).toEqual([]);
    });

    test('what is no JSON is never shown to the schema, and has no issues', async () => {
      const log = recorder();
      const endpoint = await start({
        receives: z.unknown().transform((value) => log.add(value)),
        on_error: (error) => log.add((error as WebsocketsError).details),
      });
      const client = await endpoint.connect();
      client.send('hello');
      await log.reaches(1);
      expect(log.entries).toEqual([{ endpoint: expect.any(String), issues: [] }]);
    });

    /** A schema that decides about each message when the test lets it. */
    function deciding(is_valid: (message: number) => boolean = () => true) {
      const log = recorder();
      const gates = new Map<number, Gate>([1, 2, 3].map((number) => [number, gate()]));
      const receives = z.number().transform(async (message, context) => {
        log.add(`deciding ${message}`);
        await gates.get(message)?.passed;
        if (!is_valid(message)) context.addIssue('Not this one');
        return message;
      });
      return { log, receives, decide: (message: number) => gates.get(message)?.open() };
    }

    test('an asynchronous schema keeps the order', async () => {
      const { log, receives, decide } = deciding();
      const endpoint = await start({ receives, on_message: (message) => log.add(message) });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await log.includes('deciding 1');
      for (const message of [3, 2, 1]) decide(message);
      await log.includes(3);
      // zod asks a schema anew once it has shown that it is asynchronous.
      expect([...new Set(log.entries)]).toEqual([
        'deciding 1',
        1,
        'deciding 2',
        2,
        'deciding 3',
        3,
      ]);
    });

    test('what an asynchronous schema does not accept closes with 1007', async () => {
      const { log, receives, decide } = deciding((message) => message !== 2);
      const endpoint = await start({ receives, on_message: (message) => log.add(message) });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) {
        client.send(message);
        decide(message);
      }
      expect(await client.closed).toEqual({
        code: 1007,
        reason: 'the message is not as declared: Not this one',
      });
      expect(log.entries).toContain(1);
      expect(log.entries).not.toContain(2);
      expect(log.entries).not.toContain('deciding 3');
    });

    test('a connection that closes while the schema decides never reaches on_message', async () => {
      const { log, receives, decide } = deciding();
      const opened: { close(code: number): void }[] = [];
      const endpoint = await start({
        receives,
        on_open: (connection) => opened.push(connection),
        on_message: (message) => log.add(message),
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      client.send(1);
      client.send(2);
      await log.includes('deciding 1');
      for (const connection of opened) connection.close(4000);
      expect((await client.closed).code).toBe(4000);
      decide(1);
      await log.includes(4000);
      expect([...new Set(log.entries)]).toEqual(['deciding 1', 4000]);
    });

    test('what a client sent before it closed is decided and handled first', async () => {
      const { log, receives, decide } = deciding();
      const endpoint = await start({
        receives,
        on_message: (message) => log.add(message),
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      client.send(1);
      await log.includes('deciding 1');
      await client.close(4001);
      decide(1);
      await log.includes(4001);
      expect([...new Set(log.entries)]).toEqual(['deciding 1', 1, 4001]);
    });

    /** A schema of no library: zod would call a rejecting one twice, and lose its first promise. */
    const schema_that = (validate: (value: unknown) => any) => ({
      '~standard': { version: 1 as const, vendor: 'test', validate },
    });
    for (const [how, fail] of [
      ['throws', throw_secret],
      ['rejects', async () => throw_secret()],
      [
        'throws within zod',
        (value) => z.unknown().transform(throw_secret)['~standard'].validate(value),
      ],
      ['returns what is no result', () => ({})],
    ] as [string, (value: unknown) => unknown][]) {
      test(`a schema that ${how} is logged and closes with 1011`, async () => {
        const log = recorder();
        const endpoint = await start({
          receives: schema_that(fail),
          on_message: () => log.add('reached'),
        });
        const client = await endpoint.connect();
        client.send(1);
        const { code, reason } = await client.closed;
        expect(code).toBe(1011);
        expect(reason).not.toContain('secret');
        expect(endpoint.logged.map(({ details }) => details)).toMatchObject([
          { handler: 'receives', error: { code: 'schema_failed' } },
        ]);
        expect(log.entries).toEqual([]);
      });

      test(`a schema that ${how} is left to on_error, and the connection lives`, async () => {
        const log = recorder();
        const endpoint = await start({
          receives: schema_that((value) => (value === 1 ? fail(value) : { value })),
          on_message: (message) => log.add(message),
          on_error: (error) => log.add((error as WebsocketsError).code),
        });
        const client = await endpoint.connect();
        client.send(1);
        client.send(2);
        await log.includes(2);
        expect(log.entries).toEqual(['schema_failed', 2]);
        expect(endpoint.logged).toEqual([]);
      });
    }
  });

  describe('6: nothing a client sends ends the process', () => {
    test('messages that wait when the client breaks the protocol are dropped', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        options: { max_message_size_in_bytes: 100 },
        on_message: async (message) => {
          log.add(message);
          await slow.passed;
        },
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      client.send(1);
      client.send(2);
      client.send('x'.repeat(101));
      expect((await client.closed).code).toBe(1009);
      slow.open();
      await log.includes(1009);
      expect(log.entries).toEqual([1, 1009]);
    });

    test('a message that is too big closes with 1009, and on_close says so', async () => {
      const log = recorder();
      const endpoint = await start({
        options: { max_message_size_in_bytes: 100 },
        on_message: (message) => log.add(message.length),
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      client.send(JSON.stringify('x'.repeat(98)));
      client.send(JSON.stringify('x'.repeat(99)));
      expect((await client.closed).code).toBe(1009);
      await log.reaches(2);
      expect(log.entries).toEqual([98, 1009]);
    });

    test('what an asynchronous on_upgrade returns is the context', async () => {
      const endpoint = await start({
        on_upgrade: async () => ({ user: 'Ada' }),
        on_open: (connection) => connection.send(connection.context),
      });
      expect(await (await endpoint.connect()).next_message()).toEqual({ user: 'Ada' });
    });
  });

  describe('7: a handler slower than its client slows the client down', () => {
    test('nothing is dropped and the order is kept', async () => {
      const log = recorder();
      const first = gate();
      const endpoint = await start({
        options: { max_queued_messages: 4 },
        on_message: async (message) => {
          if (message.index === 0) await first.passed;
          log.add(message.index);
        },
      });
      const client = await endpoint.connect();
      const padding = 'x'.repeat(10_000);
      const count = 500;
      for (let index = 0; index < count; index++) client.send({ index, padding });
      first.open();
      await log.reaches(count);
      expect(log.entries).toEqual(Array.from({ length: count }, (_, index) => index));
    });
  });

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

  describe('topics', () => {
    test('a publish reaches every other subscriber, and not the publisher', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.subscribe('room'),
        on_message: (message, connection) => {
          connection.publish('room', { said: message });
          connection.send('done');
        },
      });
      const [ada, bob, eve] = [
        await endpoint.connect(),
        await endpoint.connect(),
        await endpoint.connect(),
      ];
      ada.send(1);
      expect(await bob.next_message()).toEqual({ said: 1 });
      expect(await eve.next_message()).toEqual({ said: 1 });
      expect(await ada.next_text()).toBe('done');
    });

    test('a publish from anywhere reaches every subscriber of the topic, and nobody else', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.subscribe(connection.params.room),
        on_message: (message, connection) => connection.send(message),
      });
      const [ada, bob] = [await endpoint.connect('?room=a'), await endpoint.connect('?room=b')];
      endpoint.publish('a', 'for a');
      endpoint.publish('__proto__', 'for nobody');
      bob.send('"echo"');
      expect(await ada.next_text()).toBe('for a');
      expect(await bob.next_text()).toBe('echo');
    });

    test('subscribing twice is once, and leaving is leaving', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => {
          connection.subscribe('a');
          connection.subscribe('a');
          connection.subscribe('b');
          log.add(connection.topics);
          connection.unsubscribe('b');
          connection.unsubscribe('never joined');
          log.add(connection.topics);
        },
        on_message: (message, connection) => connection.send(message),
      });
      const client = await endpoint.connect();
      endpoint.publish('a', 'once');
      endpoint.publish('b', 'not at all');
      client.send('"echo"');
      expect([await client.next_text(), await client.next_text()]).toEqual(['once', 'echo']);
      expect(log.entries).toEqual([['a', 'b'], ['a']]);
    });

    test('12: the messages of each publisher arrive in order, once', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.subscribe('room'),
        on_message: (message, connection) => connection.publish('room', message),
      });
      const listener = await endpoint.connect();
      const publishers = { a: await endpoint.connect(), b: await endpoint.connect() };
      const count = 100;
      for (let index = 0; index < count; index++) {
        for (const [by, client] of Object.entries(publishers)) client.send({ by, index });
      }
      const received: { by: string; index: number }[] = [];
      while (received.length < 2 * count) received.push(await listener.next_message());
      for (const publisher of Object.keys(publishers)) {
        const indexes = received.filter(({ by }) => by === publisher).map(({ index }) => index);
        expect(indexes).toEqual(Array.from({ length: count }, (_, index) => index));
      }
    });

    test('14: a topic or an id with an inherited name is like any other', async () => {
      const names = ['__proto__', 'constructor', 'toString'];
      const endpoint = await start({
        on_open: (connection) => {
          if (connection.params.id !== undefined) connection.subscribe(connection.params.id);
        },
        on_message: (message, connection) => connection.send(message),
      });
      const stranger = await endpoint.connect();
      for (const name of names) {
        const client = await endpoint.connect(`?id=${name}`);
        endpoint.publish(name, `published to ${name}`);
        endpoint.send(`sent to ${name}`, name);
        expect(await client.next_text()).toBe(`published to ${name}`);
        expect(await client.next_text()).toBe(`sent to ${name}`);
      }
      stranger.send('"end"');
      expect(await stranger.next_text()).toBe('end');
      expect(stranger.received).toEqual(['end']);
    });

    test('in on_close one may publish, and subscribing does nothing', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => connection.subscribe('room'),
        on_close: (_code, _reason, connection) => {
          connection.subscribe('another');
          log.add(connection.topics);
          connection.publish('room', { left: connection.params.name });
        },
      });
      const ada = await endpoint.connect('?name=ada');
      const bob = await endpoint.connect('?name=bob');
      await ada.close();
      expect(await bob.next_message()).toEqual({ left: 'ada' });
      expect(log.entries).toEqual([['room']]);
    });

    test('what cannot be sent throws at the publisher and reaches nobody', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => connection.subscribe('room'),
        on_message: (_message, connection) => {
          for (const [topic, message] of [
            ['room', 1n],
            ['', 'x'],
            ['x'.repeat(257), 'x'],
          ] as const) {
            try {
              connection.publish(topic, message);
            } catch (error) {
              log.add((error as WebsocketsError).code);
            }
          }
          connection.publish('room', 'end');
        },
      });
      const [ada, bob] = [await endpoint.connect(), await endpoint.connect()];
      ada.send(1);
      expect(await bob.next_text()).toBe('end');
      expect(log.entries).toEqual(['unserializable_message', 'bad_argument', 'bad_argument']);
    });

    test('one topic more than max_topics throws, and changes nothing', async () => {
      const log = recorder();
      const endpoint = await start({
        options: { max_topics: 2 },
        on_open: (connection) => {
          connection.subscribe('a');
          connection.subscribe('b');
          try {
            connection.subscribe('c');
          } catch (error) {
            log.add((error as WebsocketsError).code);
          }
          connection.subscribe('a');
          connection.unsubscribe('a');
          connection.subscribe('c');
          log.add(connection.topics);
        },
      });
      await endpoint.connect();
      await log.reaches(2);
      expect(log.entries).toEqual(['too_many_topics', ['b', 'c']]);
    });

    test('a subscriber that closes or is cut in the middle of a fan-out harms no other', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.subscribe('room'),
        on_message: (message, connection) => {
          endpoint.publish('room', 'first');
          if (message === 'close') connection.close(4000);
          else connection.terminate();
          endpoint.publish('room', 'second');
        },
      });
      for (const how of ['close', 'terminate']) {
        const [going, staying] = [await endpoint.connect(), await endpoint.connect()];
        going.send(JSON.stringify(how));
        expect([await staying.next_text(), await staying.next_text()]).toEqual(['first', 'second']);
        await going.closed;
        expect(going.received).toEqual(how === 'close' ? ['first'] : []);
        await staying.close();
      }
    });

    test('one that leaves a topic takes nobody with it', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.subscribe('room'),
        on_message: (_message, connection) => {
          connection.unsubscribe('room');
          endpoint.publish('room', 'for those who stay');
          connection.send('left');
        },
      });
      const [leaving, staying] = [await endpoint.connect(), await endpoint.connect()];
      leaving.send(1);
      expect(await leaving.next_text()).toBe('left');
      expect(await staying.next_text()).toBe('for those who stay');
    });

    test('12: a publish is encoded once, however many it reaches, and says true', async () => {
      const log = recorder();
      let encoded = 0;
      const endpoint = await start({
        on_open: (connection) => connection.subscribe('room'),
        on_message: (_message, connection) =>
          log.add(connection.publish('room', { toJSON: () => ++encoded })),
      });
      const [publishing, ...others] = [
        await endpoint.connect(),
        await endpoint.connect(),
        await endpoint.connect(),
      ];
      publishing?.send(1);
      for (const other of others) expect(await other.next_message()).toBe(1);
      expect(encoded).toBe(1);
      expect(log.entries).toEqual([true]);
    });

    test('publishes to several topics within one turn each reach their own subscribers', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.subscribe(connection.params.room),
        on_message: () => {
          for (const room of ['a', 'b', 'c']) endpoint.publish(room, `for ${room}`);
        },
      });
      const rooms = ['a', 'a', 'b', 'b', 'c', 'c'];
      const clients = [];
      for (const room of rooms) clients.push(await endpoint.connect(`?room=${room}`));
      clients[0]?.send(1);
      const received = [];
      for (const client of clients) received.push(await client.next_text());
      expect(received).toEqual(rooms.map((room) => `for ${room}`));
    });
  });

  describe('what a connection tells', () => {
    test('14: params are own properties, whatever their names', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: ({ params }) =>
          log.add({
            entries: Object.entries(params),
            inherited: params.toString === Object.prototype.toString,
          }),
      });
      await endpoint.connect('?a=1&b=2&b=3&__proto__=x&constructor=y&space=a+b%20c');
      await log.reaches(1);
      expect(log.entries).toEqual([
        {
          entries: [
            ['a', '1'],
            ['b', ['2', '3']],
            ['__proto__', 'x'],
            ['constructor', 'y'],
            ['space', 'a b c'],
          ],
          inherited: true,
        },
      ]);
    });

    test('ids are unique and stay the same', async () => {
      const ids = new Set<string>();
      const endpoint = await start({
        on_open: (connection) => {
          ids.add(connection.id);
        },
        on_message: (_message, connection) => connection.send({ known: ids.has(connection.id) }),
      });
      for (let i = 0; i < 3; i++) {
        const client = await endpoint.connect();
        client.send(1);
        expect(await client.next_message()).toEqual({ known: true });
      }
      expect(ids.size).toBe(3);
    });

    test('a connection leaves the endpoint when it has closed', async () => {
      const log = recorder();
      const endpoint = await start({ on_close: () => log.add('closed') });
      const client = await endpoint.connect();
      expect(endpoint.connections).toHaveLength(1);
      await client.close();
      await log.reaches(1);
      expect(endpoint.connections).toEqual([]);
    });

    test('a close code that may not be sent throws and changes nothing', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => {
          for (const code of [0, 999, 1004, 1005, 1006, 1010, 1015, 2000, 5000, 1000.5, NaN]) {
            try {
              connection.close(code);
            } catch (error) {
              log.add((error as WebsocketsError).code);
            }
          }
          connection.send('open');
        },
      });
      expect(await (await endpoint.connect()).next_text()).toBe('open');
      expect(log.entries).toEqual(Array(11).fill('bad_argument'));
    });

    test('a reason that is too long is cut between two characters', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.close(4000, `x${'😀'.repeat(100)}`),
      });
      const { reason } = await (await endpoint.connect()).closed;
      expect(reason).toBe(`x${'😀'.repeat(30)}`);
    });

    test('a connection that is closing is no longer listed', async () => {
      const log = recorder();
      const endpoint = await start({ on_close: () => log.add(endpoint.connections.length) });
      await (await endpoint.connect()).close();
      await log.reaches(1);
      expect(log.entries).toEqual([0]);
    });

    test('every code that an endpoint may send closes with it', async () => {
      const endpoint = await start({
        on_open: (connection) => connection.close(Number(connection.params.code)),
      });
      for (const code of [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
      ]) {
        expect((await (await endpoint.connect(`?code=${code}`)).closed).code).toBe(code);
      }
    });

    test('a reason that is no string throws and changes nothing', async () => {
      const endpoint = await start({
        on_open: (connection) => {
          expect(() => connection.close(4000, 7 as never)).toThrow('must be a string');
          connection.send('open');
        },
      });
      expect(await (await endpoint.connect()).next_text()).toBe('open');
    });

    test('half a character in a reason is replaced, for both sides', async () => {
      const log = recorder();
      const endpoint = await start({
        on_open: (connection) => connection.close(4000, 'x\ud83d'),
        on_close: (_code, reason) => log.add(reason),
      });
      expect((await (await endpoint.connect()).closed).reason).toBe('x\ufffd');
      await log.reaches(1);
      expect(log.entries).toEqual(['x\ufffd']);
    });
  });
}

/** What any client sent before has arrived once another hears its echo. */
async function has_arrived(other: ConformanceClient): Promise<void> {
  other.send('"echo"');
  await other.next_text();
}

function throw_secret(): never {
  throw new Error('secret');
}
