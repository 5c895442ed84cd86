import { describe, expect, test } from 'vitest';
import { run_node } from '../support/process.ts';
import { find_missing, NATS, REDIS } from '../support/real_part.ts';

const PROGRAMS = { redis: REDIS, nats: NATS };

describe.each(['redis', 'nats'] as const)('12, 13: three nodes over %s', (engine) => {
  test.skipIf(find_missing(PROGRAMS[engine]))(
    'lose, repeat and reorder nothing outside its outages, and nothing of their own within',
    async () => {
      const args = ['--engines', engine, '--seconds', '14', '--connections', '20', '--topics', '5'];
      const { exited } = run_node(['--import', 'tsx', 'bench/nodes/chaos.ts', ...args]);
      const { output } = await exited;
      expect(output).toMatch(/^sound$/m);
    },
    90_000,
  );
});
