// Measures fan-out in deliveries per second, in one process and in workers of node:cluster that cluster_broker joins.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { find_free_port } from '../../test/support/free_port.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '400' },
    workers: { type: 'string', default: '2' },
  },
});
const connections = Number(values.connections);
const TEXT = JSON.stringify('x'.repeat(100));
/** The size of a server's frame: two bytes, then the text. */
const FRAME_BYTES = 102;
const PUBLISHES_UNDER_WAY = 20;

/** The frame that a client sends, masked with zeros. */
const REQUEST = Buffer.concat([
  Buffer.from([0x81, 0x80 | TEXT.length, 0, 0, 0, 0]),
  Buffer.from(TEXT),
]);

async function open(port: number, on_bytes: (bytes: number) => void): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'GET /api/_websockets/fan HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [answer] = await once(socket, 'data');
  if (!String(answer).startsWith('HTTP/1.1 101')) throw new Error(String(answer));
  socket.on('data', (chunk) => on_bytes(chunk.length));
  return socket;
}

async function measure(start: (port: number) => ChildProcess): Promise<number> {
  const port = await find_free_port();
  const server = start(port);
  while ((await once(server, 'message'))[0] !== 'ready');
  let [bytes, asked] = [0, 0];
  let publisher: Socket | undefined;
  const bytes_per_publish = FRAME_BYTES * connections;
  const publish = () => {
    while (asked - bytes / bytes_per_publish < PUBLISHES_UNDER_WAY) {
      asked++;
      publisher?.write(REQUEST);
    }
  };
  const sockets: Socket[] = [];
  for (let index = 0; index < connections; index++) {
    sockets.push(
      await open(port, (more) => {
        bytes += more;
        publish();
      }),
    );
  }
  // Subscriptions take a moment to reach the primary.
  await new Promise((resolve) => setTimeout(resolve, 500));
  publisher = sockets[0];
  publish();
  const seconds = Number(values.seconds);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const before = bytes;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const rate = (bytes - before) / FRAME_BYTES / seconds;
  for (const socket of sockets) socket.destroy();
  server.disconnect();
  server.kill();
  await once(server, 'exit');
  return rate;
}

const program = (name: string) => new URL(name, import.meta.url).pathname;
const options = (port: number) => ({
  execArgv: ['--import', 'tsx'],
  env: { ...process.env, PORT: String(port) },
});
const one: number[] = [];
const many: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  one.push(await measure((port) => fork(program('fan_out_node.ts'), [], options(port))));
  many.push(
    await measure((port) =>
      fork(program('fan_out_primary.ts'), [String(values.workers)], options(port)),
    ),
  );
}
const median = (rates: number[]) => rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0;
const [a, b] = [median(one), median(many)];
console.log(
  `${connections} connections in one topic, messages of 100 bytes, medians; the load generator shares the machine`,
);
console.table({
  'one process': { 'deliveries per second': Math.round(a), ratio: '1.00' },
  [`${values.workers} workers`]: {
    'deliveries per second': Math.round(b),
    ratio: (b / a).toFixed(2),
  },
});
