import fast_check from 'fast-check';
import { parse_websockets, WebsocketsError } from 'joystick-websockets';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parse_mount } from '../../src/core/options/mount_option.ts';

/** The lines of the error that parsing ends with. */
function problems_of(parse: () => unknown): string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof WebsocketsError && error.code === 'bad_option') {
      return error.message.split('\n');
    }
    throw error;
  }
  return [];
}

const problems = (websockets: unknown) => problems_of(() => parse_websockets(websockets));

test('what is parsed is total: every default filled in', () => {
  const chat = parse_websockets({ chat: {} }).get('chat');
  expect(chat).toMatchObject({
    name: 'chat',
    options: {
      max_message_size_in_bytes: 1_048_576,
      max_queued_messages: 64,
      max_concurrent_messages: 1,
      max_messages_per_second: 0,
      max_buffered_in_bytes: 4_194_304,
      max_connections: 0,
      max_topics: 1000,
      heartbeat_interval_in_seconds: 25,
      heartbeat_timeout_in_seconds: 10,
      upgrade_timeout_in_seconds: 10,
      close_timeout_in_seconds: 5,
      compression: false,
    },
  });
  expect(chat?.on_open({} as never)).toBe(undefined);
});

test('every problem is reported at once, with its path and the nearest right key', () => {
  expect(
    problems({
      chat: { on_mesage: () => {}, options: { max_message_size_in_bytes: '64kb' } },
      'my chat': {},
    }),
  ).toEqual([
    'websockets.chat.on_mesage is not a known key; did you mean on_message?',
    'websockets.chat.options.max_message_size_in_bytes must be a whole number of at least 1; got "64kb"',
    'websockets["my chat"] is not a valid endpoint name: use letters, digits, -, _ and . (not first)',
  ]);
});

test('the problems stand in details, too', () => {
  try {
    parse_websockets({ chat: { on_open: 1 } });
    expect.unreachable();
  } catch (error) {
    expect((error as WebsocketsError<'bad_option'>).details.problems).toEqual([
      { path: 'websockets.chat.on_open', message: 'must be a function; got 1' },
    ]);
  }
});

describe('keys', () => {
  test('another casing is a misspelling', () => {
    expect(problems({ chat: { onOpen: () => {} } })).toEqual([
      'websockets.chat.onOpen is not a known key; did you mean on_open?',
    ]);
  });

  test('a limit outside options is told its place', () => {
    expect(problems({ chat: { max_queued_messages: 5 } })).toEqual([
      'websockets.chat.max_queued_messages belongs under options: websockets.chat.options.max_queued_messages',
    ]);
  });

  test('a key that resembles no known key is reported with all known keys', () => {
    expect(problems({ chat: { xyzzyqwerty: 1 } })[0]).toMatch(
      /^websockets\.chat\.xyzzyqwerty is not a known key; available: params, receives, sends, on_upgrade, /,
    );
  });

  test('undefined is as good as left out, null is not', () => {
    expect(problems({ chat: { on_open: undefined, options: undefined } })).toEqual([]);
    expect(problems({ chat: { on_open: null } })).toEqual([
      'websockets.chat.on_open must be a function; got null',
    ]);
  });

  test('inherited keys are never read', () => {
    const inherited = Object.create({ on_open: () => {} });
    expect(problems({ chat: inherited })).toEqual([
      'websockets.chat must be a plain object; got an instance of a class, whose inherited members are never read',
    ]);
  });
});

describe('definitions', () => {
  test('a null prototype, a frozen object and a module namespace are fine', async () => {
    const bare = Object.assign(Object.create(null), { on_open: () => {} });
    const frozen = Object.freeze({ options: Object.freeze({}) });
    const namespace = await import('../support/definition_module.ts');
    expect(problems(Object.freeze({ bare, frozen, namespace }))).toEqual([]);
  });

  test('a class instance is not, and the problem says so', () => {
    class Chat {}
    expect(problems({ chat: new Chat() })[0]).toMatch(/^websockets\.chat must be a plain object/);
  });

  for (const value of [null, 5, 'chat', [], () => {}]) {
    test(`${JSON.stringify(value) ?? 'a function'} is none`, () => {
      expect(problems({ chat: value })[0]).toMatch(/^websockets\.chat must be an object; got /);
      expect(problems(value)[0]).toMatch(/^websockets must be an object; got /);
    });
  }

  test('a getter that throws is a problem with a path', () => {
    const chat = {
      get on_open() {
        throw new Error('not now');
      },
    };
    expect(problems({ chat })).toEqual(['websockets.chat.on_open cannot be read: not now']);
  });
});

describe('schemas', () => {
  const keys = ['params', 'receives', 'sends'];

  test('those of zod and valibot, objects and functions, are kept as they are', () => {
    const callable = Object.assign(() => {}, { '~standard': z.string()['~standard'] });
    for (const schema of [z.object({}), v.object({}), callable]) {
      for (const key of keys) {
        const chat = parse_websockets({ chat: { [key]: schema } }).get('chat');
        expect(chat?.[key as 'params']).toBe(schema);
      }
    }
  });

  test('none is undefined', () => {
    const chat = parse_websockets({ chat: { params: undefined } }).get('chat');
    expect(keys.map((key) => chat?.[key as 'params'])).toEqual([undefined, undefined, undefined]);
  });

  for (const [described, value] of [
    ['null', null],
    ['true', true],
    ['"string"', 'string'],
    ['an object', { text: z.string() }],
    ['an object', { '~standard': { version: 2, validate: () => {} } }],
    ['an array', [z.string()]],
    ['a function', (value: unknown) => typeof value === 'string'],
    ['a function', z.object],
    [
      'an object',
      {
        get '~standard'() {
          throw new Error('not now');
        },
      },
    ],
  ] as const) {
    test(`${described} is none, and each place says so`, () => {
      const chat = Object.fromEntries(keys.map((key) => [key, value]));
      expect(problems({ chat })).toEqual(
        keys.map(
          (key) =>
            `websockets.chat.${key} must be a Standard Schema, for example from zod, valibot or arktype; got ${described}`,
        ),
      );
    });
  }

  test('an asynchronous one of valibot cannot be sends, and can be the others', () => {
    const schema = v.objectAsync({ text: v.string() });
    expect(problems({ chat: { params: schema, receives: schema, sends: schema } })).toEqual([
      'websockets.chat.sends must be synchronous: send() does not wait',
    ]);
  });

  test('one that tells nothing of itself is left to be found out', () => {
    const sends = {
      '~standard': z.string()['~standard'],
      get async() {
        throw new Error('not now');
      },
    };
    expect(problems({ chat: { sends } })).toEqual([]);
  });

  test('a misspelt one is told the nearest right key', () => {
    expect(problems({ chat: { recieves: z.string(), parms: z.string() } })).toEqual([
      'websockets.chat.recieves is not a known key; did you mean receives?',
      'websockets.chat.parms is not a known key; did you mean params?',
    ]);
  });
});

describe('names', () => {
  for (const name of ['chat', 'a', '7', '-', '_', 'v1.chat', 'a-b_c', 'constructor']) {
    test(`${name} is one`, () => expect(problems({ [name]: {} })).toEqual([]));
  }
  for (const name of ['', '.', '.chat', 'a/b', 'a b', 'ä', 'a%20b', 'a\n', '__proto__']) {
    test(`${JSON.stringify(name)} is none`, () => {
      const websockets = Object.defineProperty({}, name, { value: {}, enumerable: true });
      expect(problems(websockets)[0]).toMatch(/is not a valid endpoint name/);
    });
  }
});

describe('limits', () => {
  const limit_problem = (name: string, value: unknown) =>
    problems({ chat: { options: { [name]: value } } })[0];

  const counts = [
    'max_message_size_in_bytes',
    'max_queued_messages',
    'max_concurrent_messages',
    'max_topics',
  ];
  for (const name of counts) {
    test(`${name} is a whole number of at least 1`, () => {
      for (const value of [1, 2, 2 ** 31 - 1]) expect(limit_problem(name, value)).toBe(undefined);
      for (const value of [
        0,
        -1,
        1.5,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        '1',
        null,
        1n,
        2 ** 31,
      ]) {
        expect(limit_problem(name, value)).toMatch(`websockets.chat.options.${name} must be `);
      }
    });
  }

  for (const name of ['upgrade_timeout_in_seconds', 'close_timeout_in_seconds']) {
    test(`${name} is a positive number`, () => {
      for (const value of [0.001, 1, 2_147_483]) expect(limit_problem(name, value)).toBe(undefined);
      for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1', 2_147_484]) {
        expect(limit_problem(name, value)).toMatch(`websockets.chat.options.${name} must be `);
      }
    });
  }

  for (const name of ['max_messages_per_second', 'max_buffered_in_bytes', 'max_connections']) {
    test(`${name} is a whole number, and 0 switches it off`, () => {
      for (const value of [0, 1, 2 ** 31 - 1]) expect(limit_problem(name, value)).toBe(undefined);
      for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '0', null, 2 ** 31]) {
        expect(limit_problem(name, value)).toMatch(`websockets.chat.options.${name} must be `);
      }
    });
  }

  describe('the heartbeat', () => {
    const heartbeat = (interval?: number, timeout?: number, defaults = {}) => {
      const options = {
        heartbeat_interval_in_seconds: interval,
        heartbeat_timeout_in_seconds: timeout,
      };
      const parsed = parse_mount({ chat: { options } }, { endpoint_options: defaults });
      const chat = parsed.websockets.get('chat')?.options;
      return [chat?.heartbeat_interval_in_seconds, chat?.heartbeat_timeout_in_seconds];
    };

    test('has an interval of any positive number of seconds, or of 0, which switches it off', () => {
      const name = 'heartbeat_interval_in_seconds';
      for (const value of [0, 0.001, 25, 2_147_483]) {
        expect(limit_problem(name, value)).toBe(undefined);
      }
      expect(limit_problem(name, -1)).toBe(
        `websockets.chat.options.${name} must be a positive number of at most 2147483, or 0 to switch it off; got -1`,
      );
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '25', 2_147_484]) {
        expect(limit_problem(name, value)).toMatch(`websockets.chat.options.${name} must be `);
      }
    });

    test('has a time-out of more than 0', () => {
      expect(limit_problem('heartbeat_timeout_in_seconds', 0)).toMatch('must be a positive number');
    });

    test('has a time-out of at most the interval: a longer one is a problem', () => {
      expect(heartbeat(5, 5)).toEqual([5, 5]);
      expect(problems_of(() => heartbeat(5, 5.1))).toEqual([
        'websockets.chat.options.heartbeat_timeout_in_seconds must be at most heartbeat_interval_in_seconds, which is 5; got 5.1',
      ]);
      expect(problems_of(() => heartbeat(undefined, 26))).toHaveLength(1);
      // It is off.
      expect(problems_of(() => heartbeat(0, 60))).toEqual([]);
    });

    test('has the interval as its time-out where that is less than the default', () => {
      expect(heartbeat(5)).toEqual([5, 5]);
      expect(heartbeat(10)).toEqual([10, 10]);
      expect(heartbeat(11)).toEqual([11, 10]);
    });

    test('takes from endpoint_options what an endpoint leaves out, and no more time than there is', () => {
      expect(heartbeat(undefined, undefined, { heartbeat_timeout_in_seconds: 20 })).toEqual([
        25, 20,
      ]);
      expect(heartbeat(15, undefined, { heartbeat_timeout_in_seconds: 20 })).toEqual([15, 15]);
      expect(heartbeat(undefined, undefined, { heartbeat_interval_in_seconds: 5 })).toEqual([5, 5]);
      // What a short interval makes of the default is not what a long one starts from.
      expect(heartbeat(60, undefined, { heartbeat_interval_in_seconds: 5 })).toEqual([60, 10]);
      expect(
        problems_of(() => heartbeat(undefined, 6, { heartbeat_interval_in_seconds: 5 })),
      ).toHaveLength(1);
    });

    test('a time-out of endpoint_options that is too long is reported there, once', () => {
      expect(problems_of(() => heartbeat(60, 10, { heartbeat_timeout_in_seconds: 30 }))).toEqual([
        'options.endpoint_options.heartbeat_timeout_in_seconds must be at most heartbeat_interval_in_seconds, which is 25; got 30',
      ]);
    });
  });

  test('compression is true or false', () => {
    for (const value of [true, false]) expect(limit_problem('compression', value)).toBe(undefined);
    for (const value of [0, 1, 'yes', null, {}]) {
      expect(limit_problem('compression', value)).toMatch(
        'websockets.chat.options.compression must be true or false; got ',
      );
    }
  });

  test('endpoint_options hold where an endpoint sets nothing', () => {
    const { websockets } = parse_mount(
      { a: {}, b: { options: { max_queued_messages: 5 } } },
      { endpoint_options: { max_queued_messages: 9 } },
    );
    expect(websockets.get('a')?.options.max_queued_messages).toBe(9);
    expect(websockets.get('b')?.options.max_queued_messages).toBe(5);
  });

  test('a wrong endpoint_option is reported once, where it stands', () => {
    expect(
      problems_of(() =>
        parse_mount({ a: {}, b: {} }, { endpoint_options: { max_queued_messages: 0 } }),
      ),
    ).toEqual([
      'options.endpoint_options.max_queued_messages must be a whole number of at least 1; got 0',
    ]);
  });
});

describe('mount options', () => {
  test('their problems are reported with those of the endpoints', () => {
    expect(problems_of(() => parse_mount({ chat: { on_opn: 1 } }, { paht: '/x' }))).toEqual([
      'options.paht is not a known key; did you mean path?',
      'websockets.chat.on_opn is not a known key; did you mean on_open?',
    ]);
  });

  for (const path of ['', 'api', '/api/', '/a//b', '/a?b', '/a/../b', '/a b', 5]) {
    test(`${JSON.stringify(path)} is no path`, () => {
      expect(problems_of(() => parse_mount({}, { path }))[0]).toMatch(/^options\.path must /);
    });
  }

  test('the root is a path', () => {
    expect(parse_mount({}, { path: '/' }).path).toBe('');
  });

  describe('allowed_origins', () => {
    const origins = (allowed_origins: unknown) => parse_mount({}, { allowed_origins });

    test('are same_host by default', () => {
      expect(parse_mount({}, {}).allowed_origins).toBe('same_host');
      expect(origins(undefined).allowed_origins).toBe('same_host');
    });

    test('are same_host, *, a function, or a list, which is normalised', () => {
      const predicate = () => true;
      for (const value of ['same_host', '*', predicate]) {
        expect(origins(value).allowed_origins).toBe(value);
      }
      expect(origins([]).allowed_origins).toEqual(new Set());
      expect(origins(['HTTPS://Example.com:443', 'null']).allowed_origins).toEqual(
        new Set(['https://example.com', 'null']),
      );
    });

    for (const [described, value] of [
      ['null', null],
      ['true', true],
      ['"https://example.com"', 'https://example.com'],
      ['"same-host"', 'same-host'],
      ['an object', /example/],
      ['an object', new Set(['https://example.com'])],
    ] as const) {
      test(`are not ${described} (${String(value)})`, () => {
        expect(problems_of(() => origins(value))).toEqual([
          `options.allowed_origins must be 'same_host', '*', a list of origins or a function; got ${described}`,
        ]);
      });
    }

    test('that are none are each reported where they stand', () => {
      const list = ['https://a.com', 'a.com', 'https://a.com/', '*', 'same_host', '', 5, null];
      expect(problems_of(() => origins([...list, 'https://*.a.com/x']))).toEqual(
        [
          '"a.com"',
          '"https://a.com/"',
          '"*"',
          '"same_host"',
          '""',
          '5',
          'null',
          '"https://*.a.com/x"',
        ].map(
          (described, index) =>
            `options.allowed_origins[${index + 1}] must be an origin, such as "https://example.com"; got ${described}`,
        ),
      );
    });

    test('with a wildcard are none: it would match nothing', () => {
      expect(problems_of(() => origins(['https://*.example.com']))).toHaveLength(1);
    });
  });

  describe('trust_proxy', () => {
    const trust = (trust_proxy: unknown) => parse_mount({}, { trust_proxy });

    for (const value of [true, false, 0, 1, 'loopback', '10.0.0.0/8, ::1', ['uniquelocal'], []]) {
      test(`${JSON.stringify(value)} is one`, () => {
        expect(problems_of(() => trust(value))).toEqual([]);
      });
    }

    for (const [described, value] of [
      ['null', null],
      ['-1', -1],
      ['1.5', 1.5],
      ['NaN', Number.NaN],
      ['1n', 1n],
      ['an object', {}],
      ['an array', ['loopback', 5]],
    ] as const) {
      test(`${described} is none`, () => {
        expect(problems_of(() => trust(value))).toEqual([
          `options.trust_proxy must be true, false, a number of hops, addresses or a function; got ${described}`,
        ]);
      });
    }

    for (const value of ['', 'proxy.example.com', '10.0.0.0/33', ['loopback', 'garbage'], 'true']) {
      test(`${JSON.stringify(value)} contains an invalid address`, () => {
        expect(problems_of(() => trust(value))[0]).toMatch(
          /^options\.trust_proxy must contain only IP addresses.*; invalid /,
        );
      });
    }
  });

  test('the problems of both are reported at once', () => {
    expect(
      problems_of(() => parse_mount({}, { allowed_origin: '*', trust_proxy: -1, path: 5 })),
    ).toHaveLength(3);
  });

  for (const name of ['max_connections', 'max_connections_per_address'] as const) {
    test(`${name} is a whole number, and 0, the default, switches it off`, () => {
      expect(parse_mount({}, {}).seat_limits[name]).toBe(0);
      for (const value of [0, 1, 100_000]) {
        expect(parse_mount({}, { [name]: value }).seat_limits[name]).toBe(value);
      }
      for (const value of [-1, 1.5, Number.NaN, '5', null, 2 ** 31]) {
        expect(problems_of(() => parse_mount({}, { [name]: value }))).toEqual([
          expect.stringMatching(`^options\\.${name} must be `),
        ]);
      }
    });
  }

  test('a logger has warn and error', () => {
    expect(problems_of(() => parse_mount({}, { logger: { warn: () => {} } }))).toEqual([
      'options.logger.error must be a function; got undefined',
    ]);
    expect(problems_of(() => parse_mount({}, { logger: 5 }))[0]).toMatch(/^options\.logger must/);
    expect(problems_of(() => parse_mount({}, { logger: console }))).toEqual([]);
  });
});

test('any input is parsed, or refused with a WebsocketsError', () => {
  fast_check.assert(
    fast_check.property(
      fast_check.oneof(
        fast_check.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
        fast_check.dictionary(fast_check.string(), fast_check.anything()),
        fast_check.dictionary(
          fast_check.constantFrom('chat', '__proto__', 'constructor'),
          fast_check.dictionary(
            fast_check.constantFrom('on_open', 'options', '__proto__', 'valueOf'),
            fast_check.anything({ withNullPrototype: true }),
          ),
        ),
      ),
      fast_check.anything(),
      (websockets, options) => {
        problems(websockets);
        problems_of(() => parse_mount(websockets, options));
      },
    ),
  );
});
