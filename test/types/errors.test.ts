import { describe, expect, test } from 'vitest';
import { create_compiler } from '../support/compile.ts';

const { errors_of } = create_compiler();

const BEGINNING = `
import { createServer } from 'node:http';
import express from 'express';
import { app, define_websocket, mount_websockets } from 'joystick-websockets';
import { z } from 'zod';
const server = createServer();
const contract = { receives: z.object({ text: z.string() }) };
`;

/** What the compiler says of code for which it has one error. */
function error_of(code: string): string {
  const errors = errors_of(BEGINNING + code);
  expect(errors).toHaveLength(1);
  return errors[0] ?? '';
}

test('what is right has no errors', () => {
  expect(
    errors_of(`${BEGINNING} app({ websockets: { chat: define_websocket(contract) } });`),
  ).toEqual([]);
});

describe('a misspelt key is named with the right one', () => {
  const did_you_mean = (key: string) =>
    new RegExp(`Did you mean to write '${key}'\\?|DidYouMean<"${key}">`);

  const cases: [string, string, string][] = [
    ['in app()', `app({ websocket: {} })`, 'websockets'],
    ['in app(), beside right ones', `app({ port: 0, websocket_option: {} })`, 'websocket_options'],
    [
      'in the mount options of app()',
      `app({ websocket_options: { allowed_origin: '*' } })`,
      'allowed_origins',
    ],
    [
      'in an endpoint of app()',
      `app({ websockets: { chat: { on_mesage: () => {} } } })`,
      'on_message',
    ],
    [
      'in an endpoint of app(), beside right ones',
      `app({ websockets: { chat: { on_open: () => {}, on_mesage: () => {} } } })`,
      'on_message',
    ],
    [
      'in an endpoint of app(), in another casing',
      `app({ websockets: { chat: { on_open: () => {}, onMessage: () => {} } } })`,
      'on_message',
    ],
    [
      'in the options of an endpoint of app()',
      `app({ websockets: { chat: { options: { max_mesage_size_in_bytes: 1 } } } })`,
      'max_message_size_in_bytes',
    ],
    [
      'in an endpoint of mount_websockets()',
      `mount_websockets(server, { chat: { on_mesage: () => {} } })`,
      'on_message',
    ],
    [
      'in an endpoint of mount_websockets(), after a spread',
      `mount_websockets(server, { chat: { ...contract, on_mesage: () => {} } })`,
      'on_message',
    ],
    [
      'in an endpoint of mount_websockets() that is a variable',
      `const chat = { on_open: () => {}, on_mesage: () => {} }; mount_websockets(server, { chat })`,
      'on_message',
    ],
    [
      'in an endpoint of mount_websockets() that spreads what define_websocket() returned',
      `mount_websockets(server, { chat: { ...define_websocket({}), on_mesage: () => {} } })`,
      'on_message',
    ],
    [
      'in the options of an endpoint of mount_websockets()',
      `mount_websockets(server, { chat: { options: { max_mesage_size_in_bytes: 1 } } })`,
      'max_message_size_in_bytes',
    ],
    [
      'in the mount options',
      `mount_websockets(server, {}, { allowed_origin: '*' })`,
      'allowed_origins',
    ],
    [
      'in the endpoint_options of the mount options',
      `mount_websockets(server, {}, { endpoint_options: { max_mesage_size_in_bytes: 1 } })`,
      'max_message_size_in_bytes',
    ],
    ['in define_websocket()', `define_websocket({ on_mesage: () => {} })`, 'on_message'],
    [
      'in define_websocket(), with on_upgrade',
      `define_websocket({ on_upgrade: () => ({ user: 'Ada' }), on_mesage: () => {} })`,
      'on_message',
    ],
    [
      'in define_websocket(), after a spread',
      `define_websocket({ ...contract, on_mesage: () => {} })`,
      'on_message',
    ],
    ['of a schema', `define_websocket({ recieves: contract.receives })`, 'receives'],
    [
      'in the options of define_websocket()',
      `define_websocket({ options: { max_mesage_size_in_bytes: 1 } })`,
      'max_message_size_in_bytes',
    ],
  ];
  test.each(cases)('%s', (_where, code, key) => {
    expect(error_of(code)).toMatch(did_you_mean(key));
  });

  test('or with all of them, where none is near', () => {
    const error = error_of(
      `mount_websockets(server, { chat: { on_open: () => {}, greet: () => {} } })`,
    );
    expect(error).toMatch(/DidYouMean<keyof WebsocketDefinition>|'greet' does not exist/);
  });
});

/** All that the compiler says, a line for each line of each error. */
const lines_of = (code: string) => errors_of(BEGINNING + code).flatMap((text) => text.split('\n'));

describe('a mistake in define_websocket() is one error, where it is', () => {
  const AROUND = 'on_upgrade: async ({ headers }) => ({ user: headers.cookie })';
  const CONNECTION = 'Connection<QueryParams, any, { user: string | undefined; }>';
  const cases: [string, string, string[]][] = [
    [
      'a misspelt handler',
      `${AROUND}, on_mesage: (message, connection) => connection.context.user`,
      [
        "Property ''this key is not known; did you mean'' is missing in type '(message: any, connection: any) => any' " +
          `but required in type 'DidYouMean<"on_message">'.`,
      ],
    ],
    [
      'a handler in another casing',
      'onMessage: (message, connection) => {}',
      [
        "Property ''this key is not known; did you mean'' is missing in type '(message: any, connection: any) => void' " +
          `but required in type 'DidYouMean<"on_message">'.`,
      ],
    ],
    [
      'a misspelt schema',
      `${AROUND}, recieves: z.string(), on_open: (connection) => connection.context.user`,
      [
        "Property ''this key is not known; did you mean'' is missing in type 'ZodString' " +
          `but required in type 'DidYouMean<"receives">'.`,
      ],
    ],
    [
      'what is no schema',
      `${AROUND}, receives: (message: unknown) => message`,
      [
        "Type '(message: unknown) => unknown' is not assignable to type 'StandardSchemaV1<unknown, unknown>'.",
      ],
    ],
    [
      'a misspelt option',
      `${AROUND}, options: { max_topic: 5 }`,
      [
        "Object literal may only specify known properties, but 'max_topic' does not exist in type 'WebsocketOptions'. " +
          "Did you mean to write 'max_topics'?",
      ],
    ],
    [
      'an option of another type',
      `${AROUND}, on_open: (connection) => connection.context.user, options: { max_topics: '5' }`,
      ["Type 'string' is not assignable to type 'number'."],
    ],
    [
      'what is no handler',
      `${AROUND}, on_message: 'x', on_open: (connection) => connection.context.user`,
      [
        `Type 'string' is not assignable to type 'Handler<[message: unknown, connection: ${CONNECTION}]> | undefined'.`,
      ],
    ],
    [
      'a message whose schema is missing',
      `${AROUND}, on_message: ({ text }) => text`,
      [
        "Type '({ text }: { text: any; }) => any' is not assignable to type " +
          `'Handler<[message: unknown, connection: ${CONNECTION}]> | undefined'.`,
        "  Type '({ text }: { text: any; }) => any' is not assignable to type " +
          `'(message: unknown, connection: ${CONNECTION}) => any'.`,
        "    Types of parameters '__0' and 'message' are incompatible.",
        "      Type 'unknown' is not assignable to type '{ text: any; }'.",
      ],
    ],
    [
      'a message that is not as declared',
      `...contract, sends: contract.receives, ${AROUND}, on_open: (connection) => connection.send({ txt: 'hi' })`,
      [
        "Object literal may only specify known properties, but 'txt' does not exist in type '{ text: string; }'. " +
          "Did you mean to write 'text'?",
      ],
    ],
    [
      'a misspelt key of the context',
      `${AROUND}, on_open: (connection) => connection.context.usr`,
      [
        "Property 'usr' does not exist on type '{ user: string | undefined; }'. Did you mean 'user'?",
      ],
    ],
  ];
  test.each(cases)('%s', (_mistake, definition, lines) => {
    expect(lines_of(`define_websocket({ ${definition} });`)).toEqual(lines);
  });
});

test('on_upgrade after a handler that takes the connection is an error that says what to do', () => {
  const code = `define_websocket({
    on_open: (connection) => connection.send(connection.context.user),
    on_upgrade: async ({ headers }) => ({ user: headers.cookie }),
  });`;
  const request =
    '({ headers }: UpgradeRequest<QueryParams>) => Promise<{ user: string | undefined; }>';
  expect(lines_of(code)).toEqual([
    "Property 'user' does not exist on type 'OnUpgradeMustStandBeforeTheHandlers'.",
    `Type '${request}' is not assignable to type 'Given | ((request: UpgradeRequest<QueryParams>) => ` +
      "OnUpgradeMustStandBeforeTheHandlers)'.",
    `  Type '${request}' is not assignable to type '(request: UpgradeRequest<QueryParams>) => ` +
      "OnUpgradeMustStandBeforeTheHandlers'.",
    "    Property ''on_upgrade must stand before the handlers that take connection'' is missing in type " +
      "'Promise<{ user: string | undefined; }>' but required in type 'OnUpgradeMustStandBeforeTheHandlers'.",
  ]);
});

test('an application in place of its server is told by what it has not', () => {
  expect(error_of('mount_websockets(express(), {})')).toMatch(
    /Property 'listening' is missing in type 'Express' but required in type 'UpgradeServer'/,
  );
});

test('an unknown name is told with the names that there are', () => {
  expect(error_of(`mount_websockets(server, { chat: {}, news: {} }).endpoint('chats')`)).toBe(
    `Argument of type '"chats"' is not assignable to parameter of type '"chat" | "news"'.`,
  );
});
