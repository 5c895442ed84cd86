import type { WebsocketsError } from 'joystick-websockets';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Gate, gate, recorder } from '../support/events.ts';
import type { StartEndpoint } from './endpoint.ts';

/** What is not to reach on_message, over whatever it arrives. */
export function check_invalid_messages(start: StartEndpoint): void {
  test('6: the errors of invalid messages have no stack trace, which clients could make costly', async () => {
    const log = recorder();
    const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
    const endpoint = await start({
      receives: z.number(),
      on_error: (error) => log.add((error as Error).stack),
    });
    const client = await endpoint.connect();
    client.send('x');
    client.send('"no number"');
    await log.reaches(2);
    expect(log.entries).toEqual([
      'WebsocketsError: the message is not JSON: unexpected character at position 0',
      expect.stringMatching(/^WebsocketsError: the message does not match the schema: .*$/),
    ]);
    expect(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')).toEqual(limit);
  });

  describe('5: what is no JSON never reaches on_message', () => {
    const invalid: [string, string | Uint8Array][] = [
      ['text that is not JSON', 'hello'],
      ['an empty message', ''],
      ['bytes that are not JSON', new Uint8Array([1, 2, 3])],
      ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
      ['a byte order mark', '\uFEFF{}'],
      ['bytes that begin with a byte order mark', new TextEncoder().encode('\uFEFF{}')],
    ];
    for (const [what, message] of invalid) {
      test(`${what} closes with 1007 and a reason`, async () => {
        const log = recorder();
        const endpoint = await start({ on_message: () => log.add('reached') });
        const client = await endpoint.connect();
        client.send(message);
        const { code, reason } = await client.closed;
        expect(code).toBe(1007);
        expect(reason).toMatch(/^the message is not JSON: /);
        expect(log.entries).toEqual([]);
      });

      test(`${what} goes to on_error`, async () => {
        const log = recorder();
        const endpoint = await start({
          on_message: (good) => log.add(good),
          on_error: (error) => log.add((error as WebsocketsError).code),
        });
        const client = await endpoint.connect();
        client.send(message);
        client.send({ good: true });
        await log.reaches(2);
        expect(log.entries).toEqual(['invalid_message', { good: true }]);
      });
    }

    test('JSON is decoded from text and from bytes alike', async () => {
      const log = recorder();
      const endpoint = await start({ on_message: (message) => log.add(message) });
      const client = await endpoint.connect();
      client.send('{"text":"é😀"}');
      client.send(new TextEncoder().encode('{"bytes":"é😀"}'));
      client.send('null');
      client.send(new TextEncoder().encode('"\ufffd"'));
      await log.reaches(4);
      expect(log.entries).toEqual([{ text: 'é😀' }, { bytes: 'é😀' }, null, '\ufffd']);
    });

    test('the error says where it is not, and nothing of what the client wrote', async () => {
      const log = recorder();
      const endpoint = await start({
        on_message: (message) => log.add(message),
        on_error: (error) => log.add((error as WebsocketsError).message),
      });
      const client = await endpoint.connect();
      // The first is found by JSON.parse, those after it before JSON.parse is asked.
      const messages = ['{"a":secret', '{"a":', 'secret', '[1]', new Uint8Array([0x22, 0xff])];
      for (const message of [...messages, ...messages]) client.send(message);
      await log.reaches(2 * messages.length);
      const told = [
        'the message is not JSON: unexpected character at position 5',
        'the message is not JSON: it ends too early',
        'the message is not JSON: unexpected character at position 0',
        [1],
        'the message is not JSON: it is not UTF-8',
      ];
      expect(log.entries).toEqual([...told, ...told]);
    });

    test('a message that a client sent amid invalid ones arrives, whatever its size', async () => {
      const log = recorder();
      const endpoint = await start({
        on_message: (message) => log.add(message),
        on_error: () => log.add('invalid'),
      });
      const client = await endpoint.connect();
      const long = { text: 'é'.repeat(10_000) };
      for (const message of ['x', long, 'x', { short: true }, `${JSON.stringify(long)}x`, null]) {
        client.send(message);
      }
      await log.reaches(6);
      expect(log.entries).toEqual(['invalid', long, 'invalid', { short: true }, 'invalid', null]);
    });
  });

  describe('5: what receives does not accept never reaches on_message', () => {
    const receives = z.object({
      text: z
        .string()
        .max(3, 'Too long')
        .transform((text) => text.toUpperCase()),
      loud: z.boolean().default(false),
    });

    test('what the schema makes of a message does', async () => {
      const log = recorder();
      const endpoint = await start({ receives, on_message: (message) => log.add(message) });
      const client = await endpoint.connect();
      client.send({ text: 'abc', other: 1 });
      await log.reaches(1);
      expect(log.entries).toEqual([{ text: 'ABC', loud: false }]);
    });

    test('an invalid message closes with 1007 and a reason that names the issue', async () => {
      const log = recorder();
      const endpoint = await start({
        receives,
        on_message: () => log.add('reached'),
        on_close: (code, reason) => log.add([code, reason]),
      });
      const client = await endpoint.connect();
      client.send({ text: 'abcd' });
      client.send({ text: 'abc' });
      const reason = 'the message does not match the schema: text: Too long';
      expect(await client.closed).toEqual({ code: 1007, reason });
      await log.reaches(1);
      expect(log.entries).toEqual([[1007, reason]]);
      expect(endpoint.logged).toEqual([]);
    });

    test('6: what a client named cannot hide or forge anything where the error is printed', async () => {
      const log = recorder();
      const endpoint = await start({
        receives: z.strictObject({}),
        on_error: (error) => log.add((error as Error).message),
      });
      const client = await endpoint.connect();
      client.send({ '\u009b2K\u202e\u2028': 1 });
      await log.reaches(1);
      expect(log.entries[0]).toContain('\\u009b2K\\u202e\\u2028');
    });

    test('an invalid message goes to on_error with its issues, and the connection lives', async () => {
      const log = recorder();
      const endpoint = await start({
        receives,
        on_message: ({ text }) => log.add(text),
        on_error: (error) => {
          const { code, details } = error as WebsocketsError;
          log.add({ code, details });
        },
      });
      const client = await endpoint.connect();
      client.send({ text: 'abcd' });
      client.send({ text: 'ok' });
      await log.includes('OK');
      const issues = [{ message: 'Too long', path: ['text'] }];
      expect(log.entries).toEqual([
        { code: 'invalid_message', details: { endpoint: expect.any(String), issues } },
        'OK',
      ]);
      expect(endpoint.logged).toEqual([]);
    });

    test('what is no JSON is never shown to the schema, and has no issues', async () => {
      const log = recorder();
      const endpoint = await start({
        receives: z.unknown().transform((value) => log.add(value)),
        on_error: (error) => log.add((error as WebsocketsError).details),
      });
      const client = await endpoint.connect();
      client.send('hello');
      await log.reaches(1);
      expect(log.entries).toEqual([{ endpoint: expect.any(String), issues: [] }]);
    });

    /** A schema that decides about each message when the test lets it. */
    function deciding(is_valid: (message: number) => boolean = () => true) {
      const log = recorder();
      const gates = new Map<number, Gate>([1, 2, 3].map((number) => [number, gate()]));
      const receives = z.number().transform(async (message, context) => {
        log.add(`deciding ${message}`);
        await gates.get(message)?.passed;
        if (!is_valid(message)) context.addIssue('Not this one');
        return message;
      });
      return { log, receives, decide: (message: number) => gates.get(message)?.open() };
    }

    test('an asynchronous schema keeps the order', async () => {
      const { log, receives, decide } = deciding();
      const endpoint = await start({ receives, on_message: (message) => log.add(message) });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) client.send(message);
      await log.includes('deciding 1');
      for (const message of [3, 2, 1]) decide(message);
      await log.includes(3);
      // zod asks a schema anew once it has shown that it is asynchronous.
      expect([...new Set(log.entries)]).toEqual([
        'deciding 1',
        1,
        'deciding 2',
        2,
        'deciding 3',
        3,
      ]);
    });

    test('what an asynchronous schema does not accept closes with 1007', async () => {
      const { log, receives, decide } = deciding((message) => message !== 2);
      const endpoint = await start({ receives, on_message: (message) => log.add(message) });
      const client = await endpoint.connect();
      for (const message of [1, 2, 3]) {
        client.send(message);
        decide(message);
      }
      expect(await client.closed).toEqual({
        code: 1007,
        reason: 'the message does not match the schema: Not this one',
      });
      expect(log.entries).toContain(1);
      expect(log.entries).not.toContain(2);
      expect(log.entries).not.toContain('deciding 3');
    });

    test('a connection that closes while the schema decides never reaches on_message', async () => {
      const { log, receives, decide } = deciding();
      const opened: { close(code: number): void }[] = [];
      const endpoint = await start({
        receives,
        on_open: (connection) => opened.push(connection),
        on_message: (message) => log.add(message),
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      client.send(1);
      client.send(2);
      await log.includes('deciding 1');
      for (const connection of opened) connection.close(4000);
      expect((await client.closed).code).toBe(4000);
      decide(1);
      await log.includes(4000);
      expect([...new Set(log.entries)]).toEqual(['deciding 1', 4000]);
    });

    test('what a client sent before it closed is decided and handled first', async () => {
      const { log, receives, decide } = deciding();
      const endpoint = await start({
        receives,
        on_message: (message) => log.add(message),
        on_close: (code) => log.add(code),
      });
      const client = await endpoint.connect();
      client.send(1);
      await log.includes('deciding 1');
      await client.close(4001);
      decide(1);
      await log.includes(4001);
      expect([...new Set(log.entries)]).toEqual(['deciding 1', 1, 4001]);
    });

    /** A schema of no library: zod would call a rejecting one twice, and lose its first promise. */
    const schema_that = (validate: (value: unknown) => any) => ({
      '~standard': { version: 1 as const, vendor: 'test', validate },
    });
    for (const [how, fail] of [
      ['throws', throw_secret],
      ['rejects', async () => throw_secret()],
      [
        'throws within zod',
        (value) => z.unknown().transform(throw_secret)['~standard'].validate(value),
      ],
      ['returns what is no result', () => ({})],
    ] as [string, (value: unknown) => unknown][]) {
      test(`a schema that ${how} is logged and closes with 1011`, async () => {
        const log = recorder();
        const endpoint = await start({
          receives: schema_that(fail),
          on_message: () => log.add('reached'),
        });
        const client = await endpoint.connect();
        client.send(1);
        const { code, reason } = await client.closed;
        expect(code).toBe(1011);
        expect(reason).not.toContain('secret');
        expect(endpoint.logged.map(({ details }) => details)).toMatchObject([
          { handler: 'receives', error: { code: 'schema_failed' } },
        ]);
        expect(log.entries).toEqual([]);
      });

      test(`a schema that ${how} is left to on_error, and the connection lives`, async () => {
        const log = recorder();
        const endpoint = await start({
          receives: schema_that((value) => (value === 1 ? fail(value) : { value })),
          on_message: (message) => log.add(message),
          on_error: (error) => log.add((error as WebsocketsError).code),
        });
        const client = await endpoint.connect();
        client.send(1);
        client.send(2);
        await log.includes(2);
        expect(log.entries).toEqual(['schema_failed', 2]);
        expect(endpoint.logged).toEqual([]);
      });
    }
  });
}

function throw_secret(): never {
  throw new Error('secret');
}
