// Measures the cost of one publish for Redis: commands and bytes, as Redis itself counts them.
import { redis_broker } from 'joystick-websockets/redis';
import { create_test_endpoint } from 'joystick-websockets/testing';
import { createClient } from 'redis';
import { create_engine } from './brokers.ts';

const PUBLISHES = 2_000;
const MESSAGE = 'x'.repeat(100);

const engine = await create_engine('redis');
await engine.start();
const socket = { host: '127.0.0.1', port: engine.port };
const admin = createClient({ socket });
admin.on('error', () => {});
await admin.connect();

async function read_counts() {
  const info = `${await admin.info('stats')}${await admin.info('commandstats')}`;
  const number = (pattern: RegExp) => Number(pattern.exec(info)?.[1] ?? 0);
  return {
    publishes: number(/cmdstat_publish:calls=(\d+)/),
    received: number(/total_net_input_bytes:(\d+)/),
    sent: number(/total_net_output_bytes:(\d+)/),
  };
}

/** @param subscribing the indices of the nodes with a subscriber, of three nodes. The first node publishes. */
async function measure(subscribing: number[], publishes: number) {
  const brokers = [0, 1, 2].map(() => redis_broker({ client: createClient({ socket }) }));
  const nodes = brokers.map((broker) =>
    create_test_endpoint(
      { on_open: (connection: any) => connection.subscribe('room') },
      { name: 'cost', broker },
    ),
  );
  while (!brokers.every(({ is_ready }) => is_ready)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const clients = await Promise.all(
    nodes.filter((_, index) => subscribing.includes(index)).map((node) => node.connect()),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = await read_counts();
  for (let count = 0; count < publishes; count++) {
    nodes[0]?.publish('room', MESSAGE);
    if (count % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
  }
  while (clients.some(({ received }) => received.length < publishes)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = await read_counts();
  await Promise.all(nodes.map((node) => node.close()));
  const each = (key: keyof typeof before) => (after[key] - before[key]) / PUBLISHES;
  return { commands: each('publishes'), 'bytes in': each('received'), 'bytes out': each('sent') };
}

const rows: Record<string, unknown> = {};
const CASES = {
  'no subscriber': [],
  'subscribers on 1 other node': [1],
  'subscribers on all 3 nodes': [0, 1, 2],
};
for (const [title, subscribing] of Object.entries(CASES)) {
  // The cost of the nodes' heartbeats and of this script's queries is measured separately and subtracted.
  const idle = await measure(subscribing, 0);
  const total = await measure(subscribing, PUBLISHES);
  const per_publish = Object.entries(total).map(([key, value]) => [
    key,
    (value - idle[key as keyof typeof idle]).toFixed(1),
  ]);
  rows[title] = Object.fromEntries(per_publish);
}
console.log(`One publish of ${MESSAGE.length} bytes by the first node:`);
console.table(rows);
await engine.stop();
process.exit();
