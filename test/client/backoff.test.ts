import { describe, expect, test } from 'vitest';
import { decide_reconnect } from '../../src/client/backoff.ts';

const OPTIONS = {
  auto_reconnect: true,
  reconnect_attempts: Infinity,
  reconnect_delay_in_seconds: 1,
  max_reconnect_delay_in_seconds: 15,
};

/** The shortest and the longest wait, in seconds. */
function range(failures: number, options = OPTIONS) {
  return [0, 1].map((chance) => {
    const wait = decide_reconnect({ code: 1006, failures }, options, () => chance);
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
    decide_reconnect({ code, failures: 1 }, OPTIONS, () => 1) === undefined;

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
    decide_reconnect({ code: 1006, failures }, { ...OPTIONS, reconnect_attempts }, () => 1);
  expect(decide(12, 12)).toBeGreaterThan(0);
  expect(decide(13, 12)).toBeUndefined();
  expect(decide(1, 0)).toBeUndefined();
});

test('without auto_reconnect there is none', () => {
  const options = { ...OPTIONS, auto_reconnect: false };
  expect(decide_reconnect({ code: 1006, failures: 1 }, options, () => 1)).toBeUndefined();
});
