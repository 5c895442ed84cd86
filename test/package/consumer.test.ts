import { describe, expect, test } from 'vitest';
import { BUNDLER, create_consumer, NODE_NEXT } from '../support/consumer.ts';
import { find_block } from '../support/documentation.ts';

const { compile } = create_consumer(
  'zod',
  '@types/node',
  '@types/react',
  'redis',
  'ioredis',
  '@nats-io/transport-node',
  'prom-client',
);

const ON_A_SERVER = { lib: ['ES2022'], types: ['node'] };
const IN_A_BROWSER = { ...BUNDLER, lib: ['ES2022', 'DOM'], types: [] };
/** The libraries are checked once for each set of types: it takes the most time by far. */
const CHECKED_ELSEWHERE = { skipLibCheck: true };
const TIMEOUT = 120_000;

const CONTRACT = `
import { z } from 'zod';

export const chat_contract = {
  params: z.object({ room: z.string(), since: z.coerce.number<string>().default(0) }),
  receives: z.object({ text: z.string().max(500) }),
  sends: z.object({ from: z.string(), text: z.string() }),
};
`;

const CHAT = `
import { define_websocket, UpgradeRefusal } from 'joystick-websockets/define';
import { chat_contract } from './contract.mjs';

declare function find_user(cookie: string | undefined): Promise<{ name: string } | undefined>;

export const chat = define_websocket({
  ...chat_contract,
  on_upgrade: async ({ headers }) => {
    const user = await find_user(headers.cookie);
    if (!user) throw new UpgradeRefusal(401, 'Sign in first');
    return { user };
  },
  on_message: ({ text }, connection) => connection.send({ from: connection.context.user.name, text }),
  options: { max_message_size_in_bytes: 16_384 },
});
export const bare = define_websocket({ on_message: (message = {}, connection = {}) => {} });
`;

describe('a server that exports all that it makes', () => {
  const SERVER = `
import { createServer } from 'node:http';
import joystick, {
  app, CLOSE_CODES, type ConnectionOf, mount_websockets, parse_websockets, type SendsOf, UpgradeRefusal,
  websockets, WebsocketsError,
} from 'joystick-websockets';
import { bare, chat } from './chat.mjs';

export const plain = {
  on_open: (connection = {}) => {},
  on_message: (message = {}, connection = {}) => {},
};
export const server = createServer();
export const endpoints = { chat, bare, plain };
export const mounted = mount_websockets(server, endpoints);
export const handle = mounted.endpoint('chat');
export const connections = handle.connections;
export const first_params = handle.connections[0]?.params;
export const started = app({ websockets: endpoints, routes: { '/': (_req, res) => res.send('Howdy') } });
export const settled = await started;
export const express = settled.express;
export const started_again = joystick.app({ websockets: { chat, plain } });
export const everyone = websockets('chat');
export const reach = websockets;
export const mount = mount_websockets;
export const start = app;
export const library = joystick;
export const parsed = parse_websockets(endpoints);
export const parsed_chat = parsed.get('chat');
export const code = CLOSE_CODES.going_away;
export const { on_message, on_error, on_upgrade } = chat;
export const greet = (connection: ConnectionOf<typeof chat>) => ({ connection, at: 0 });
export const tell = (message: SendsOf<typeof chat>) => handle.send(message);
export const refuse = () => new UpgradeRefusal(503, 'full');
export const read_error = (error: unknown) => (error instanceof WebsocketsError ? error : undefined);
export const read_details = (error: WebsocketsError<'bad_option'>) => error.details.problems[0];
export const create = () => mount_websockets(createServer(), { plain }, { path: '/live' });
export class Chats {
  readonly mounted = mount_websockets(server, { chat });
  readonly reach = (id: string) => this.mounted.endpoint('chat').send({ from: 'us', text: 'hi' }, id);
}
`;

  test.each([
    ['NodeNext', { ...ON_A_SERVER, ...NODE_NEXT }],
    ['Bundler', { ...ON_A_SERVER, ...BUNDLER, ...CHECKED_ELSEWHERE }],
  ])(
    'compiles with %s',
    async (_name, options) => {
      const { errors, declarations_of } = await compile(options, {
        'contract.mts': CONTRACT,
        'chat.mts': CHAT,
        'server.mts': SERVER,
      });
      expect(errors).toEqual([]);
      expect(declarations_of('server.d.mts')).toMatch(
        /import\("joystick-websockets"\)\.MountedWebsockets<\{/,
      );
      expect(declarations_of('chat.d.mts')).toMatch(
        /import\("joystick-websockets\/define"\)\.Websocket<\{\s*room: string;\s*since: number;\s*\}/,
      );
    },
    TIMEOUT,
  );
});

describe('a file that imports joystick-websockets/define', () => {
  const BROWSER = `
import type { ConnectionOf, SendsOf, Websocket, WebsocketsError } from 'joystick-websockets/define';
import type { bare, chat } from './chat.mjs';

export type Sent = SendsOf<typeof chat>;
export type Bare = typeof bare;
export const sent: Sent = { from: 'Ada', text: 'hi' };
export const show = ({ text }: Sent) => document.body.append(text);
export const read = (connection: ConnectionOf<typeof chat>) => connection.params;
export const codes = (error: WebsocketsError) => error.code;
export type Any = Websocket;
// @ts-expect-error The types of Node have not come along.
export type Bytes = Buffer;
`;

  test(
    'compiles in a browser project, and brings no types of Node there',
    async () => {
      const { errors } = await compile(IN_A_BROWSER, {
        'contract.mts': CONTRACT,
        'chat.mts': CHAT,
        'browser.mts': BROWSER,
      });
      expect(errors).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('a test that imports joystick-websockets/testing', () => {
  const TEST = `
import {
  create_mock_connection, create_test_endpoint, type TestEndpointOptions,
} from 'joystick-websockets/testing';
import { bare, chat } from './chat.mjs';

export const connection = create_mock_connection({
  definition: chat, params: { room: 'lobby', since: 0 }, context: { user: { name: 'Ada' } },
});
export const { sent, sent_raw, published, closed, peer } = connection;
export const untyped = create_mock_connection();
export const inferred = create_mock_connection({ params: { room: 'lobby' }, context: 5 });
export const endpoint = create_test_endpoint(chat);
export const plain = create_test_endpoint({ on_open: (connection = {}) => {} });
export const handle = endpoint.connections;
export const connecting = endpoint.connect({ params: { room: 'lobby' } });
export const client = await connecting;
export const { received, received_raw } = client;
export const next = client.next_message({ timeout_in_seconds: 1 });
export const end = client.close();
export const make = create_test_endpoint;
export const make_connection = create_mock_connection;
export const start = (options?: TestEndpointOptions) =>
  create_test_endpoint(bare, { ...options, name: options?.name });
export const connect = (signal?: AbortSignal) => start().connect({ signal });
export class Chats { readonly tested = create_test_endpoint(chat); }
`;

  test.each([
    ['NodeNext', { ...ON_A_SERVER, ...NODE_NEXT }],
    ['Bundler', { ...ON_A_SERVER, ...BUNDLER, ...CHECKED_ELSEWHERE }],
    [
      'NodeNext, where it names no types of Node',
      { ...NODE_NEXT, lib: ['ES2022', 'DOM'], types: [] },
    ],
  ])(
    'compiles with %s',
    async (_name, options) => {
      const { errors, declarations_of } = await compile(options, {
        'contract.mts': CONTRACT,
        'chat.mts': CHAT,
        'chat_test.mts': TEST,
      });
      expect(errors).toEqual([]);
      expect(declarations_of('chat_test.d.mts')).toMatch(
        /client: import\("joystick-websockets\/testing"\)\.TestClient<\{\s*from: string;/,
      );
    },
    TIMEOUT,
  );
});

describe('a page', () => {
  const PAGE = `
import {
  type ClientConnection, connect, connect_component_websockets, type ConnectionTo, create_client, type QueryOf,
} from 'joystick-websockets/client';
import { create_use_websocket, useWebsocket } from 'joystick-websockets/react';
import type { bare, chat } from './chat.mjs';
import type { chat_contract } from './contract.mjs';

export const connection = connect<typeof chat_contract>('chat', {
  query: async () => ({ room: location.hash }),
  WebSocket,
  events: { on_message: ({ from, text }) => document.body.append(from, text) },
});
export const typed: ConnectionTo<typeof chat> = connection;
export const any = connect('whatever');
export const query: QueryOf<typeof chat> = { room: 'lobby' };
export const client = create_client<{ chat: typeof chat; bare: typeof bare }>({ url: new URL('/', location.href) });
export const { connect: connect_known } = client;
export const news = client.connect('bare');
export const component = connect_component_websockets({ chat: {}, news: { query: { a: 1 } } });
export const useRoom = (room: string) => useWebsocket<typeof chat>('chat', { query: { room } });
export const use_known = create_use_websocket<{ chat: typeof chat; bare: typeof bare }>({ url: '/live' });
export const useNews = (enabled: boolean) => use_known('bare', { query: async () => ({ a: 1 }), deps: [], enabled });
export const close = (each: ClientConnection) => each.close();
// @ts-expect-error The types of Node have not come along.
export type Bytes = Buffer;
`;

  test(
    'compiles in a browser project, and brings no types of Node there',
    async () => {
      const { errors, declarations_of } = await compile(IN_A_BROWSER, {
        'contract.mts': CONTRACT,
        'chat.mts': CHAT,
        'page.mts': PAGE,
      });
      expect(errors).toEqual([]);
      expect(declarations_of('page.d.mts')).toMatch(
        /useRoom: \(room: string\) => import\("joystick-websockets\/react"\)\.UsedWebsocket<\{/,
      );
    },
    TIMEOUT,
  );
});

describe('brokers', () => {
  const BROKERS = `
import { createServer } from 'node:http';
import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { type Broker, mount_websockets } from 'joystick-websockets';
import { cluster_broker } from 'joystick-websockets/cluster';
import { nats_broker } from 'joystick-websockets/nats';
import { redis_broker, type RedisBrokerOptions } from 'joystick-websockets/redis';
import { createClient } from 'redis';

export const brokers: Broker[] = [
  cluster_broker(),
  redis_broker({ client: createClient({ url: 'redis://localhost' }) }),
  redis_broker({ client: createClient({ RESP: 3 }), prefix: 'shop:' }),
  redis_broker({ client: new Redis() }),
  nats_broker({ connection: await connect() }),
];
export const options: RedisBrokerOptions = { client: new Redis() };
export const mounted = brokers.map((broker) => mount_websockets(createServer(), {}, { broker }));
// @ts-expect-error It is no client.
redis_broker({ client: {} });
// @ts-expect-error A connection is needed.
nats_broker({});
`;

  test.each([
    ['NodeNext', { ...ON_A_SERVER, ...NODE_NEXT, ...CHECKED_ELSEWHERE }],
    ['Bundler', { ...ON_A_SERVER, ...BUNDLER, ...CHECKED_ELSEWHERE }],
  ])(
    'take the clients of redis, ioredis and NATS as they are, with %s',
    async (_name, options) => {
      expect((await compile(options, { 'brokers.mts': BROKERS })).errors).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'bring no types of an engine’s client along',
    async () => {
      const sources = {
        'brokers.mts': `
export * from 'joystick-websockets/cluster';
export { nats_broker } from 'joystick-websockets/nats';
export { redis_broker } from 'joystick-websockets/redis';`,
      };
      const { errors } = await compile({ ...ON_A_SERVER, ...NODE_NEXT, types: ['node'] }, sources);
      expect(errors).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('endpoints that are registered', () => {
  const REGISTERED = `
import { mount_websockets, websockets as reach } from 'joystick-websockets';
import { createServer } from 'node:http';
import { bare, chat } from './chat.mjs';

export const websockets = { chat, bare };

declare module 'joystick-websockets' {
  interface Register { websockets: typeof websockets }
}

export const mounted = mount_websockets(createServer(), websockets);
export const everyone = reach('chat');
export const names = everyone.connections.map((connection) => connection.context.user.name);
reach('chat').send({ from: 'us', text: 'hello' });
reach('bare').send(5);
`;
  const ELSEWHERE = `
import joystick, { websockets } from 'joystick-websockets';
export const tell = (text: string) => websockets('chat').send({ from: 'us', text });
export const tell_too = (text: string) => joystick.websockets('chat').send({ from: 'us', text });
// @ts-expect-error Nothing of that name is registered.
websockets('chats');
// @ts-expect-error It has no text.
websockets('chat').send({ from: 'us' });
`;

  test.each([
    ['NodeNext', { ...ON_A_SERVER, ...NODE_NEXT, ...CHECKED_ELSEWHERE }],
    ['Bundler', { ...ON_A_SERVER, ...BUNDLER, ...CHECKED_ELSEWHERE }],
  ])(
    'type websockets() everywhere, with %s',
    async (_name, options) => {
      const { errors, declarations_of } = await compile(options, {
        'contract.mts': CONTRACT,
        'chat.mts': CHAT,
        'register.mts': REGISTERED,
        'elsewhere.mts': ELSEWHERE,
      });
      expect(errors).toEqual([]);
      expect(declarations_of('register.d.mts')).toMatch(/names: string\[\]/);
    },
    TIMEOUT,
  );
});

describe('a server that exports its metrics', () => {
  const METRICS = `
import { createServer } from 'node:http';
import { app, mount_websockets } from 'joystick-websockets';
import { type Measured, type PrometheusOptions, prometheus_metrics } from 'joystick-websockets/prometheus';
import { Registry } from 'prom-client';

export const options: PrometheusOptions = { register: new Registry(), prefix: 'live_', mount: 'public' };
export const mounted = mount_websockets(createServer(), { chat: {} });
export const remove = prometheus_metrics(mounted, options);
export const remove_app = prometheus_metrics(await app({ websockets: { chat: {} } }));
export const scrape = () => options.register?.metrics();
export const fake: Measured = { stats: () => ({ endpoints: {}, refused: {}, broker: undefined }) };
// @ts-expect-error There is nothing to measure.
prometheus_metrics({});
`;

  test.each([
    ['NodeNext', { ...ON_A_SERVER, ...NODE_NEXT }],
    ['Bundler', { ...ON_A_SERVER, ...BUNDLER, ...CHECKED_ELSEWHERE }],
  ])(
    'compiles with %s',
    async (_name, options) => {
      expect((await compile(options, { 'metrics.mts': METRICS })).errors).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('a server with routes', () => {
  const ROUTES = `
import joystick, {
  type RouteErrorHandler, type RouteHandler, type RouteRequest, type RouteResponse,
} from 'joystick-websockets';

export const greet: RouteHandler = (_request, response) => response.send('Howdy');
const only_ada = (request: RouteRequest, response: RouteResponse, next: () => void) =>
  request.get('authorization') === 'Ada' ? next() : response.status(401).json({ error: 'Sign in' });

export const app = await joystick.app({
  websockets: { chat: {} },
  middleware: [(request, response, next) => {
    response.locals.user = request.headers.authorization;
    next();
  }],
  routes: {
    '/': (req, res) => res.send('Howdy'),
    '/greet': greet,
    '/notes/:id': async ({ params, query, ip, path, method, url }, response) => {
      response.status(200).set('X-Id', String(params.id)).type('json').json([query.sort, ip, path, method, url]);
    },
    '/bytes': (_request, response) => { response.write('a'); response.end(); },
    '/login': {
      method: 'POST',
      middleware: [only_ada],
      handler: (request, response) => {
        response.cookie('session', request.body.session, { httpOnly: true });
        response.redirect(303, '/');
      },
    },
  },
});
app.express.use('/files', (_request, response) => response.sendFile('/tmp/a'));
const apologize: RouteErrorHandler = (error, _request, response, _next) =>
  response.status(500).send(error.message);
app.express.use(apologize);
app.express.set('view engine', 'ejs');
app.server.keepAliveTimeout = 5000;
// @ts-expect-error A status is a number.
app.express.get('/gone', (_request, response) => response.status('410'));
`;

  test.each([
    ['NodeNext', { ...ON_A_SERVER, ...NODE_NEXT, ...CHECKED_ELSEWHERE }],
    ['Bundler', { ...ON_A_SERVER, ...BUNDLER, ...CHECKED_ELSEWHERE }],
  ])(
    'compiles without the types of Express, with %s',
    async (_name, options) => {
      expect((await compile(options, { 'routes.mts': ROUTES })).errors).toEqual([]);
    },
    TIMEOUT,
  );
});

describe('a CommonJS server', () => {
  const ENDPOINTS = `
export const started = app({ websockets: { chat: { on_open: (connection) => connection.send({ text: 'hi' }) } } });
// @ts-expect-error It is typed: the key is misspelt.
app({ websocket: {} });
`;
  const { code: RECIPE } = find_block('// server.cts');

  test.each([
    ['node16', RECIPE],
    ['node18', RECIPE],
    ['node20', "import { app } from 'joystick-websockets';"],
    ['nodenext', "import { app } from 'joystick-websockets';"],
  ])(
    'compiles with %s',
    async (module, require) => {
      const options = {
        ...ON_A_SERVER,
        ...CHECKED_ELSEWHERE,
        module,
        verbatimModuleSyntax: false,
      };
      const sources = { 'server.cts': `${require}\n${ENDPOINTS}` };
      expect((await compile(options, sources)).errors).toEqual([]);
    },
    TIMEOUT,
  );
});
