import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram } from '../../src/core/observe/histogram.ts';

function count_of(milliseconds: number[]) {
  const histogram = new Histogram();
  for (const each of milliseconds) histogram.add(each);
  return histogram.read();
}

test('an empty one has every bucket, each with nothing', () => {
  const { count, sum_in_seconds, buckets } = count_of([]);
  expect([count, sum_in_seconds]).toEqual([0, 0]);
  expect(buckets.map(({ at_most_in_seconds }) => at_most_in_seconds)).toEqual([
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]);
  expect(new Set(buckets.map(({ count }) => count))).toEqual(new Set([0]));
});

test('a duration on a bound is within it, and a longer one is not', () => {
  const on_bound = count_of([5]).buckets;
  expect(on_bound.slice(0, 3).map(({ count }) => count)).toEqual([0, 1, 1]);
  const past = count_of([5.001]).buckets;
  expect(past.slice(0, 3).map(({ count }) => count)).toEqual([0, 0, 1]);
});

test('one past the last bound is in the count alone', () => {
  const { count, sum_in_seconds, buckets } = count_of([60_000]);
  expect([count, sum_in_seconds, buckets.at(-1)?.count]).toEqual([1, 60, 0]);
});

test('each bucket counts all that took at most so long', () => {
  fast_check.assert(
    fast_check.property(
      fast_check.array(fast_check.double({ min: 0, max: 20_000, noNaN: true })),
      (durations) => {
        const { count, sum_in_seconds, buckets } = count_of(durations);
        expect(count).toBe(durations.length);
        expect(sum_in_seconds).toBeCloseTo(durations.reduce((sum, each) => sum + each, 0) / 1000);
        for (const { at_most_in_seconds, count } of buckets) {
          expect(count).toBe(durations.filter((each) => each / 1000 <= at_most_in_seconds).length);
        }
      },
    ),
  );
});

test('what was read does not change afterwards', () => {
  const histogram = new Histogram();
  const before = histogram.read();
  histogram.add(1);
  expect(before.count).toBe(0);
  expect(before.buckets[0]?.count).toBe(0);
});
