import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import { Queue } from '../../src/core/base/queue.ts';

test('a queue holds, in order, what an array would hold', () => {
  const operation = fast_check.oneof(
    { weight: 5, arbitrary: fast_check.constant('push' as const) },
    { weight: 4, arbitrary: fast_check.constant('shift' as const) },
    { weight: 1, arbitrary: fast_check.constantFrom('clear' as const, 'drain' as const) },
  );
  fast_check.assert(
    fast_check.property(fast_check.array(operation, { maxLength: 400 }), (operations) => {
      const queue = new Queue<number>();
      const model: number[] = [];
      for (const [number, each] of operations.entries()) {
        if (each === 'push') {
          queue.push(number);
          model.push(number);
        } else if (each === 'shift') {
          expect(queue.shift()).toBe(model.shift());
        } else if (each === 'drain') {
          while (model.length > 0) expect(queue.shift()).toBe(model.shift());
        } else {
          queue.clear();
          model.length = 0;
        }
        expect(queue.length).toBe(model.length);
        expect([0, 1, model.length - 1, model.length].map((at) => at >= 0 && queue.at(at))).toEqual(
          [0, 1, model.length - 1, model.length].map((at) => at >= 0 && model[at]),
        );
      }
    }),
  );
});

test('two queues that are empty share nothing that one could write into', () => {
  const [one, other] = [new Queue<string>(), new Queue<string>()];
  one.push('mine');
  expect([other.length, other.at(0), other.shift()]).toEqual([0, undefined, undefined]);
});

test('a queue grows in the midst of its ring, and keeps the order', () => {
  const queue = new Queue<number>();
  const taken: (number | undefined)[] = [];
  for (let number = 0; number < 2_000; number++) {
    queue.push(number);
    if (number % 3 === 0) taken.push(queue.shift());
  }
  while (queue.length > 0) taken.push(queue.shift());
  expect(taken).toEqual(Array.from({ length: 2_000 }, (_, number) => number));
});
