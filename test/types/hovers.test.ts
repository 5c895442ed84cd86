import { expect, test } from 'vitest';
import { create_compiler } from '../support/compile.ts';

const { hovers_of } = create_compiler();

const CONTRACT = `
import { z } from 'zod';

export const chat_contract = {
  params: z.object({ room: z.string() }),
  receives: z.object({ text: z.string().max(500) }),
  sends: z.object({ from: z.string(), text: z.string() }),
};
`;

const SERVER = `
import { app, define_websocket, websockets } from 'joystick-websockets';
import { chat_contract } from './contract.ts';

interface User { name: string }
declare function find_user(cookie: string | undefined): Promise<User>;

export const /*⇣*/chat = define_websocket({
  ...chat_contract,
  on_upgrade: async (/*⇣*/request) => ({ user: await find_user(request.headers.cookie) }),
  on_open: (/*⇣*/connection) => connection.send({ from: connection.context.user.name, text: 'hi' }),
  on_message: (/*⇣*/message, connection) => {
    connection./*⇣*/params;
    connection./*⇣*/context;
    connection./*⇣*/send({ from: '', text: message.text });
  },
});

const { /*⇣*/server, websockets: reach } = await app({ websockets: { chat } });
const /*⇣*/handle = reach('chat');
const /*⇣*/anything = websockets('chat');
`;

test('an editor shows what was declared, and nothing of how it came to be', () => {
  expect(hovers_of(SERVER, { 'contract.ts': CONTRACT })).toEqual([
    'const chat: Websocket<{ room: string; }, { text: string; }, { from: string; text: string; }, { user: User; }, { room: string; }, { text: string; }>',
    '(parameter) request: UpgradeRequest<{ room: string; }>',
    '(parameter) connection: Connection<{ room: string; }, { from: string; text: string; }, { user: User; }>',
    '(parameter) message: { text: string; }',
    '(property) Connection<{ room: string; }, { from: string; text: string; }, { user: User; }>.params: { room: string; }',
    '(property) Connection<{ room: string; }, { from: string; text: string; }, { user: User; }>.context: { user: User; }',
    '(method) Connection<{ room: string; }, { from: string; text: string; }, { user: User; }>.send(message: { from: string; text: string; }): boolean',
    'const server: Server<typeof IncomingMessage, typeof ServerResponse>',
    'const handle: EndpointHandle<{ from: string; text: string; }, Connection<{ room: string; }, { from: string; text: string; }, { user: User; }>>',
    'const anything: EndpointHandle<any, Connection<any, any, any>>',
  ]);
});

test('an editor shows what a page is given, and nothing of the endpoint behind it', () => {
  const source = `
    import { define_websocket } from 'joystick-websockets/define';
    import { connect, create_client } from 'joystick-websockets/client';
    import { useWebsocket } from 'joystick-websockets/react';
    import { chat_contract } from './contract.ts';
    const chat = define_websocket({ ...chat_contract, on_upgrade: () => ({ user: 'Ada' }) });
    const query = { room: 'lobby' };
    const /*⇣*/connection = connect<typeof chat>('chat', { query });
    const /*⇣*/known = create_client<{ chat: typeof chat }>().connect('chat', { query });
    const /*⇣*/used = useWebsocket<typeof chat>('chat', { query });
    const /*⇣*/by_contract = connect<typeof chat_contract>('chat', { query });`;
  expect(hovers_of(source, { 'contract.ts': CONTRACT })).toEqual([
    'const connection: ClientConnection<{ text: string; }>',
    'const known: ClientConnection<{ text: string; }>',
    'const used: UsedWebsocket<{ text: string; }>',
    'const by_contract: ClientConnection<{ text: string; }>',
  ]);
});

test('an editor shows what a test is given', () => {
  const source = `
    import { define_websocket } from 'joystick-websockets';
    import { create_mock_connection, create_test_endpoint } from 'joystick-websockets/testing';
    import { chat_contract } from './contract.ts';
    const chat = define_websocket({ ...chat_contract, on_upgrade: () => ({ user: 'Ada' }) });
    const /*⇣*/connection = create_mock_connection({ definition: chat });
    const /*⇣*/client = await create_test_endpoint(chat).connect();
    const /*⇣*/message = await client.next_message();`;
  expect(hovers_of(source, { 'contract.ts': CONTRACT })).toEqual([
    'const connection: MockConnection<{ room: string; }, { from: string; text: string; }, { user: string; }>',
    'const client: TestClient<{ from: string; text: string; }, { text: string; }>',
    'const message: { from: string; text: string; }',
  ]);
});

test('an editor shows a plain literal its connection', () => {
  const source = `
    import { app } from 'joystick-websockets';
    app({ websockets: { chat: { on_message: (/*⇣*/message, /*⇣*/connection) => {} } } });`;
  expect(hovers_of(source)).toEqual([
    '(parameter) message: any',
    '(parameter) connection: Connection<any, any, any>',
  ]);
});
