import {
  type Connection,
  define_websocket,
  type QueryParams,
  type WebsocketsError,
} from 'joystick-websockets';
import {
  create_mock_connection,
  create_test_endpoint,
  type MockConnection,
  type MockConnectionOptions,
  type NextMessageOptions,
  type RawMessage,
  type TestClient,
  type TestConnectOptions,
  type TestEndpoint,
  type TestEndpointOptions,
} from 'joystick-websockets/testing';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

const chat = define_websocket({
  params: z.object({ room: z.string(), since: z.coerce.number<string>().default(0) }),
  receives: z.object({ text: z.string(), key: z.string().default('') }),
  sends: z.object({ text: z.string(), at: z.date() }),
  on_upgrade: async () => ({ user: 'Ada' }),
});
type Params = { room: string; since: number };
type Sends = { text: string; at: Date };
type Received = { text: string; at: string };
type Sent = { text: string; key?: string | undefined };
type Context = { user: string };

const schemaless = define_websocket({ on_message: (message, connection) => [message, connection] });
const plain = { on_message: (_message: { text: string }, _connection: Connection) => {} };
const plain_with_schema = { sends: z.object({ at: z.date() }) };

describe('create_mock_connection()', () => {
  const params = { room: 'lobby', since: 0 };
  const context = { user: 'Ada' };

  test('is typed by its definition', () => {
    const connection = create_mock_connection({ definition: chat, params, context });
    expectTypeOf(connection).toEqualTypeOf<MockConnection<Params, Sends, Context>>();
    expectTypeOf(connection.params).toEqualTypeOf<Params>();
    expectTypeOf(connection.context).toEqualTypeOf<Context>();
    expectTypeOf(connection.send).parameter(0).toEqualTypeOf<Sends>();
    expectTypeOf(connection.sent).toEqualTypeOf<Received[]>();
    expectTypeOf(connection.sent_raw).toEqualTypeOf<RawMessage[]>();
    expectTypeOf(connection.published).toEqualTypeOf<{ topic: string; message: Received }[]>();
    expectTypeOf(connection.closed).toEqualTypeOf<{ code: number; reason: string } | undefined>();
    expectTypeOf(connection.peer.close()).toEqualTypeOf<
      Promise<{ code: number; reason: string }>
    >();
  });

  test('is what the handlers of its definition take', () => {
    const connection = create_mock_connection({ definition: chat, params, context });
    expectTypeOf(connection).toExtend<Connection<Params, Sends, Context>>();
    chat.on_open(connection);
    chat.on_message({ text: 'hi', key: '' }, connection);
    chat.on_close(1000, '', connection);
    plain.on_message({ text: 'hi' }, connection);
    const untyped = create_mock_connection();
    // @ts-expect-error It has no user.
    chat.on_open(untyped);
  });

  test('does not take what its definition does not', () => {
    // @ts-expect-error There is no room.
    create_mock_connection({ definition: chat, params: { since: 0 }, context });
    // @ts-expect-error A number is what the schema made of it.
    create_mock_connection({ definition: chat, params: { room: '', since: '0' }, context });
    // @ts-expect-error There is no user.
    create_mock_connection({ definition: chat, params, context: {} });
    // @ts-expect-error
    create_mock_connection({ definition: chat, param: params });
    // @ts-expect-error
    create_mock_connection({ definition: { on_open: () => {}, on_mesage: () => {} } });
    // @ts-expect-error A name is a string.
    create_mock_connection({ endpoint: 5 });
  });

  test('may leave out what a test does not need', () => {
    const connection = create_mock_connection({ definition: chat, params });
    expectTypeOf(connection).toEqualTypeOf<MockConnection<Params, Sends, Context>>();
  });

  test('is typed by its params and context where it has no definition', () => {
    const connection = create_mock_connection({ params: { room: 'lobby' }, context });
    expectTypeOf(connection).toEqualTypeOf<MockConnection<{ room: string }, any, Context>>();
    expectTypeOf(connection.sent).toEqualTypeOf<any[]>();
    expectTypeOf(create_mock_connection()).toEqualTypeOf<
      MockConnection<QueryParams, any, undefined>
    >();
    expectTypeOf(create_mock_connection({ headers: { cookie: 'a=b' } })).toEqualTypeOf<
      MockConnection<QueryParams, any, undefined>
    >();
  });

  test('takes plain literals, and definitions without schemas', () => {
    expectTypeOf(create_mock_connection({ definition: plain })).toEqualTypeOf<
      MockConnection<any, any, any>
    >();
    const connection = create_mock_connection({ definition: plain_with_schema, context: 5 });
    expectTypeOf(connection).toEqualTypeOf<MockConnection<any, { at: Date }, any>>();
    expectTypeOf(connection.sent).toEqualTypeOf<{ at: string }[]>();
    expectTypeOf(create_mock_connection({ definition: schemaless })).toEqualTypeOf<
      MockConnection<QueryParams, any, undefined>
    >();
    create_mock_connection({
      definition: {
        on_open: (connection = {}) => connection,
        on_message: (message = {}, connection = {}) => [message, connection],
      },
    });
  });
});

describe('create_test_endpoint()', () => {
  const endpoint = create_test_endpoint(chat);

  test('types its clients', async () => {
    expectTypeOf(endpoint).toEqualTypeOf<TestEndpoint<typeof chat>>();
    const client = await endpoint.connect({ params: { room: 'lobby' } });
    expectTypeOf(client).toEqualTypeOf<TestClient<Received, Sent>>();
    expectTypeOf(await client.next_message()).toEqualTypeOf<Received>();
    expectTypeOf(client.received).toEqualTypeOf<Received[]>();
    expectTypeOf(client.received_raw).toEqualTypeOf<RawMessage[]>();
    expectTypeOf(client.send).parameter(0).toEqualTypeOf<Sent>();
    client.send({ text: 'hi' });
    client.send_raw('not JSON');
    client.send_raw(new Uint8Array());
    // @ts-expect-error It has no text.
    client.send({ key: '' });
    // @ts-expect-error An object is what send() takes.
    client.send_raw({ text: 'hi' });
    await client.next_message({ timeout_in_seconds: 5 });
    // @ts-expect-error
    await client.next_message({ timeout: 5 });
  });

  test('takes the params that a query can have', async () => {
    await endpoint.connect({ params: { room: 'lobby', since: '5' } });
    // @ts-expect-error A query has no numbers.
    await endpoint.connect({ params: { room: 'lobby', since: 5 } });
    // @ts-expect-error There is no room.
    await endpoint.connect({ params: {} });
    // @ts-expect-error
    await endpoint.connect({ param: {} });
  });

  test('is a handle as of a mount', () => {
    endpoint.send({ text: 'hi', at: new Date() }, 'abc');
    endpoint.publish('lobby', { text: 'hi', at: new Date() });
    // @ts-expect-error There is no date.
    endpoint.send({ text: 'hi' });
    expectTypeOf(endpoint.connections).toEqualTypeOf<Connection<Params, Sends, Context>[]>();
    expectTypeOf(endpoint.errors).toEqualTypeOf<unknown[]>();
    expectTypeOf(endpoint.settled()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(endpoint.close({ grace_in_seconds: 5 })).toEqualTypeOf<Promise<void>>();
  });

  test('takes plain literals, and definitions without schemas', async () => {
    const client = await create_test_endpoint(plain).connect({ params: { any: 5 } });
    expectTypeOf(client).toEqualTypeOf<TestClient<any, any>>();
    const typed = create_test_endpoint(plain_with_schema);
    expectTypeOf(await (await typed.connect()).next_message()).toEqualTypeOf<{ at: string }>();
    const bare = create_test_endpoint(schemaless);
    expectTypeOf(await bare.connect({ params: { room: 'lobby' } })).toEqualTypeOf<
      TestClient<any, unknown>
    >();
    create_test_endpoint({
      on_open: (connection) => expectTypeOf(connection).toEqualTypeOf<Connection>(),
      on_message: (message = {}, connection = {}) => [message, connection],
      on_upgrade: (request) => expectTypeOf(request.params).toBeAny(),
    });
  });

  test('does not take what is no definition, or no option', () => {
    // @ts-expect-error
    create_test_endpoint();
    // @ts-expect-error
    create_test_endpoint({ on_mesage: () => {} });
    // @ts-expect-error
    create_test_endpoint({ on_open: () => {}, on_mesage: () => {} });
    // @ts-expect-error
    create_test_endpoint(chat, { nam: 'chat' });
    // @ts-expect-error
    create_test_endpoint(chat, { options: { max_topic: 1 } });
  });

  test('may be handed to whoever takes any of them', () => {
    expectTypeOf<TestEndpoint<typeof chat>>().toExtend<TestEndpoint>();
    expectTypeOf<TestClient<Received, Sent>>().toExtend<TestClient>();
    expectTypeOf<MockConnection<Params, Sends, Context>>().toExtend<MockConnection>();
  });
});

test('a refusal is an error with its status, headers and body', () => {
  const error = {} as WebsocketsError<'connect_refused'>;
  expectTypeOf(error.details.status).toEqualTypeOf<number>();
  expectTypeOf(error.details.body.error.code).toEqualTypeOf<string>();
});

test('what is optional may be undefined, so that options can be spread', () => {
  type Unspreadable<T> = {
    [K in keyof T]-?: T extends Record<K, T[K]>
      ? never
      : undefined extends Required<T>[K]
        ? never
        : K;
  }[keyof T];
  expectTypeOf<Unspreadable<MockConnectionOptions>>().toEqualTypeOf<never>();
  expectTypeOf<Unspreadable<TestEndpointOptions>>().toEqualTypeOf<never>();
  expectTypeOf<Unspreadable<TestConnectOptions>>().toEqualTypeOf<never>();
  expectTypeOf<Unspreadable<NextMessageOptions>>().toEqualTypeOf<never>();
});
