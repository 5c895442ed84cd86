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

describe('on_upgrade behind a handler that takes the connection', () => {
  const errors = errors_of(`${BEGINNING}
    define_websocket({
      on_open: (connection) => connection.send(connection.context.user),
      on_upgrade: async ({ headers }) => ({ user: headers.cookie }),
    });`);

  test('is an error by the name of what to do', () => {
    expect(errors).toContain(
      "Property 'user' does not exist on type 'OnUpgradeMustStandBeforeTheHandlers'.",
    );
    expect(errors.join()).toMatch(
      /Connection<QueryParams, any, OnUpgradeMustStandBeforeTheHandlers>/,
    );
  });

  test('leaves no parameter an implicit any', () => {
    expect(errors.join()).not.toMatch(/implicitly/);
  });
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
