import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run_node } from '../support/process.ts';

test('the examples for vitest pass', async () => {
  const config = 'examples/testing/vitest.config.ts';
  const { exited } = run_node(['node_modules/vitest/vitest.mjs', 'run', '--config', config], {
    env: { NO_COLOR: '1' },
  });
  const { code, output } = await exited;
  expect(output).toMatch(/^ *Tests +10 passed \(10\)$/m);
  expect(code).toBe(0);
});

test('the three handlers are tested in under 15 lines, imports aside', () => {
  const lines = readFileSync('examples/testing/example_endpoint.vitest.test.ts', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('import '));
  expect(lines.length).toBeLessThan(15);
});

test('the example for node:test passes', async () => {
  const file = 'examples/testing/chat.node.test.ts';
  const { exited } = run_node(['--import', 'tsx', '--test', '--test-reporter=tap', file]);
  const { code, output } = await exited;
  expect(output).toMatch(/^# pass 4$/m);
  expect(code).toBe(0);
});
