import { describe, expect, test } from 'vitest';
import { gate, recorder } from '../support/events.ts';
import type { ConformanceClient, StartEndpoint } from './endpoint.ts';
import { has_arrived, record_closes } from './observe.ts';

/** What a shutdown does to connections, over whatever their clients are connected. */
export function check_shutdown(start: StartEndpoint): void {
  describe('11: a shutdown', () => {
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

    test('a client that does not answer does not hold up a shutdown past its grace', async () => {
      const { log, on_close } = record_closes();
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
  });

  describe('11: a drain', () => {
    test('closes one after the other; those left go on, and nobody is let in', async () => {
      const log = recorder();
      const endpoint = await start({
        on_message: (message, connection) => connection.send(message),
        on_close: (code) => log.add(code),
      });
      const clients: ConformanceClient[] = [];
      for (let count = 0; count < 40; count++) clients.push(await endpoint.connect());
      const closing = endpoint.close(5, 20);
      await log.reaches(1);
      expect(endpoint.connections.length).toBeGreaterThan(20);
      await has_arrived(clients.at(-1) as ConformanceClient);
      await expect(endpoint.connect()).rejects.toThrow('503');
      // A second call hurries.
      await Promise.all([closing, endpoint.close(5, 0)]);
      expect(log.entries).toEqual(clients.map(() => 1012));
    });

    test('is over once everybody has left by themselves', async () => {
      const endpoint = await start({});
      const clients = [await endpoint.connect(), await endpoint.connect()];
      const closing = endpoint.close(5, 600);
      for (const client of clients) client.close(1000);
      await closing;
    });
  });
}
