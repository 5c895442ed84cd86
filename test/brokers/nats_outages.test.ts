import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect, type NodeConnectionOptions } from '@nats-io/transport-node';
import { nats_broker } from 'joystick-websockets/nats';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { create_node, heard_by, join_nodes, say, until_joined } from '../support/broker_nodes.ts';
import { Engine } from '../support/engine.ts';
import { recorder } from '../support/events.ts';
import { run_node } from '../support/process.ts';
import { find_missing, NATS } from '../support/real_part.ts';

const missing = find_missing(NATS);

async function start_engine(config = ''): Promise<Engine> {
  const engine = await Engine.nats({ config });
  onTestFinished(() => engine.stop());
  return engine.start();
}

async function open({ port }: Engine, options: NodeConnectionOptions = {}) {
  const connection = await connect({
    servers: `127.0.0.1:${port}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    ...options,
  });
  onTestFinished(() => connection.close());
  return connection;
}

const create = async (engine: Engine) =>
  create_node(nats_broker({ connection: await open(engine) }));

/** Floods a subject, once it is told to, faster than anybody reads. */
const FLOOD = `
  import { writeFileSync } from 'node:fs';
  import { connect } from '@nats-io/transport-node';
  const connection = await connect({ servers: process.env.SERVER });
  const told = new Promise((resolve) => process.once('SIGUSR2', resolve));
  console.log('ready');
  await told;
  for (let count = 0; count < 60; count++) {
    connection.publish(process.env.SUBJECT, new Uint8Array(1_000_000));
    await connection.flush();
  }
  writeFileSync(process.env.DONE, '');
  process.exit();`;

describe.skipIf(missing)('NATS', () => {
  test('13: while it is killed each node goes on by itself, and nothing is delivered late', async () => {
    const engine = await start_engine();
    const [a, b] = [await create(engine), await create(engine)];
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
      expect(await say(ada, `after the ${time}`)).toBe(true);
      await until_joined(ada, bob);
    }
    expect(heard_by(bob)).toEqual(['after the first', 'after the second']);
  }, 40_000);

  test('13: one that hangs for 10 s is away after 3, and what it held back is not delivered', async () => {
    const engine = await start_engine();
    const [a, b] = [await create(engine), await create(engine)];
    const { ada, bob } = await join_nodes(a, b);
    await engine.pause();
    const over = new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(await say(ada, 'not known yet')).toBe(true);
    await Promise.all([a.says('has not answered for 3 s'), b.says('has not answered for 3 s')]);
    expect(await say(ada, 'known')).toBe(false);
    await over;
    engine.resume();
    await Promise.all([a.says('is back after'), b.says('is back after')]);
    expect(await say(ada, 'again')).toBe(true);
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual(['again']);
  }, 40_000);

  test('13: who comes while it is away is reached as soon as the node is back, and who has gone is not told of', async () => {
    const engine = await start_engine();
    const connection = await open(engine);
    const [a, b] = [await create(engine), create_node(nats_broker({ connection }))];
    await join_nodes(a, b);
    await engine.kill();
    await Promise.all([a.says('is away'), b.says('is away')]);
    const subscribe = vi.spyOn(connection, 'subscribe');
    for (let number = 0; number < 200; number++) {
      const visitor = await b.endpoint.connect({ params: { id: `visitor ${number}` } });
      await visitor.close();
    }
    const carl = await b.endpoint.connect({ params: { id: 'carl' } });
    await b.endpoint.settled();
    expect(subscribe).not.toHaveBeenCalled();
    await engine.start();
    await Promise.all([a.says('is back'), b.says('is back')]);
    expect(subscribe).toHaveBeenCalledTimes(1);
    a.endpoint.send('for carl', 'carl');
    expect(await carl.next_message()).toBe('for carl');
  });

  test('while it hangs, some thousands of subscriptions are the most that wait in the connection', async () => {
    const engine = await start_engine();
    const connection = await open(engine);
    const subscribe = vi.spyOn(connection, 'subscribe');
    const log = recorder();
    const broker = nats_broker({ connection });
    broker.start({
      received: (channel) => log.add(channel),
      back: () => log.add('back'),
      away: () => log.add('away'),
      warn() {},
    });
    onTestFinished(() => broker.close());
    await log.reaches(1);
    await engine.pause();
    for (let number = 0; number < 20_000; number++) {
      broker.subscribe(`visitor ${number}`);
      broker.unsubscribe(`visitor ${number}`);
    }
    broker.subscribe('kept');
    // The beat, and half of 16 MiB at 1 KiB for each subscription and each of its ends.
    expect(subscribe.mock.calls.length).toBeLessThan(4_098);
    engine.resume();
    while (!log.entries.includes('kept')) {
      broker.publish('kept', Buffer.from('mark'));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(log.entries.filter((entry) => entry !== 'kept')).toEqual(['back']);
  });

  test('a node that it cuts as a slow consumer is back in a moment', async () => {
    const engine = await start_engine('max_pending: 2MB\nwrite_deadline: "200ms"');
    const [a, b] = [await create(engine), await create(engine)];
    const { ada, bob } = await join_nodes(a, b);
    const DONE = join(mkdtempSync(join(tmpdir(), 'joystick-websockets-flood-')), 'done');
    onTestFinished(() => rmSync(dirname(DONE), { recursive: true }));
    const SERVER = `127.0.0.1:${engine.port}`;
    const { child, log, exited } = run_node(['--input-type=module', '-e', FLOOD], {
      env: { SERVER, SUBJECT: 'websockets.node:topic:room', DONE },
    });
    await log.includes('ready');
    child.kill('SIGUSR2');
    // This process, and with it both nodes, reads nothing meanwhile.
    const end = Date.now() + 15_000;
    while (!existsSync(DONE) && Date.now() < end)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    await Promise.all([a.says('the connection to NATS was lost'), b.says('is back after')]);
    await a.says('is back after');
    await exited;
    expect(await say(ada, 'again')).toBe(true);
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual(['again']);
  }, 30_000);

  test('a message that is too large for it reaches this node alone, and the log says so', async () => {
    const engine = await start_engine('max_payload: 1000');
    const [a, b] = [await create(engine), await create(engine)];
    const { ada, bob } = await join_nodes(a, b);
    const carl = await a.endpoint.connect();
    expect(await say(ada, 'x'.repeat(2_000))).toBe(false);
    expect(heard_by(carl)).toEqual(['x'.repeat(2_000)]);
    expect(a.log).toEqual([expect.stringContaining('NATS does not accept a message')]);
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual([]);
  });

  test('an id of any letters, or too long to be one, does no harm to the connection', async () => {
    const engine = await start_engine();
    const [a, b] = [await create(engine), await create(engine)];
    const ids = ['x'.repeat(256), '\u{1f600}'.repeat(128), 'a b\r\nPUB x 0\r\n', '>', '*'];
    const too_long = await b.endpoint.connect({ params: { id: 'x'.repeat(7_000) } });
    const { ada } = await join_nodes(a, b);
    for (const id of ids) {
      const bob = await b.endpoint.connect({ params: { id } });
      await until_joined(ada, bob);
      a.endpoint.send('for you', id);
      await until_joined(ada, bob);
      expect(heard_by(bob)).toEqual(['for you']);
    }
    a.endpoint.send('for you', 'x'.repeat(7_000));
    await until_joined(ada, too_long);
    expect(heard_by(too_long)).toEqual([]);
    expect([...a.log, ...b.log]).toEqual([]);
  });

  test('a connection that gave up, or that its owner closed, is away for good, and takes no harm', async () => {
    const engine = await start_engine();
    const connection = await open(engine);
    const a = create_node(nats_broker({ connection }));
    const ada = await a.endpoint.connect();
    await join_nodes(a, await create(engine));
    await connection.close();
    await a.says('does not reconnect');
    expect(await say(ada, 'here')).toBe(false);
    await a.endpoint.connect({ params: { id: 'new' } });
    await a.endpoint.close();
    const late = create_node(nats_broker({ connection }));
    expect(late.log).toEqual([expect.stringContaining('the connection to NATS is closed')]);
  });

  test('a connection that drains is as good as closed', async () => {
    const engine = await start_engine();
    const connection = await open(engine);
    const [a, b] = [create_node(nats_broker({ connection })), await create(engine)];
    const { ada } = await join_nodes(a, b);
    const drained = connection.drain();
    const late = create_node(nats_broker({ connection }));
    expect(late.log).toEqual([expect.stringContaining('is away')]);
    await late.endpoint.connect({ params: { id: 'new' } });
    await drained;
    await a.says('does not reconnect');
    expect(await say(ada, 'here')).toBe(false);
    await Promise.all([a.endpoint.close(), late.endpoint.close()]);
    expect([a.log.length, late.log.length]).toEqual([1, 1]);
  });

  test('a connection that does not echo is refused, since nobody would hear the beat', async () => {
    const connection = await open(await start_engine(), { noEcho: true });
    expect(() => nats_broker({ connection })).toThrow('noEcho');
  });

  test('what it does not permit is told', async () => {
    const engine = await start_engine(
      'authorization { users = [{ user: ada, password: x, permissions: { publish: "websockets.>", subscribe: "other.>" } }] }',
    );
    const connection = await open(engine, { user: 'ada', pass: 'x' });
    const a = create_node(nats_broker({ connection }));
    await a.says('NATS refuses');
    const ada = await a.endpoint.connect();
    expect(await say(ada, 'here')).toBe(false);
  });

  test('what it does not permit is told once, however often it is tried, and of our subjects alone', async () => {
    const engine = await start_engine(
      'authorization { users = [{ user: ada, password: x, permissions: { publish: { deny: ["websockets.node:topic:room", "websockets_of_others"] } } }] }',
    );
    const connection = await open(engine, { user: 'ada', pass: 'x' });
    const a = create_node(nats_broker({ connection }));
    const ada = await a.endpoint.connect();
    connection.publish('websockets_of_others');
    while (!(await say(ada, 'not for others'))) await connection.flush();
    for (let count = 0; count < 100; count++) a.endpoint.publish('room', count);
    await a.says('NATS refuses');
    await connection.flush();
    expect(a.log).toEqual([expect.stringMatching(/NATS refuses.*room/)]);
  });

  test('closing leaves the connection open, without anything of ours', async () => {
    const engine = await start_engine();
    const connection = await open(engine);
    const a = create_node(nats_broker({ connection }));
    await join_nodes(a, await create(engine));
    await a.endpoint.close();
    await connection.flush();
    expect((connection as any).protocol.subscriptions.size()).toBe(0);
    expect((connection as any).protocol.listeners).toEqual([]);
  });

  test('closing resolves where it hangs', async () => {
    const engine = await start_engine();
    const a = await create(engine);
    await join_nodes(a, await create(engine));
    await engine.pause();
    await a.endpoint.close();
    engine.resume();
  });

  test('two applications are kept apart by their prefixes', async () => {
    const engine = await start_engine();
    const create_for = async (prefix: string) =>
      create_node(nats_broker({ connection: await open(engine), prefix }));
    const [a, b] = [await create_for('shop'), await create_for('shop')];
    const other = await create_for('company.blog');
    const eve = await other.endpoint.connect();
    const { ada, bob } = await join_nodes(a, b);
    expect(await say(ada, 'for the shop')).toBe(true);
    await until_joined(ada, bob);
    expect(heard_by(bob)).toEqual(['for the shop']);
    expect(eve.received).toEqual([]);
    expect(other.log).toEqual([]);
  });
});

test('what is no connection, and a prefix that is no subject, are told so', () => {
  expect(() => nats_broker({ connection: {} as never })).toThrow(
    'the connection of nats_broker must be',
  );
  const connection = { publish() {}, subscribe() {}, async *status() {}, isClosed: () => false };
  for (const prefix of ['', 'a..b', 'a.>', 'a b', '*']) {
    expect(() => nats_broker({ connection: connection as never, prefix })).toThrow('prefix');
  }
});
