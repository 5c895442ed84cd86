import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { cluster_broker } from 'joystick-websockets/cluster';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { recorder } from '../support/events.ts';
import { run_node } from '../support/process.ts';

const PROGRAM = 'test/support/cluster_outage_node.ts';

beforeAll(() => {
  cluster.setupPrimary({ exec: PROGRAM, execArgv: ['--import', 'tsx'], serialization: 'advanced' });
  cluster_broker();
});

/** A worker whose broker is there; ended when the test has finished. */
async function start_worker() {
  const worker: Worker = cluster.fork();
  const [heard, log] = [recorder(), recorder()];
  worker.on('error', () => {});
  worker.on('message', (told: any) => {
    if (told.heard !== undefined) heard.add(told.heard);
    if (told.log !== undefined) log.add(told.log);
  });
  onTestFinished(async () => {
    if (worker.isDead()) return;
    worker.process.kill('SIGKILL');
    await once(worker, 'exit');
  });
  await once(worker, 'message');
  return { worker, heard, log, tell: (what: object) => worker.send(what, () => {}) };
}

type Running = Awaited<ReturnType<typeof start_worker>>;

let marks = 0;
/** Waits until what the one publishes now reaches the other. */
async function until_heard(from: Running, to: Running): Promise<void> {
  const mark = `mark ${marks++}`;
  while (!to.heard.entries.includes(mark)) {
    from.tell({ publish: mark });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a worker that is killed while it publishes ends neither the primary nor the others', async () => {
  const [a, b] = [await start_worker(), await start_worker()];
  await until_heard(a, b);
  for (let times = 0; times < 3; times++) {
    const killed = await start_worker();
    await until_heard(killed, a);
    const before = a.heard.entries.length;
    killed.tell({ flood: {} });
    await a.heard.reaches(before + 20);
    killed.worker.process.kill('SIGKILL');
    await once(killed.worker, 'exit');
  }
  await until_heard(a, b);
  await until_heard(b, a);
  expect([...a.log.entries, ...b.log.entries]).toEqual([]);
}, 60_000);

test('a worker that is too busy to read loses what exceeds 16 MiB, and is told', async () => {
  const [a, b] = [await start_worker(), await start_worker()];
  await until_heard(a, b);
  await until_heard(b, a);
  b.tell({ block: 5_000 });
  a.tell({ flood: { count: 300 } });
  await b.log.until(() => b.log.entries.length > 0);
  expect(b.log.entries).toEqual([
    expect.stringMatching(/^\d+ messages from other workers were dropped/),
  ]);
  await until_heard(a, b);
  const lost = Number.parseInt(String(b.log.entries[0]), 10);
  const large = b.heard.entries.filter((message) => String(message).startsWith('xxx'));
  expect(large.length + lost).toBe(300);
}, 60_000);

test('a worker exits once its broker is closed and it has disconnected', async () => {
  const a = await start_worker();
  await until_heard(a, a);
  a.tell({ close: true });
  const [code] = await once(a.worker, 'exit');
  expect(code).toBe(0);
}, 30_000);

test('a primary that does not relay is told of in each worker, which goes on by itself', async () => {
  const script = `
    import cluster from 'node:cluster';
    cluster.setupPrimary({ exec: '${PROGRAM}', execArgv: ['--import', 'tsx'] });
    const worker = cluster.fork();
    worker.on('message', ({ log, heard }) => {
      if (log) console.log(log);
      if (heard) { console.log('heard ' + heard); worker.process.kill(); process.exit(); }
      if (log) worker.send({ publish: 'by itself' });
    });`;
  const { log, exited } = run_node(['--input-type=module', '-e', script]);
  await log.until(() => log.entries.some((line) => String(line).startsWith('heard')));
  expect(log.entries.join('\n')).toContain(
    'the broker is away: messages reach only the connections of this node: ' +
      'the primary process does not answer; call cluster_broker() in the primary, too',
  );
  expect(log.entries.at(-1)).toBe('heard by itself');
  await exited;
}, 30_000);

test('a primary that relays only later reaches the workers that were there before', async () => {
  const script = `
    import cluster from 'node:cluster';
    import { cluster_broker } from 'joystick-websockets/cluster';
    cluster.setupPrimary({ exec: '${PROGRAM}', execArgv: ['--import', 'tsx'] });
    const [one, two] = [cluster.fork(), cluster.fork()];
    const told = (worker, what) => new Promise((resolve) =>
      worker.on('message', ({ log, heard }) => String(log ?? heard).includes(what) && resolve()));
    const both = (what) => Promise.all([told(one, what), told(two, what)]);
    await both('does not answer');
    const back = both('is back');
    cluster_broker();
    await back;
    const heard = told(two, 'late');
    one.send({ publish: 'late' });
    await heard;
    console.log('reached');
    for (const worker of [one, two]) worker.process.kill('SIGKILL');
    process.exit();`;
  const { log } = run_node(['--import', 'tsx', '--input-type=module', '-e', script]);
  await log.includes('reached');
}, 30_000);

test('a primary that hangs is told of what is wanted once it goes on, not of each client that came and went', async () => {
  const script = `
    import cluster from 'node:cluster';
    import { cluster_broker } from 'joystick-websockets/cluster';
    cluster_broker();
    cluster.setupPrimary({ exec: 'test/support/cluster_visited.ts', execArgv: ['--import', 'tsx'] });
    let told = 0;
    cluster.on('message', (worker, message) => {
      const { type, channel } = message['joystick-websockets'] ?? {};
      if (type === 'subscribe' || type === 'unsubscribe') told++;
      if (channel === 'the last') {
        console.log(told);
        worker.process.kill('SIGKILL');
        process.exit();
      }
    });
    cluster.fork();`;
  const { log, exited } = run_node(['--import', 'tsx', '--input-type=module', '-e', script]);
  await log.reaches(1);
  const told = Number(log.entries[0]);
  // Half of 16 MiB at 1 KiB each, and the last.
  expect(told).toBeGreaterThan(1);
  expect(told).toBeLessThan(8_194);
  await exited;
}, 30_000);

test('what is like a message of ours, and is none, harms neither side', async () => {
  const [a, b] = [await start_worker(), await start_worker()];
  await until_heard(a, b);
  const strange = [null, 1, {}, { type: 'of a later version' }, { type: 'publish' }];
  for (const message of strange) {
    a.tell({ 'joystick-websockets': message });
    a.tell({ say: { 'joystick-websockets': message } });
  }
  await until_heard(a, b);
  await until_heard(b, a);
  expect([...a.log.entries, ...b.log.entries]).toEqual([]);
}, 30_000);

test('a worker whose primary is killed says so, and goes on by itself', async () => {
  const script = `
    import cluster from 'node:cluster';
    import { cluster_broker } from 'joystick-websockets/cluster';
    cluster_broker();
    cluster.setupPrimary({ exec: 'test/support/cluster_orphan.ts', execArgv: ['--import', 'tsx'] });
    cluster.fork().on('message', ({ joined }) => joined && process.kill(process.pid, 'SIGKILL'));`;
  const { log } = run_node(['--import', 'tsx', '--input-type=module', '-e', script]);
  await log.until(() => log.entries.some((line) => String(line).startsWith('published')));
  expect(log.entries).toEqual([
    expect.stringContaining('the primary process is gone'),
    'published, and heard here',
  ]);
}, 30_000);
