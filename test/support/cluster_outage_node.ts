// A worker for the tests of outages, with an endpoint. It follows the orders of its primary.
import { cluster_broker } from 'joystick-websockets/cluster';
import { create_test_endpoint } from 'joystick-websockets/testing';

const report = (what: Record<string, unknown>) => process.send?.(what);
const add = (message: string, { error }: Record<string, unknown>) =>
  report({ log: error === undefined ? message : `${message}: ${(error as Error).message}` });

const broker = cluster_broker();
const endpoint = create_test_endpoint(
  { on_open: (connection: any) => connection.subscribe('room') },
  { name: 'node', broker, logger: { warn: add, error: add } },
);
const client = await endpoint.connect();

process.on('message', async (told: any) => {
  if (told.publish !== undefined) endpoint.publish('room', told.publish);
  if (told.say) report(told.say);
  if (told.flood) flood(told.flood.count);
  if (told.block !== undefined) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, told.block);
  }
  if (told.close) {
    await endpoint.close();
    report({ closed: true });
    process.removeAllListeners('message');
    process.disconnect();
  }
});

/** Publishes `count` large messages, by default without end, as fast as the broker accepts them. */
function flood(count = Number.POSITIVE_INFINITY): void {
  let published = 0;
  const timer = setInterval(() => {
    for (let each = 0; each < 5 && broker.is_ready; each++) {
      if (published++ >= count) return clearInterval(timer);
      endpoint.publish('room', 'x'.repeat(200_000));
    }
  }, 5);
}

try {
  for (;;) report({ heard: brief(await client.next_message({ timeout_in_seconds: 60 })) });
} catch {
  // The endpoint was closed.
}

function brief(message: unknown): unknown {
  return typeof message === 'string' ? message.slice(0, 10) : message;
}
