import {
  ClientError,
  connect_component_websockets,
  create_client,
} from 'joystick-websockets/client';
import { expect, test } from 'vitest';
import { connect_on } from '../../src/client/connect.ts';
import { open_virtual_page } from '../support/virtual_page.ts';

test.each([
  [null, 'the second argument must be an object; got null'],
  [{ quer: {} }, 'quer is not a known key; did you mean query?'],
  [{ timeout: 5 }, 'timeout is not a known key; available: url, query, protocols, WebSocket,'],
  [{ events: [] }, 'events must be an object'],
  [{ events: { onOpen: () => {} } }, 'events.onOpen is not a known key; did you mean on_open?'],
  [{ events: { on_open: 5 } }, 'events.on_open must be a function; got 5'],
  [
    { options: { reconect: 1 } },
    'options.reconect is not a known key; did you mean reconnect_attempts or reconnect_delay',
  ],
  [{ options: { auto_reconnect: 'no' } }, 'options.auto_reconnect must be a boolean; got "no"'],
  [
    { options: { reconnect_attempts: -1 } },
    'must be a whole number of at least 0, or Infinity; got -1',
  ],
  [
    { options: { reconnect_attempts: 1.5 } },
    'must be a whole number of at least 0, or Infinity; got 1.5',
  ],
  [{ options: { reconnect_delay_in_seconds: 0 } }, 'must be a positive number of at most'],
  [{ options: { max_reconnect_delay_in_seconds: Infinity } }, 'must be a positive number'],
  [{ options: { max_reconnect_delay_in_seconds: 1e9 } }, 'of at most 2147483; got 1000000000'],
  [{ options: { connect_timeout_in_seconds: 0 } }, 'must be a positive number of at most'],
  [
    { options: { max_queued_messages: '9' } },
    'must be a whole number of at least 0, or Infinity; got "9"',
  ],
  [{ query: 'room=1' }, 'query must be a plain object; got [object String]'],
  [{ query: { room: null } }, 'query.room must be a string'],
  [{ WebSocket: {} }, 'WebSocket must be a function'],
  [{ protocols: ['a', 5] }, 'protocols must be a string or an array of strings; got a,5'],
  [{ url: 'nowhere' }, 'got "nowhere"'],
])('%j is an error that says what would be right', (options, message) => {
  const page = open_virtual_page();
  const connect = () => page.connect(options as never);
  expect(connect).toThrow(message);
  expect(connect).toThrow(expect.objectContaining({ name: 'ClientError', code: 'bad_option' }));
  expect([page.sockets, page.listeners.size]).toEqual([[], 0]);
});

test('all that is wrong is said at once, a line for each', () => {
  const page = open_virtual_page();
  const options = {
    quer: {},
    query: 'room=1',
    events: { onOpen: () => {}, on_close: 5 },
    options: { reconnect_attempts: -1 },
  };
  expect(() => page.connect(options as never)).toThrow(
    new ClientError(
      'bad_option',
      [
        'quer is not a known key; did you mean query?',
        'events.onOpen is not a known key; did you mean on_open?',
        'events.on_close must be a function; got 5',
        'options.reconnect_attempts must be a whole number of at least 0, or Infinity; got -1',
        'query must be a plain object; got [object String]',
      ].join('\n'),
    ),
  );
});

test('an option that is undefined is as good as left out', () => {
  const page = open_virtual_page();
  const options = { reconnect_attempts: undefined, max_queued_messages: undefined };
  page.connect({ url: undefined, query: undefined, events: { on_open: undefined }, options });
  page.socket.end();
  page.time.pass(1000);
  expect(page.sockets).toHaveLength(2);
});

test('an option that is undefined is as good as left out where a client has defaults, too', () => {
  const { platform, sockets } = open_virtual_page();
  const defaults = { url: 'ws://a', WebSocket: platform.WebSocket };
  const client = create_client({ ...defaults, options: { max_queued_messages: 0 } });
  const options = { max_queued_messages: undefined };
  const connection = client.connect('chat', { url: undefined, WebSocket: undefined, options });
  expect(sockets.map(({ url }) => url)).toEqual(['ws://a/api/_websockets/chat']);
  expect(connection.send('no room')).toBe(false);
  connection.close();
});

test('the connections of a component are its own properties, whatever their names', () => {
  const { platform, sockets } = open_virtual_page();
  const options = { url: 'ws://a', WebSocket: platform.WebSocket };
  const connections = connect_component_websockets({ ['__proto__']: options, chat: options });
  expect(Object.keys(connections)).toEqual(['__proto__', 'chat']);
  for (const connection of Object.values(connections)) connection.close();
  expect(sockets.map(({ closed_with }) => closed_with?.code)).toEqual([1000, 1000]);
});

test('without a WebSocket, the error names the option that brings one', () => {
  const { platform } = open_virtual_page();
  const connect = () => connect_on({ ...platform, WebSocket: undefined }, 'chat', {});
  expect(connect).toThrow('connect(name, { WebSocket })');
});
