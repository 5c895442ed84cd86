import { define_websocket, WebsocketsError, websockets } from 'joystick-websockets';
import { create_mock_connection } from 'joystick-websockets/testing';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { parse_query } from '../../src/core/mount/gate.ts';

const chat = define_websocket({
  params: z.object({ room: z.string() }),
  receives: z.object({ text: z.string() }),
  sends: z.object({ from: z.string(), text: z.string() }),
  on_upgrade: () => ({ user: { name: 'Ada' } }),
  on_open: (connection) => connection.subscribe(connection.params.room),
  on_message: ({ text }, connection) =>
    connection.publish(connection.params.room, { from: connection.context.user.name, text }),
});
const ada = { definition: chat, params: { room: 'lobby' }, context: { user: { name: 'Ada' } } };

function error_of(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('it did not throw');
}

describe('what a mock connection is', () => {
  test('without options it has the values of nobody in particular', () => {
    const connection = create_mock_connection();
    const { endpoint, params, context, headers, remote_address, is_open, closed } = connection;
    expect({ endpoint, params, context, headers, remote_address, is_open, closed }).toEqual({
      endpoint: 'endpoint',
      params: {},
      context: undefined,
      headers: {},
      remote_address: '127.0.0.1',
      is_open: true,
      closed: undefined,
    });
    expect(connection.topics).toEqual([]);
    expect(connection.buffered_bytes).toBe(0);
    expect([connection.sent, connection.sent_raw, connection.published]).toEqual([[], [], []]);
  });

  test('it has the values that it is given', () => {
    const given = {
      endpoint: 'chat',
      params: { room: 'lobby' },
      context: { user: 'Ada' },
      headers: { cookie: 'a=b' },
      remote_address: '10.0.0.1',
    };
    expect(create_mock_connection(given)).toMatchObject(given);
  });

  test('params may be whatever a schema makes of them', () => {
    expect(create_mock_connection({ params: null }).params).toBe(null);
    expect(create_mock_connection({ params: 'lobby' }).params).toBe('lobby');
  });

  test('each has an id of its own', () => {
    const [one, other] = [create_mock_connection(), create_mock_connection()];
    expect(one.id).toBe(one.id);
    expect(one.id).not.toBe(other.id);
  });

  test('14: params are taken as they are, whatever their names', () => {
    const params = parse_query('?__proto__=x&constructor=y');
    const connection = create_mock_connection({ params });
    expect(Object.entries(connection.params)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  test('no handler is called but by the test', () => {
    const fail = () => {
      throw new Error('called');
    };
    const definition = { on_upgrade: fail, on_open: fail, on_message: fail, on_close: fail };
    const connection = create_mock_connection({ definition });
    connection.close();
    connection.terminate();
    expect(connection.closed).toEqual({ code: 1000, reason: '' });
  });

  test('a malformed definition or name throws with every problem', () => {
    const definition = {
      on_mesage: () => {},
      options: { max_topics: -1, compression: 5 },
    };
    expect(error_of(() => create_mock_connection({ definition } as never))).toMatchObject({
      code: 'bad_option',
      message: expect.stringMatching(/on_mesage[\s\S]*max_topics[\s\S]*compression/),
    });
    for (const wrong of [null, 5, [], new (class Chat {})()]) {
      const error = error_of(() => create_mock_connection({ definition: wrong as never }));
      expect(error).toMatchObject({ code: 'bad_option' });
    }
    for (const endpoint of ['__proto__', 'my chat', '']) {
      expect(error_of(() => create_mock_connection({ endpoint }))).toMatchObject({
        code: 'bad_option',
      });
    }
  });
});

describe('what it records', () => {
  test('what a handler sends is there at once, decoded and as it was sent', () => {
    const connection = create_mock_connection();
    expect(connection.send({ text: 'hi' })).toBe(true);
    expect(connection.sent).toEqual([{ text: 'hi' }]);
    connection.send('not JSON');
    connection.send('{"text":"JSON already"}');
    connection.send(new Uint8Array([1, 2]));
    connection.send(null);
    expect(connection.sent).toEqual([
      { text: 'hi' },
      'not JSON',
      { text: 'JSON already' },
      new Uint8Array([1, 2]),
      null,
    ]);
    expect(connection.sent_raw).toEqual([
      '{"text":"hi"}',
      'not JSON',
      '{"text":"JSON already"}',
      new Uint8Array([1, 2]),
      'null',
    ]);
  });

  test('what is changed after it was sent is recorded as it was', () => {
    const connection = create_mock_connection();
    const message = { text: 'before' };
    const bytes = new Uint8Array([1]);
    connection.send(message);
    connection.send(bytes);
    message.text = 'after';
    bytes[0] = 2;
    expect(connection.sent).toEqual([{ text: 'before' }, new Uint8Array([1])]);
    expect(connection.sent).not.toBe(connection.sent);
  });

  test('a string is JSON, too, once the endpoint declares what it sends', () => {
    const connection = create_mock_connection({ definition: { sends: z.string() } });
    connection.send('hello');
    expect(connection.sent).toEqual(['hello']);
    expect(connection.sent_raw).toEqual(['"hello"']);
  });

  test('what is published, and the topics', async () => {
    const connection = create_mock_connection(ada);
    await chat.on_open(connection);
    await chat.on_message({ text: 'hi' }, connection);
    expect(connection.topics).toEqual(['lobby']);
    expect(connection.published).toEqual([
      { topic: 'lobby', message: { from: 'Ada', text: 'hi' } },
    ]);
    connection.unsubscribe('lobby');
    expect(connection.topics).toEqual([]);
    expect(connection.sent).toEqual([]);
  });

  test.each(['__proto__', 'constructor', 'toString'])(
    '14: %s is a topic like any other',
    (topic) => {
      const connection = create_mock_connection();
      connection.subscribe(topic);
      connection.publish(topic, 'hi');
      expect(connection.topics).toEqual([topic]);
      expect(connection.published).toEqual([{ topic, message: 'hi' }]);
    },
  );

  test('what may not be sent throws as in production, and is not recorded', () => {
    const connection = create_mock_connection(ada);
    const wrong = { from: 'Ada' } as never;
    expect(error_of(() => connection.send(wrong))).toMatchObject({
      code: 'undeclared_message',
      details: { issues: [{ path: ['text'] }] },
    });
    expect(error_of(() => connection.publish('lobby', wrong))).toMatchObject({
      code: 'undeclared_message',
    });
    expect(error_of(() => connection.subscribe(''))).toMatchObject({ code: 'bad_argument' });
    expect(error_of(() => connection.publish('', { from: '', text: '' }))).toBeInstanceOf(
      WebsocketsError,
    );
    expect(error_of(() => create_mock_connection().send(1n))).toMatchObject({
      code: 'unserializable_message',
    });
    expect([connection.sent, connection.published]).toEqual([[], []]);
  });

  test('what is sent is checked where NODE_ENV is production, too', () => {
    vi.stubEnv('NODE_ENV', 'production');
    const connection = create_mock_connection(ada);
    expect(error_of(() => connection.send({} as never))).toMatchObject({
      code: 'undeclared_message',
    });
    vi.unstubAllEnvs();
  });

  test('how a handler closes it, and that nothing is sent afterwards', () => {
    const connection = create_mock_connection();
    connection.send('before');
    connection.close(4001, 'enough');
    expect(connection.closed).toEqual({ code: 4001, reason: 'enough' });
    expect(connection.is_open).toBe(false);
    expect(connection.send('late')).toBe(false);
    connection.close(4002);
    expect(connection.closed).toEqual({ code: 4001, reason: 'enough' });
    expect(connection.sent).toEqual(['before']);
    expect(error_of(() => connection.close(1005))).toMatchObject({ code: 'bad_argument' });
  });

  test('that it was terminated', () => {
    const connection = create_mock_connection();
    connection.send('lost');
    connection.terminate();
    expect(connection.closed).toEqual({ code: 1006, reason: '' });
    expect(connection.sent).toEqual([]);
  });
});

describe('how websockets(name) reaches it', () => {
  test('from a handler, by its name, until it is closed', async () => {
    const on_message = (text: string) => websockets('news').send({ text });
    const [one, other] = [
      create_mock_connection({ endpoint: 'news' }),
      create_mock_connection({ endpoint: 'news' }),
    ];
    on_message('hi');
    expect(one.sent).toEqual([{ text: 'hi' }]);
    expect(other.sent).toEqual([{ text: 'hi' }]);
    expect(websockets('news').connections).toEqual([one, other]);
    await one.peer.close();
    await one.drained();
    on_message('again');
    expect(one.sent).toEqual([{ text: 'hi' }]);
    expect(other.sent).toEqual([{ text: 'hi' }, { text: 'again' }]);
    await other.peer.close();
  });

  test('an unknown option is refused, with the nearest that is known', () => {
    expect(() => create_mock_connection({ contxt: 1 } as never)).toThrow('did you mean context?');
  });

  test('by its id, where params has one that is a string', async () => {
    const connection = create_mock_connection({ endpoint: 'ids', params: { id: 'abc' } });
    const others = [{ id: ['abc', 'abc'] }, { id: 5 }, {}, Object.create({ id: 'abc' })].map(
      (params) => create_mock_connection({ endpoint: 'ids', params }),
    );
    websockets('ids').send('you', 'abc');
    expect(connection.sent).toEqual(['you']);
    expect(others.flatMap(({ sent }) => sent)).toEqual([]);
    for (const { peer } of [connection, ...others]) await peer.close();
  });

  test('by what it subscribes to; what it publishes itself reaches nobody', async () => {
    const connection = create_mock_connection({ endpoint: 'topics' });
    connection.subscribe('lobby');
    connection.publish('lobby', 'mine');
    websockets('topics').publish('lobby', 'theirs');
    expect(connection.sent).toEqual(['theirs']);
    websockets('topics').close_all(4000, 'over');
    expect(connection.closed).toEqual({ code: 4000, reason: 'over' });
    await connection.peer.close();
  });
});
