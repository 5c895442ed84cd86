import { expect, test } from 'vitest';
import { Outbox } from '../../src/client/send_queue.ts';

test('what waits is handed over in order, once', () => {
  const outbox = new Outbox(3);
  expect(['a', 'b', 'c'].map((text) => outbox.add(text))).toEqual([true, true, true]);
  const taken: string[] = [];
  const take = (text: string) => taken.push(text) > 0;
  outbox.empty_into(take);
  outbox.empty_into(take);
  expect(taken).toEqual(['a', 'b', 'c']);
});

test('one more than may wait is not taken, and there is room again once some have gone', () => {
  const outbox = new Outbox(1);
  expect([outbox.add('a'), outbox.add('b')]).toEqual([true, false]);
  outbox.empty_into(() => true);
  expect(outbox.add('b')).toBe(true);
});

test('what is not taken stays, and so does all behind it', () => {
  const outbox = new Outbox(9);
  for (const text of ['a', 'b', 'c']) outbox.add(text);
  outbox.empty_into((text) => text === 'a');
  const left: string[] = [];
  outbox.empty_into((text) => left.push(text) > 0);
  expect(left).toEqual(['b', 'c']);
});
