import { describe, expect, test } from 'vitest';
import { gate, recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';

/** How much is read of a client, over whatever it is connected. */
export function check_reading(start: StartEndpoint): void {
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
}
