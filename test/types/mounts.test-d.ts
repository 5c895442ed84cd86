import { createServer, type Server } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2Server } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import express from 'express';
import joystick, {
  type App,
  type AppOptions,
  app,
  type CloseOptions,
  type Connection,
  define_websocket,
  type EndpointHandle,
  type MountedWebsockets,
  type MountOptions,
  mount_websockets,
  type QueryParams,
  type Route,
  type WebsocketDefinition,
  type WebsocketOptions,
  type Websockets,
  websockets,
} from 'joystick-websockets';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

// Only compiled, never run: what is a value here stands in for one.
declare const server: Server;

const chat = define_websocket({
  params: z.object({ room: z.string() }),
  sends: z.object({ text: z.string() }),
  on_upgrade: () => ({ user: 'Ada' }),
});
type ChatConnection = Connection<{ room: string }, { text: string }, { user: string }>;
type ChatHandle = EndpointHandle<{ text: string }, ChatConnection>;

const plain = { on_message: (_message: unknown) => {} };
const plain_with_schema = { sends: z.object({ text: z.string() }) };

describe('the documented style, where each parameter has a default', () => {
  test('compiles in app()', () => {
    joystick.app({
      websockets: {
        example_endpoint: {
          on_open: (connection = {}) => connection,
          on_message: (message = {}, connection = {}) => [message, connection],
          on_close: (code = 0, reason = '', connection = {}) => [code, reason, connection],
        },
      },
      routes: { '/': (_req, res) => res.send('Howdy') },
    });
  });

  test('compiles in mount_websockets()', () => {
    mount_websockets(server, {
      example_endpoint: {
        on_open: (connection = {}) => connection,
        on_message: (message = {}, connection = {}) => [message, connection],
        on_close: (code = 0, reason = '', connection = {}) => [code, reason, connection],
        on_error: (error = {}, connection = {}) => [error, connection],
      },
    });
  });

  test('compiles in a literal of its own', () => {
    const example_endpoint = {
      on_open: (connection = {}) => connection,
      on_message: (message = {}, connection = {}) => [message, connection],
      on_close: (code = 0, reason = '', connection = {}) => [code, reason, connection],
    };
    expectTypeOf(example_endpoint).toExtend<WebsocketDefinition>();
    mount_websockets(server, { example_endpoint });
    app({ websockets: { example_endpoint } });
  });
});

describe('a plain literal', () => {
  test('gives its handlers a message and a connection of any type in app()', () => {
    app({
      websockets: {
        example: {
          on_upgrade: (request) => expectTypeOf(request.params).toBeAny(),
          on_open: (connection) => expectTypeOf(connection).toEqualTypeOf<Connection>(),
          on_message: (message, connection) => {
            expectTypeOf(message).toBeAny();
            expectTypeOf(connection).toEqualTypeOf<Connection>();
            expectTypeOf(connection.id).toEqualTypeOf<string>();
            expectTypeOf(connection.context).toBeAny();
          },
          on_close: (code, reason) => {
            expectTypeOf(code).toEqualTypeOf<number>();
            expectTypeOf(reason).toEqualTypeOf<string>();
          },
          on_error: (error) => expectTypeOf(error).toEqualTypeOf<unknown>(),
        },
      },
    });
  });

  test('gives its handlers a message and a connection of any type in mount_websockets()', () => {
    mount_websockets(server, {
      example: {
        on_message: (message, connection) => {
          expectTypeOf(message).toBeAny();
          expectTypeOf(connection).toEqualTypeOf<Connection>();
        },
      },
    });
  });

  test('types what its schema says may be sent', () => {
    const handle = mount_websockets(server, { plain_with_schema }).endpoint('plain_with_schema');
    expectTypeOf(handle).toEqualTypeOf<
      EndpointHandle<{ text: string }, Connection<any, { text: string }, any>>
    >();
  });
});

describe('what is mounted', () => {
  test('is typed by app.websockets()', async () => {
    const started = await app({ websockets: { chat, plain } });
    expectTypeOf(started).toEqualTypeOf<App<{ chat: typeof chat; plain: typeof plain }>>();
    expectTypeOf(started.websockets('chat')).toEqualTypeOf<ChatHandle>();
    expectTypeOf(started.websockets('plain')).toEqualTypeOf<EndpointHandle>();
    expectTypeOf(started.websockets).parameter(0).toEqualTypeOf<'chat' | 'plain'>();
    // @ts-expect-error Nothing of that name is declared.
    started.websockets('chats');
  });

  test('is typed by mounted.endpoint()', () => {
    const mounted = mount_websockets(server, { chat, plain });
    expectTypeOf(mounted).toEqualTypeOf<
      MountedWebsockets<{ chat: typeof chat; plain: typeof plain }>
    >();
    expectTypeOf(mounted.endpoint('chat')).toEqualTypeOf<ChatHandle>();
    expectTypeOf(mounted.endpoint('chat').connections).toEqualTypeOf<ChatConnection[]>();
    expectTypeOf(mounted.endpoint('plain')).toEqualTypeOf<EndpointHandle>();
    // @ts-expect-error Nothing of that name is declared.
    mounted.endpoint('chats');
  });

  test('is sent what it declares', () => {
    const handle = mount_websockets(server, { chat }).endpoint('chat');
    handle.send({ text: 'hello' });
    handle.send({ text: 'hello' }, 'some-id');
    // @ts-expect-error `text` is a string.
    handle.send({ text: 5 });
    // @ts-expect-error An id is a string.
    handle.send({ text: 'hello' }, 5);
  });

  test('may have its names computed', () => {
    const any: Websockets = {};
    expectTypeOf(mount_websockets(server, any).endpoint('some')).toEqualTypeOf<EndpointHandle>();
    app({ websockets: any });
  });

  test('may be nothing', () => {
    app();
    app({});
    app({ websockets: {} });
    mount_websockets(server, {});
  });

  test('may be handed to whoever takes any of them', () => {
    expectTypeOf<MountedWebsockets<{ chat: typeof chat }>>().toExtend<MountedWebsockets>();
    expectTypeOf<App<{ chat: typeof chat }>>().toExtend<App<any>>();
  });

  test('may be mentioned in its own handlers', () => {
    const echo = define_websocket({
      sends: z.string(),
      on_open: () => mounted.endpoint('echo').send('welcome'),
    });
    const mounted = mount_websockets(server, { echo });
    expectTypeOf(mounted.endpoint('echo').send).parameter(0).toEqualTypeOf<string>();
  });
});

describe('a misspelt key', () => {
  // The messages name the right key: errors.test.ts.
  test('is an error in app()', () => {
    // @ts-expect-error
    app({ websocket: {} });
    // @ts-expect-error
    app({ websockets: { chat: { on_mesage: () => {} } } });
    // @ts-expect-error
    app({ websockets: { chat: { on_open: () => {}, on_mesage: () => {} } } });
  });

  test('is an error in mount_websockets()', () => {
    // @ts-expect-error
    mount_websockets(server, { chat: { on_mesage: () => {} } });
    // @ts-expect-error
    mount_websockets(server, { chat: { ...chat, on_mesage: () => {} } });
    // @ts-expect-error
    mount_websockets(server, { chat: { options: { max_mesage_size_in_bytes: 1 } } });
    // @ts-expect-error
    mount_websockets(server, {}, { allowed_origin: '*' });
  });

  test('is an error in define_websocket()', () => {
    // @ts-expect-error
    define_websocket({ on_mesage: () => {} });
    // @ts-expect-error
    define_websocket({ on_upgrade: () => 1, options: { max_mesage_size_in_bytes: 1 } });
  });
});

describe('a server', () => {
  test('may be any of Node', () => {
    mount_websockets({} as Server, { chat });
    mount_websockets({} as HttpsServer, { chat });
    mount_websockets({} as Http2Server, { chat });
    mount_websockets({} as Http2SecureServer, { chat });
    mount_websockets(createServer(), { chat });
    mount_websockets(createSecureServer(), { chat });
    mount_websockets(express().listen(0), { chat });
  });

  test('is not the application itself', () => {
    // @ts-expect-error It has `listen` and `on`, and is no server.
    mount_websockets(express(), { chat });
  });
});

describe('websockets() of the module', () => {
  test('takes any name and any message where nothing is registered', () => {
    const handle = websockets('whatever');
    expectTypeOf(handle).toEqualTypeOf<EndpointHandle>();
    expectTypeOf(handle.send).parameter(0).toBeAny();
    expectTypeOf(handle.connections).toEqualTypeOf<Connection[]>();
    expectTypeOf(joystick.websockets).toEqualTypeOf<typeof websockets>();
  });

  test('takes no name that is no string', () => {
    // @ts-expect-error
    websockets(5);
  });

  test('may be mentioned in the handlers of what it reaches', () => {
    const echo = define_websocket({
      sends: z.string(),
      on_message: (message) => websockets('echo').send(message),
      on_close: () => websockets('echo').connections.length,
    });
    expectTypeOf(echo.on_open)
      .parameter(0)
      .toEqualTypeOf<Connection<QueryParams, string, undefined>>();
  });
});

describe('what is optional', () => {
  /** The optional keys of which `undefined` is no value. */
  type Unspreadable<T> = {
    [K in keyof T]-?: T extends Record<K, T[K]>
      ? never
      : undefined extends Required<T>[K]
        ? never
        : K;
  }[keyof T];

  test('is found by Unspreadable where it may not be undefined', () => {
    type Found = Unspreadable<{ a?: number; b?: number | undefined; c: string }>;
    expectTypeOf<Found>().toEqualTypeOf<'a'>();
  });

  test('may be undefined, so that options can be spread', () => {
    expectTypeOf<Unspreadable<WebsocketOptions>>().toEqualTypeOf<never>();
    expectTypeOf<Unspreadable<WebsocketDefinition>>().toEqualTypeOf<never>();
    expectTypeOf<Unspreadable<MountOptions>>().toEqualTypeOf<never>();
    expectTypeOf<Unspreadable<AppOptions>>().toEqualTypeOf<never>();
    expectTypeOf<Unspreadable<NonNullable<AppOptions['events']>>>().toEqualTypeOf<never>();
    expectTypeOf<Unspreadable<Exclude<Route, (...args: any[]) => any>>>().toEqualTypeOf<never>();
    expectTypeOf<Unspreadable<CloseOptions>>().toEqualTypeOf<never>();
    expectTypeOf<Unspreadable<typeof chat>>().toEqualTypeOf<never>();
  });

  test('passes through a function of the user', () => {
    const start = async (port?: number, given: AppOptions = {}, mount?: MountOptions) => {
      await app({ ...given, port, websocket_options: { ...mount, path: mount?.path } });
      await mount_websockets(server, { chat }, mount).close({ grace_in_seconds: port });
    };
    expectTypeOf(start).toBeFunction();
    const limits = (max?: number): WebsocketOptions => ({ max_message_size_in_bytes: max });
    mount_websockets(server, { chat: { on_open: undefined, options: limits() } });
    define_websocket({ on_open: undefined, on_error: undefined, options: undefined });
    define_websocket({ options: limits(5) });
  });
});
