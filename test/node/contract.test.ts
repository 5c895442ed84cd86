import type { Socket } from 'node:net';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  define_websocket,
  type MountOptions,
  parse_websockets,
  UpgradeRefusal,
  type WebsocketDefinition,
  WebsocketsError,
  websockets,
} from 'joystick-websockets';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Client } from '../support/client.ts';
import { type Gate, gate, recorder } from '../support/events.ts';
import { run_node } from '../support/process.ts';
import { client_frame, RawClient, upgrade_request } from '../support/raw.ts';
import { serve } from '../support/server.ts';

const PATH = '/api/_websockets';

/** The end of a script that serves: it prints its port. */
const LISTEN = "server.listen(0, '127.0.0.1', () => console.log(server.address().port));";

/** Runs a script that ends with `LISTEN`, in a process of its own, until it listens. */
async function run_server(script: string, env: Record<string, string> = {}) {
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const running = run_node(args, { env });
  const { entries } = running.log;
  const port_line = () => entries.find((line) => /^\d+$/.test(String(line)));
  while (port_line() === undefined) await running.log.reaches(entries.length + 1);
  return { ...running, port: Number(port_line()) };
}

/** A schema of no library: whatever `validate` does. */
function schema_that(validate: (value: any) => unknown): StandardSchemaV1<any, any> {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } };
}

/** All that a server answers to an upgrade request, once it has ended the connection. */
async function answer_to(
  port: number,
  query = '',
  headers: Record<string, string> = {},
): Promise<string> {
  const client = await RawClient.connect(port);
  client.send(upgrade_request(`${PATH}/chat${query}`, { headers }));
  return client.ended;
}

function error_of(response: string) {
  return JSON.parse(response.slice(response.indexOf('\r\n\r\n') + 4)).error;
}

/** The values of a header, however often it stands in a response. */
function header_of(response: string, name: string): string[] {
  const head = response.slice(0, response.indexOf('\r\n\r\n')).split('\r\n').slice(1);
  const lines = head.map((line) => [line.split(':', 1).join(), line.replace(/^[^:]*: ?/, '')]);
  return lines.flatMap(([key = '', value = '']) =>
    key.toLowerCase() === name.toLowerCase() ? [value] : [],
  );
}

describe('params', () => {
  const libraries = {
    zod: z.object({
      room: z.string().min(2, 'Too short'),
      page: z.coerce.number<string>('No number').default(1),
      tags: z.array(z.string()).optional(),
    }),
    valibot: v.object({
      room: v.pipe(v.string(), v.minLength(2, 'Too short')),
      page: v.pipe(v.optional(v.string(), '1'), v.transform(Number), v.number('No number')),
      tags: v.optional(v.array(v.string())),
    }),
  };
  for (const [library, params] of Object.entries(libraries)) {
    describe(`of ${library}`, () => {
      test('reach on_upgrade and the connection with their defaults and transforms', async () => {
        const log = recorder();
        const { url } = await serve({
          chat: {
            params,
            on_upgrade: (request) => log.add(request.params),
            on_open: (connection) => log.add(connection.params),
          },
        });
        await Client.connect(`${url}/chat?room=lobby&other=1`);
        await Client.connect(`${url}/chat?room=lobby&page=7&tags=a&tags=b`);
        await log.reaches(4);
        const [first, second] = [
          { room: 'lobby', page: 1 },
          { room: 'lobby', page: 7, tags: ['a', 'b'] },
        ];
        expect(log.entries).toEqual([first, first, second, second]);
      });

      test('reach the connection where there is no on_upgrade', async () => {
        const { url } = await serve({ chat: { params, on_open: (c) => c.send(c.params) } });
        const client = await Client.connect(`${url}/chat?room=lobby`);
        expect(await client.next_message()).toEqual({ room: 'lobby', page: 1 });
      });

      test('that are not as declared are refused with 400 bad_params and the issues', async () => {
        const log = recorder();
        const { port, url, logger } = await serve({
          chat: { params, on_upgrade: () => log.add('asked'), on_open: () => log.add('opened') },
        });
        const response = await answer_to(port, '?room=x');
        expect(response).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
        expect(error_of(response)).toEqual({
          code: 'bad_params',
          message: 'the query does not match the schema: room: Too short',
          issues: [{ message: 'Too short', path: ['room'] }],
        });
        const { issues } = error_of(await answer_to(port));
        expect(issues).toEqual([{ message: expect.any(String), path: ['room'] }]);
        expect(log.entries).toEqual([]);
        expect(logger.entries[0]?.message).toBe(
          'websockets.chat refused a client with 400 bad_params: the query does not match the schema: room: Too short',
        );
        expect(logger.entries).toHaveLength(2);
        await Client.connect(`${url}/chat?room=lobby`);
      });
    });
  }

  const only_ada = z.object({
    name: z.string().refine(async (name) => name === 'ada', 'Unknown'),
  });

  test('may be checked asynchronously', async () => {
    const { port, url } = await serve({
      chat: { params: only_ada, on_open: (connection) => connection.send(connection.params) },
    });
    const client = await Client.connect(`${url}/chat?name=ada`);
    expect(await client.next_message()).toEqual({ name: 'ada' });
    expect(error_of(await answer_to(port, '?name=bob'))).toEqual({
      code: 'bad_params',
      message: 'the query does not match the schema: name: Unknown',
      issues: [{ message: 'Unknown', path: ['name'] }],
    });
  });

  test('what a client sends while they are checked reaches the connection in order', async () => {
    const log = recorder();
    const checked = gate();
    const params = schema_that(async (value) => {
      log.add('checking');
      await checked.passed;
      return { value };
    });
    const { port } = await serve({ chat: { params, on_message: (message) => log.add(message) } });
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`) + client_frame(1, '1').toString('latin1'));
    await log.includes('checking');
    client.send(client_frame(1, '2'));
    checked.open();
    await log.reaches(3);
    expect(log.entries).toEqual(['checking', 1, 2]);
  });

  test('a client that leaves while they are checked is not asked about', async () => {
    const log = recorder();
    const checked = gate();
    const params = schema_that(async (value) => {
      log.add(`checking ${value.id}`);
      if (value.id === undefined) await checked.passed;
      return { value };
    });
    const { port, server, url } = await serve({
      chat: { params, on_upgrade: (request) => log.add(request.params.id) },
    });
    server.once('connection', (socket) => socket.once('close', () => log.add('left')));
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`));
    await log.includes('checking undefined');
    client.socket.resetAndDestroy();
    await log.includes('left');
    checked.open();
    await Client.connect(`${url}/chat?id=next`);
    expect(log.entries).toEqual(['checking undefined', 'left', 'checking next', 'next']);
  });

  test('a check that never settles is 504', async () => {
    const { port } = await serve({
      chat: {
        params: schema_that(() => new Promise(() => {})),
        options: { upgrade_timeout_in_seconds: 0.02 },
      },
    });
    expect(error_of(await answer_to(port)).code).toBe('upgrade_timed_out');
  });

  for (const [how, fail] of [
    ['throws', () => throw_it(new Error('secret'))],
    ['rejects', () => Promise.reject(new Error('secret'))],
    ['returns garbage', () => 'secret'],
  ] as const) {
    test(`a schema that ${how} is 500, logged, and leaks nothing`, async () => {
      const { port, logger } = await serve({ chat: { params: schema_that(fail) } });
      const response = await answer_to(port);
      expect(response).toMatch(/^HTTP\/1\.1 500 /);
      expect(error_of(response).code).toBe('upgrade_failed');
      expect(response).not.toContain('secret');
      expect(logger.entries.map(({ details }) => details.error)).toMatchObject([
        { code: 'schema_failed', details: { path: 'websockets.chat.params' } },
      ]);
    });
  }

  test('whatever they keep, the id is that of the raw query', async () => {
    const params = z.object({ id: z.string().transform(() => 'another') });
    const { url, mounted } = await serve({ chat: { params } });
    const client = await Client.connect(`${url}/chat?id=abc`);
    mounted.endpoint('chat').send('for another', 'another');
    mounted.endpoint('chat').send('for abc', 'abc');
    expect(await client.next_text()).toBe('for abc');
  });

  test('what a schema makes of them need not be an object', async () => {
    const params = z.object({ a: z.string() }).transform(({ a }) => Number(a));
    const { url } = await serve({ chat: { params, on_open: (c) => c.send({ is: c.params }) } });
    const client = await Client.connect(`${url}/chat?a=5`);
    expect(await client.next_message()).toEqual({ is: 5 });
  });
});

describe('receives', () => {
  const receives = z.object({
    text: z
      .string()
      .max(3, 'Too long')
      .transform((text) => text.toUpperCase()),
    loud: z.boolean().default(false),
  });

  test('what the schema makes of a message reaches on_message', async () => {
    const log = recorder();
    const { url } = await serve({ chat: { receives, on_message: (message) => log.add(message) } });
    (await Client.connect(`${url}/chat`)).send({ text: 'abc', other: 1 });
    await log.reaches(1);
    expect(log.entries).toEqual([{ text: 'ABC', loud: false }]);
  });

  test('an invalid message closes with 1007 and a reason that names the issue, unlogged', async () => {
    const log = recorder();
    const { url, logger } = await serve({
      chat: {
        receives,
        on_message: (message) => log.add(message),
        on_close: (code, reason) => log.add([code, reason]),
      },
    });
    const client = await Client.connect(`${url}/chat`);
    client.send({ text: 'abcd' });
    client.send({ text: 'abc' });
    const closed = { code: 1007, reason: 'the message does not match the schema: text: Too long' };
    expect(await client.closed).toEqual(closed);
    await log.reaches(1);
    expect(log.entries).toEqual([[closed.code, closed.reason]]);
    expect(logger.entries).toEqual([]);
  });

  test('a reason that names too many issues is cut to what a frame can carry', async () => {
    const { url } = await serve({ chat: { receives: z.array(z.string('Kein gültiger Text')) } });
    const client = await Client.connect(`${url}/chat`);
    client.send(Array.from({ length: 100 }, () => 1));
    const { code, reason } = await client.closed;
    expect(code).toBe(1007);
    expect(reason).toMatch(/^the message does not match the schema: 0: Kein gültiger Text; 1: /);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  });

  test('an invalid message goes to on_error with its issues, and the connection lives', async () => {
    const log = recorder();
    const { url, logger } = await serve({
      chat: {
        receives,
        on_message: (message) => log.add(message.text),
        on_error: (error) => log.add(error),
      },
    });
    const client = await Client.connect(`${url}/chat`);
    client.send({ text: 'abcd', loud: 'yes' });
    client.send({ text: 'ok' });
    await log.includes('OK');
    expect(log.entries).toHaveLength(2);
    expect(log.entries[0]).toBeInstanceOf(WebsocketsError);
    expect(log.entries[0]).toMatchObject({
      code: 'invalid_message',
      details: {
        endpoint: 'chat',
        issues: [
          { message: 'Too long', path: ['text'] },
          { message: expect.any(String), path: ['loud'] },
        ],
      },
    });
    expect(logger.entries).toEqual([]);
  });

  test('of valibot tells its issues alike', async () => {
    const log = recorder();
    const { url } = await serve({
      chat: {
        receives: v.object({ items: v.array(v.object({ id: v.number('No number') })) }),
        on_error: (error) => log.add((error as WebsocketsError).details),
      },
    });
    (await Client.connect(`${url}/chat`)).send({ items: [{ id: 1 }, { id: '2' }] });
    await log.reaches(1);
    expect(log.entries).toEqual([
      { endpoint: 'chat', issues: [{ message: 'No number', path: ['items', 1, 'id'] }] },
    ]);
  });

  /** A schema that lets each message pass when the test does. */
  function deciding() {
    const log = recorder();
    const decisions = new Map<unknown, Gate>();
    const receives = schema_that(async (value) => {
      const decision = gate();
      decisions.set(value, decision);
      log.add(`deciding ${value}`);
      await decision.passed;
      return { value };
    });
    return { log, receives, decide: (value: unknown) => decisions.get(value)?.open() };
  }

  test('an asynchronous schema keeps the order', async () => {
    const { log, receives, decide } = deciding();
    const { url } = await serve({ chat: { receives, on_message: (message) => log.add(message) } });
    const client = await Client.connect(`${url}/chat`);
    for (const message of [1, 2, 3]) client.send(message);
    for (const message of [1, 2, 3]) {
      await log.includes(`deciding ${message}`);
      decide(message);
      await log.includes(message);
    }
    expect(log.entries).toEqual(['deciding 1', 1, 'deciding 2', 2, 'deciding 3', 3]);
  });

  test('an asynchronous schema may alternate with a fast decision', async () => {
    const received: number[] = [];
    const done = recorder();
    const { url } = await serve({
      chat: {
        receives: schema_that((value) =>
          value % 3 === 0 ? Promise.resolve({ value }) : { value },
        ),
        on_message: (message) => {
          received.push(message);
          if (message === 299) done.add('done');
        },
      },
    });
    const client = await Client.connect(`${url}/chat`);
    const sent = Array.from({ length: 300 }, (_, index) => index);
    for (const message of sent) client.send(message);
    await done.reaches(1);
    expect(received).toEqual(sent);
  });

  for (const [how, end] of [
    ['close_all', ({ mounted }) => mounted.endpoint('chat').close_all(4000)],
    ['terminate', ({ mounted }) => mounted.endpoint('chat').connections[0]?.terminate()],
    ['the end of a grace', ({ mounted }) => mounted.close({ grace_in_seconds: 0 })],
  ] as [string, (running: Awaited<ReturnType<typeof serve>>) => unknown][]) {
    test(`a connection that ${how} closes while the schema decides never reaches on_message`, async () => {
      const { log, receives, decide } = deciding();
      const running = await serve({
        chat: {
          receives,
          on_message: (message) => log.add(message),
          on_close: () => log.add('closed'),
        },
      });
      const client = await Client.connect(`${running.url}/chat`);
      client.send(1);
      client.send(2);
      await log.includes('deciding 1');
      await end(running);
      await client.closed;
      decide(1);
      await log.includes('closed');
      expect(log.entries).toEqual(['deciding 1', 'closed']);
      expect(running.logger.entries).toEqual([]);
    });
  }

  test('3: what a client sent before it closed is decided and handled first', async () => {
    const { log, receives, decide } = deciding();
    const { url } = await serve({
      chat: {
        receives,
        on_message: (message) => log.add(message),
        on_close: (code) => log.add(code),
      },
    });
    const client = await Client.connect(`${url}/chat`);
    client.send(1);
    await log.includes('deciding 1');
    await client.close(4001);
    decide(1);
    await log.includes(4001);
    expect(log.entries).toEqual(['deciding 1', 1, 4001]);
  });

  for (const [how, fail] of [
    ['throws', () => throw_it(new Error('secret'))],
    ['rejects', () => Promise.reject(new Error('secret'))],
    ['returns garbage', () => undefined],
    ['resolves to garbage', async () => ({ issues: [null] })],
  ] as const) {
    test(`a schema that ${how} is logged and closes with 1011, leaking nothing`, async () => {
      const log = recorder();
      const { url, logger } = await serve({
        chat: { receives: schema_that(fail), on_message: () => log.add('reached') },
      });
      const client = await Client.connect(`${url}/chat`);
      client.send(1);
      const { code, reason } = await client.closed;
      expect(code).toBe(1011);
      expect(reason).not.toContain('secret');
      expect(logger.entries.map(({ details }) => details.error)).toMatchObject([
        { code: 'schema_failed', details: { path: 'websockets.chat.receives' } },
      ]);
      expect(log.entries).toEqual([]);
    });

    test(`a schema that ${how} is left to on_error, and the connection lives`, async () => {
      const log = recorder();
      const { url, logger } = await serve({
        chat: {
          receives: schema_that((value) => (value === 1 ? fail() : { value })),
          on_message: (message) => log.add(message),
          on_error: (error) => log.add((error as WebsocketsError).code),
        },
      });
      const client = await Client.connect(`${url}/chat`);
      client.send(1);
      client.send(2);
      await log.includes(2);
      expect(log.entries).toEqual(['schema_failed', 2]);
      expect(logger.entries).toEqual([]);
    });
  }
});

describe('sends', () => {
  /** What a call ends with: its value, or the error. */
  const attempt = (call: () => unknown): unknown => {
    try {
      return call();
    } catch (error) {
      return error;
    }
  };
  const sends = z.object({ text: z.string().max(3, 'Too long') });

  test('what is not as declared throws at the caller of connection.send, and reaches nobody', async () => {
    const log = recorder();
    const { url } = await serve({
      chat: {
        sends,
        on_message: (message, connection) => log.add(attempt(() => connection.send(message))),
      },
    });
    const client = await Client.connect(`${url}/chat`);
    client.send({ text: 'abcd' });
    client.send({ text: 'abc' });
    expect(await client.next_message()).toEqual({ text: 'abc' });
    expect(log.entries).toHaveLength(2);
    expect(log.entries[0]).toBeInstanceOf(WebsocketsError);
    expect(log.entries[0]).toMatchObject({
      code: 'undeclared_message',
      message: 'this message does not match websockets.chat.sends: text: Too long',
      details: { endpoint: 'chat', issues: [{ message: 'Too long', path: ['text'] }] },
    });
    expect(log.entries[1]).toBe(true);
    expect(client.received).toHaveLength(1);
  });

  test('uncaught in a handler it is a failure of that handler', async () => {
    const { url, logger } = await serve({
      chat: { sends, on_message: (message, connection) => connection.send(message) },
    });
    const client = await Client.connect(`${url}/chat`);
    client.send({ text: 5 });
    expect((await client.closed).code).toBe(1011);
    expect(logger.entries.map(({ details }) => details)).toMatchObject([
      { handler: 'on_message', error: { code: 'undeclared_message' } },
    ]);
  });

  for (const reach of ['websockets(name)', 'mounted.endpoint(name)'] as const) {
    test(`what is not as declared throws at the caller of ${reach}.send, and reaches nobody`, async () => {
      const { url, mounted } = await serve({ declared: { sends } });
      const clients = [
        await Client.connect(`${url}/declared`),
        await Client.connect(`${url}/declared?id=a`),
      ];
      const handle =
        reach === 'websockets(name)' ? websockets('declared') : mounted.endpoint('declared');
      for (const wrong of [{ text: 'abcd' }, {}, 'text', null, undefined]) {
        for (const id of [[], ['a'], ['nobody']]) {
          const error = attempt(() => handle.send(wrong as never, ...id));
          expect(error).toMatchObject({ code: 'undeclared_message' });
        }
      }
      handle.send({ text: 'all' });
      for (const client of clients) {
        expect(await client.next_message()).toEqual({ text: 'all' });
        expect(client.received).toHaveLength(1);
      }
    });
  }

  test('what was passed is sent, whatever the schema makes of it', async () => {
    const transforming = z.object({
      text: z.string().transform((text) => text.length),
      at: z.string().default('now'),
    });
    const message = { text: 'abc', other: 1 };
    const { url, mounted } = await serve({
      chat: { sends: transforming, on_open: (connection) => connection.send(message) },
    });
    const client = await Client.connect(`${url}/chat`);
    expect(await client.next_message()).toEqual(message);
    mounted.endpoint('chat').send(message);
    expect(await client.next_message()).toEqual(message);
  });

  test('once they are declared a string is JSON, too', async () => {
    const { url, mounted } = await serve({
      declared: { sends: z.string(), on_open: (connection) => connection.send('own') },
      undeclared: { on_open: (connection) => connection.send('own') },
    });
    const client = await Client.connect(`${url}/declared`);
    expect(await client.next_text()).toBe('"own"');
    mounted.endpoint('declared').send('"all"');
    expect(await client.next_text()).toBe('"\\"all\\""');
    expect(await (await Client.connect(`${url}/undeclared`)).next_text()).toBe('own');
  });

  test('what JSON cannot carry throws as ever', async () => {
    const { mounted } = await serve({ chat: { sends: z.any() } });
    for (const message of [undefined, 1n, () => {}]) {
      expect(attempt(() => mounted.endpoint('chat').send(message))).toMatchObject({
        code: 'unserializable_message',
      });
    }
  });

  for (const [what, asynchronous] of [
    ['refuses', z.string().refine(async () => false)],
    ['rejects', schema_that(() => Promise.reject(new Error('no database')))],
    ['never settles', schema_that(() => new Promise(() => {}))],
  ] as const) {
    test(`an asynchronous schema that ${what} is warned of once, and everything is sent`, async () => {
      const { url, mounted, logger } = await serve({
        chat: { sends: asynchronous, on_message: (m, connection) => connection.send(m) },
      });
      const client = await Client.connect(`${url}/chat`);
      for (const message of ['"a"', '"b"']) client.send(message);
      expect([await client.next_message(), await client.next_message()]).toEqual(['a', 'b']);
      mounted.endpoint('chat').send('c');
      expect(await client.next_message()).toBe('c');
      expect(logger.entries).toEqual([
        {
          level: 'warn',
          message: expect.stringMatching(/^websockets\.chat\.sends is asynchronous/),
          details: { endpoint: 'chat' },
        },
      ]);
    });
  }

  test('an asynchronous schema of valibot is refused at once', () => {
    const asynchronous = v.pipeAsync(
      v.string(),
      v.checkAsync(async () => true),
    );
    const error = attempt(() => parse_websockets({ chat: { sends: asynchronous } }));
    expect(error).toMatchObject({
      code: 'bad_option',
      message: 'websockets.chat.sends must be synchronous: send() does not wait',
    });
    expect(() =>
      parse_websockets({ chat: { receives: asynchronous, params: asynchronous } }),
    ).not.toThrow();
  });

  test('a schema that throws is schema_failed at the caller', async () => {
    const failing = schema_that(() => throw_it(new Error('no database')));
    const { mounted } = await serve({ chat: { sends: failing } });
    expect(attempt(() => mounted.endpoint('chat').send('a'))).toMatchObject({
      code: 'schema_failed',
      message: 'websockets.chat.sends threw: no database',
      details: { path: 'websockets.chat.sends' },
    });
  });

  describe('are checked', () => {
    const script = `
      import { createServer } from 'node:http';
      import { z } from 'zod';
      import { mount_websockets } from './src/index.ts';
      const server = createServer();
      mount_websockets(server, {
        chat: {
          receives: z.object({ echo: z.any() }),
          sends: z.object({ text: z.string() }),
          on_message: ({ echo }, connection) => connection.send(echo),
          on_error: ({ code }, connection) => connection.send({ text: code }),
        },
      });
      ${LISTEN}
    `;
    const cases: [string, unknown, unknown][] = [
      ['development', { text: 'undeclared_message' }, { text: 'invalid_message' }],
      ['production', 'anything', { text: 'invalid_message' }],
    ];
    for (const [environment, echoed, refused] of cases) {
      const checks = environment === 'production' ? 'only what is received' : 'both ways';
      test(`with NODE_ENV=${environment}, ${checks}`, async () => {
        const { port } = await run_server(script, { NODE_ENV: environment });
        const client = await Client.connect(`ws://127.0.0.1:${port}${PATH}/chat`);
        client.send({ echo: 'anything' });
        expect(await client.next_message()).toEqual(echoed);
        client.send('5');
        expect(await client.next_message()).toEqual(refused);
      });
    }
  });
});

describe('on_upgrade', () => {
  for (const [what, context] of [
    ['an object', { user: 'Ada' }],
    ['a function', () => {}],
    ['null', null],
    ['0', 0],
    ['nothing', undefined],
  ] as const) {
    test(`what it returns becomes the context: ${what}`, async () => {
      const log = recorder();
      const on_open: WebsocketDefinition['on_open'] = (connection) => log.add(connection.context);
      const { url } = await serve({
        synchronous: { on_upgrade: () => context, on_open },
        asynchronous: { on_upgrade: async () => context, on_open },
      });
      await Client.connect(`${url}/synchronous`);
      await Client.connect(`${url}/asynchronous`);
      await log.reaches(2);
      expect(log.entries[0]).toBe(context);
      expect(log.entries[1]).toBe(context);
    });
  }

  test('is told who asks, and is handed no socket', async () => {
    const log = recorder();
    const { port } = await serve({ chat: { on_upgrade: (request) => log.add({ ...request }) } });
    const origin = `http://127.0.0.1:${port}`;
    await Client.connect(`ws://127.0.0.1:${port}${PATH}/chat?a=1`, {
      origin,
      headers: { Cookie: 'session=1' },
    });
    expect(log.entries).toEqual([
      {
        endpoint: 'chat',
        params: { a: '1' },
        headers: expect.objectContaining({
          cookie: 'session=1',
          host: `127.0.0.1:${port}`,
          origin,
        }),
        origin,
        remote_address: '127.0.0.1',
        url: `${PATH}/chat?a=1`,
        signal: expect.any(AbortSignal),
      },
    ]);
  });

  describe('that throws an UpgradeRefusal', () => {
    const refuse_with = (refusal: Error) =>
      serve({ chat: { on_upgrade: () => throw_it(refusal) } });

    test('sends each cookie as a header of its own', async () => {
      const cookies = ['session=; Max-Age=0', 'seen=1; Path=/'];
      const { port, logger } = await refuse_with(
        new UpgradeRefusal(401, 'Sign in first', {
          'Set-Cookie': cookies,
          'WWW-Authenticate': ['Bearer realm="chat"', 'Basic'],
          'Retry-After': '120',
        }),
      );
      const response = await answer_to(port);
      expect(header_of(response, 'Set-Cookie')).toEqual(cookies);
      expect(header_of(response, 'WWW-Authenticate')).toEqual(['Bearer realm="chat"', 'Basic']);
      expect(header_of(response, 'Retry-After')).toEqual(['120']);
      expect(error_of(response)).toEqual({ code: 'upgrade_refused', message: 'Sign in first' });
      // Nothing of what the headers hold.
      expect(logger.entries.map(({ message }) => message)).toEqual([
        'websockets.chat refused a client with 401 upgrade_refused: Sign in first',
      ]);
    });

    test('cannot change how the answer is framed', async () => {
      const { port } = await refuse_with(
        new UpgradeRefusal(403, 'Nö', {
          Connection: 'keep-alive',
          connection: 'Upgrade',
          'Content-Length': '0',
          'CONTENT-LENGTH': ['1', '2'],
          'Transfer-Encoding': 'chunked',
          'content-type': 'text/html',
          'X-Other': 'kept',
        }),
      );
      const response = await answer_to(port);
      expect(header_of(response, 'Connection')).toEqual(['close']);
      const body = response.slice(response.indexOf('\r\n\r\n') + 4);
      expect(header_of(response, 'Content-Length')).toEqual([String(body.length)]);
      expect(header_of(response, 'Transfer-Encoding')).toEqual([]);
      expect(header_of(response, 'Content-Type')).toEqual(['application/json; charset=utf-8']);
      expect(header_of(response, 'X-Other')).toEqual(['kept']);
      expect(JSON.parse(Buffer.from(body, 'latin1').toString()).error.message).toBe('Nö');
    });

    test('cannot add a line through a list that grows after it was checked', async () => {
      const cookies = ['a=1'];
      const refusal = new UpgradeRefusal(401, 'no', { 'Set-Cookie': cookies });
      cookies.push('b=2\r\nX-Added: 1');
      const { port } = await refuse_with(refusal);
      const response = await answer_to(port);
      expect(response).toMatch(/^HTTP\/1\.1 401 /);
      expect(header_of(response, 'X-Added')).toEqual([]);
      expect(header_of(response, 'Set-Cookie')).toEqual(['a=1']);
    });

    test('may have any status from 400 to 599, also one without a name', async () => {
      for (const status of [400, 418, 451, 499, 599]) {
        const { port } = await refuse_with(new UpgradeRefusal(status, 'no'));
        expect(await answer_to(port)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} \\S`));
      }
    });

    test('refuses alike where it is rejected with, or is a class of its own', async () => {
      class Banned extends UpgradeRefusal {
        constructor() {
          super(403, 'Banned');
        }
      }
      const { port } = await serve({
        chat: { on_upgrade: () => Promise.reject(new Banned()) },
      });
      const response = await answer_to(port);
      expect(response).toMatch(/^HTTP\/1\.1 403 /);
      expect(error_of(response)).toEqual({ code: 'upgrade_refused', message: 'Banned' });
    });
  });

  const unexaminable = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error('no');
      },
    },
  );
  for (const [what, thrown] of [
    ['an error', new Error('secret')],
    ['a string', 'secret'],
    ['nothing', undefined],
    ['what resembles an UpgradeRefusal', { status: 401, message: 'secret', headers: {} }],
    ['an error of this package', new WebsocketsError('bad_argument', 'secret', { argument: 'a' })],
    ['what cannot be examined', unexaminable],
  ] as const) {
    test(`that throws ${what} is 500, logged, and leaks nothing`, async () => {
      const { port, logger } = await serve({ chat: { on_upgrade: () => throw_it(thrown) } });
      const response = await answer_to(port);
      expect(response).toMatch(/^HTTP\/1\.1 500 /);
      expect(response).not.toContain('secret');
      expect(error_of(response).code).toBe('upgrade_failed');
      expect(logger.entries).toHaveLength(1);
      expect(logger.entries[0]?.message).toBe('websockets.chat.on_upgrade failed');
      expect(logger.entries[0]?.details.error).toBe(thrown);
    });
  }

  for (const [how, settle] of [
    ['resolves', async () => 'context'],
    ['refuses', () => Promise.reject(new UpgradeRefusal(401, 'late'))],
    ['fails', () => Promise.reject(new Error('late'))],
  ] as const) {
    test(`that ${how} after its time is out has no effect: it was 504`, async () => {
      const log = recorder();
      const late = gate();
      const { port, url, logger } = await serve({
        chat: {
          options: { upgrade_timeout_in_seconds: 0.02 },
          on_upgrade: async ({ params }) => {
            if (params.id !== undefined) return;
            await late.passed;
            log.add('settles');
            return settle();
          },
          on_open: (connection) => log.add(connection.params.id),
        },
      });
      const response = await answer_to(port);
      expect(response).toMatch(/^HTTP\/1\.1 504 /);
      expect(error_of(response).code).toBe('upgrade_timed_out');
      late.open();
      await Client.connect(`${url}/chat?id=next`);
      await log.includes('next');
      expect(log.entries).toEqual(['settles', 'next']);
      expect(logger.entries.map(({ message }) => message)).toEqual([
        'websockets.chat refused a client with 504 upgrade_timed_out: the server took too long to decide whether to accept the connection',
      ]);
    });
  }

  test('that returns a thenable which settles twice connects once, with the first', async () => {
    const log = recorder();
    const then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => {
      resolve('first');
      resolve('second');
      reject(new UpgradeRefusal(401, 'no'));
    };
    const { url, mounted, logger } = await serve({
      chat: { on_upgrade: () => ({ then }), on_open: (c) => log.add(c.context) },
    });
    await Client.connect(`${url}/chat`);
    await log.reaches(1);
    expect(log.entries).toEqual(['first']);
    expect(mounted.endpoint('chat').connections).toHaveLength(1);
    expect(logger.entries).toEqual([]);
  });

  for (const [how, cut] of [
    ['destroys', (socket) => socket.destroy()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['ends', (socket) => socket.end()],
  ] as [string, (socket: Socket) => void][]) {
    for (const [then, settle] of [
      ['returns', () => undefined],
      ['refuses', () => throw_it(new UpgradeRefusal(401, 'no'))],
      ['awaits a while', () => new Promise((resolve) => setImmediate(resolve))],
    ] as const) {
      test(`that ${how} the socket of the server itself and ${then} opens nothing and ends nothing`, async () => {
        const log = recorder();
        const { port, server, url, mounted } = await serve({
          chat: {
            on_upgrade: ({ params }) => {
              if (params.id !== undefined) return undefined;
              for (const socket of sockets) cut(socket);
              return settle();
            },
            on_open: ({ params }) => log.add(params.id),
          },
        });
        const sockets: Socket[] = [];
        server.once('connection', (socket) => sockets.push(socket));
        const response = await answer_to(port);
        expect(response).not.toContain('101 Switching Protocols');
        await Client.connect(`${url}/chat?id=next`);
        await log.includes('next');
        expect(log.entries).toEqual(['next']);
        await mounted.close();
      });
    }
  }

  for (const [how, leave] of [
    ['ends its stream', (socket) => socket.end()],
    ['destroys it', (socket) => socket.destroy()],
    ['resets', (socket) => socket.resetAndDestroy()],
  ] as [string, (socket: Socket) => void][]) {
    test(`its signal aborts when the client ${how} meanwhile, and nothing is opened`, async () => {
      const log = recorder();
      const decided = gate();
      const { port, url, logger } = await serve({
        chat: {
          on_upgrade: async ({ signal, params }) => {
            if (params.id !== undefined) return;
            signal.addEventListener('abort', () => log.add(signal.reason.name));
            log.add('asked');
            await decided.passed;
          },
          on_open: ({ params }) => log.add(params.id),
          on_close: () => log.add('closed'),
        },
      });
      const client = await RawClient.connect(port);
      client.send(upgrade_request(`${PATH}/chat`));
      await log.includes('asked');
      leave(client.socket);
      await log.includes('AbortError');
      decided.open();
      await Client.connect(`${url}/chat?id=next`);
      await log.includes('next');
      expect(log.entries).toEqual(['asked', 'AbortError', 'next']);
      expect(logger.entries).toEqual([]);
    });
  }

  test('its signal does not abort once the client is connected', async () => {
    const log = recorder();
    const { url } = await serve({
      chat: {
        on_upgrade: ({ signal }) => ({ signal }),
        on_close: (_code, _reason, { context }) => log.add(context.signal.aborted),
      },
    });
    await (await Client.connect(`${url}/chat`)).close();
    await log.reaches(1);
    expect(log.entries).toEqual([false]);
  });
});

describe('define_websocket', () => {
  test('returns a definition with every handler in place but on_error', () => {
    const chat = define_websocket({});
    expect(chat.on_upgrade({} as never)).toBe(undefined);
    expect(chat.on_open({} as never)).toBe(undefined);
    expect(chat.on_message({}, {} as never)).toBe(undefined);
    expect(chat.on_close(1000, '', {} as never)).toBe(undefined);
    expect(chat.on_error).toBe(undefined);
    expect(() => parse_websockets({ chat })).not.toThrow();
  });

  test('keeps what it is given', () => {
    const given = {
      params: z.object({}),
      receives: z.string(),
      sends: z.string(),
      on_upgrade: () => {},
      on_open: () => {},
      on_message: () => {},
      on_close: () => {},
      on_error: () => {},
      options: { max_queued_messages: 5 },
    };
    expect(define_websocket(Object.freeze(given))).toEqual(given);
  });

  test('an endpoint without on_upgrade connects within the upgrade event, as a plain one does', async () => {
    const log = recorder();
    const on_open = () => log.add('opened');
    const { server, url } = await serve({
      plain: { on_open },
      defined: define_websocket({ on_open }),
      asking: define_websocket({ on_upgrade: () => {}, on_open }),
    });
    const emit: (...args: any[]) => boolean = server.emit;
    server.emit = (...args: unknown[]) => {
      const is_taken = emit.apply(server, args);
      if (args[0] === 'upgrade') log.add('upgraded');
      return is_taken;
    };
    for (const name of ['plain', 'defined', 'asking']) await Client.connect(`${url}/${name}`);
    await log.reaches(6);
    expect(log.entries).toEqual([
      ...['opened', 'upgraded'],
      ...['opened', 'upgraded'],
      ...['upgraded', 'opened'],
    ]);
  });

  test('serves an endpoint whose handlers do nothing', async () => {
    const { url, logger } = await serve({ chat: define_websocket({}) });
    const client = await Client.connect(`${url}/chat`);
    client.send('5');
    expect((await client.close(1000)).code).toBe(1000);
    expect(logger.entries).toEqual([]);
  });

  class Chat {}
  for (const [what, definition] of [
    ['5', 5],
    ['null', null],
    ['nothing', undefined],
    ['an array', []],
    ['a function', () => {}],
    ['an instance of a class', new Chat()],
  ] as const) {
    test(`${what} is no definition, and throws`, () => {
      expect(() => define_websocket(definition as never)).toThrow(
        expect.objectContaining({
          name: 'WebsocketsError',
          code: 'bad_argument',
          message: expect.stringMatching(/^the definition of an endpoint must be a/),
          details: { argument: 'definition' },
        }),
      );
    });
  }

  test('what it holds is checked where it is mounted: null is no handler', () => {
    const handlers = ['on_upgrade', 'on_open', 'on_message', 'on_close', 'on_error'];
    for (const handler of handlers) {
      const chat = define_websocket({ [handler]: null } as never);
      expect(() => parse_websockets({ chat })).toThrow(
        `websockets.chat.${handler} must be a function; got null`,
      );
    }
    const misspelt = define_websocket({ on_mesage: () => {} } as never);
    expect(() => parse_websockets({ chat: misspelt })).toThrow('did you mean on_message?');
  });
});

describe('allowed_origins', () => {
  const asked_by = async (options: MountOptions, headers: Record<string, string>) => {
    const log = recorder();
    const running = await serve({ chat: { on_upgrade: () => log.add('asked') } }, options);
    const client = await RawClient.connect(running.port);
    client.send(upgrade_request(`${PATH}/chat`, { headers }));
    const response = await client.receives('\r\n\r\n');
    const { code } = response.startsWith('HTTP/1.1 101 ')
      ? { code: 'connected' }
      : error_of(await client.ended);
    return { code, response, asked: log.entries, logged: running.logger.entries };
  };

  test('a page of the same host is admitted, one of another is refused and asked nothing', async () => {
    const same = await asked_by({}, { Origin: 'http://localhost:80' });
    expect(same).toMatchObject({ code: 'connected', asked: ['asked'], logged: [] });
    const other = await asked_by({}, { Origin: 'https://evil.com' });
    expect(other).toMatchObject({ code: 'origin_not_allowed', asked: [] });
    expect(other.response).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  });

  test('the log line of a refusal names the page, both hosts and the option that would admit it', async () => {
    const { logged, response } = await asked_by(
      {},
      { Origin: 'https://example.com', Host: 'inner:3000', 'X-Forwarded-Host': 'example.com' },
    );
    expect(logged).toHaveLength(1);
    const { level, message } = logged[0] ?? {};
    expect(level).toBe('warn');
    for (const part of [
      'https://example.com',
      'Host: "inner:3000"',
      'X-Forwarded-Host: "example.com"',
      'allowed_origins: ["https://example.com"]',
      'trust_proxy',
    ]) {
      expect(message).toContain(part);
    }
    expect(response).not.toContain('inner');
  });

  test('a page behind a proxy that rewrites Host is admitted where that is trusted', async () => {
    const headers = {
      Origin: 'https://example.com',
      Host: 'inner:3000',
      'X-Forwarded-Host': 'example.com',
    };
    expect((await asked_by({ trust_proxy: 'loopback' }, headers)).code).toBe('connected');
    expect((await asked_by({ trust_proxy: 1 }, headers)).code).toBe('connected');
    const elsewhere = await asked_by({ trust_proxy: '10.0.0.0/8' }, headers);
    expect(elsewhere.code).toBe('origin_not_allowed');
  });

  test('a client that sends no Origin is admitted, whatever is allowed', async () => {
    for (const allowed_origins of ['same_host', [], () => false] as const) {
      expect((await asked_by({ allowed_origins }, {})).code).toBe('connected');
    }
  });

  test('null is refused unless it is listed', async () => {
    expect((await asked_by({}, { Origin: 'null' })).code).toBe('origin_not_allowed');
    const { code } = await asked_by({ allowed_origins: ['null'] }, { Origin: 'null' });
    expect(code).toBe('connected');
  });

  test('a list, * and a function decide', async () => {
    const headers = { Origin: 'https://example.com' };
    const admitting = ['*', ['https://example.com'], () => true] as const;
    for (const allowed_origins of admitting) {
      expect((await asked_by({ allowed_origins }, headers)).code).toBe('connected');
    }
    for (const allowed_origins of [['https://example.com:8443'], () => false] as const) {
      expect((await asked_by({ allowed_origins }, headers)).code).toBe('origin_not_allowed');
    }
  });

  for (const [how, allowed_origins] of [
    ['throws', () => throw_it(new Error('secret'))],
    ['returns a promise', (() => Promise.resolve(true)) as never],
  ] as const) {
    test(`a function that ${how} is 500, logged, and leaks nothing`, async () => {
      const { code, response, asked, logged } = await asked_by(
        { allowed_origins },
        { Origin: 'https://example.com' },
      );
      expect(code).toBe('upgrade_failed');
      expect(response).toMatch(/^HTTP\/1\.1 500 /);
      expect(response).not.toContain('secret');
      expect(asked).toEqual([]);
      expect(logged).toHaveLength(1);
      expect(logged[0]?.message).toContain('allowed_origins');
      expect(logged[0]?.details.error).toBeInstanceOf(Error);
    });
  }
});

describe('trust_proxy', () => {
  /** The remote address that on_upgrade and the connection are told. */
  const told = async (options: MountOptions, headers: Record<string, string>) => {
    const log = recorder();
    const { port } = await serve(
      {
        chat: {
          on_upgrade: ({ remote_address }) => log.add(remote_address),
          on_open: ({ remote_address }) => log.add(remote_address),
        },
      },
      options,
    );
    const client = await RawClient.connect(port);
    client.send(upgrade_request(`${PATH}/chat`, { headers }));
    await log.reaches(2);
    return log.entries;
  };
  const twice = (address: string) => [address, address];

  test('what is forged has no effect where nobody is trusted', async () => {
    const forged = {
      'X-Forwarded-For': '6.6.6.6',
      'X-Real-IP': '6.6.6.6',
      Forwarded: 'for=6.6.6.6',
    };
    expect(await told({}, forged)).toEqual(twice('127.0.0.1'));
    expect(await told({ trust_proxy: '10.0.0.0/8' }, forged)).toEqual(twice('127.0.0.1'));
    expect(await told({ trust_proxy: true }, { 'X-Real-IP': '6.6.6.6' })).toEqual(
      twice('127.0.0.1'),
    );
  });

  test('the client’s address is the first that no trusted proxy vouches for', async () => {
    const headers = { 'X-Forwarded-For': '6.6.6.6, 1.1.1.1, 10.0.0.7' };
    expect(await told({ trust_proxy: true }, headers)).toEqual(twice('6.6.6.6'));
    expect(await told({ trust_proxy: 1 }, headers)).toEqual(twice('10.0.0.7'));
    expect(await told({ trust_proxy: 2 }, headers)).toEqual(twice('1.1.1.1'));
    expect(await told({ trust_proxy: 'loopback, 10.0.0.0/8' }, headers)).toEqual(twice('1.1.1.1'));
    expect(await told({ trust_proxy: (_address, hop) => hop < 2 }, headers)).toEqual(
      twice('1.1.1.1'),
    );
  });
});

describe('6: a function that decides about a client and fails', () => {
  for (const option of ['allowed_origins', 'trust_proxy']) {
    for (const [how, failing] of [
      ['throws', "() => { throw new Error('secret'); }"],
      ['returns a promise', 'async () => true'],
      ['returns a promise that rejects', "async () => { throw new Error('secret'); }"],
      ['returns what cannot be read', '() => ({ get then() { throw new Error("secret"); } })'],
    ] as const) {
      test(`is 500 and logged, leaks nothing and ends nothing: ${option} that ${how}`, async () => {
        const { port, exited, child } = await run_server(`
          import { createServer } from 'node:http';
          import { mount_websockets } from './src/index.ts';
          const server = createServer();
          mount_websockets(server, { chat: {} }, { ${option}: ${failing} });
          ${LISTEN}
        `);
        const headers = {
          Origin: 'https://example.com',
          'X-Forwarded-For': 'garbage',
          'X-Forwarded-Host': 'example.com',
        };
        for (const _ of ['once', 'and again']) {
          const response = await answer_to(port, '', headers);
          expect(response).toMatch(/^HTTP\/1\.1 500 /);
          expect(response).not.toContain('secret');
          expect(error_of(response).code).toBe('upgrade_failed');
        }
        child.kill('SIGKILL');
        const { signal, output } = await exited;
        expect(signal).toBe('SIGKILL');
        expect(output).toContain(`${option} failed`);
      });
    }
  }
});

function throw_it(thrown: unknown): never {
  throw thrown;
}
