import { expect, test } from 'vitest';
import { run_node } from '../support/process.ts';

test('a short soak passes', async () => {
  const soak = ['test/soak/soak.ts', '--minutes', '0.15', '--connections', '100', '--every', '3'];
  const { code, output } = await run_node(['--import', 'tsx', ...soak]).exited;
  expect(output.trim().split('\n').at(-1)).toBe('PASS');
  expect(output).toMatch(/open at the shutdown: \d\d/);
  expect(code).toBe(0);
}, 90_000);
