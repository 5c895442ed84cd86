import { describe, expect, test } from 'vitest';
import { gate } from '../support/events.ts';
import { open_virtual_page, record_events } from '../support/virtual_page.ts';
import { VirtualTime } from '../support/virtual_time.ts';

type VirtualPage = ReturnType<typeof open_virtual_page>;

describe('a connection', () => {
  test('goes through its states, and announces each', () => {
    const page = open_virtual_page();
    const { told, events } = record_events();
    const connection = page.connect({ events });
    expect(connection.state).toBe('connecting');
    expect(connection.endpoint).toBe('chat');
    page.socket.accept();
    expect(connection.state).toBe('open');
    page.socket.end(1012, 'restart');
    expect(connection.state).toBe('reconnecting');
    page.time.pass(1000);
    expect([connection.state, page.sockets.length]).toEqual(['reconnecting', 2]);
    page.socket.accept();
    connection.close();
    expect(connection.state).toBe('closed');
    expect(told).toEqual([
      ['on_state_change', 'open'],
      ['on_open'],
      ['on_state_change', 'reconnecting'],
      ['on_close', 1012, 'restart'],
      ['on_state_change', 'open'],
      ['on_open'],
      ['on_reconnect'],
      ['on_state_change', 'closed'],
      ['on_close', 1000, ''],
    ]);
  });

  test('is given to each handler', () => {
    const page = open_virtual_page();
    const given: unknown[] = [];
    const keep = (...args: unknown[]) => given.push(args.at(-1));
    const connection = page.connect({
      events: { on_open: keep, on_message: keep, on_error: keep, on_close: keep },
    });
    page.socket.accept();
    page.socket.deliver('1');
    page.socket.deliver('{');
    page.socket.end(1000);
    expect(given).toEqual([connection, connection, connection, connection]);
  });

  test('is independent of all others', () => {
    const page = open_virtual_page();
    const [first, second, third] = [page.connect(), page.connect(), page.connect()];
    const [a, b] = page.sockets;
    for (const socket of page.sockets) socket.accept();
    a?.end();
    third.close();
    expect([first.state, second.state, third.state]).toEqual(['reconnecting', 'open', 'closed']);
    second.send('still there');
    expect(b?.sent).toEqual(['still there']);
    page.time.pass(1000);
    expect(page.sockets).toHaveLength(4);
    page.socket.accept();
    expect([first.state, second.state, third.state]).toEqual(['open', 'open', 'closed']);
  });

  test('offers the subprotocols it is given, and none where it is given none', () => {
    const page = open_virtual_page();
    page.connect({ protocols: ['a', 'b'] });
    expect(page.socket.protocols).toEqual(['a', 'b']);
    page.connect();
    expect(page.socket.protocols).toBeUndefined();
  });

  test('logs what becomes of it where it is asked to, and no query', () => {
    const page = open_virtual_page();
    page.connect({ query: { token: 'secret' }, options: { logging: true } });
    page.socket.end();
    page.connect();
    page.socket.accept();
    expect(page.logged).toEqual([
      'chat is reconnecting',
      expect.stringContaining(
        'could not connect to chat at wss://example.com/api/_websockets/chat',
      ),
    ]);
    expect(page.logged.join()).not.toContain('secret');
  });
});

describe('a message that is sent', () => {
  test('goes out as JSON, a string included', () => {
    const page = open_virtual_page();
    const connection = page.connect();
    page.socket.accept();
    expect([connection.send({ a: 1 }), connection.send('text'), connection.send(null)]).toEqual([
      true,
      true,
      true,
    ]);
    expect(page.socket.sent).toEqual([{ a: 1 }, 'text', null]);
  });

  test('waits until the connection is open, and goes out before all that is sent then', () => {
    const page = open_virtual_page();
    const connection = page.connect({
      events: {
        on_state_change: (state) => state === 'open' && connection.send('in on_state_change'),
        on_open: () => connection.send('in on_open'),
      },
    });
    connection.send(1);
    connection.send(2);
    page.socket.accept();
    expect(page.socket.sent).toEqual([1, 2, 'in on_state_change', 'in on_open']);
  });

  test('waits while the connection is lost, in the order of the calls', () => {
    const page = open_virtual_page();
    const connection = page.connect();
    page.socket.accept();
    page.socket.end();
    connection.send(1);
    page.time.pass(1000);
    connection.send(2);
    page.socket.end();
    connection.send(3);
    page.time.pass(2000);
    page.socket.accept();
    expect(page.socket.sent).toEqual([1, 2, 3]);
  });

  test('waits where the other side has begun to close, though the page is not yet told', () => {
    const page = open_virtual_page();
    const connection = page.connect();
    page.socket.accept();
    page.socket.begin_to_close();
    expect(connection.send('late')).toBe(true);
    page.socket.end(1012);
    page.time.pass(1000);
    page.socket.accept();
    expect(page.socket.sent).toEqual(['late']);
  });

  test('is not taken where as many wait as may; those that wait stay', () => {
    const page = open_virtual_page();
    const connection = page.connect({ options: { max_queued_messages: 2 } });
    expect([1, 2, 3].map((n) => connection.send(n))).toEqual([true, true, false]);
    page.socket.accept();
    expect(page.socket.sent).toEqual([1, 2]);
    expect(connection.send(4)).toBe(true);
  });

  test('may wait with 255 others by default', () => {
    const connection = open_virtual_page().connect();
    for (let n = 0; n < 256; n++) expect(connection.send(n)).toBe(true);
    expect(connection.send(256)).toBe(false);
  });

  test('is not taken once the connection is closed for good', () => {
    const page = open_virtual_page();
    const connection = page.connect();
    page.socket.accept();
    connection.close();
    expect(connection.send(1)).toBe(false);
    expect(page.socket.sent).toEqual([]);
  });

  test.each([
    [Promise.resolve(1), 'it is an instance of Promise, which JSON turns into {}; await it first'],
    [new Map(), 'it is an instance of Map, which JSON turns into {}; send Object.fromEntries(it)'],
    [
      { user: [new Error('no')] },
      'its "0" is an instance of Error, which JSON turns into {}; send its message',
    ],
  ])('that JSON would turn into {} throws at the caller, and says what to send', (message, why) => {
    const page = open_virtual_page();
    const connection = page.connect();
    page.socket.accept();
    expect(() => connection.send(message)).toThrow(`this message cannot be sent as JSON: ${why}`);
    connection.send({ text: {} });
    expect(page.socket.sent).toEqual([{ text: {} }]);
  });

  test('throws at the caller where JSON cannot carry it, in any state', () => {
    const page = open_virtual_page();
    const connection = page.connect();
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const attempt = () => {
      for (const message of [undefined, () => 1, Symbol('s'), 1n, circular]) {
        expect(() => connection.send(message)).toThrow(/^this message cannot be sent as JSON: /);
      }
    };
    attempt();
    page.socket.accept();
    attempt();
    connection.close();
    attempt();
    expect(page.socket.sent).toEqual([]);
  });
});

describe('a message that arrives', () => {
  test('is decoded from JSON; bytes are handed over as they are', () => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    page.connect({ events });
    page.socket.accept();
    const bytes = new Uint8Array([1, 2]).buffer;
    for (const data of ['{"a":[1]}', '"text"', 'null', bytes]) page.socket.deliver(data);
    expect(page.socket.binaryType).toBe('arraybuffer');
    expect(of('on_message').map(([, message]) => message)).toEqual([
      { a: [1] },
      'text',
      null,
      bytes,
    ]);
  });

  test('and is not JSON goes to on_error, and the connection lives', () => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    const connection = page.connect({ events });
    page.socket.accept();
    page.socket.deliver('hello');
    page.socket.deliver('1');
    expect(of('on_error')).toEqual([
      ['on_error', expect.objectContaining({ code: 'invalid_message' })],
    ]);
    expect(String(of('on_error')[0]?.[1])).toContain('a message from chat is not JSON: hello');
    expect(of('on_message')).toEqual([['on_message', 1]]);
    expect(connection.state).toBe('open');
  });

  test('and is not JSON is an error of the page without on_error', () => {
    const page = open_virtual_page();
    const connection = page.connect();
    page.socket.accept();
    page.socket.deliver('{');
    expect(page.reported).toEqual([expect.objectContaining({ code: 'invalid_message' })]);
    expect(connection.state).toBe('open');
  });
});

describe('a handler that fails', () => {
  const failing = () => {
    throw new Error('of the page');
  };
  const rejecting = async () => {
    throw new Error('of the page, later');
  };

  test('is reported to on_error, and the connection lives', async () => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    const on_message = (message: unknown) => (message === 1 ? failing() : rejecting());
    const connection = page.connect({
      events: { ...events, on_open: failing, on_message, on_close: failing },
    });
    page.socket.accept();
    page.socket.deliver('1');
    page.socket.deliver('2');
    page.socket.end();
    await new Promise(setImmediate);
    const errors = of('on_error').map(([, error]) => (error as Error).message);
    expect(errors).toEqual(['of the page', 'of the page', 'of the page', 'of the page, later']);
    page.time.pass(1000);
    page.socket.accept();
    expect(connection.state).toBe('open');
    expect(page.reported).toEqual([]);
  });

  test('is an error of the page without on_error, or where on_error fails itself', async () => {
    const page = open_virtual_page();
    page.connect({ events: { on_open: failing } });
    page.socket.accept();
    page.connect({ events: { on_open: failing, on_error: rejecting } });
    page.socket.accept();
    await new Promise(setImmediate);
    const errors = page.reported.map((error) => (error as Error).message);
    expect(errors).toEqual(['of the page', 'of the page, later']);
  });
});

describe('close()', () => {
  test('ends a connection that is open: the code and the reason go out', () => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    const connection = page.connect({ events });
    page.socket.accept();
    connection.close(3001, 'enough');
    expect(page.socket.closed_with).toEqual({ code: 3001, reason: 'enough' });
    page.socket.deliver('1');
    page.socket.end(1006);
    page.time.pass(60_000);
    expect(of('on_close')).toEqual([['on_close', 3001, 'enough']]);
    expect(of('on_message')).toEqual([]);
    expect(page.sockets).toHaveLength(1);
  });

  test('ends one that is connecting, reconnecting or waiting, for good', () => {
    for (const get_there of [
      () => {},
      (page: ReturnType<typeof open_virtual_page>) => page.socket.end(),
      (page: ReturnType<typeof open_virtual_page>) => {
        page.socket.end();
        page.time.pass(1000);
      },
    ]) {
      const page = open_virtual_page();
      const { events, of } = record_events();
      const connection = page.connect({ events });
      get_there(page);
      connection.close();
      const attempts = page.sockets.length;
      page.socket.accept();
      page.signal('back');
      page.time.pass(60_000);
      connection.close();
      expect(connection.state).toBe('closed');
      expect(page.sockets).toHaveLength(attempts);
      expect(of('on_close')).toEqual([['on_close', 1000, '']]);
      expect(of('on_open')).toEqual([]);
      expect(page.listeners.size).toBe(0);
    }
  });

  test('ends one whose query is still being asked for', async () => {
    const page = open_virtual_page();
    const asked = gate();
    const connection = page.connect({ query: () => asked.passed.then(() => ({})) });
    connection.close();
    asked.open();
    await new Promise(setImmediate);
    expect(page.sockets).toEqual([]);
  });

  test('in a handler ends it before the next handler is told', () => {
    for (const name of ['on_state_change', 'on_open', 'on_error'] as const) {
      const page = open_virtual_page();
      const { events, of } = record_events();
      const connection = page.connect({ events: { ...events, [name]: () => connection.close() } });
      page.socket.end();
      page.time.pass(1000);
      if (connection.state !== 'closed') page.socket.accept();
      page.time.pass(60_000);
      expect(connection.state).toBe('closed');
      expect(of('on_close')).toEqual([['on_close', 1000, '']]);
      expect(of('on_open')).toEqual([]);
    }
  });

  test('takes only what a browser may send', () => {
    const connection = open_virtual_page().connect();
    for (const code of [1001, 1006, 2999, 5000, 3000.5, Number.NaN]) {
      expect(() => connection.close(code)).toThrow(
        `the close code must be 1000 or 3000 to 4999; got ${code}`,
      );
    }
    expect(() => connection.close(1000, 'ü'.repeat(62))).toThrow('at most 123 bytes');
    expect(connection.state).toBe('connecting');
    connection.close(1000, 'ü'.repeat(61));
    expect(connection.state).toBe('closed');
  });
});

describe('on_close', () => {
  test('is told of a connection that is given up, also of one that never opened', () => {
    const page = open_virtual_page();
    const { told, events } = record_events();
    page.connect({ events, options: { reconnect_attempts: 1 } });
    page.socket.end();
    page.time.pass(1000);
    page.socket.end();
    const failed = ['on_error', expect.objectContaining({ code: 'attempt_failed' })];
    expect(told).toEqual([
      ['on_state_change', 'reconnecting'],
      failed,
      failed,
      ['on_state_change', 'closed'],
      ['on_close', 1006, ''],
    ]);
    expect(page.listeners.size).toBe(0);
  });

  test('is told once of a final code', () => {
    const page = open_virtual_page();
    const { told, events } = record_events();
    const connection = page.connect({ events });
    page.socket.accept();
    page.socket.end(4401, 'signed out');
    page.time.pass(60_000);
    expect(told.slice(2)).toEqual([
      ['on_state_change', 'closed'],
      ['on_close', 4401, 'signed out'],
    ]);
    expect([connection.state, page.sockets.length]).toEqual(['closed', 1]);
  });
});

describe('an attempt', () => {
  test('that fails goes to on_error, each time, without the query', () => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    page.connect({ query: { token: 'secret' }, events });
    for (let count = 0; count < 3; count++) {
      page.socket.end();
      page.time.pass(5_000);
    }
    const messages = of('on_error').map(([, error]) => String(error));
    expect(messages).toHaveLength(3);
    expect(messages[0]).toContain(
      'chat at wss://example.com/api/_websockets/chat: browsers do not report the reason.',
    );
    expect(messages.join()).not.toContain('secret');
    expect(page.reported).toEqual([]);
  });

  test('asks the query function afresh', async () => {
    const page = open_virtual_page();
    let asked = 0;
    page.connect({ url: '/?tenant=a', query: async () => ({ token: ++asked }) });
    await new Promise(setImmediate);
    page.socket.end();
    page.time.pass(1000);
    await new Promise(setImmediate);
    expect(page.sockets.map(({ url }) => url.split('?')[1])).toEqual([
      'tenant=a&token=1',
      'tenant=a&token=2',
    ]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no token');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no token'))],
    ['returns what is no query', () => ({ token: null }) as never],
  ])('whose query function %s has failed: another follows', async (_what, query) => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    const connection = page.connect({ query, events });
    // Not before connect has returned.
    expect(of('on_error')).toEqual([]);
    await new Promise(setImmediate);
    expect(String(of('on_error')[0]?.[1])).toMatch(/could not connect to chat at .*: .*token/);
    expect(connection.state).toBe('reconnecting');
    page.time.pass(1000);
    await new Promise(setImmediate);
    expect(of('on_error')).toHaveLength(2);
    expect(page.sockets).toEqual([]);
  });

  test('whose WebSocket throws has failed: another follows', async () => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    class Refusing {
      constructor() {
        throw new Error('insecure');
      }
    }
    const connection = page.connect({ events, WebSocket: Refusing as never });
    expect(of('on_error')).toEqual([]);
    await new Promise(setImmediate);
    expect(of('on_error')[0]?.[1]).toMatchObject({ cause: { message: 'insecure' } });
    expect(connection.state).toBe('reconnecting');
  });

  test.each([
    ['query function', { query: () => Promise.reject(new Error('no token')) }],
    [
      'WebSocket',
      {
        WebSocket: class {
          constructor() {
            throw new Error('insecure');
          }
        } as never,
      },
    ],
  ])('whose %s has failed is an error of the page without on_error', async (_what, options) => {
    const page = open_virtual_page();
    page.connect(options);
    await new Promise(setImmediate);
    expect(page.reported).toEqual([
      expect.objectContaining({ code: 'attempt_failed', cause: expect.any(Error) }),
    ]);
  });

  test("that the server has failed is the browser's to show without on_error", () => {
    const page = open_virtual_page();
    page.connect();
    page.socket.end();
    expect(page.reported).toEqual([]);
  });

  test.each([
    ['10 seconds', {}, 10_000],
    ['the seconds of its option', { connect_timeout_in_seconds: 2.5 }, 2_500],
  ])('that hangs for %s has failed: another follows', (_what, options, timeout_in_ms) => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    page.connect({ events, options });
    page.time.pass(timeout_in_ms - 1);
    expect(of('on_error')).toEqual([]);
    page.time.pass(1);
    const message = `no answer within ${timeout_in_ms / 1000} seconds`;
    expect(String(of('on_error')[0]?.[1])).toContain(message);
    expect(page.socket.closed_with).toBeDefined();
    const [first] = page.sockets;
    page.time.pass(1000);
    expect(page.sockets).toHaveLength(2);
    first?.accept();
    expect(of('on_open')).toEqual([]);
  });

  test('whose query does not come for 10 seconds has failed: another follows', async () => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    const answers: ((query: object) => void)[] = [];
    page.connect({ events, query: () => new Promise((resolve) => answers.push(resolve)) });
    page.time.pass(10_000);
    expect(String(of('on_error')[0]?.[1])).toContain('no answer within 10 seconds');
    page.time.pass(1000);
    expect(answers).toHaveLength(2);
    for (const answer of answers) answer({});
    await new Promise(setImmediate);
    expect(page.sockets).toHaveLength(1);
  });

  test('that was answered in time is not ended by the limit', () => {
    const page = open_virtual_page();
    const connection = page.connect();
    page.time.pass(9_999);
    page.socket.accept();
    page.time.pass(60_000);
    expect([connection.state, page.sockets.length]).toEqual(['open', 1]);
  });

  test('has no end where nothing bounds it, and no wait is longer than 15 seconds', () => {
    const page = open_virtual_page();
    const connection = page.connect({ options: { connect_timeout_in_seconds: 20 } });
    for (let count = 1; count <= 200; count++) {
      expect(page.sockets).toHaveLength(count);
      page.socket.end();
      page.time.pass(15_000);
    }
    expect(connection.state).toBe('reconnecting');
  });
});

describe('the wait', () => {
  const waits_of = (page: VirtualPage, end: () => void, count: number) =>
    Array.from({ length: count }, () => {
      end();
      const [start, attempts] = [page.time.now(), page.sockets.length];
      while (page.sockets.length === attempts) page.time.pass(10);
      return page.time.now() - start;
    });

  test('grows where the server accepts and closes at once', () => {
    const page = open_virtual_page();
    page.connect();
    const accept_and_close = () => {
      page.socket.accept();
      page.time.pass(9_999);
      page.socket.end(1011);
    };
    expect(waits_of(page, accept_and_close, 4)).toEqual([1000, 1600, 2560, 4100]);
  });

  test('starts over once a connection has stayed open for 10 seconds', () => {
    const page = open_virtual_page();
    page.connect();
    waits_of(page, () => page.socket.end(), 5);
    page.socket.accept();
    page.time.pass(10_000);
    expect(waits_of(page, () => page.socket.end(1012), 2)).toEqual([1000, 1600]);
  });

  test('starts over once a connection that is cut was open for as long as the wait before it', () => {
    const page = open_virtual_page();
    page.connect();
    expect(waits_of(page, () => page.socket.end(), 3)).toEqual([1000, 1600, 2560]);
    page.socket.accept();
    page.time.pass(2561);
    expect(waits_of(page, () => page.socket.end(), 2)).toEqual([1000, 1600]);
  });
});

describe('a page', () => {
  test('that is back tries at once, and goes on waiting where that fails', () => {
    const page = open_virtual_page();
    const connection = page.connect();
    for (let count = 1; count <= 5; count++) {
      page.time.pass(1000);
      page.socket.end();
      page.signal('back');
      expect(page.sockets).toHaveLength(count + 1);
    }
    // The attempt is under way: no second one.
    page.signal('back');
    expect(page.sockets).toHaveLength(6);
    page.socket.accept();
    page.signal('back');
    page.time.pass(60_000);
    expect([connection.state, page.sockets.length]).toEqual(['open', 6]);
  });

  test.each([
    ['whose network comes and goes', () => {}],
    ['whose server accepts and closes', (page: VirtualPage) => page.socket.accept()],
  ])('%s says often that it is back, and tries once a second', (_, accept) => {
    const page = open_virtual_page();
    page.connect();
    for (let count = 0; count < 100; count++) {
      accept(page);
      page.signal('offline');
      page.signal('back');
      page.time.pass(100);
    }
    expect(page.sockets).toHaveLength(11);
  });

  test('that is back just after an attempt waits for a second from then, whatever the wait', () => {
    const page = open_virtual_page();
    page.connect({ options: { reconnect_delay_in_seconds: 15 } });
    page.time.pass(400);
    page.socket.end();
    page.signal('back');
    page.time.pass(599);
    expect(page.sockets).toHaveLength(1);
    page.time.pass(1);
    expect(page.sockets).toHaveLength(2);
  });

  test.each(['leaving', 'offline'] as const)('that is %s lets its connection go', (signal) => {
    const page = open_virtual_page();
    const { events, of } = record_events();
    const connection = page.connect({ events });
    page.socket.accept();
    page.time.pass(1000);
    page.signal(signal);
    expect(page.socket.readyState).toBe(2);
    expect(connection.state).toBe('reconnecting');
    expect(of('on_close')).toEqual([['on_close', 1006, signal]]);
    connection.send('kept');
    page.signal('back');
    page.socket.accept();
    expect(page.socket.sent).toEqual(['kept']);
    expect(of('on_reconnect')).toHaveLength(1);
  });

  test.each(['leaving', 'offline'] as const)(
    'that is %s again and again has not given its connection up, nor does it wait longer each time',
    (signal) => {
      const page = open_virtual_page();
      const connection = page.connect({ options: { reconnect_attempts: 2 } });
      for (let count = 1; count <= 10; count++) {
        page.socket.accept();
        page.signal(signal);
        page.time.pass(1000);
        expect([connection.state, page.sockets.length]).toEqual(['reconnecting', 2 * count]);
        // While the attempt is under way, too.
        page.signal(signal);
        page.time.pass(1000);
      }
      // An attempt that fails counts as ever.
      page.socket.end();
      expect(connection.state).toBe('reconnecting');
      page.time.pass(2000);
      page.socket.end();
      expect(connection.state).toBe('closed');
    },
  );

  test('that is offline goes on trying: what it thinks of its network may be wrong', () => {
    const page = open_virtual_page();
    page.connect();
    page.socket.accept();
    page.signal('offline');
    page.time.pass(1000);
    expect(page.sockets).toHaveLength(2);
  });

  test('in the background, whose timers run once a minute, tries at each of them, and once', () => {
    const each_minute = (due: number) => Math.ceil(due / 60_000) * 60_000;
    const page = open_virtual_page({ time: new VirtualTime(each_minute) });
    page.connect();
    page.socket.end();
    for (let minute = 1; minute <= 10; minute++) {
      page.time.pass(60_000);
      expect(page.sockets).toHaveLength(minute + 1);
      page.socket.end();
    }
  });

  test('that is seen again tries at once where it was due, and only then', () => {
    const each_minute = (due: number) => Math.ceil(due / 60_000) * 60_000;
    const page = open_virtual_page({ time: new VirtualTime(each_minute) });
    page.connect();
    page.socket.end();
    page.time.pass(999);
    page.signal('seen');
    expect(page.sockets).toHaveLength(1);
    page.time.pass(1);
    page.signal('seen');
    expect(page.sockets).toHaveLength(2);
    page.time.pass(29_000);
    expect(page.sockets).toHaveLength(2);
  });
});
