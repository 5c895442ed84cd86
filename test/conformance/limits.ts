import { describe, expect, test } from 'vitest';
import { gate, recorder } from '../support/events.ts';
import type { ConformanceClient, ConformanceEndpoint, StartEndpoint } from './endpoint.ts';
import { has_arrived } from './observe.ts';

/** What every transport has to do where a client costs more than it may. */
export function check_limits(start: StartEndpoint): void {
  describe('8: a client that does not read what it is sent', () => {
    test('is closed with 1013, and then send returns false; others notice nothing', async () => {
      const log = recorder();
      const endpoint = await start({
        options: { max_buffered_in_bytes: 100_000, close_timeout_in_seconds: 0.05 },
        on_message: async (message, connection) => {
          if (message === 'echo') {
            connection.send(message);
            return;
          }
          const text = 'x'.repeat(50_000);
          let sent = 0;
          while (connection.send(text)) {
            sent += text.length;
            // Written out, as far as a network takes it.
            await new Promise(setImmediate);
          }
          log.add(sent > 100_000);
          log.add(connection.is_open);
        },
        on_close: (code) => log.add(code),
      });
      const other = await endpoint.connect();
      const client = await endpoint.connect();
      client.pause();
      client.send('"flood"');
      await log.reaches(3);
      expect(log.entries).toEqual([true, false, 1013]);
      await has_arrived(other);
      expect(endpoint.connections).toHaveLength(1);
    });

    test('is closed by what others publish, too, and they go on', async () => {
      const log = recorder();
      const endpoint = await start({
        options: { max_buffered_in_bytes: 1_000_000, close_timeout_in_seconds: 0.05 },
        on_open: (connection) => connection.subscribe('room'),
        on_message: async (_message, connection) => {
          while (endpoint.connections.length === 3) {
            connection.publish('room', 'x'.repeat(60_000));
            await new Promise(setImmediate);
          }
          connection.publish('room', 'the end');
        },
        on_close: (code, _reason, { params }) => log.add(`${params.name} ${code}`),
      });
      const publisher = await endpoint.connect('?name=publisher');
      const reader = await endpoint.connect('?name=reader');
      const client = await endpoint.connect('?name=paused');
      client.pause();
      publisher.send(1);
      while ((await reader.next_text()) !== 'the end');
      await log.reaches(1);
      expect(log.entries).toEqual(['paused 1013']);
      expect(endpoint.connections).toHaveLength(2);
    });

    test('is none where what waits, but for the oldest message, is just as much as it may be', async () => {
      const log = recorder();
      const send_beyond = (bytes: number) =>
        start({
          options: { max_buffered_in_bytes: 1000 },
          on_open: (connection) => {
            // The oldest, which counts for nothing, and one whose header has four bytes.
            const sent = [10_000, bytes - 4, 1, 1].map((size) => connection.send('x'.repeat(size)));
            log.add(sent);
          },
          on_close: (code) => log.add(code),
        });
      const send_to_one = async (bytes: number) => {
        const endpoint = await send_beyond(bytes);
        await endpoint.connect();
        await endpoint.close();
        return log.entries.splice(0);
      };
      // Each of the small ones that follow has a header of two bytes.
      expect(await send_to_one(997)).toEqual([[true, true, true, true], 1012]);
      expect(await send_to_one(1000)).toEqual([[true, true, true, false], 1013]);
      expect(await send_to_one(1001)).toEqual([[true, true, false, false], 1013]);
    });

    test('is none for one large message, and one more, which it reads', async () => {
      const endpoint = await start({
        options: { max_buffered_in_bytes: 1000 },
        on_open: (connection) => {
          connection.send('x'.repeat(3_000_000));
          connection.send('last');
        },
      });
      const client = await endpoint.connect();
      expect((await client.next_text()).length).toBe(3_000_000);
      expect(await client.next_text()).toBe('last');
      expect(endpoint.connections).toHaveLength(1);
    });

    test('is none where the limit is switched off', async () => {
      const log = recorder();
      const endpoint = await start({
        options: { max_buffered_in_bytes: 0 },
        on_open: (connection) => {
          log.add(Array.from({ length: 100 }, () => connection.send('x'.repeat(100_000))).at(-1));
        },
      });
      const client = await endpoint.connect();
      for (let count = 0; count < 100; count++) await client.next_text();
      expect(log.entries).toEqual([true]);
    });
  });

  describe('max_messages_per_second', () => {
    for (const closes of ['later', 'at once']) {
      test(`slows reading, drops nothing and keeps the order, if the client closes ${closes}`, async () => {
        const per_second = 50;
        const log = recorder();
        let start_at = 0;
        let most = 0;
        const endpoint = await start({
          options: { max_messages_per_second: per_second, max_queued_messages: 2 },
          on_open: () => {
            start_at = Date.now();
          },
          on_message: (message) => {
            log.add(message);
            const allowed = per_second + ((Date.now() - start_at + 2) * per_second) / 1000;
            most = Math.max(most, log.entries.length - allowed);
          },
          on_close: (code) => log.add(`closed ${code}`),
        });
        const client = await endpoint.connect();
        const sent = Array.from({ length: per_second + 20 }, (_, index) => index);
        for (const message of sent) client.send(message);
        // Also what comes after it has waited.
        if (closes === 'later') await log.reaches(sent.length);
        client.close(4000);
        await log.includes('closed 4000');
        expect(log.entries).toEqual([...sent, 'closed 4000']);
        expect(most).toBeLessThanOrEqual(0);
      });
    }

    test('holds up nothing once a client has reset: what waits is dropped, and its seat is free', async () => {
      const log = recorder();
      const endpoint = await start({
        options: { max_messages_per_second: 1, max_connections: 1 },
        on_message: (message) => log.add(message),
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await log.includes(1);
      client.reset();
      await log.includes(1006);
      expect(log.entries).toEqual([1, 1006]);
      await is_let_in(endpoint);
    });

    test('does not hold up a close, nor what a shutdown cuts', async () => {
      const log = recorder();
      const endpoint = await start({
        options: { max_messages_per_second: 1 },
        on_message: (message, connection) => {
          log.add(message);
          if (message === 'close') connection.close(4000);
        },
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      for (const message of ['"close"', '"never"', '"never"']) client.send(message);
      expect((await client.closed).code).toBe(4000);
      await log.reaches(2);
      const slow = await endpoint.connect();
      for (const message of [1, 2, 3]) slow.send(message);
      await log.includes(1);
      await endpoint.close(0.05);
      expect(log.entries).toEqual(['close', 4000, 1, 1012]);
    });
  });

  describe('max_connections', () => {
    test('refuses one more with 503, and lets one in for each that is over', async () => {
      const log = recorder();
      const slow = gate();
      const endpoint = await start({
        options: { max_connections: 2 },
        on_close: async () => {
          log.add('closing');
          await slow.passed;
        },
      });
      const first = await endpoint.connect();
      const second = await endpoint.connect();
      await expect(endpoint.connect()).rejects.toThrow('503');
      await first.close();
      await log.includes('closing');
      // It has not settled its on_close.
      await expect(endpoint.connect()).rejects.toThrow('503');
      slow.open();
      await is_let_in(endpoint);
      await expect(endpoint.connect()).rejects.toThrow('503');
      second.reset();
      await is_let_in(endpoint);
    });

    test('lets in no more than one for each that is over, where on_close is synchronous', async () => {
      const endpoint = await start({ options: { max_connections: 2 }, on_close: () => {} });
      await endpoint.connect();
      for (let count = 0; count < 3; count++) {
        const client = await is_let_in(endpoint);
        await expect(endpoint.connect()).rejects.toThrow('503');
        if (count % 2 === 0) await client.close();
        else client.reset();
      }
      await is_let_in(endpoint);
      await expect(endpoint.connect()).rejects.toThrow('503');
    });

    test('counts who waits for on_upgrade, and nobody who was refused', async () => {
      const decide = gate();
      const asked = recorder();
      const endpoint = await start({
        options: { max_connections: 1 },
        on_upgrade: async ({ params }) => {
          asked.add(params.name);
          if (params.name === 'slow') await decide.passed;
          if (params.name === 'wrong') throw new Error('no');
        },
      });
      for (let count = 0; count < 3; count++) {
        await expect(endpoint.connect('?name=wrong')).rejects.toThrow('500');
      }
      const slow = endpoint.connect('?name=slow');
      await asked.includes('slow');
      await expect(endpoint.connect('?name=right')).rejects.toThrow('503');
      decide.open();
      await slow;
      await expect(endpoint.connect('?name=right')).rejects.toThrow('503');
      expect(asked.entries).toEqual(['wrong', 'wrong', 'wrong', 'slow']);
    });
  });
}

/** A seat is free a moment after its connection is over. */
async function is_let_in(endpoint: ConformanceEndpoint): Promise<ConformanceClient> {
  for (;;) {
    try {
      return await endpoint.connect();
    } catch (refused) {
      expect(String(refused)).toContain('503');
      await new Promise(setImmediate);
    }
  }
}
