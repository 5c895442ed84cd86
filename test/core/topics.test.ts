import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import { check_topic, Topics } from '../../src/core/connection/topics.ts';

test('topics are what a list of pairs is', () => {
  const topic = fast_check.constantFrom('a', 'b', '__proto__', 'constructor', ' ');
  const step = fast_check.record({
    topic,
    subscriber: fast_check.nat(3),
    joins: fast_check.boolean(),
  });
  fast_check.assert(
    fast_check.property(fast_check.array(step), (steps) => {
      const topics = new Topics<number>();
      let pairs: [string, number][] = [];
      for (const { topic, subscriber, joins } of steps) {
        pairs = pairs.filter(([name, member]) => name !== topic || member !== subscriber);
        if (joins) pairs.push([topic, subscriber]);
        if (joins) topics.subscribe(topic, subscriber);
        else topics.unsubscribe(topic, subscriber);
      }
      for (const name of ['a', 'b', '__proto__', 'constructor', ' ', 'toString']) {
        const members = pairs
          .filter(([pair_topic]) => pair_topic === name)
          .map(([, member]) => member);
        expect([...topics.subscribers(name)].sort()).toEqual(members.sort());
      }
      expect(topics.size).toBe(new Set(pairs.map(([name]) => name)).size);
    }),
  );
});

test('a topic is a string of 1 to 256 characters', () => {
  for (const topic of ['a', ' ', '__proto__', 'x'.repeat(256), '😀']) check_topic(topic);
  for (const topic of ['', 'x'.repeat(257), 5, null, undefined, {}]) {
    expect(() => check_topic(topic)).toThrow(expect.objectContaining({ code: 'bad_argument' }));
  }
});
