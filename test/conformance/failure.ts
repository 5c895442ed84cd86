import { describe, expect, test } from 'vitest';
import { gate, recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';

/** What becomes of a handler that fails, over whatever its client is connected. */
export function check_failure(start: StartEndpoint): void {
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
}
