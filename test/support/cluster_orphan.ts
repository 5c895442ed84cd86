// A worker that outlives its primary, logs what it notices, and ends.
import cluster from 'node:cluster';
import { cluster_broker } from 'joystick-websockets/cluster';
import { create_test_endpoint } from 'joystick-websockets/testing';

// By default, a worker of node:cluster ends with its primary.
cluster.worker?.removeAllListeners('disconnect');
process.removeAllListeners('disconnect');

const broker = cluster_broker();
const endpoint = create_test_endpoint(
  { on_open: (connection: any) => connection.subscribe('room') },
  {
    broker,
    logger: {
      error: console.log,
      async warn(message: string, { error }: Record<string, unknown>) {
        console.log(`${message}: ${(error as Error).message}`);
        endpoint.publish('room', 'here');
        if ((await client.next_message()) === 'here') console.log('published, and heard here');
        process.exit();
      },
    },
  },
);
const client = await endpoint.connect();
while (!broker.is_ready) await new Promise((resolve) => setTimeout(resolve, 10));
process.send?.({ joined: true });
