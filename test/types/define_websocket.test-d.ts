import {
  type Connection,
  type ConnectionOf,
  define_websocket,
  type OnUpgradeMustStandBeforeTheHandlers,
  type QueryParams,
  type RequestHeaders,
  type SendsOf,
  type UpgradeRequest,
  type Websocket,
  type WebsocketDefinition,
} from 'joystick-websockets';
import * as v from 'valibot';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

type User = { name: string };
declare const find_user: (cookie: string | undefined) => Promise<User>;
declare const is_lucky: () => boolean;

const with_zod = {
  params: z.object({
    room: z.string(),
    since: z.coerce.number<string>().default(0),
    limit: z.string().transform(Number).optional(),
  }),
  receives: z.object({
    text: z.string().transform((text) => text.length),
    key: z.string().default('none'),
  }),
  sends: z.object({
    at: z.date().transform((date) => date.getTime()),
    by: z.string().default('nobody'),
  }),
};

const with_valibot = {
  params: v.object({
    room: v.string(),
    since: v.optional(v.pipe(v.string(), v.transform(Number)), '0'),
  }),
  receives: v.object({
    text: v.pipe(
      v.string(),
      v.transform((text) => text.length),
    ),
    key: v.optional(v.string(), 'none'),
  }),
  sends: v.object({
    at: v.pipe(
      v.date(),
      v.transform((date) => date.getTime()),
    ),
    by: v.optional(v.string(), 'nobody'),
  }),
};

type ZodParams = { room: string; since: number; limit?: number | undefined };
type Sent = { at: Date; by?: string | undefined };
type Message = { text: number; key: string };

describe('schemas', () => {
  test('of zod type params and message by their outputs, send by the input of sends', () => {
    const chat = define_websocket({
      ...with_zod,
      on_upgrade: (request) => {
        expectTypeOf(request).toEqualTypeOf<UpgradeRequest<ZodParams>>();
        return { room: request.params.room };
      },
      on_open: (connection) => {
        expectTypeOf(connection.params).toEqualTypeOf<ZodParams>();
        expectTypeOf(connection.send).toEqualTypeOf<(message: Sent) => boolean>();
      },
      on_message: (message, connection) => {
        expectTypeOf(message).toEqualTypeOf<Message>();
        expectTypeOf(connection).toEqualTypeOf<Connection<ZodParams, Sent, { room: string }>>();
      },
      on_close: (code, reason, connection) => {
        expectTypeOf(code).toEqualTypeOf<number>();
        expectTypeOf(reason).toEqualTypeOf<string>();
        expectTypeOf(connection).toEqualTypeOf<Connection<ZodParams, Sent, { room: string }>>();
      },
      on_error: (error, connection) => {
        expectTypeOf(error).toEqualTypeOf<unknown>();
        expectTypeOf(connection).toEqualTypeOf<Connection<ZodParams, Sent, { room: string }>>();
      },
    });
    expectTypeOf(chat).toEqualTypeOf<
      Websocket<
        ZodParams,
        Message,
        Sent,
        { room: string },
        { room: string; since?: string | undefined; limit?: string | undefined },
        { text: string; key?: string | undefined }
      >
    >();
  });

  test('of valibot type params and message by their outputs, send by the input of sends', () => {
    const chat = define_websocket({
      ...with_valibot,
      on_upgrade: ({ params }) => ({ room: params.room }),
      on_message: (message, connection) => {
        expectTypeOf(message).toEqualTypeOf<Message>();
        expectTypeOf(connection.params).toEqualTypeOf<{ room: string; since: number }>();
        expectTypeOf(connection.send).toEqualTypeOf<(message: Sent) => boolean>();
        expectTypeOf(connection.context).toEqualTypeOf<{ room: string }>();
      },
    });
    expectTypeOf(chat.on_message).parameter(0).toEqualTypeOf<Message>();
  });

  test('may stand anywhere in the literal', () => {
    define_websocket({
      on_upgrade: ({ params }) => {
        expectTypeOf(params).toEqualTypeOf<ZodParams>();
        return { room: params.room };
      },
      sends: with_zod.sends,
      on_message: (message, connection) => {
        expectTypeOf(message).toEqualTypeOf<Message>();
        expectTypeOf(connection).toEqualTypeOf<Connection<ZodParams, Sent, { room: string }>>();
      },
      receives: with_zod.receives,
      params: with_zod.params,
    });
  });

  test('of zod and valibot go together', () => {
    const chat = define_websocket({ params: with_valibot.params, sends: with_zod.sends });
    expectTypeOf<ConnectionOf<typeof chat>>().toEqualTypeOf<
      Connection<{ room: string; since: number }, Sent, undefined>
    >();
  });

  test('that are undefined are as good as none', () => {
    define_websocket({
      params: undefined,
      receives: undefined,
      sends: undefined,
      on_message: (message, connection) => {
        expectTypeOf(message).toEqualTypeOf<unknown>();
        expectTypeOf(connection).toEqualTypeOf<Connection<QueryParams, any, undefined>>();
      },
    });
  });

  test('of unions keep them', () => {
    const event = z.discriminatedUnion('type', [
      z.object({ type: z.literal('said'), text: z.string() }),
      z.object({ type: z.literal('left') }),
    ]);
    type Event = { type: 'said'; text: string } | { type: 'left' };
    define_websocket({
      receives: event,
      sends: event,
      on_message: (message, connection) => {
        expectTypeOf(message).toEqualTypeOf<Event>();
        expectTypeOf(connection.send).parameter(0).toEqualTypeOf<Event>();
      },
    });
  });

  test('refuse to send what they do not declare', () => {
    define_websocket({
      sends: with_zod.sends,
      on_open: (connection) => {
        // @ts-expect-error `at` goes in as a date, whatever the schema makes of it.
        connection.send({ at: 5 });
      },
    });
    define_websocket({
      sends: with_zod.sends,
      on_open: (connection) => {
        // @ts-expect-error Once `sends` is declared, a string is no message by itself.
        connection.send('{}');
      },
    });
  });

  test('have to be schemas', () => {
    // @ts-expect-error A function is none.
    define_websocket({ receives: (message: unknown) => message });
  });
});

describe('without a schema', () => {
  test('message is unknown, params are the query, and anything may be sent', () => {
    const chat = define_websocket({
      on_message: (message, connection) => {
        expectTypeOf(message).toEqualTypeOf<unknown>();
        expectTypeOf(connection).toEqualTypeOf<Connection<QueryParams, any, undefined>>();
      },
    });
    expectTypeOf(chat).toEqualTypeOf<
      Websocket<QueryParams, unknown, any, undefined, QueryParams, unknown>
    >();
    expectTypeOf<SendsOf<typeof chat>>().toBeAny();
  });

  test('the headers that everybody reads have names', () => {
    define_websocket({
      on_upgrade: ({ headers }) => {
        expectTypeOf(headers).toEqualTypeOf<RequestHeaders>();
        expectTypeOf(headers.cookie).toEqualTypeOf<string | undefined>();
        expectTypeOf(headers.origin).toEqualTypeOf<string | undefined>();
        expectTypeOf(headers['x-other']).toEqualTypeOf<string | string[] | undefined>();
      },
    });
  });
});

describe('the context', () => {
  test('is what a synchronous on_upgrade returns', () => {
    define_websocket({
      on_upgrade: () => ({ user: { name: 'Ada' } }),
      on_open: (connection) => {
        expectTypeOf(connection.context).toEqualTypeOf<{ user: User }>();
      },
    });
  });

  test('is what an asynchronous on_upgrade resolves to', () => {
    const chat = define_websocket({
      on_upgrade: async ({ headers }) => ({ user: await find_user(headers.cookie) }),
      on_open: (connection) => {
        expectTypeOf(connection.context).toEqualTypeOf<{ user: User }>();
      },
    });
    expectTypeOf(chat.on_upgrade).returns.toEqualTypeOf<{ user: User } | Promise<{ user: User }>>();
  });

  test('is all that an on_upgrade returns which is sometimes asynchronous', () => {
    define_websocket({
      on_upgrade: ({ headers }) => {
        if (is_lucky()) return { user: undefined };
        return find_user(headers.cookie).then((user) => ({ user }));
      },
      on_open: (connection) => {
        expectTypeOf(connection.context).toEqualTypeOf<{ user: undefined } | { user: User }>();
      },
    });
  });

  test('is undefined without on_upgrade', () => {
    define_websocket({
      on_open: (connection) => {
        expectTypeOf(connection.context).toEqualTypeOf<undefined>();
      },
    });
    define_websocket({
      on_upgrade: undefined,
      on_open: (connection) => {
        expectTypeOf(connection.context).toEqualTypeOf<undefined>();
      },
    });
  });

  test('comes from methods and function expressions, too', () => {
    define_websocket({
      async on_upgrade(request) {
        return { user: await find_user(request.headers.cookie) };
      },
      on_open(connection) {
        expectTypeOf(connection.context).toEqualTypeOf<{ user: User }>();
      },
      on_message: (_message, connection) => {
        expectTypeOf(connection.context).toEqualTypeOf<{ user: User }>();
      },
    });
  });

  test('is not what a handler claims of it', () => {
    define_websocket({
      on_upgrade: () => ({ user: 'Ada' }),
      // @ts-expect-error The context has a user, and no admin.
      on_open: (_connection: Connection<any, any, { admin: boolean }>) => {},
    });
  });

  test('cannot be known if on_upgrade stands after a handler: an error there, and none elsewhere', () => {
    const chat = define_websocket({
      on_open: (connection) => {
        expectTypeOf(connection.context).toEqualTypeOf<OnUpgradeMustStandBeforeTheHandlers>();
      },
      // @ts-expect-error The text of the error is held in errors.test.ts.
      on_upgrade: async ({ headers }) => ({ user: await find_user(headers.cookie) }),
    });
    expectTypeOf<ConnectionOf<typeof chat>['context']>().toBeAny();
  });

  test('is known where on_upgrade stands behind handlers that take no connection', () => {
    const chat = define_websocket({
      on_open: () => {},
      on_upgrade: async ({ headers }) => ({ user: await find_user(headers.cookie) }),
      on_close: (_code, _reason, connection) => {
        expectTypeOf(connection.context).toEqualTypeOf<{ user: User }>();
      },
    });
    expectTypeOf<ConnectionOf<typeof chat>['context']>().toEqualTypeOf<{ user: User }>();
  });
});

describe('a definition', () => {
  type Context = { user: string | undefined };
  const greet = (connection: Connection<any, any, Context>) => connection.context.user;

  test('takes handlers that are declared elsewhere, or annotated', () => {
    define_websocket({
      on_upgrade: async ({ headers }) => ({ user: headers.cookie }),
      on_open: greet,
      on_message: (_message: unknown, connection: Connection<any, any, Context>) =>
        greet(connection),
    });
  });

  test('takes keys that are undefined, or perhaps not there', () => {
    const chat = define_websocket({
      on_upgrade: undefined,
      on_message: undefined,
      options: undefined,
      on_open: (connection) => expectTypeOf(connection.context).toEqualTypeOf<undefined>(),
      ...(is_lucky() && { on_close: () => {} }),
    });
    expectTypeOf<ConnectionOf<typeof chat>['context']>().toEqualTypeOf<undefined>();
  });

  test('takes another definition, and anything', () => {
    const chat = define_websocket({ ...with_zod, on_upgrade: () => ({ user: 'Ada' }) });
    expectTypeOf(define_websocket(chat)).toEqualTypeOf<typeof chat>();
    const limited = define_websocket({ ...chat, options: { max_topics: 5 } });
    expectTypeOf(limited).toEqualTypeOf<typeof chat>();
    define_websocket({} as WebsocketDefinition);
    define_websocket({} as any);
  });

  test('is still checked if on_upgrade returns any', () => {
    define_websocket({
      on_upgrade: (): any => 5,
      // @ts-expect-error
      on_mesage: () => {},
    });
  });
});

describe('what define_websocket returns', () => {
  const bare = define_websocket({});
  const chat = define_websocket({
    ...with_zod,
    on_upgrade: () => ({ user: 'Ada' }),
    on_message: (message) => message.text,
  });
  type C = Connection<ZodParams, Sent, { user: string }>;

  test('has handlers that can be called, given or not', () => {
    expectTypeOf(chat.on_open).toEqualTypeOf<(connection: C) => any>();
    expectTypeOf(chat.on_message).toEqualTypeOf<(message: Message, connection: C) => any>();
    expectTypeOf(chat.on_close).toEqualTypeOf<
      (code: number, reason: string, connection: C) => any
    >();
    expectTypeOf(bare.on_upgrade).toBeFunction();
    expectTypeOf(bare.on_open).toBeFunction();
    expectTypeOf(bare.on_message).toBeFunction();
    expectTypeOf(bare.on_close).toBeFunction();
  });

  test('has an optional on_error, since its absence means something', () => {
    expectTypeOf(chat.on_error).toEqualTypeOf<
      ((error: unknown, connection: C) => any) | undefined
    >();
    const call = (connection: C) =>
      // @ts-expect-error It may be missing.
      chat.on_error(new Error(), connection);
    expectTypeOf(call).toBeFunction();
  });

  test('has handlers that take only their own messages', () => {
    const call = (connection: C) => {
      // @ts-expect-error `text` is a number by then.
      chat.on_message({ text: 'hi', key: '' }, connection);
    };
    expectTypeOf(call).toBeFunction();
  });

  test('is a definition', () => {
    expectTypeOf(chat).toExtend<WebsocketDefinition>();
    expectTypeOf(bare).toExtend<WebsocketDefinition>();
  });

  test('tells its connection and its messages', () => {
    expectTypeOf<ConnectionOf<typeof chat>>().toEqualTypeOf<C>();
    expectTypeOf<SendsOf<typeof chat>>().toEqualTypeOf<Sent>();
  });
});

describe('handlers', () => {
  test('may give each parameter a default of any type', () => {
    define_websocket({
      on_open: (connection = {}) => connection,
      on_message: (message = {}, connection = {}) => [message, connection],
      on_close: (code = 0, reason = '', connection = {}) => [code, reason, connection],
      on_error: (error = {}, connection = {}) => [error, connection],
    });
    define_websocket({
      ...with_zod,
      on_upgrade: () => ({ user: 'Ada' }),
      on_open: (connection = {}) => connection,
      on_message: (message = {}, connection = {}) => [message, connection],
      on_close: (code = 0, reason = '', connection = {}) => [code, reason, connection],
      on_error: (error = {}, connection = {}) => [error, connection],
    });
  });

  test('may mention the type of the connection that they are given', () => {
    const chat = define_websocket({
      ...with_zod,
      on_upgrade: () => ({ user: 'Ada' }),
      on_open: (connection) => greet(connection),
      on_message: async (_message, connection) => greet(connection),
    });
    function greet(connection: ConnectionOf<typeof chat>) {
      expectTypeOf(connection).toEqualTypeOf<Connection<ZodParams, Sent, { user: string }>>();
      return connection.context.user;
    }
  });

  test('have to be functions', () => {
    // @ts-expect-error A name is none.
    define_websocket({ on_message: 'handle_message' });
  });

  test('take what they are given', () => {
    // @ts-expect-error A connection is no string.
    define_websocket({ on_open: (connection: string) => connection });
  });
});
