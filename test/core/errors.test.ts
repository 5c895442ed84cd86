import { UpgradeRefusal } from 'joystick-websockets';
import { expect, test } from 'vitest';

test('an UpgradeRefusal has a status from 400 to 599', () => {
  expect(new UpgradeRefusal(400, 'no').status).toBe(400);
  expect(new UpgradeRefusal(599, 'no').status).toBe(599);
  for (const status of [200, 399, 600, 401.5, Number.NaN, '401']) {
    expect(() => new UpgradeRefusal(status as number, 'no')).toThrow(
      expect.objectContaining({ code: 'bad_argument' }),
    );
  }
});

test('an UpgradeRefusal takes no header that would end its line, or is none', () => {
  const headers: Record<string, string>[] = [
    { 'X-A': 'a\r\nSet-Cookie: b=c' },
    { 'X-A': 'a\nb' },
    { 'X-A': 'a\0' },
    { 'X-A\r\nX-B': 'a' },
    { 'X A': 'a' },
    { '': 'a' },
    { 'X-A': 'ě' },
    { 'X-A': 5 as unknown as string },
  ];
  for (const each of headers) {
    expect(() => new UpgradeRefusal(401, 'no', each)).toThrow(
      expect.objectContaining({ code: 'bad_argument' }),
    );
  }
  expect(new UpgradeRefusal(401, 'no', { 'X-A': 'é' }).headers).toEqual({ 'X-A': 'é' });
});
