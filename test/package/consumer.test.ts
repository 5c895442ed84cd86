import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { create_user_folder } from '../support/packed.ts';

const folder = create_user_folder('typescript', 'zod', 'prom-client');

const NODE_NEXT = { module: 'NodeNext', moduleResolution: 'NodeNext' };
const BUNDLER = { module: 'ESNext', moduleResolution: 'Bundler' };
const ON_A_SERVER = { lib: ['ES2022'], types: ['node'] };
const IN_A_BROWSER = { ...BUNDLER, lib: ['ES2022', 'DOM'], types: [] };
/** The libraries are checked once for each set of types: it takes the most time by far. */
const CHECKED_ELSEWHERE = { skipLibCheck: true };
const TIMEOUT = 120_000;

let projects = 0;

/** Compiles a project of a user with tsc, as strictly as it can. */
async function compile(compilerOptions: object, sources: Record<string, string>) {
  const project = join(folder, `project_${projects++}`);
  mkdirSync(project);
  for (const [file, source] of Object.entries(sources)) writeFileSync(join(project, file), source);
  const strict = {
    target: 'ES2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: 'out',
  };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions } }),
  );
  return {
    errors: await run_tsc(project),
    /** What tsc writes for users of this user. */
    declarations_of: (file: string) => readFileSync(join(project, 'out', file), 'utf8'),
  };
}

/** The lines that tsc prints: none, where nothing is wrong. */
function run_tsc(cwd: string): Promise<string[]> {
  const tsc = join(folder, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '--pretty', 'false'], { cwd }, (_error, stdout) =>
      resolve(stdout.split('\n').filter((line) => line !== '')),
    );
  });
}

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
    // What our declarations name comes with our dependencies.
    [
      'NodeNext, where it names no types of Node',
      { ...ON_A_SERVER, ...NODE_NEXT, ...CHECKED_ELSEWHERE, types: [] },
    ],
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
