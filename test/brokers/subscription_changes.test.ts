import { expect, test } from 'vitest';
import { SubscriptionChanges } from '../../src/brokers/subscription_changes.ts';

test('a channel that came and went before the engine was told is not told at all', () => {
  const changes = new SubscriptionChanges();
  for (let visitor = 0; visitor < 100_000; visitor++) {
    changes.subscribe(`visitor ${visitor}`);
    changes.unsubscribe(`visitor ${visitor}`);
  }
  expect([...changes.take()]).toEqual([]);
});

test('a channel that the engine knows, and that went and came again, is not told either', () => {
  const changes = new SubscriptionChanges();
  changes.subscribe('known');
  expect([...changes.take()]).toEqual([['known', true]]);
  changes.unsubscribe('known');
  changes.subscribe('known');
  expect(changes.size).toBe(0);
  changes.unsubscribe('known');
  expect([...changes.take()]).toEqual([['known', false]]);
});

test('each change is taken once, oldest first, and stays while there is no room for it', () => {
  const changes = new SubscriptionChanges();
  for (const channel of ['a', 'b', 'c']) changes.subscribe(channel);
  let room = 2;
  expect([...changes.take(() => room-- > 0)].map(([channel]) => channel)).toEqual(['a', 'b']);
  changes.unsubscribe('a');
  expect([...changes.take()]).toEqual([
    ['c', true],
    ['a', false],
  ]);
});
