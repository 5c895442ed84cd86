import cluster from 'node:cluster';
import { cluster_broker } from 'joystick-websockets/cluster';
import { check_broker } from 'joystick-websockets/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { RemoteBroker } from '../support/remote_broker.ts';

describe.each(['json', 'advanced'] as const)(
  'over the IPC of node:cluster, as %s',
  (serialization) => {
    const workers: RemoteBroker[] = [];
    beforeAll(() => {
      cluster.setupPrimary({
        exec: 'test/support/cluster_node.ts',
        execArgv: ['--import', 'tsx'],
        serialization,
      });
      cluster_broker();
    });
    afterAll(() => Promise.all(workers.map((worker) => worker.end())));

    check_broker(
      async () => {
        const worker = await RemoteBroker.fork();
        workers.push(worker);
        return worker;
      },
      { describe, it },
    );
  },
);

describe('within one process', () => {
  check_broker(() => cluster_broker(), { describe, it });
});
