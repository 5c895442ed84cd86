import type { Connection } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';

const DOCUMENTED_MEMBERS: (keyof Connection)[] = [
  'buffered_bytes',
  'close',
  'context',
  'drained',
  'endpoint',
  'headers',
  'id',
  'is_open',
  'params',
  'publish',
  'remote_address',
  'send',
  'subscribe',
  'terminate',
  'topics',
  'unsubscribe',
];

/** Everything that a debugger or autocompletion finds: own properties and those of each prototype, symbols included. */
function members_of(value: object): PropertyKey[] {
  const members: PropertyKey[] = [];
  for (let at = value; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    members.push(...Reflect.ownKeys(at).filter((key) => key !== 'constructor'));
  }
  return members.sort();
}

/** What a connection tells of its client, over whatever that is connected. */
export function check_identity(start: StartEndpoint): void {
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

    test('a connection shows its documented members and nothing else', async () => {
      const log = recorder();
      const endpoint = await start({ on_open: (connection) => log.add(members_of(connection)) });
      await endpoint.connect();
      await log.reaches(1);
      expect(log.entries).toEqual([DOCUMENTED_MEMBERS]);
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

    test('a connection that is closing is no longer listed', async () => {
      const log = recorder();
      const endpoint = await start({ on_close: () => log.add(endpoint.connections.length) });
      await (await endpoint.connect()).close();
      await log.reaches(1);
      expect(log.entries).toEqual([0]);
    });
  });
}
