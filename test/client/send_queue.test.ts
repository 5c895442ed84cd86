import { expect, test } from 'vitest';
import { SendQueue } from '../../src/client/send_queue.ts';

test('what waits is handed over in order, once', () => {
  const queue = new SendQueue(3);
  expect(['a', 'b', 'c'].map((text) => queue.add(text))).toEqual([true, true, true]);
  const taken: string[] = [];
  const take = (text: string) => taken.push(text) > 0;
  queue.empty_into(take);
  queue.empty_into(take);
  expect(taken).toEqual(['a', 'b', 'c']);
});

test('one more than may wait is not taken, and there is room again once some have gone', () => {
  const queue = new SendQueue(1);
  expect([queue.add('a'), queue.add('b')]).toEqual([true, false]);
  queue.empty_into(() => true);
  expect(queue.add('b')).toBe(true);
});

test('what is not taken stays, and so does all behind it', () => {
  const queue = new SendQueue(9);
  for (const text of ['a', 'b', 'c']) queue.add(text);
  queue.empty_into((text) => text === 'a');
  const left: string[] = [];
  queue.empty_into((text) => left.push(text) > 0);
  expect(left).toEqual(['b', 'c']);
});
