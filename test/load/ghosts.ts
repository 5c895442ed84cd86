// Clients that send 65 kB of tiny messages and reset: how long they keep their seats, and how many messages wait.
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { check, Part, play, report, serve, wait } from './harness.ts';

const CLIENTS = 10;
/** The number of messages. Each has seven bytes, with its header and mask. */
const MESSAGES = 9299;
const MAX_QUEUED = 64;
/** The maximum number of messages that are still read after reading is paused. */
const SLICE = 32;
const ENDPOINTS = ['rate', 'slow'];
const RATE = 20;
const HEARTBEAT_IN_SECONDS = 25;
const LOOKS = [1, 10, 36];

play({
  async main() {
    for (const endpoint of ENDPOINTS) await show(endpoint);
  },

  async server() {
    const closed: Record<string, number> = { rate: 0, slow: 0 };
    const most_queued: Record<string, number> = { rate: 0, slow: 0 };
    const on_close = (_code: number, _reason: string, { endpoint }: { endpoint: string }) => {
      closed[endpoint] = (closed[endpoint] ?? 0) + 1;
    };
    const options = {
      max_queued_messages: MAX_QUEUED,
      heartbeat_interval_in_seconds: HEARTBEAT_IN_SECONDS,
    };
    const { port, mounted } = await serve({
      rate: { options: { ...options, max_messages_per_second: RATE }, on_close },
      slow: { options, on_message: () => wait(50), on_close },
    });
    setInterval(() => {
      for (const name of ENDPOINTS) {
        const queued = mounted.stats().endpoints[name]?.queued ?? 0;
        most_queued[name] = Math.max(most_queued[name] ?? 0, queued);
      }
    }, 10);
    process.on('message', ({ endpoint }: { endpoint: string }) => {
      const { connections, queued } = mounted.stats().endpoints[endpoint] ?? {};
      report('stats', {
        connections,
        queued,
        most_queued: most_queued[endpoint],
        closed: closed[endpoint],
      });
    });
    report('listening', { port });
  },

  async clients(port, endpoint) {
    await Promise.all(
      Array.from({ length: CLIENTS }, () => haunt(port as string, endpoint as string)),
    );
    report('gone');
  },
});

/** Sends all messages in one write, and resets once the server's kernel has received them. */
async function haunt(port: string, endpoint: string): Promise<void> {
  let tcp: Socket | undefined;
  const createConnection = () => {
    tcp = connect(Number(port), '127.0.0.1');
    return tcp;
  };
  const url = `ws://127.0.0.1:${port}/api/_websockets/${endpoint}`;
  const socket = new WebSocket(url, { createConnection, perMessageDeflate: false });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('open', resolve));
  tcp?.cork();
  for (let count = 0; count < MESSAGES; count++) socket.send('1');
  tcp?.uncork();
  await wait(200);
  tcp?.resetAndDestroy();
}

async function show(endpoint: string): Promise<void> {
  const server = new Part('server');
  const { port } = await server.next('listening');
  const clients = new Part('clients', String(port), endpoint);
  await clients.next('gone');
  let waited = 0;
  for (const seconds of LOOKS) {
    await wait((seconds - waited) * 1000);
    waited = seconds;
    server.tell({ endpoint });
    const { connections, queued, most_queued, closed } = await server.next('stats');
    console.log(
      `      ${endpoint}, ${seconds} s after the reset: ${connections} seats taken, ${queued} messages wait, on_close called ${closed} times`,
    );
    if (seconds !== LOOKS.at(-1)) continue;
    const allowed = CLIENTS * (MAX_QUEUED + SLICE);
    check(`${endpoint}: most messages that waited`, most_queued, most_queued <= allowed);
    check(`${endpoint}: seats taken at the end`, connections, connections === 0);
    check(`${endpoint}: on_close called`, closed, closed === CLIENTS);
  }
  for (const part of [server, clients]) part.process.kill('SIGKILL');
}
