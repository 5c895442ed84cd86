import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../src/core/base/printable.ts';
import { describe } from '../../src/core/base/problems.ts';

test('what a terminal would obey is written as an escape', () => {
  expect(printable('a\u001b[31m b\u009b31m c\u0085 d\u007f')).toBe(
    'a\\u001b[31m b\\u009b31m c\\u0085 d\\u007f',
  );
  expect(printable('\u2028\u2029\u202e\u2066\u200f\u061c\ufeff\u00ad')).toBe(
    '\\u2028\\u2029\\u202e\\u2066\\u200f\\u061c\\ufeff\\u00ad',
  );
  expect(printable('\ud83d \udc00 \u{e0041}')).toBe('\\ud83d \\udc00 \\udb40\\udc41');
});

test('what can be shown stays as it is', () => {
  const text = 'Grüße, 世界! 😀 "quoted" \\u009b \u00a0 שלום';
  expect(printable(text)).toBe(text);
});

test('of any text, what is described in a message has no character that is obeyed', () => {
  const text = fast_check.string({ unit: 'binary' });
  fast_check.assert(
    fast_check.property(text, (text) => {
      for (const described of [describe(text), describe(new Error(text)), printable(text)]) {
        expect(described).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }
    }),
  );
});
