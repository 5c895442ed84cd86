import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REFUSAL_STATUSES } from '../../src/core/admit/refusal.ts';

/** The status that on_upgrade chooses, as the README writes it. */
const CHOSEN_STATUS = '400–599';

test('the README lists every code that a client can be refused with, and its status', () => {
  const section = readFileSync('README.md', 'utf8')
    .split('\n## ')
    .find((text) => text.startsWith('Refusals and close codes'));
  const rows = section?.matchAll(/^\| (\S+) \| `(\w+)` \|/gm) ?? [];
  const listed = Object.fromEntries([...rows].map(([, status, code]) => [code, status]));
  const statuses = Object.entries(REFUSAL_STATUSES).map(([code, status]) => [
    code,
    String(status ?? CHOSEN_STATUS),
  ]);
  expect(listed).toEqual(Object.fromEntries(statuses));
});
