import { expect, test } from 'vitest';
import { ClientClose } from '../../src/core/base/close_codes.ts';
import type { Events } from '../../src/core/base/ports.ts';
import type { Connection } from '../../src/core/declare/connection.ts';
import { Monitor } from '../../src/core/observe/monitor.ts';

const connection = { id: 'a connection' } as Connection;
const NOW = { connections: 0, queued: 0, paused: 0 };

/** Channels that keep what is published, where anybody subscribes. */
function create_events(hasSubscribers: boolean) {
  const published: [string, object][] = [];
  const names = ['open', 'close', 'message', 'handler_error', 'slow_consumer', 'refusal'] as const;
  const channels = names.map((name) => [
    name,
    { hasSubscribers, publish: (message: object) => published.push([name, message]) },
  ]);
  return { events: Object.fromEntries(channels) as Events, published };
}

function do_everything(monitor: Monitor): void {
  monitor.opened(connection);
  monitor.received(10);
  monitor.received(5);
  monitor.handled(connection, 10, 7);
  monitor.failed(connection, 'on_message', 'no');
  monitor.sent(3);
  monitor.slow_consumer(connection);
  monitor.refused({ status: 503, code: 'server_full', message: 'full' });
  monitor.refused({ status: 503, code: 'server_full', message: 'full' });
  monitor.closed(connection, { code: 1013, reason: 'slow' });
  monitor.closed(connection, new ClientClose(1000, ''));
  monitor.closed(connection, { code: 1000, reason: '' });
}

test('what happens is counted', () => {
  const monitor = new Monitor(create_events(false).events);
  do_everything(monitor);
  expect(monitor.read({ connections: 4, queued: 5, paused: 6 })).toMatchObject({
    connections: 4,
    queued: 5,
    paused: 6,
    opened: 1,
    closed: { 1000: 2, 1013: 1 },
    messages_in: 2,
    bytes_in: 15,
    messages_out: 1,
    bytes_out: 3,
    slow_consumers: 1,
    refused: { server_full: 2 },
    handler_errors: 1,
    handler_time: { count: 1, sum_in_seconds: 0.007 },
  });
});

test('what was read does not change afterwards', () => {
  const monitor = new Monitor(create_events(false).events);
  const before = monitor.read(NOW);
  do_everything(monitor);
  expect(before).toMatchObject({ opened: 0, closed: {}, refused: {}, handler_time: { count: 0 } });
});

test('it is announced to whoever subscribes', () => {
  const { events, published } = create_events(true);
  do_everything(new Monitor(events));
  expect(published).toEqual([
    ['open', { connection }],
    ['message', { connection, bytes: 10, duration_in_seconds: 0.007 }],
    ['handler_error', { connection, handler: 'on_message', error: 'no' }],
    ['slow_consumer', { connection }],
    ['close', { connection, code: 1013, reason: 'slow' }],
    ['close', { connection, code: 1000, reason: '' }],
    ['close', { connection, code: 1000, reason: '' }],
  ]);
});

test('nothing is announced where nobody subscribes', () => {
  const { events, published } = create_events(false);
  do_everything(new Monitor(events));
  expect(published).toEqual([]);
});
