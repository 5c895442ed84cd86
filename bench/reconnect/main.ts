// Measures how fast clients reconnect. It prints tables, and never passes or fails.
import { parseArgs } from 'node:util';
import { deploy } from './deploy.ts';
import { jitter } from './jitter.ts';
import type { Scenario } from './scenario.ts';
import { stampede } from './stampede.ts';

const SCENARIOS: Record<string, Scenario> = { deploy, jitter, stampede };

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: Object.keys(SCENARIOS).join(',') },
    clients: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '60' },
  },
});
const [clients, seconds] = [Number(values.clients), Number(values.seconds)];
for (const name of values.scenario.split(',')) {
  const scenario = SCENARIOS[name];
  if (!scenario) {
    throw new Error(`unknown scenario ${name}; known are ${Object.keys(SCENARIOS).join(', ')}`);
  }
  console.log(`\n${name}: ${clients} clients`);
  await scenario(clients, seconds);
}
