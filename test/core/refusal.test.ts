import { expect, test } from 'vitest';
import { REFUSAL_STATUSES } from '../../src/core/admit/refusal.ts';
import { find_section } from '../support/documentation.ts';

/** The status that on_upgrade chooses, as the reference writes it. */
const CHOSEN_STATUS = '400–599';

test('the reference lists every code that a client can be refused with, and its status', () => {
  const section = find_section('docs/reference.md', 'Refusals and close codes');
  const rows = section.matchAll(/^\| (\S+) \| `(\w+)` \|/gm);
  const listed = Object.fromEntries([...rows].map(([, status, code]) => [code, status]));
  const statuses = Object.entries(REFUSAL_STATUSES).map(([code, status]) => [
    code,
    String(status ?? CHOSEN_STATUS),
  ]);
  expect(listed).toEqual(Object.fromEntries(statuses));
});
