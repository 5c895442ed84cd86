import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { Client } from '../support/client.ts';
import { find_free_port, run_node } from '../support/process.ts';
import { find_missing, HAPROXY, REDIS } from '../support/real_part.ts';

const missing = find_missing(REDIS) ?? find_missing(HAPROXY);

/** Runs an example; `origin` is its page's. */
async function run_example(program: string) {
  const port = await find_free_port();
  const running = run_node(['--import', 'tsx', program], { env: { PORT: String(port) } });
  const url = `ws://127.0.0.1:${port}/api/_websockets/room`;
  const connect = () =>
    vi.waitFor(() => Client.connect(url, { origin: `http://127.0.0.1:${port}` }), {
      timeout: 15_000,
    });
  return { ...running, connect };
}

/** Connects until there are clients of two places, and what each was greeted with. */
async function connect_to_two(connect: () => Promise<Client>, key: string) {
  const first = await connect();
  const greeting = await first.next_message();
  for (;;) {
    const second = await connect();
    const other = await second.next_message();
    if (other[key] !== greeting[key]) return { first, second, greeting, other };
  }
}

async function until_heard(from: Client, to: Client): Promise<any> {
  while (to.received.length < 2) {
    from.send({ text: 'hello' });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return JSON.parse(to.received[1] ?? '');
}

test('the cluster serves from all cores: clients of two workers hear each other, and SIGTERM ends it', async () => {
  const { connect, child, exited } = await run_example('examples/cluster/server.ts');
  const { first, second, greeting } = await connect_to_two(connect, 'worker');
  expect(await until_heard(first, second)).toEqual({
    by_worker: greeting.worker,
    message: { text: 'hello' },
  });
  child.kill('SIGTERM');
  expect((await first.closed).code).toBe(1012);
  await exited;
}, 60_000);

function children_of(pid: number | undefined) {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return pids.map((pid) => ({ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }));
}

describe.skipIf(missing)('with Redis and HAProxy', () => {
  test('SIGTERM ends it also after a node has ended', async () => {
    const { connect, child, exited } = await run_example('examples/redis/start.ts');
    const clients = await connect_to_two(connect, 'node');
    const node = children_of(child.pid).find(({ command }) => command.includes('node.ts'));
    process.kill(Number(node?.pid), 'SIGTERM');
    await Promise.race([clients.first.closed, clients.second.closed]);
    while (existsSync(`/proc/${node?.pid}`))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGTERM');
    await exited;
  }, 60_000);

  test('clients of two nodes hear each other through the proxy, which tells who they are', async () => {
    const { connect, child, exited } = await run_example('examples/redis/start.ts');
    const { first, second, greeting } = await connect_to_two(connect, 'node');
    expect(greeting.you).toBe('127.0.0.1');
    expect(await until_heard(first, second)).toEqual({
      by_node: greeting.node,
      message: { text: 'hello' },
    });
    child.kill('SIGTERM');
    expect((await first.closed).code).toBe(1012);
    await exited;
  }, 60_000);
});
