import type { Connection } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { recorder } from '../support/events.ts';
import { flood } from '../support/flood.ts';
import type { ConformanceClient, StartEndpoint } from './endpoint.ts';

/** What a producer that streams can rely on, over whatever its client is connected. */
export function check_drained(start: StartEndpoint): void {
  /** A client and its connection; what happens is recorded. */
  const connect = async (options = {}) => {
    const log = recorder();
    const opened: Connection[] = [];
    const endpoint = await start({
      options,
      on_open: (connection) => opened.push(connection),
      on_message: (message, connection) => connection.send(message),
      on_close: (code) => log.add(code),
    });
    const client = await endpoint.connect();
    const [connection] = opened as [Connection];
    return { endpoint, client, connection, log };
  };

  /** Lets a whole message of another client go to the server and back. */
  const round_trip = async (other: ConformanceClient) => {
    other.send('"there and back"');
    await other.next_text();
  };

  describe('drained()', () => {
    test('resolves at once where nothing waits', async () => {
      const { connection, log } = await connect();
      connection.drained().then(() => log.add('drained'));
      Promise.resolve()
        .then(() => {})
        .then(() => log.add('a moment later'));
      await log.reaches(2);
      expect(log.entries).toEqual(['drained', 'a moment later']);
      expect(connection.buffered_bytes).toBe(0);
    });

    test('resolves where the client reads what was sent', async () => {
      const { client, connection } = await connect();
      for (let index = 0; index < 50; index++) {
        connection.send({ index, padding: 'x'.repeat(65_536) });
        await connection.drained();
      }
      for (let index = 0; index < 50; index++) {
        expect((await client.next_message()).index).toBe(index);
      }
    });

    test('lets others have their turn, however fast the client is', async () => {
      for (const padding of ['', 'x'.repeat(20_000)]) {
        const { endpoint, connection } = await connect({ max_buffered_in_bytes: 0 });
        let is_others_turn = false;
        setTimeout(() => {
          is_others_turn = true;
        });
        const most = 100_000_000 / (padding.length + 1000);
        let sent = 0;
        while (!is_others_turn && sent < most) {
          connection.send(padding);
          sent++;
          await connection.drained();
        }
        expect(sent).toBeLessThan(most);
        await endpoint.close(0);
      }
    });

    test('waits for a client that reads nothing, until it reads; all arrives in order', async () => {
      const { endpoint, client, connection, log } = await connect();
      const other = await endpoint.connect();
      client.pause();
      const count = await flood(connection);
      const before = connection.buffered_bytes;
      connection.send({ index: count });
      expect(connection.buffered_bytes).toBeGreaterThan(before);
      const drained = connection.drained().then(() => log.add('drained'));
      const drained_too = connection.drained();
      await round_trip(other);
      expect(log.entries).toEqual([]);
      client.resume();
      await Promise.all([drained, drained_too]);
      expect(connection.is_open).toBe(true);
      for (let index = 0; index <= count; index++) {
        expect((await client.next_message()).index).toBe(index);
      }
      await connection.drained();
      expect(connection.buffered_bytes).toBe(0);
    });

    test('waits again for a client that stops reading again', async () => {
      const { endpoint, client, connection, log } = await connect();
      const other = await endpoint.connect();
      for (const round of [1, 2]) {
        client.pause();
        await flood(connection);
        const drained = connection.drained().then(() => log.add(round));
        await round_trip(other);
        expect(log.entries).not.toContain(round);
        client.resume();
        await drained;
      }
      expect(log.entries).toEqual([1, 2]);
    });

    const ends: [string, (client: ConformanceClient, connection: Connection) => void, number][] = [
      ['the client is cut', (client) => client.reset(), 1006],
      ['the connection is terminated', (_client, connection) => connection.terminate(), 1006],
      ['a close is not answered', (_client, connection) => connection.close(4000), 4000],
    ];
    for (const [how, end, code] of ends) {
      test(`resolves where ${how} while it waits, and send() then returns false`, async () => {
        const { client, connection, log } = await connect({ close_timeout_in_seconds: 0.05 });
        client.pause();
        await flood(connection);
        const drained = connection.drained().then(() => log.add('drained'));
        end(client, connection);
        await drained;
        expect(connection.send('late')).toBe(false);
        await log.includes(code);
        expect([...log.entries].sort()).toEqual([code, 'drained']);
      });
    }

    test('resolves at once where the connection is over', async () => {
      const { client, connection, log } = await connect();
      await client.close(4001);
      await log.includes(4001);
      await connection.drained();
      expect(connection.send('late')).toBe(false);
      expect(connection.buffered_bytes).toBe(0);
    });

    test('resolves during a shutdown', async () => {
      const { endpoint, client, connection, log } = await connect();
      client.pause();
      await flood(connection);
      const drained = connection.drained();
      await endpoint.close(0.05);
      await drained;
      expect(log.entries).toEqual([1012]);
    });
  });
}
