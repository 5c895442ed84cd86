import { describe, expect, test } from 'vitest';
import { type Gate, gate, recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';
import { has_arrived } from './observe.ts';

/** In what order the handlers of a connection are called, over whatever its client is connected. */
export function check_order(start: StartEndpoint): void {
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
}
