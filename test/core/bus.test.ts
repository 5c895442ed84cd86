import {
  type Broker,
  create_test_endpoint,
  MemoryHub,
  memory_broker,
} from 'joystick-websockets/testing';
import { expect, test, vi } from 'vitest';
import { websockets } from '../../src/core/endpoint/local_mounts.ts';
import { create_recording_logger } from '../support/server.ts';

const in_room = {
  on_open: (connection: any) => connection.subscribe('room'),
  on_message: (message: unknown, connection: any) =>
    connection.send({ reached: connection.publish('room', message) }),
};

function create_node(broker: Broker, name = 'node') {
  const logger = create_recording_logger();
  const endpoint = create_test_endpoint(in_room, { name, broker, logger });
  return { endpoint, warnings: () => logger.entries.map(({ message }) => message) };
}

/** Notes what is asked of a broker. */
function spy_on(broker: Broker) {
  const calls: string[] = [];
  const spied: Broker = {
    start: (receiver) => broker.start(receiver),
    get is_ready() {
      return broker.is_ready;
    },
    publish: (channel, envelope) => {
      calls.push(`publish ${channel}`);
      return broker.publish(channel, envelope);
    },
    subscribe: (channel) => {
      calls.push(`subscribe ${channel}`);
      broker.subscribe(channel);
    },
    unsubscribe: (channel) => {
      calls.push(`unsubscribe ${channel}`);
      broker.unsubscribe(channel);
    },
    close: () => {
      calls.push('close');
      return broker.close();
    },
  };
  return { broker: spied, calls };
}

test('13: with the broker away, delivery within a node goes on, publish says so, and so does the log, once', async () => {
  const hub = new MemoryHub();
  const [a, b] = [create_node(memory_broker(hub)), create_node(memory_broker(hub))];
  const [ada, bob] = [await a.endpoint.connect(), await a.endpoint.connect()];
  const eve = await b.endpoint.connect();
  hub.go_away();
  hub.go_away();
  ada.send('away');
  expect(await ada.next_message()).toEqual({ reached: false });
  expect(await bob.next_message()).toBe('away');
  hub.come_back();
  ada.send('back');
  expect(await ada.next_message()).toEqual({ reached: true });
  // Nothing is delivered late.
  expect(await eve.next_message()).toBe('back');
  expect(a.warnings()).toEqual([
    'the broker is away: messages reach only the connections of this node',
    expect.stringMatching(/^the broker is back after \d+\.\d s$/),
  ]);
});

test('13: a broker that is away from the start holds nobody up', async () => {
  const hub = new MemoryHub();
  hub.go_away();
  const { endpoint } = create_node(memory_broker(hub));
  const [ada, bob] = [await endpoint.connect(), await endpoint.connect()];
  ada.send('here');
  expect(await bob.next_message()).toBe('here');
  await endpoint.close();
});

test('a node subscribes only to what its own connections need, and once', async () => {
  const { broker, calls } = spy_on(memory_broker());
  const { endpoint } = create_node(broker, 'needs');
  expect(calls).toEqual([]);
  const ada = await endpoint.connect({ params: { id: 'ada' } });
  const too = await endpoint.connect({ params: { id: 'ada' } });
  const subscribed = ['subscribe needs', 'subscribe needs:id:ada', 'subscribe needs:topic:room'];
  expect(calls).toEqual(subscribed);
  await ada.close();
  await endpoint.settled();
  expect(calls).toEqual(subscribed);
  await too.close();
  await endpoint.settled();
  expect(calls.slice(3).sort()).toEqual(subscribed.map((call) => `un${call}`).sort());
});

test('what nobody wants costs one publish, and nothing else', async () => {
  const { broker, calls } = spy_on(memory_broker());
  const { endpoint } = create_node(broker, 'unwanted');
  endpoint.publish('nobody', 1);
  expect(calls).toEqual(['publish unwanted:topic:nobody']);
});

test('mounts that share a broker reach each other, and websockets(name) publishes once', async () => {
  const { broker, calls } = spy_on(memory_broker());
  const [a, b] = [create_node(broker, 'shared'), create_node(broker, 'shared')];
  const [ada, bob] = [await a.endpoint.connect(), await b.endpoint.connect()];
  ada.send('from ada');
  expect(await bob.next_message()).toBe('from ada');
  await ada.next_message();
  calls.length = 0;
  websockets('shared').publish('room', 'to all');
  expect(await ada.next_message()).toBe('to all');
  expect(await bob.next_message()).toBe('to all');
  expect(calls).toEqual(['publish shared:topic:room']);
  expect(bob.received).toHaveLength(2);
});

test('the last mount to close closes the broker, and no other can use it afterwards', async () => {
  const { broker, calls } = spy_on(memory_broker());
  const [a, b] = [create_node(broker), create_node(broker)];
  await a.endpoint.close();
  expect(calls).toEqual([]);
  await b.endpoint.close();
  expect(calls).toEqual(['close']);
  expect(() => create_node(broker)).toThrow(
    'this broker was closed with the last mount that used it',
  );
});

test('a broker that fails to close is warned of, and the mount ends all the same', async () => {
  const failing = { ...spy_on(memory_broker()).broker, is_ready: true };
  const { endpoint, warnings } = create_node({
    ...failing,
    close: () => Promise.reject(new Error('gone already')),
  });
  await endpoint.close();
  expect(warnings()).toEqual(['the broker failed to close']);
});

test('a broker that throws harms nobody: all closes as ever, and the log says so once', async () => {
  const fail = () => {
    throw new Error('no');
  };
  const broker = { ...memory_broker(), start() {}, is_ready: true, close: async () => {} };
  const { endpoint, warnings } = create_node({
    ...broker,
    publish: fail,
    subscribe: fail,
    unsubscribe: fail,
  });
  const [ada, bob] = [await endpoint.connect(), await endpoint.connect()];
  ada.send('hi');
  expect(await bob.next_message()).toBe('hi');
  expect(await ada.next_message()).toEqual({ reached: false });
  expect(await ada.close()).toMatchObject({ code: 1000 });
  expect(endpoint.errors).toEqual([new Error('no')]);
  await endpoint.close();
  expect(await bob.closed).toMatchObject({ code: 1012 });
  expect(warnings()).toEqual(['the broker failed; only the first failure is logged']);
});

test('a broker that failed to start may be tried again', async () => {
  const { broker } = spy_on(memory_broker());
  const start = vi.fn(broker.start).mockImplementationOnce(() => {
    throw new Error('not yet');
  });
  const flaky = { ...broker, is_ready: false, start };
  expect(() => create_node(flaky)).toThrow('not yet');
  await create_node(flaky).endpoint.close();
  expect(start).toHaveBeenCalledTimes(2);
});

test('what is no broker is a problem that says so', () => {
  expect(() => create_node({ publish() {} } as never)).toThrow(
    'options.broker must be a broker, such as redis_broker({ client }); got an object',
  );
});

test('6: a channel that a client named cannot forge the log', async () => {
  let receive: ((channel: string, envelope: Uint8Array) => void) | undefined;
  const broker = memory_broker(new MemoryHub());
  const { broker: spied } = spy_on(broker);
  spied.start = (receiver) => {
    receive = (channel, envelope) => receiver.received(channel, envelope);
    broker.start(receiver);
  };
  const logger = create_recording_logger();
  const endpoint = create_test_endpoint({}, { name: 'node', broker: spied, logger });
  receive?.('node:id:\u009b2K\u202e', new Uint8Array());
  expect(logger.entries.map(({ details }) => details)).toEqual([
    { channel: 'node:id:\\u009b2K\\u202e' },
  ]);
  await endpoint.close();
});
