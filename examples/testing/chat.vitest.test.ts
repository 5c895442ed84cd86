// Tests of the chat, of single handlers and of the whole: npx vitest run --config examples/testing/vitest.config.ts
import { WebsocketsError } from 'joystick-websockets';
import {
  create_mock_connection,
  create_test_endpoint,
  type MockConnection,
} from 'joystick-websockets/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { create_chat } from '../chat/chat.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the handlers', () => {
  const visitors: MockConnection[] = [];
  afterEach(async () => {
    for (const { peer } of visitors.splice(0)) await peer.close();
  });

  /** Returns a visitor of the chat. Only the test calls the handlers. */
  function visit(chat: ReturnType<typeof create_chat>, since = 0) {
    const connection = create_mock_connection({
      definition: chat,
      endpoint: 'chat',
      params: { since },
      context: { visitor: crypto.randomUUID() },
    });
    visitors.push(connection);
    return connection;
  }

  test('on_message sends the message and its sender to everyone', () => {
    const chat = create_chat();
    const [ada, bob] = [visit(chat), visit(chat)];
    chat.on_message({ name: 'Ada', text: 'hello', key: '1' }, ada);
    const by = ada.context.visitor;
    const said = { type: 'said', by, name: 'Ada', text: 'hello', key: '1', at: 1000 };
    expect(ada.sent).toEqual([said]);
    expect(bob.sent).toEqual([said]);
  });

  test('on_open sends the missed messages, and the number of visitors to everyone', () => {
    const chat = create_chat();
    const ada = visit(chat);
    chat.on_message({ name: 'Ada', text: 'before', key: '1' }, ada);
    vi.advanceTimersByTime(500);
    chat.on_message({ name: 'Ada', text: 'since', key: '2' }, ada);
    const bob = visit(chat, 1001);
    chat.on_open(bob);
    const here = { type: 'here', count: 2 };
    expect(bob.sent).toMatchObject([{ type: 'said', text: 'since', at: 1500 }, here]);
    expect(ada.sent.at(-1)).toEqual(here);
  });

  test('on_error reports an invalid message to its sender, and throws other errors', () => {
    const chat = create_chat();
    const ada = visit(chat);
    const theirs = new WebsocketsError('invalid_message', 'no', { endpoint: 'chat', issues: [] });
    chat.on_error?.(theirs, ada);
    expect(ada.sent).toEqual([{ type: 'refused', reason: 'no' }]);
    const ours = new Error('ours');
    expect(() => chat.on_error?.(ours, ada)).toThrow(ours);
  });
});

describe('the chat as a whole', () => {
  test('a message reaches everyone', async () => {
    const chat = create_test_endpoint(create_chat(), { name: 'chat' });
    const [ada, bob] = [await chat.connect(), await chat.connect()];
    ada.send({ name: 'Ada', text: 'hello' });
    await chat.settled();
    expect(bob.received).toEqual([
      { type: 'here', count: 2 },
      expect.objectContaining({ type: 'said', name: 'Ada', text: 'hello' }),
    ]);
    await chat.close();
  });

  test('a message without a text is refused, and the visitor stays', async () => {
    const chat = create_test_endpoint(create_chat(), { name: 'chat' });
    const ada = await chat.connect();
    expect(await ada.next_message()).toEqual({ type: 'here', count: 1 });
    ada.send({ name: 'Ada', text: ' ' });
    expect(await ada.next_message()).toMatchObject({ type: 'refused' });
    expect(ada.is_open).toBe(true);
    await chat.close();
  });

  test('a client with an invalid query is refused with 400', async () => {
    const chat = create_test_endpoint(create_chat(), { name: 'chat' });
    const connecting = chat.connect({ params: { since: 'yesterday' } });
    await expect(connecting).rejects.toMatchObject({
      details: { status: 400, body: { error: { code: 'bad_params' } } },
    });
    await chat.close();
  });

  test('a visitor who still reads nothing after 5 s of a shutdown is disconnected', async () => {
    const chat = create_test_endpoint(create_chat(), { name: 'chat' });
    const ada = await chat.connect();
    ada.pause();
    const closing = chat.close();
    await vi.advanceTimersByTimeAsync(5000);
    await closing;
    ada.resume();
    expect((await ada.closed).code).toBe(1012);
  });
});
