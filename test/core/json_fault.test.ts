import fast_check from 'fast-check';
import { expect, test } from 'vitest';
import { find_json_fault } from '../../src/core/wire/json_fault.ts';

function is_json(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('what JSON.parse accepts has no fault, and what it rejects has one', () => {
  const token = fast_check.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '\\',
      '\\u12aF',
      '\\n',
      '"a"',
      '1',
      '0',
      '-',
      '+',
      '.',
      'e',
      'E2',
    ],
    ...[
      'true',
      'false',
      'null',
      'nul',
      ' ',
      '\t',
      '\n',
      '\r',
      '\f',
      '\u00a0',
      '\ufeff',
      '\u2028',
      '\0',
      'é',
      '\ud83d',
    ],
  );
  const nearly_json = fast_check
    .tuple(fast_check.json(), fast_check.nat(), fast_check.nat(2), token)
    .map(([json, position, removed, inserted]) => {
      const at = position % (json.length + 1);
      return json.slice(0, at) + inserted + json.slice(at + removed);
    });
  const text = fast_check.oneof(
    fast_check.json(),
    nearly_json,
    fast_check.array(token, { maxLength: 8 }).map((tokens) => tokens.join('')),
    fast_check.string({ unit: 'binary' }).map((content) => `"${content}"`),
  );
  fast_check.assert(
    fast_check.property(text, (text) => {
      const fault_at = find_json_fault(text);
      expect(fault_at === undefined).toBe(is_json(text));
      if (fault_at === undefined) return;
      // What stands before the fault is the beginning of some JSON: no fault is found earlier in it.
      expect(find_json_fault(text.slice(0, fault_at)) ?? fault_at).toBe(fault_at);
    }),
    { numRuns: 5000 },
  );
});

test('a fault is where the first character stands that cannot', () => {
  const faults = [
    '',
    'x',
    '{"a":1;',
    '[1,]',
    '{"a" 1}',
    '{,',
    '01',
    '1.',
    '-',
    '"a\n"',
    '"\\u12g4"',
    '{}}',
    'trap',
  ];
  expect(faults.map(find_json_fault)).toEqual([0, 0, 6, 3, 5, 1, 1, 2, 1, 2, 5, 2, 2]);
});

test('a message of any depth is looked through', () => {
  const depth = 200_000;
  expect(find_json_fault('['.repeat(depth) + ']'.repeat(depth))).toBe(undefined);
  expect(find_json_fault('['.repeat(depth))).toBe(depth);
});
