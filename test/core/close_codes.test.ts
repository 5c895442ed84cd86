import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import { fit_reason, is_sendable_close_code } from '../../src/core/base/close_codes.ts';

test('a fitted reason is valid UTF-8 of at most 123 bytes, and the longest beginning that is', () => {
  fast_check.assert(
    fast_check.property(fast_check.string({ unit: 'binary', maxLength: 200 }), (reason) => {
      const whole = reason.toWellFormed();
      const fitted = fit_reason(reason);
      const bytes = Buffer.from(fitted);
      expect(bytes.length).toBeLessThanOrEqual(123);
      expect(bytes.toString()).toBe(fitted);
      expect(whole.startsWith(fitted)).toBe(true);
      const [next = ''] = whole.slice(fitted.length);
      if (next !== '') expect(bytes.length + Buffer.byteLength(next)).toBeGreaterThan(123);
    }),
  );
});

test('half a surrogate pair is replaced, since no frame can carry it', () => {
  expect(fit_reason('a\ud800')).toBe('a\ufffd');
});

test('the codes that an endpoint may send are those of RFC 6455 §7.4', () => {
  const sendable = Array.from({ length: 6000 }, (_, code) => code).filter(is_sendable_close_code);
  expect(sendable.filter((code) => code < 3000)).toEqual([
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014,
  ]);
  expect([sendable.find((code) => code >= 3000), sendable.at(-1)]).toEqual([3000, 4999]);
  for (const code of ['1000', null, 1000.5, Number.NaN]) {
    expect(is_sendable_close_code(code)).toBe(false);
  }
});
