import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import { RateLimit } from '../../src/core/receive/rate_limit.ts';
import { ManualClock } from '../support/manual_clock.ts';

/** What takes as many as it may, as soon as it may; when each was taken. */
function take_all(per_second: number, count: number, clock = new ManualClock(0)) {
  const taken_at: number[] = [];
  const rate: RateLimit = new RateLimit(per_second, clock, () => take());
  const take = () => {
    while (taken_at.length < count && rate.take()) taken_at.push(clock.now());
  };
  take();
  return { clock, rate, taken_at };
}

test('as many as a second allows may come at once, and not one more', () => {
  const { taken_at, rate } = take_all(5, 100);
  expect(taken_at).toHaveLength(5);
  expect(rate.is_waiting).toBe(true);
});

test('the next is due when it is earned, not before', () => {
  const { clock, taken_at } = take_all(5, 100);
  clock.pass(199);
  expect(taken_at).toHaveLength(5);
  clock.pass(1);
  expect(taken_at).toHaveLength(6);
});

test('what was not used is kept, up to what a second allows', () => {
  const clock = new ManualClock();
  const rate = new RateLimit(5, clock, () => {});
  for (let index = 0; index < 5; index++) expect(rate.take()).toBe(true);
  clock.pass(60_000);
  for (let index = 0; index < 5; index++) expect(rate.take()).toBe(true);
  expect(rate.take()).toBe(false);
});

test('whoever asks while one waits is not let past it', () => {
  let due = 0;
  const clock = new ManualClock();
  const rate = new RateLimit(1, clock, () => due++);
  expect([rate.take(), rate.take(), rate.take()]).toEqual([true, false, false]);
  expect(clock.timers).toBe(1);
  clock.pass(1000);
  expect(due).toBe(1);
  expect(rate.is_waiting).toBe(false);
  expect(rate.take()).toBe(true);
});

test('nothing waits and no timer is left once it is stopped', () => {
  const { clock, rate, taken_at } = take_all(1, 100);
  expect(clock.timers).toBe(1);
  rate.stop();
  expect(clock.timers).toBe(0);
  expect(rate.is_waiting).toBe(false);
  clock.pass(10_000);
  expect(taken_at).toHaveLength(1);
  rate.stop();
});

test('of any rate, none is lost, and no second sees more than it and a burst', () => {
  fast_check.assert(
    fast_check.property(
      fast_check.integer({ min: 1, max: 5000 }),
      fast_check.double({ min: 0, max: 10 ** 9, noNaN: true }),
      fast_check.array(fast_check.integer({ min: 1, max: 3000 }), { maxLength: 5 }),
      (per_second, start, hold_ups) => {
        const { clock, taken_at } = take_all(
          per_second,
          Number.POSITIVE_INFINITY,
          new ManualClock(start),
        );
        for (const milliseconds of hold_ups) {
          clock.hold_up(milliseconds);
          clock.pass(10);
        }
        const seconds = (clock.now() - start) / 1000;
        expect(taken_at.length).toBeLessThanOrEqual(per_second * (1 + seconds) + 0.001);
        // And it is not much slower: what is rounded up is a millisecond each.
        clock.pass(2000);
        const before = taken_at.length;
        clock.pass(1000);
        const within_a_second = taken_at.length - before;
        // Timers have whole milliseconds: what falls due in one may all come at its end.
        expect(within_a_second).toBeLessThanOrEqual(per_second * 1.001 + 1);
        expect(within_a_second).toBeGreaterThanOrEqual(Math.min(per_second * 0.9, per_second - 2));
      },
    ),
    { numRuns: 200 },
  );
});

test('a clock of large numbers ends no wait early, and keeps none waiting for ever', () => {
  const { clock, taken_at } = take_all(3, 1000, new ManualClock(Date.now()));
  clock.pass(100_000);
  expect(taken_at.length).toBeGreaterThanOrEqual(300);
  expect(taken_at.length).toBeLessThanOrEqual(304);
});
