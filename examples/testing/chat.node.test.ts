// Tests of the chat with the runner of Node: node --import tsx --test examples/testing/chat.node.test.ts
import assert from 'node:assert/strict';
import { afterEach, describe, mock, test } from 'node:test';
import { create_mock_connection, create_test_endpoint } from 'joystick-websockets/testing';
import { create_chat } from '../chat/chat.ts';

afterEach(() => mock.timers.reset());

describe('the handlers', () => {
  test('on_message sends the message and its sender to everyone', async () => {
    mock.timers.enable({ apis: ['Date'], now: 1000 });
    const chat = create_chat();
    const visitor = crypto.randomUUID();
    const ada = create_mock_connection({
      definition: chat,
      endpoint: 'chat',
      params: { since: 0 },
      context: { visitor },
    });
    chat.on_message({ name: 'Ada', text: 'hello', key: '1' }, ada);
    assert.deepEqual(ada.sent, [
      { type: 'said', by: visitor, name: 'Ada', text: 'hello', key: '1', at: 1000 },
    ]);
    await ada.peer.close();
  });
});

describe('the chat as a whole', () => {
  test('a message reaches everyone', async () => {
    const chat = create_test_endpoint(create_chat(), { name: 'chat' });
    const [ada, bob] = [await chat.connect(), await chat.connect()];
    assert.deepEqual(await bob.next_message(), { type: 'here', count: 2 });
    ada.send({ name: 'Ada', text: 'hello', key: '1' });
    const said = await bob.next_message();
    assert.equal(said.type === 'said' && said.text, 'hello');
    await chat.close();
  });

  test('a client with an invalid query is refused with 400', async () => {
    const chat = create_test_endpoint(create_chat(), { name: 'chat' });
    await assert.rejects(chat.connect({ params: { since: 'yesterday' } }), {
      code: 'connect_refused',
      message: /400 bad_params/,
    });
    await chat.close();
  });

  test('a visitor who still reads nothing after 5 s of a shutdown is disconnected', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const chat = create_test_endpoint(create_chat(), { name: 'chat' });
    const ada = await chat.connect();
    ada.pause();
    const closing = chat.close();
    mock.timers.tick(5000);
    await closing;
    ada.resume();
    assert.equal((await ada.closed).code, 1012);
  });
});
