// Starts Redis, two nodes and HAProxy in front of them, all on this machine. Press Ctrl+C to stop them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

function start(program: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout?.on('data', (text) => process.stdout.write(text));
  return child;
}

async function find_port(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' ? address?.port : '');
}

const PORT = process.env.PORT ?? '2600';
const [redis_port, NODE_1_PORT, NODE_2_PORT] = [
  await find_port(),
  await find_port(),
  await find_port(),
];

const in_memory = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning'];
const redis = start('/usr/bin/redis-server', [
  '--bind',
  '127.0.0.1',
  '--port',
  redis_port,
  ...in_memory,
]);

const nodes: ChildProcess[] = [];
const program = new URL('node.ts', import.meta.url).pathname;
const REDIS_URL = `redis://127.0.0.1:${redis_port}`;
for (const [NAME, port] of Object.entries({ one: NODE_1_PORT, two: NODE_2_PORT })) {
  const node = start(process.execPath, ['--import', 'tsx', program], {
    NAME,
    PORT: port,
    REDIS_URL,
  });
  nodes.push(node);
  await once(node.stdout ?? node, 'data');
}

const config = new URL('haproxy.cfg', import.meta.url).pathname;
const haproxy = start('/usr/sbin/haproxy', ['-db', '-f', config], {
  PORT,
  NODE_1_PORT,
  NODE_2_PORT,
});
console.log(`HAProxy balances ws://127.0.0.1:${PORT}/api/_websockets/room over both nodes`);

// The nodes stop first, because they close their connections through the proxy.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    const running = nodes.filter(({ exitCode, signalCode }) => exitCode === null && !signalCode);
    const ended = running.map((node) => once(node, 'exit'));
    for (const node of running) node.kill('SIGTERM');
    await Promise.all(ended);
    haproxy.kill();
    redis.kill();
  });
}
