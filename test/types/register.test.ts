import { describe, expect, test } from 'vitest';
import { create_compiler } from '../support/compile.ts';

const { errors_of, hovers_of } = create_compiler();

/** A project of its own: what is registered in one is registered in all its files. */
const REGISTERED = `
import { define_websocket, websockets, type ConnectionOf } from 'joystick-websockets';
import { z } from 'zod';

declare module 'joystick-websockets' {
  interface Register {
    websockets: typeof endpoints;
  }
}

const chat_contract = {
  receives: z.object({ text: z.string() }),
  sends: z.object({ text: z.string(), at: z.number() }),
};
const plain = { on_message: () => websockets('plain').send('anything') };
`;

const CHAT = `${REGISTERED}
const chat = define_websocket({
  ...chat_contract,
  on_upgrade: () => ({ user: 'Ada' }),
});
const endpoints = { chat, plain };
`;

describe('once endpoints are registered', () => {
  test('websockets() is typed by them', () => {
    expect(
      hovers_of(
        `${CHAT} const /*⇣*/chats = websockets('chat'); const /*⇣*/all = websockets('plain');`,
      ),
    ).toEqual([
      'const chats: EndpointHandle<{ text: string; at: number; }, Connection<QueryParams, { text: string; at: number; }, { user: string; }>>',
      'const all: EndpointHandle<any, Connection<any, any, any>>',
    ]);
  });

  test('websockets() takes what they declare', () => {
    expect(errors_of(`${CHAT} websockets('chat').send({ text: 'hi', at: 0 });`)).toEqual([]);
    expect(errors_of(`${CHAT} websockets('chat').send({ text: 'hi' });`)).toEqual([
      expect.stringContaining("Property 'at' is missing"),
    ]);
  });

  test('websockets() takes no other name', () => {
    expect(errors_of(`${CHAT} websockets('chats');`)).toEqual([
      `Argument of type '"chats"' is not assignable to parameter of type '"chat" | "plain"'.`,
    ]);
  });
});

describe('an endpoint that mentions itself is not circular', () => {
  const cases: [string, string][] = [
    [
      'in a handler with parameters',
      `on_message: ({ text }) => websockets('chat').send({ text, at: 0 })`,
    ],
    ['in a handler without', `on_open: () => websockets('chat').send({ text: 'hi', at: 0 })`],
    ['in a method', `on_open() { return websockets('chat').connections.length; }`],
    ['in an asynchronous handler', `on_open: async () => websockets('chat').connections`],
    [
      'in what a handler calls',
      `on_open: (connection) => greet(connection), on_close: () => tell()`,
    ],
    ['in a function in place of a handler', `on_close: tell`],
    [
      'in on_upgrade',
      `on_upgrade: async ({ headers }) => {
        if (websockets('chat').connections.length > 5) throw new Error('full');
        return { user: headers.cookie };
      },
      on_open: (connection) => websockets('chat').send({ text: connection.id, at: 0 })`,
    ],
  ];
  test.each(cases)('%s', (_where, handlers) => {
    const source = `${REGISTERED}
      const chat = define_websocket({ ...chat_contract, ${handlers} });
      const endpoints = { chat, plain };
      function greet(connection: ConnectionOf<typeof chat>) {
        return connection.send({ text: 'hi', at: websockets('chat').connections.length });
      }
      function tell() {
        return websockets('chat').send({ text: 'somebody left', at: 0 });
      }
      void greet; void tell;
      websockets('chat').send({ text: 'hi', at: 0 });`;
    expect(errors_of(source)).toEqual([]);
    expect(errors_of(`${source} websockets('chat').send(5);`)).toHaveLength(1);
  });
});
