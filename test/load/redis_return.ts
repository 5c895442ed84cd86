// How long a node stays away after Redis has restarted, with 15 to 300 connections of 1,000 topics each and a round trip of
// 2 or 40 ms.
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { redis_broker } from '../../src/redis.ts';
import { create_test_endpoint } from '../../src/testing.ts';
import { DelayingProxy } from '../support/delaying_proxy.ts';
import { Engine } from '../support/engine.ts';
import { check, Part, play, report, wait } from './harness.ts';

const TOPICS = 1000;
const CONNECTIONS = [15, 100, 300];
const ROUND_TRIPS_IN_MILLISECONDS = [2, 40];
/** Two attempts of 3 s with their delays. A node that takes longer does not reconnect at all. */
const GIVE_UP_AFTER_SECONDS = 8;

const CLIENTS = {
  redis: (port: number) => createClient({ socket: { port, host: '127.0.0.1' } }),
  ioredis: (port: number) => new Redis({ port, host: '127.0.0.1', lazyConnect: true }),
};

play({
  async main() {
    const engine = await (await Engine.redis()).start();
    process.once('exit', () => engine.kill());
    for (const kind of Object.keys(CLIENTS)) {
      const proxy = await DelayingProxy.start(engine.port, 0);
      const node = new Part('node', kind, String(proxy.port));
      for (const connections of CONNECTIONS) {
        node.tell({ connections });
        await node.next('connected');
        for (const round_trip of ROUND_TRIPS_IN_MILLISECONDS) {
          proxy.round_trip_in_milliseconds = round_trip;
          const away = node.next('away');
          const started = performance.now();
          proxy.cut();
          await away;
          const back = node.next('back');
          const is_back = await Promise.race([back, wait(GIVE_UP_AFTER_SECONDS * 1000)]);
          const seconds = ((performance.now() - started) / 1000).toFixed(2);
          check(
            `${kind}, ${connections} x ${TOPICS} topics, ${round_trip} ms round trip: reconnected after, s`,
            is_back ? seconds : `not within ${GIVE_UP_AFTER_SECONDS}`,
            is_back !== undefined && Number(seconds) < GIVE_UP_AFTER_SECONDS,
          );
          proxy.round_trip_in_milliseconds = 0;
          await back;
        }
      }
      node.process.kill('SIGKILL');
      await proxy.close();
    }
    await engine.stop();
  },

  async node(kind, port) {
    const client = CLIENTS[kind as keyof typeof CLIENTS](Number(port));
    const log = (message: string) => {
      if (message.includes('is away')) report('away');
      if (message.includes('is back')) report('back');
    };
    const broker = redis_broker({ client });
    const endpoint = create_test_endpoint(
      {
        on_open(connection) {
          for (let number = 0; number < TOPICS; number++) {
            connection.subscribe(`${connection.id} ${number}`);
          }
        },
      },
      { broker, logger: { warn: log, error: log } },
    );
    let connected = 0;
    process.once('disconnect', () => process.exit());
    process.on('message', async ({ connections }: { connections: number }) => {
      while (connected < connections) await endpoint.connect({ params: { id: `${connected++}` } });
      while (!broker.is_ready) await wait(10);
      // The latest subscriptions are also sent to Redis before the outage.
      await wait(500);
      report('connected');
    });
  },
});
