import { MemoryHub, memory_broker } from 'joystick-websockets/testing';
import { describe, expect, test } from 'vitest';
import type { StartEndpoint } from './endpoint.ts';

/** Each client hears what the others say, and whether what it says itself reaches other nodes. */
const in_room = {
  on_open: (connection: any) => connection.subscribe('room'),
  on_message: (message: unknown, connection: any) =>
    connection.send({ reached: connection.publish('room', message) }),
};

/** What endpoints do that a broker joins. */
export function check_nodes(start: StartEndpoint): void {
  /** An endpoint on each of two nodes. */
  async function start_two(hub: MemoryHub) {
    const [here, there] = [
      await start(in_room, memory_broker(hub)),
      await start(in_room, memory_broker(hub)),
    ];
    const [ada, bob, eve] = [
      await here.connect(),
      await here.connect('?id=bob'),
      await there.connect('?id=eve'),
    ];
    return { here, ada, bob, eve };
  }

  describe('12: nodes that share a broker', () => {
    test('hear each publisher in order, once, and it does not hear itself', async () => {
      const { ada, bob, eve } = await start_two(new MemoryHub());
      const numbers = Array.from({ length: 50 }, (_, number) => number);
      for (const number of numbers) ada.send(JSON.stringify(number));
      for (const number of numbers) {
        expect(await bob.next_message()).toBe(number);
        expect(await eve.next_message()).toBe(number);
        expect(await ada.next_message()).toEqual({ reached: true });
      }
    });

    test('are reached by what goes to everyone, and to an id', async () => {
      const { here, ada, bob, eve } = await start_two(new MemoryHub());
      here.send('for eve', 'eve');
      here.send('for all');
      expect(await eve.next_text()).toBe('for eve');
      for (const client of [ada, bob, eve]) expect(await client.next_text()).toBe('for all');
    });

    test('are not harmed by what others publish there: no client sees a malformed frame, and the log says so once', async () => {
      const hub = new MemoryHub();
      const { here, ada, bob, eve } = await start_two(hub);
      const malformed = [
        [0x81, 0x7e, 0x00, 0x04, 0x31, 0x32],
        [0x81, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 2, 0x31, 0x32],
        [0x81, 2, 0xc3, 0x28],
        [0xc1, 2, 0x31, 0x32],
        [0x88, 2, 3, 232],
      ];
      const room = 'tested:topic:room';
      for (const frame of malformed) {
        hub.publish(room, Buffer.from([0x4a, 0x57, 1, ...new Uint8Array(16), ...frame]));
      }
      hub.publish(room, Buffer.from('of another application'));
      eve.send('"behind them"');
      for (const client of [ada, bob]) expect(await client.next_text()).toBe('behind them');
      expect(await eve.next_message()).toEqual({ reached: true });
      expect(here.logged.map(({ message }) => message)).toEqual([
        expect.stringContaining('that this version cannot read'),
      ]);
    });
  });

  describe('13: where the broker is away', () => {
    test('each node goes on by itself, publish and the log say so, and nothing is delivered late', async () => {
      const hub = new MemoryHub();
      const { here, ada, bob, eve } = await start_two(hub);
      hub.go_away();
      ada.send('"away"');
      expect(await ada.next_message()).toEqual({ reached: false });
      expect(await bob.next_text()).toBe('away');
      hub.come_back();
      ada.send('"back"');
      expect(await ada.next_message()).toEqual({ reached: true });
      expect(await bob.next_text()).toBe('back');
      expect(await eve.next_text()).toBe('back');
      expect(here.logged.map(({ message }) => message)).toEqual([
        'the broker is away: messages reach only the connections of this node',
        expect.stringContaining('the broker is back'),
      ]);
    });

    test('from the start, nobody is held up, and who subscribed meanwhile is reached once it comes', async () => {
      const hub = new MemoryHub();
      hub.go_away();
      const { ada, bob, eve } = await start_two(hub);
      ada.send('"away"');
      expect(await ada.next_message()).toEqual({ reached: false });
      expect(await bob.next_text()).toBe('away');
      hub.come_back();
      ada.send('"back"');
      expect(await eve.next_text()).toBe('back');
    });
  });
}
