import { describe, expect, test } from 'vitest';
import { Backoff } from '../../src/client/backoff.ts';

const OPTIONS = {
  auto_reconnect: true,
  reconnect_attempts: Infinity,
  reconnect_delay_in_seconds: 1,
  max_reconnect_delay_in_seconds: 15,
};

const ATTEMPT_FAILED = [1006, undefined] as const;

/** The wait after so many attempts have failed in a row, in milliseconds. */
function wait_after(failures: number, options = OPTIONS, chance = 1) {
  const backoff = new Backoff(options, () => chance);
  for (let count = 1; count < failures; count++) backoff.next_wait(...ATTEMPT_FAILED);
  return backoff.next_wait(...ATTEMPT_FAILED);
}

/** The shortest and the longest wait, in seconds. */
function range(failures: number, options = OPTIONS) {
  return [0, 1].map((chance) => {
    const wait = wait_after(failures, options, chance);
    return Number(((wait ?? Number.NaN) / 1000).toFixed(3));
  });
}

describe('a wait', () => {
  test('is at first any share of the delay', () => {
    expect(range(1)).toEqual([0, 1]);
  });

  test('is later a random 0.3 to 1 of what grows by 1.6', () => {
    expect([2, 3, 4].map((failures) => range(failures))).toEqual([
      [0.48, 1.6],
      [0.768, 2.56],
      [1.229, 4.096],
    ]);
  });

  test('never exceeds the longest, however many attempts have failed', () => {
    for (const failures of [7, 20, 10_000]) expect(range(failures)).toEqual([4.5, 15]);
    expect(range(1, { ...OPTIONS, reconnect_delay_in_seconds: 60 })).toEqual([0, 15]);
  });
});

describe('a close code', () => {
  const is_final = (code: number) =>
    new Backoff(OPTIONS, () => 1).next_wait(code, 60_000) === undefined;

  test('is final, where another attempt would end the same way', () => {
    const final = [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 4400, 4450, 4499];
    expect(final.filter((code) => !is_final(code))).toEqual([]);
  });

  test('is not, where the server or the network went away', () => {
    const others = [1001, 1005, 1006, 1011, 1012, 1013, 1014, 3001, 3002, 4000, 4399, 4500];
    expect(others.filter(is_final)).toEqual([]);
  });
});

test('no attempt follows the last that is allowed', () => {
  const decide = (failures: number, reconnect_attempts: number) =>
    wait_after(failures, { ...OPTIONS, reconnect_attempts });
  expect(decide(12, 12)).toBeGreaterThan(0);
  expect(decide(13, 12)).toBeUndefined();
  expect(decide(1, 0)).toBeUndefined();
});

test('without auto_reconnect there is none', () => {
  expect(wait_after(1, { ...OPTIONS, auto_reconnect: false })).toBeUndefined();
});

describe('the delay', () => {
  /** The longest waits, in whole milliseconds, after connections and attempts that ended so. */
  const waits = (...ends: (readonly [code: number, open_for_in_ms: number | undefined])[]) => {
    const backoff = new Backoff(OPTIONS, () => 1);
    return ends.map((end) => Math.round(backoff.next_wait(...end) ?? Number.NaN));
  };

  test('starts over after a connection that was cut once it had been open for as long as the wait before it', () => {
    const failures = [ATTEMPT_FAILED, ATTEMPT_FAILED, ATTEMPT_FAILED];
    expect(waits(...failures, [1006, 2561])).toEqual([1000, 1600, 2560, 1000]);
    expect(waits(...failures, [1006, 2559])).toEqual([1000, 1600, 2560, 4096]);
  });

  test('starts over after a connection that the server closed once it had been open for 10 seconds', () => {
    expect(waits(ATTEMPT_FAILED, [1012, 10_000])).toEqual([1000, 1000]);
    expect(waits(ATTEMPT_FAILED, [1012, 9_999])).toEqual([1000, 1600]);
  });

  test('does not grow after a single connection that was cut too soon, but after the second in a row', () => {
    const [lasted, short] = [
      [1006, 5_000],
      [1006, 1],
    ] as const;
    expect(waits(lasted, short, lasted, short)).toEqual([1000, 1000, 1000, 1000]);
    expect(waits(lasted, short, short, short)).toEqual([1000, 1000, 1600, 2560]);
  });

  test('grows after a short connection that follows a failed attempt, or that the server closed', () => {
    const lasted = [1006, 60_000] as const;
    expect(waits(lasted, ATTEMPT_FAILED, [1006, 1])).toEqual([1000, 1600, 2560]);
    expect(waits(lasted, [1011, 1])).toEqual([1000, 1600]);
  });
});
