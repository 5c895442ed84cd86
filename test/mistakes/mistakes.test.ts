import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type App, type AppOptions, app, websockets } from 'joystick-websockets';
import { connect } from 'joystick-websockets/client';
import type { Page } from 'playwright-core';
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { z } from 'zod';
import { missing_browser, use_browser } from '../support/browser.ts';
import { recorder } from '../support/events.ts';
import { bundle } from '../support/site.ts';

// The typical mistakes of a new user, and all that is said about each: on the server, and in the page.

const PATH = '/api/_websockets';

/** What a call throws, or a promise rejects with. */
async function error_of(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  throw new Error('it threw nothing');
}

describe('a definition that is wrong', () => {
  const start = (options: unknown) => error_of(() => app(options as AppOptions));

  test('in a key', async () => {
    expect(await start({ websockets: { chat: { on_mesage: () => {} } } })).toBe(
      'WebsocketsError: websockets.chat.on_mesage is not a known key; did you mean on_message?',
    );
    expect(
      await error_of(() => connect('chat', { events: { on_mesage: () => {} } } as never)),
    ).toBe('ClientError: events.on_mesage is not a known key; did you mean on_message?');
  });

  test('in several types: all are told at once', async () => {
    const chat = { on_open: 'greet', options: { max_message_size_in_bytes: '64kb' } };
    expect(await start({ websockets: { chat }, routes: { '/': 'Howdy' } })).toBe(
      [
        'WebsocketsError: websockets.chat.on_open must be a function; got "greet"',
        'websockets.chat.options.max_message_size_in_bytes must be a whole number of at least 1; got "64kb"',
        'routes["/"] must be a function, which answers GET, or an object such as { method, handler }; got "Howdy"',
      ].join('\n'),
    );
    const options = { query: 'room=1', events: { on_open: 5 }, options: { auto_reconnect: 'no' } };
    expect(await error_of(() => connect('chat', options as never))).toBe(
      [
        'ClientError: events.on_open must be a function; got 5',
        'options.auto_reconnect must be a boolean; got "no"',
        'query must be a plain object; got [object String]',
      ].join('\n'),
    );
  });

  test('in its casing', async () => {
    const chat = { onMessage: () => {}, options: { maxConnections: 5 } };
    expect(await start({ websockets: { chat } })).toBe(
      [
        'WebsocketsError: websockets.chat.onMessage is not a known key; did you mean on_message?',
        'websockets.chat.options.maxConnections is not a known key; did you mean max_connections?',
      ].join('\n'),
    );
    const options = { events: { onOpen: () => {} }, options: { autoReconnect: true } };
    expect(await error_of(() => connect('chat', options as never))).toBe(
      [
        'ClientError: events.onOpen is not a known key; did you mean on_open?',
        'options.autoReconnect is not a known key; did you mean auto_reconnect?',
      ].join('\n'),
    );
  });
});

test('a port in use is named, with what to do', async () => {
  const server = createServer().listen(0);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await error_of(() => app({ port }))).toBe(
    `WebsocketsError: port ${port} is already in use; stop the process that listens on it, or pass another port`,
  );
});

describe.skipIf(missing_browser)('between a server and a page', () => {
  const { open_page } = use_browser();
  let started: App;
  let script: string;

  const circular: Record<string, unknown> = {};
  circular.self = circular;

  beforeAll(async () => {
    script = await bundle(`
      import { connect } from 'joystick-websockets/client';
      const circular = {};
      circular.self = circular;
      const message = async () => ({ text: 'hi' });
      Object.assign(globalThis, { connect, circular, message });`);
    started = await app({
      port: 0,
      host: 'localhost',
      websockets: {
        chat: {
          params: z.object({ room: z.string().optional(), page: z.coerce.number().optional() }),
        },
        failing: {
          on_message: () => {
            throw new Error('no database');
          },
        },
        forgetful: { on_message: (_message, connection) => connection.send(Promise.resolve('hi')) },
        circular: { on_message: (_message, connection) => connection.send(circular) },
      },
      routes: {
        '/': (_request, response) =>
          response.send('<!doctype html><script src="/page.js"></script>'),
        '/page.js': (_request, response) => response.type('js').send(script),
      },
    });
  });
  afterAll(() => started.close());

  /** What the console of the server is told. */
  let logged: string[];
  beforeEach(() => {
    logged = [];
    const log = (...args: unknown[]) => {
      // An error stands in the details, and is shown with its stack.
      logged.push(args.map((arg) => (typeof arg === 'string' ? arg : show(arg))).join(' '));
    };
    vi.spyOn(console, 'warn').mockImplementation(log);
    vi.spyOn(console, 'error').mockImplementation(log);
  });
  const show = (details: unknown) => String((details as { error?: unknown }).error ?? details);

  /** A page, and what its console is told by the client. */
  async function visit(): Promise<{ page: Page; console: ReturnType<typeof recorder> }> {
    const page = await open_page('about:blank');
    const told = recorder();
    page.on('console', (message) => {
      if (message.text().startsWith('[joystick-websockets]')) told.add(message.text());
    });
    await page.goto(started.url);
    return { page, console: told };
  }

  /** What the page is told of an endpoint that it cannot connect to. */
  const unreachable = (endpoint: string, url = started.url) =>
    `[joystick-websockets] could not connect to ${endpoint} at ${url.replace('http', 'ws')}${PATH}/${endpoint}: ` +
    `browsers do not report the reason. The server is down, has no endpoint ${endpoint} there, or refuses this query or ` +
    "this page's origin; see its log";

  test('a misspelt endpoint is named in the log of the server, to which the page points', async () => {
    const { page, console } = await visit();
    await page.evaluate(`void connect('chta')`);
    await console.reaches(1);
    expect(console.entries).toEqual([unreachable('chta')]);
    expect(logged).toEqual([
      `refused a client with 404 unknown_endpoint: there is no WebSocket endpoint at ${PATH}/chta; did you mean chat?`,
    ]);
  });

  test('wrong params are in the log of the server, to which the page points', async () => {
    const { page, console } = await visit();
    await page.evaluate(`void connect('chat', { query: { page: 'two', token: 'secret' } })`);
    await console.reaches(1);
    expect(console.entries).toEqual([unreachable('chat')]);
    expect(logged).toEqual([
      'websockets.chat refused a client with 400 bad_params: the query does not match the schema: ' +
        'page: Invalid input: expected number, received NaN',
    ]);
  });

  test('the page of another origin is in the log of the server, with the option that admits it', async () => {
    const { page, console } = await visit();
    // Another name of this machine.
    const elsewhere = started.url.replace('localhost', 'localhost.');
    await page.evaluate(`void connect('chat', { url: '${elsewhere}' })`);
    await console.reaches(1);
    expect(console.entries).toEqual([unreachable('chat', elsewhere)]);
    expect(logged).toEqual([
      `refused a page from "${started.url}" (Host: "localhost.:${started.port}", X-Forwarded-Host: undefined); ` +
        `allowed_origins: ["${started.url}"] would admit it; if a proxy rewrites Host, trust_proxy may admit it, too`,
    ]);
  });

  /** Sends to an endpoint, and resolves with how the connection closes. */
  const send_to = (page: Page, endpoint: string) =>
    page.evaluate(`new Promise((resolve) => {
      const connection = connect('${endpoint}', { events: { on_close: (...args) => {
        resolve(args.slice(0, 2));
        connection.close();
      } } });
      connection.send('hi');
    })`);

  test.each([
    ['failing', 'Error: no database'],
    [
      'forgetful',
      'WebsocketsError: this message cannot be sent as JSON: it is an instance of Promise, which JSON turns into {}; await it first',
    ],
    [
      'circular',
      'WebsocketsError: this message cannot be sent as JSON: Converting circular structure to JSON\n' +
        "    --> starting at object with constructor 'Object'\n    --- property 'self' closes the circle; " +
        'send plain data, without cycles, bigints, functions or symbols',
    ],
  ])(
    'a handler that is %s is in the log of the server, to which the close reason points',
    async (endpoint, error) => {
      const { page } = await visit();
      expect(await send_to(page, endpoint)).toEqual([
        1011,
        'a handler of the server failed; the log of the server says why',
      ]);
      expect(logged).toEqual([`websockets.${endpoint}.on_message failed ${error}`]);
    },
  );

  test.each([
    [
      'message()',
      'this message cannot be sent as JSON: it is an instance of Promise, which JSON turns into {}; await it first',
    ],
    [
      'circular',
      'this message cannot be sent as JSON: Converting circular structure to JSON\n' +
        "    --> starting at object with constructor 'Object'\n    --- property 'self' closes the circle; " +
        'send plain data, without cycles or bigints',
    ],
  ])('a page that sends %s is told what to send', async (message, told) => {
    const { page } = await visit();
    const sent = page.evaluate(`connect('chat').send(${message})`);
    await expect(sent).rejects.toThrow(`ClientError: ${told}`);
  });

  test('a forgotten await of what is sent from anywhere is told to its caller', async () => {
    expect(await error_of(() => websockets('chat').send({ user: Promise.resolve('Ada') }))).toBe(
      'WebsocketsError: this message cannot be sent as JSON: its "user" is an instance of Promise, ' +
        'which JSON turns into {}; await it first',
    );
  });

  test('the name of an endpoint that is not declared is told with those that are', async () => {
    expect(await error_of(() => websockets('chta').send('hi'))).toBe(
      'WebsocketsError: no mounted endpoint is called "chta"; mounted endpoints: chat, circular, failing, forgetful',
    );
  });
});
