import { Cluster, Redis } from 'ioredis';
import { redis_broker } from 'joystick-websockets/redis';
import { createClient, createCluster } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { create_node, heard_by, join_nodes, say, until_joined } from '../support/broker_nodes.ts';
import { DelayingProxy } from '../support/delaying_proxy.ts';
import { Engine } from '../support/engine.ts';
import { recorder } from '../support/events.ts';
import { find_missing, REDIS } from '../support/real_part.ts';
import { count_resources, left_since } from '../support/resources.ts';

const missing = find_missing(REDIS);

const CLIENTS = {
  redis: (port: number, password?: string) =>
    createClient({ socket: { port, host: '127.0.0.1' }, ...(password && { password }) }),
  ioredis: (port: number, password?: string) =>
    new Redis({ port, host: '127.0.0.1', lazyConnect: true, ...(password && { password }) }),
};

async function create_engine(config?: string): Promise<Engine> {
  const engine = await Engine.redis({ config: config ?? '' });
  onTestFinished(() => engine.stop());
  return engine;
}

/** Somebody else, who may do anything. */
async function connect_admin({ port }: Engine, password?: string) {
  const admin = CLIENTS.redis(port, password);
  admin.on('error', () => {});
  await admin.connect();
  onTestFinished(() => admin.destroy());
  return admin;
}

describe.skipIf(missing).each(['redis', 'ioredis'] as const)('with a client of %s', (kind) => {
  const create = ({ port }: { port: number }, password?: string) =>
    create_node(redis_broker({ client: CLIENTS[kind](port, password) }));

  test('13: while Redis is killed each node goes on by itself, and nothing is delivered late', async () => {
    const engine = await create_engine();
    await engine.start();
    const [a, b] = [create(engine), create(engine)];
    const { ada, bob } = await join_nodes(a, b);
    const carl = await a.endpoint.connect();
    for (const time of ['first', 'second']) {
      const [a_before, b_before] = [a.log.length, b.log.length];
      await engine.kill();
      await Promise.all([a.says('is away', a_before), b.says('is away', b_before)]);
      expect(await say(ada, `${time} outage`)).toBe(false);
      expect(heard_by(carl).at(-1)).toBe(`${time} outage`);
      await engine.start();
      await Promise.all([a.says('is back', a_before), b.says('is back', b_before)]);
      // Also whoever came meanwhile, and at once: subscriptions come back before the node does.
      expect(await say(ada, `after the ${time}`)).toBe(true);
      await until_joined(ada, bob);
    }
    expect(heard_by(bob)).toEqual(['after the first', 'after the second']);
    expect(b.log.filter((line) => line.includes('is back'))).toHaveLength(2);
  }, 40_000);

  test('13: a node with 20,000 topics is back though Redis is 200 ms away', async () => {
    const engine = await create_engine();
    await engine.start();
    const proxy = await DelayingProxy.start(engine.port, 200);
    onTestFinished(() => proxy.close());
    const [a, b] = [create(engine), create(proxy)];
    const { ada, bob } = await join_nodes(a, b);
    for (let visitor = 0; visitor < 20; visitor++) {
      await b.endpoint.connect({ params: { id: `visitor ${visitor}`, topics: '999' } });
    }
    proxy.cut();
    await b.says('is away');
    await b.says('is back');
    expect(await say(bob, 'from afar')).toBe(true);
    expect(await say(ada, 'to afar')).toBe(true);
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual(['to afar']);
    expect(b.log).toHaveLength(2);
  }, 40_000);

  test('13: a Redis that hangs for 10 s is away after 3, and what it held back is not delivered', async () => {
    const engine = await create_engine();
    await engine.start();
    const [a, b] = [create(engine), create(engine)];
    const { ada, bob } = await join_nodes(a, b);
    await engine.pause();
    const over = new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(await say(ada, 'not known yet')).toBe(true);
    await Promise.all([a.says('has not answered for 3 s'), b.says('has not answered for 3 s')]);
    expect(await say(ada, 'known')).toBe(false);
    await over;
    expect(await say(ada, 'still')).toBe(false);
    engine.resume();
    await Promise.all([a.says('is back after'), b.says('is back after')]);
    expect(await say(ada, 'again')).toBe(true);
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual(['again']);
  }, 40_000);

  test('13: where Redis hangs, 16 MiB are the most that wait for it', async () => {
    const engine = await create_engine();
    await engine.start();
    const [a, b] = [create(engine), create(engine)];
    const { ada, bob } = await join_nodes(a, b);
    await engine.pause();
    const message = 'x'.repeat(1_000_000);
    const reached: boolean[] = [];
    for (let count = 0; count < 20; count++) {
      a.endpoint.publish('room', message);
      reached.push(a.log.length === 0);
    }
    expect(reached.indexOf(false)).toBe(16);
    expect(await say(ada, 'one more')).toBe(false);
    expect(a.log).toEqual([expect.stringContaining('more than 16 MiB are in flight')]);
    engine.resume();
    await a.says('is back');
    await until_joined(ada, bob);
    // It was quick enough: nothing that was taken is lost.
    expect(heard_by(bob).length).toBe(17);
  });

  test('a Redis that is slow for a second delays messages, and loses none', async () => {
    const engine = await create_engine('enable-debug-command local');
    await engine.start();
    const [a, b] = [create(engine), create(engine)];
    const { ada, bob } = await join_nodes(a, b);
    const admin = await connect_admin(engine);
    const asleep = admin.sendCommand(['DEBUG', 'SLEEP', '1']);
    for (let count = 0; count < 50; count++) expect(await say(ada, count)).toBe(true);
    await asleep;
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual(Array.from({ length: 50 }, (_, count) => count));
    expect(a.log).toEqual([]);
  });

  test('13: a Redis that refuses connections at the start holds nobody up', async () => {
    const engine = await create_engine();
    const a = create(engine);
    await a.says('is away');
    const [ada, carl] = [await a.endpoint.connect(), await a.endpoint.connect()];
    expect(await say(ada, 'here')).toBe(false);
    expect(heard_by(carl)).toEqual(['here']);
    await engine.start();
    await a.says('is back');
    await join_nodes(a, create(engine));
    expect(a.log).toHaveLength(2);
  });

  test('a wrong password is told, once, and tried again until it is right', async () => {
    const engine = await create_engine('requirepass right');
    await engine.start();
    const a = create(engine, 'wrong');
    await a.says('WRONGPASS');
    const [ada, carl] = [await a.endpoint.connect(), await a.endpoint.connect()];
    expect(await say(ada, 'here')).toBe(false);
    expect(heard_by(carl)).toEqual(['here']);
    const admin = await connect_admin(engine, 'right');
    await admin.sendCommand(['CONFIG', 'SET', 'requirepass', 'wrong']);
    await a.says('is back');
    expect(a.log).toHaveLength(2);
  });

  test('a Redis whose memory is full carries messages as before', async () => {
    const engine = await create_engine('maxmemory 1mb\nmaxmemory-policy noeviction');
    await engine.start();
    const [a, b] = [create(engine), create(engine)];
    const admin = await connect_admin(engine);
    await expect(
      (async () => {
        for (let count = 0; ; count++) await admin.set(`key ${count}`, 'x'.repeat(100_000));
      })(),
    ).rejects.toThrow('OOM');
    const { ada, bob } = await join_nodes(a, b);
    expect(await say(ada, 'x'.repeat(500_000))).toBe(true);
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual(['x'.repeat(500_000)]);
    expect([...a.log, ...b.log]).toEqual([]);
  });

  test('a subscriber that Redis cuts, for reading too slowly say, is back in a moment', async () => {
    const engine = await create_engine();
    await engine.start();
    const [a, b] = [create(engine), create(engine)];
    const { ada, bob } = await join_nodes(a, b);
    const admin = await connect_admin(engine);
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    await Promise.all([a.says('is back'), b.says('is back')]);
    await until_joined(ada, bob);
  });

  test('closing resolves, whether Redis is there, hangs or is gone', async () => {
    const engine = await create_engine();
    await engine.start();
    const nodes = [create(engine), create(engine), create(engine)];
    for (const node of nodes) await join_nodes(node, create(engine));
    await nodes[0]?.endpoint.close();
    await engine.pause();
    const late = create(engine);
    await nodes[1]?.endpoint.close();
    await late.endpoint.close();
    engine.resume();
    await engine.kill();
    await nodes[2]?.endpoint.close();
  });

  test('closing leaves nothing that keeps a process from ending, also after Redis is gone', async () => {
    const engine = await create_engine();
    await engine.start();
    const before = count_resources();
    const [a, b] = [create(engine), create(engine)];
    const { ada, bob } = await join_nodes(a, b);
    await say(ada, 'last');
    // It has read all that it was sent: killed now, it closes its connections, and resets none.
    while (!bob.received.includes('last')) await bob.next_message();
    await engine.kill();
    await Promise.all([a.says('is away'), b.says('is away')]);
    await Promise.all([a.endpoint.close(), b.endpoint.close()]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(left_since(before)).toEqual([]);
  });

  test('the user’s client is only looked at: nothing is attached to it, and it stays open', async () => {
    const engine = await create_engine();
    await engine.start();
    const client: any = CLIENTS[kind](engine.port);
    client.on('error', () => {});
    await client.connect();
    onTestFinished(() => (kind === 'redis' ? client.destroy() : client.disconnect()));
    const listeners = () => client.eventNames().map((name: string) => client.listenerCount(name));
    const before = listeners();
    const a = create_node(redis_broker({ client }));
    await join_nodes(a, create(engine));
    expect(listeners()).toEqual(before);
    await a.endpoint.close();
    expect(await client.ping()).toBe('PONG');
    expect(listeners()).toEqual(before);
  });
});

describe.skipIf(missing)('a client of redis', () => {
  test('that bounds its queue does not bound ours, which must not overflow it', async () => {
    const engine = await create_engine();
    await engine.start();
    const create = () => {
      const socket = { port: engine.port, host: '127.0.0.1' };
      return create_node(
        redis_broker({ client: createClient({ socket, commandsQueueMaxLength: 1 }) }),
      );
    };
    const [a, b] = [create(), create()];
    const { ada, bob } = await join_nodes(a, b);
    const numbers = Array.from({ length: 50 }, (_, number) => number);
    for (const number of numbers) a.endpoint.publish('room', number);
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual(numbers);
    expect([...a.log, ...b.log]).toEqual([]);
  });
});

test('closing resolves while a client of redis still looks for the server', async () => {
  const looked = recorder();
  const socket = {
    host: 'nowhere.invalid',
    connectTimeout: 600_000,
    lookup: () => looked.add('nowhere'),
  };
  const a = create_node(redis_broker({ client: createClient({ socket: socket as never }) }));
  await looked.reaches(2);
  await a.endpoint.close();
});

describe.skipIf(missing)('two applications on one Redis', () => {
  test('are kept apart by their prefixes', async () => {
    const engine = await create_engine();
    await engine.start();
    const create = (prefix: string) =>
      create_node(redis_broker({ client: CLIENTS.redis(engine.port), prefix }));
    const [a, b, other] = [create('shop:'), create('shop:'), create('blog:')];
    const eve = await other.endpoint.connect();
    const { ada, bob } = await join_nodes(a, b);
    expect(await say(ada, 'for the shop')).toBe(true);
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual(['for the shop']);
    expect(eve.received.filter((message: any) => message?.reached === undefined)).toEqual([]);
    expect(other.log).toEqual([]);
  });
});

test.each([
  undefined,
  {},
  { duplicate() {} },
  { duplicate() {}, status: 'ready', isCluster: true },
])('what is no client is told so: %j', (client: any) => {
  expect(() => redis_broker({ client })).toThrow('the client of redis_broker must be');
});

test('a cluster is no client, of either package', () => {
  const address = { port: 1, host: '127.0.0.1' };
  for (const client of [
    createCluster({ rootNodes: [{ socket: address }] }),
    new Cluster([address], { lazyConnect: true }),
  ]) {
    expect(() => redis_broker({ client: client as any })).toThrow(
      'the client of redis_broker must be',
    );
  }
});
