// The memory that a node keeps for an engine that hangs. In one case, the primary of a cluster is stopped for 15 s while
// topics come and go. In the other, Redis is stopped while a node publishes 100,000 messages of one byte.
import cluster from 'node:cluster';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { cluster_broker } from '../../src/cluster.ts';
import { redis_broker } from '../../src/redis.ts';
import { type Broker, create_test_endpoint } from '../../src/testing.ts';
import { Engine } from '../support/engine.ts';
import { check, Part, play, report, wait } from './harness.ts';

const OUTAGE_IN_SECONDS = 15;
const CHANGES_PER_SECOND = 20_000;
const MESSAGES = 100_000;
const MIB = 1_048_576;
/** The memory in which clients and pipes keep 16 MiB in flight. */
const MAX_GROWTH_IN_MIB = 48;

const CLIENTS = {
  redis: (port: number) => createClient({ socket: { port, host: '127.0.0.1' } }),
  ioredis: (port: number) => new Redis({ port, host: '127.0.0.1', lazyConnect: true }),
};

play({
  async main() {
    await Promise.all(
      ['json', 'advanced'].map(async (serialization) => {
        const primary = new Part('primary', serialization);
        const outage = await primary.next('outage');
        check_growth(`a stopped primary (${serialization}), ${OUTAGE_IN_SECONDS} s`, outage);
        primary.process.kill('SIGKILL');
      }),
    );
    for (const kind of Object.keys(CLIENTS)) {
      const engine = await (await Engine.redis()).start();
      process.once('exit', () => engine.kill());
      const publisher = new Part('publisher', kind, String(engine.port));
      await publisher.next('warm');
      await engine.pause();
      publisher.tell({});
      const outage = await publisher.next('outage');
      check_growth(`a stopped Redis (${kind}), ${MESSAGES} messages`, outage);
      publisher.process.kill('SIGKILL');
      await engine.stop();
    }
  },

  async primary(serialization) {
    cluster_broker();
    cluster.setupPrimary({
      args: ['worker'],
      execArgv: ['--import', 'tsx'],
      serialization: serialization as 'json',
    });
    const worker = cluster.fork();
    worker.on('message', ({ kind, ...facts }) => kind && report(kind, facts));
    process.once('disconnect', () => process.exit());
  },

  async worker() {
    const { broker, client } = await start_node(cluster_broker());
    const come_and_go = async (seconds: number) => {
      const end = performance.now() + seconds * 1000;
      for (let tick = 0; performance.now() < end; tick++) {
        client.send({ tick, changes: CHANGES_PER_SECOND / 100 });
        await wait(10);
      }
    };
    const before = await most_memory(() => come_and_go(5));
    while (!broker.is_ready) await wait(10);
    process.kill(process.ppid, 'SIGSTOP');
    const most = await most_memory(() => come_and_go(OUTAGE_IN_SECONDS));
    process.kill(process.ppid, 'SIGCONT');
    report('outage', { before, most });
  },

  async publisher(kind, port) {
    const client = CLIENTS[kind as keyof typeof CLIENTS](Number(port));
    const { broker, endpoint } = await start_node(redis_broker({ client }));
    const publish_all = async (pause_in_milliseconds: number) => {
      for (let count = 0; count < MESSAGES; count++) {
        endpoint.publish('room', 'x');
        if (count % 1000 === 999) await wait(pause_in_milliseconds);
      }
    };
    // Slowly enough for Redis to keep up.
    const before = await most_memory(() => publish_all(30));
    while (!broker.is_ready) await wait(10);
    process.once('message', async () => {
      const most = await most_memory(() => publish_all(1));
      report('outage', { before, most });
    });
    report('warm');
  },
});

/** Starts a node with one client, which subscribes to topics and unsubscribes again. */
async function start_node(broker: Broker) {
  const endpoint = create_test_endpoint(
    {
      on_message({ tick, changes }, connection) {
        for (let number = 0; number < changes / 2; number++) {
          connection.subscribe(`${tick} ${number}`);
          connection.unsubscribe(`${tick} ${number}`);
        }
      },
    },
    { broker, logger: { warn: () => {}, error: () => {} } },
  );
  const client = await endpoint.connect();
  while (!broker.is_ready) await wait(10);
  return { broker, endpoint, client };
}

/** The maximum RSS during a run. The same load before an outage shows how much V8 has not collected yet. */
async function most_memory(run: () => Promise<void>): Promise<number> {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  await run();
  clearInterval(timer);
  return most;
}

function check_growth(what: string, { before, most }: Record<string, any>): void {
  const [from, to] = [Math.round(before / MIB), Math.round(most / MIB)];
  check(`${what}: RSS of the node, MiB`, `${from} -> ${to}`, to - from <= MAX_GROWTH_IN_MIB);
}
