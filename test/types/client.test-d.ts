import {
  type ClientConnection,
  type ConnectOptionsOf,
  connect,
  connect_component_websockets,
  create_client,
  type QueryInput,
  type QueryOf,
  type ReceivedOf,
  type SentOf,
} from 'joystick-websockets/client';
import { define_websocket } from 'joystick-websockets/define';
import { create_use_websocket, type UsedWebsocket, useWebsocket } from 'joystick-websockets/react';
import { describe, expectTypeOf, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';

const contract = {
  params: z.object({ room: z.string(), since: z.coerce.number<string>().default(0) }),
  receives: z.object({ text: z.string().trim(), at: z.date().optional() }),
  sends: z.object({ from: z.string(), at: z.date() }),
};
const chat = define_websocket({ ...contract, on_upgrade: () => ({ user: 'Ada' }) });
const bare = define_websocket({});
const plain = { on_message: (_message: unknown) => {} };
const websockets = { chat, bare, plain };
type Websockets = typeof websockets;

describe('an endpoint', () => {
  test('says what a client asks, sends and receives', () => {
    expectTypeOf<QueryOf<typeof chat>>().toEqualTypeOf<{
      room: string;
      since?: string | undefined;
    }>();
    expectTypeOf<SentOf<typeof chat>>().toEqualTypeOf<{ text: string; at?: Date | undefined }>();
    // What JSON leaves of it.
    expectTypeOf<ReceivedOf<typeof chat>>().toEqualTypeOf<{ from: string; at: string }>();
  });

  test('is no better than its contract', () => {
    expectTypeOf<QueryOf<typeof contract>>().toEqualTypeOf<QueryOf<typeof chat>>();
    expectTypeOf<SentOf<typeof contract>>().toEqualTypeOf<SentOf<typeof chat>>();
    expectTypeOf<ReceivedOf<typeof contract>>().toEqualTypeOf<ReceivedOf<typeof chat>>();
  });

  test('that declares nothing takes and gives anything', () => {
    for (const _ of [bare, plain]) {
      expectTypeOf<QueryOf<typeof _>>().toEqualTypeOf<QueryInput>();
      expectTypeOf<SentOf<typeof _>>().toBeAny();
      expectTypeOf<ReceivedOf<typeof _>>().toBeAny();
    }
    expectTypeOf<QueryOf<any>>().toEqualTypeOf<QueryInput>();
    expectTypeOf<SentOf<any>>().toBeAny();
    expectTypeOf<ReceivedOf<any>>().toBeAny();
  });
});

describe('connect()', () => {
  test('without a type takes and gives anything', () => {
    expectTypeOf(connect('chat')).toEqualTypeOf<ClientConnection<any>>();
    connect('chat', {
      query: { room: 'lobby', n: 5, all: true, tags: ['a'], none: undefined },
      WebSocket,
      events: { on_message: (message) => expectTypeOf(message).toBeAny() },
    });
  });

  test('types what the handlers are given and what is sent', () => {
    const connection = connect<typeof chat>('chat', {
      query: { room: 'lobby' },
      events: {
        on_message: (message, same) => {
          expectTypeOf(message).toEqualTypeOf<{ from: string; at: string }>();
          expectTypeOf(same).toEqualTypeOf<ClientConnection<SentOf<typeof chat>>>();
        },
        on_close: (code, reason) => {
          expectTypeOf(code).toEqualTypeOf<number>();
          expectTypeOf(reason).toEqualTypeOf<string>();
        },
        on_error: (error) => expectTypeOf(error).toEqualTypeOf<unknown>(),
      },
    });
    expectTypeOf(connection).toEqualTypeOf<ClientConnection<SentOf<typeof chat>>>();
    connection.send({ text: 'hello' });
    // @ts-expect-error `text` is a string.
    connection.send({ text: 5 });
  });

  test('requires a query where the endpoint does, and takes a function for one', () => {
    // @ts-expect-error `room` is required.
    connect<typeof chat>('chat');
    // @ts-expect-error `room` is required.
    connect<typeof chat>('chat', {});
    // @ts-expect-error `room` is a string.
    connect<typeof chat>('chat', { query: { room: 5 } });
    // @ts-expect-error The function's query, too.
    connect<typeof chat>('chat', { query: async () => ({}) });
    connect<typeof chat>('chat', { query: async () => ({ room: 'lobby' }) });
    connect<typeof bare>('bare');
  });

  test('takes the documented style, where each parameter has a default', () => {
    connect('chat', {
      events: {
        on_open: (connection = {}) => connection,
        on_message: (message = {}, connection = {}) => [message, connection],
        on_close: (code = 0, reason = '', connection = {}) => [code, reason, connection],
      },
    });
  });

  test('knows its options', () => {
    connect('chat', { options: { connect_timeout_in_seconds: 5 } });
    // @ts-expect-error
    connect('chat', { events: { on_mesage: () => {} } });
    // @ts-expect-error
    connect('chat', { options: { reconnect_attempt: 5 } });
    // @ts-expect-error
    connect('chat', { event: {} });
  });

  test('takes options that may be undefined', () => {
    const wrap = (url?: string, options?: ConnectOptionsOf<typeof bare>) =>
      connect<typeof bare>('bare', { ...options, url, events: undefined, WebSocket: undefined });
    expectTypeOf(wrap).toBeFunction();
  });
});

describe('create_client()', () => {
  const client = create_client<Websockets>({ url: 'wss://example.com' });

  test('knows the names of the endpoints, and each of their types', () => {
    const connection = client.connect('chat', { query: { room: 'lobby' } });
    expectTypeOf(connection).toEqualTypeOf<ClientConnection<SentOf<typeof chat>>>();
    client.connect('bare');
    // @ts-expect-error Nothing of that name is declared.
    client.connect('chats');
    // @ts-expect-error `room` is required.
    client.connect('chat');
    create_client().connect('anything');
  });
});

describe('connect_component_websockets()', () => {
  test('gives a connection for each name, and the function its instance', () => {
    const instance = { id: 'abc' };
    const connections = connect_component_websockets(
      (own: typeof instance) => ({ chat: { events: { on_open: () => own.id } }, news: {} }),
      instance,
    );
    expectTypeOf(connections.chat).toEqualTypeOf<ClientConnection>();
    expectTypeOf(connections).toHaveProperty('news');
    expectTypeOf(connect_component_websockets({ chat: {} }).chat).toEqualTypeOf<ClientConnection>();
  });
});

describe('useWebsocket()', () => {
  test('is typed as connect() is', () => {
    const Component = () =>
      useWebsocket<typeof chat>('chat', {
        query: { room: 'lobby' },
        options: { connect_timeout_in_seconds: 5 },
        events: { on_message: ({ from }) => expectTypeOf(from).toEqualTypeOf<string>() },
      });
    expectTypeOf(Component).returns.toEqualTypeOf<UsedWebsocket<SentOf<typeof chat>>>();
    // @ts-expect-error `room` is required.
    const Wrong = () => useWebsocket<typeof chat>('chat');
    expectTypeOf(Wrong).toBeFunction();
  });

  test('takes a query function with its deps, and enabled', () => {
    const room = 'lobby';
    const query = async () => ({ room });
    const Component = () => {
      useWebsocket<typeof chat>('chat', { query, deps: [room], enabled: false });
      useWebsocket('chat', { query, deps: [] });
      useWebsocket('chat', { enabled: true });
      // @ts-expect-error A function needs deps.
      useWebsocket<typeof chat>('chat', { query });
      // @ts-expect-error A function needs deps, whatever the endpoint declares.
      useWebsocket('chat', { query });
      // @ts-expect-error What is asked for needs a room, also by a function.
      useWebsocket<typeof chat>('chat', { query: () => ({}), deps: [] });
    };
    expectTypeOf(Component).toBeFunction();
  });

  test('of a factory checks the names, too', () => {
    const use_own = create_use_websocket<Websockets>({ url: 'wss://example.com' });
    const Component = () => {
      const used = use_own('chat', { query: { room: 'lobby' } });
      expectTypeOf(used).toEqualTypeOf<UsedWebsocket<SentOf<typeof chat>>>();
      use_own('bare');
      // @ts-expect-error `room` is required.
      use_own('chat');
      // @ts-expect-error There is no endpoint of this name.
      use_own('chta');
    };
    expectTypeOf(Component).toBeFunction();
  });
});
