// The primary of a cluster. The argument is the number of workers.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { cluster_broker } from 'joystick-websockets/cluster';

cluster_broker();
cluster.setupPrimary({
  exec: new URL('fan_out_node.ts', import.meta.url).pathname,
  args: ['--cluster'],
  execArgv: ['--import', 'tsx'],
  serialization: 'advanced',
});
const workers = Array.from({ length: Number(process.argv[2]) }, () => cluster.fork());
await Promise.all(
  workers.map(async (worker) => {
    while ((await once(worker, 'message'))[0] !== 'ready');
  }),
);
process.send?.('ready');
process.once('disconnect', () => process.exit());
