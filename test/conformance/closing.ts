import { describe, expect, test } from 'vitest';
import { gate, recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';
import { has_arrived, record_closes } from './observe.ts';

/** How a connection ends, over whatever its client is connected. */
export function check_closing(start: StartEndpoint): void {
  describe('3: on_close runs exactly once, with the code that was decided first', () => {
    test('the code and the reason of the client', async () => {
      const { log, on_close } = record_closes();
      const endpoint = await start({ on_close });
      const client = await endpoint.connect();
      expect(await client.close(4001, 'bye')).toEqual({ code: 4001, reason: 'bye' });
      await log.reaches(1);
      await endpoint.close();
      expect(log.entries).toEqual(['4001 bye']);
    });

    test('1005 for a client that gives no code', async () => {
      const { log, on_close } = record_closes();
      const endpoint = await start({ on_close });
      const client = await endpoint.connect();
      client.close();
      await log.reaches(1);
      expect(log.entries).toEqual(['1005 ']);
    });

    test('1006 for a client that resets', async () => {
      const { log, on_close } = record_closes();
      const endpoint = await start({ on_close });
      const client = await endpoint.connect();
      client.reset();
      await log.reaches(1);
      await endpoint.close();
      expect(log.entries).toEqual(['1006 ']);
    });

    test('a handler closes with its own code, and nothing more reaches on_message', async () => {
      const { log, on_close } = record_closes();
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
      const { log, on_close } = record_closes();
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
      const { log, on_close } = record_closes();
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

    test('handlers that run when a client resets settle before on_close', async () => {
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

    test('messages that wait when a client resets are dropped, and on_close waits for the handler that runs', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        on_message: async (message, connection) => {
          if (message === 'echo') return connection.send(message);
          log.add(message);
          await slow.passed;
          log.add('settled');
        },
        on_close: (code) => log.add(code),
      });
      const other = await endpoint.connect();
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await log.includes(1);
      await has_arrived(other);
      client.reset();
      while (endpoint.connections.length > 1) await new Promise(setImmediate);
      await has_arrived(other);
      expect(log.entries).toEqual([1]);
      slow.open();
      await log.includes(1006);
      await endpoint.close();
      expect(log.entries).toEqual([1, 'settled', 1006, 1012]);
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
      const { log, on_close } = record_closes();
      const endpoint = await start({ on_open: (connection) => connection.close(), on_close });
      expect(await (await endpoint.connect()).closed).toEqual({ code: 1000, reason: '' });
      await log.reaches(1);
      expect(log.entries).toEqual(['1000 ']);
    });

    test('a client that does not answer a close is cut, and the code stays', async () => {
      const { log, on_close } = record_closes();
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

    test('close_all closes every connection with its code and reason', async () => {
      const { log, on_close } = record_closes();
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
}
