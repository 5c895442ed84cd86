import type { WebsocketsError } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';

/** Who is reached by a publish, over whatever clients are connected. */
export function check_topics(start: StartEndpoint): void {
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
}
