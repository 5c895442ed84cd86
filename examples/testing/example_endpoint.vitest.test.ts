import { create_mock_connection } from 'joystick-websockets/testing';
import { expect, test } from 'vitest';
import { example_endpoint } from './example_endpoint.ts';

const connection = create_mock_connection({ endpoint: 'example_endpoint' });
test('on_open greets', () => {
  example_endpoint.on_open(connection);
  expect(connection.sent).toEqual([{ text: 'welcome' }]);
});
test('on_message sends the message to everyone', () => {
  example_endpoint.on_message({ text: 'hello' }, connection);
  expect(connection.sent.at(-1)).toEqual({ text: 'hello' });
});
test('on_close notifies everyone', () => {
  example_endpoint.on_close(1001, '', connection);
  expect(connection.sent.at(-1)).toEqual({ text: 'closed with 1001' });
});
