// The cost of an idle connection after a POST of 99 kB to Express: without a mount, with a mount, with a mount on another
// server of the process, and upgraded to a WebSocket.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import express from 'express';
import { mount_websockets } from '../../src/index.ts';
import { upgrade_request } from '../support/raw.ts';
import { check, Part, play, report } from './harness.ts';

const CONNECTIONS = 100;
const WARM_UP = 20;
/** Many small arrays, because their JSON needs far more memory when it is parsed. */
const BODY = `[${'[],'.repeat(33_000)}[]]`;
const POST = [
  'POST / HTTP/1.1',
  'Host: localhost',
  'Content-Type: application/json',
  `Content-Length: ${BODY.length}`,
  `\r\n${BODY}`,
].join('\r\n');
const UPGRADE = upgrade_request('/api/_websockets/chat');
/** The tolerance of a measurement. The body alone has 97 KiB. */
const ALLOWED_KIB = 8;

/** Each line is a comparison with its first case. */
const CASES = [
  ['without a mount', 'beside a mount', 'beside a mount on another server'],
  ['upgraded, without a POST before', 'upgraded, after a POST'],
];

async function measure(what: string): Promise<number> {
  const server = new Part('server', what);
  const { port } = await server.next('listening');
  const bytes_with_another = async (connections: number) => {
    for (let index = 0; index < connections; index++) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      if (!what.includes('without a POST')) await ask(socket, POST, '200 OK');
      if (what.startsWith('upgraded')) await ask(socket, UPGRADE, '101 Switching Protocols');
    }
    server.tell({});
    return (await server.next('memory')).bytes;
  };
  // The first connections also pay for code that is compiled and loaded once.
  const before = await bytes_with_another(WARM_UP);
  const after = await bytes_with_another(CONNECTIONS);
  server.process.kill('SIGKILL');
  await server.exited;
  return (after - before) / CONNECTIONS / 1024;
}

/** Sends a request, and waits for the expected answer. */
async function ask(socket: Socket, request: string, expected: string): Promise<void> {
  socket.write(request);
  const [answer] = await once(socket, 'data');
  if (!String(answer).includes(expected)) throw new Error(`unexpected answer: ${answer}`);
}

play({
  async main() {
    for (const cases of CASES) {
      let allowed = Number.POSITIVE_INFINITY;
      for (const what of cases) {
        const kib = await measure(what);
        check(`KiB per connection, ${what}`, kib.toFixed(1), kib <= allowed);
        allowed = Math.min(allowed, kib + ALLOWED_KIB);
      }
    }
  },

  async server(what) {
    const app = express();
    app.post('/', express.json(), (request, response) => {
      response.send(String(request.body.length));
    });
    const server = createServer(app);
    if (what !== 'without a mount') {
      mount_websockets(what?.endsWith('another server') ? createServer() : server, { chat: {} });
    }
    server.keepAliveTimeout = 0;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    process.on('message', async () => {
      for (let round = 0; round < 5; round++) {
        global.gc?.();
        await new Promise(setImmediate);
      }
      const { heapUsed, external } = process.memoryUsage();
      report('memory', { bytes: heapUsed + external });
    });
    report('listening', { port: (server.address() as AddressInfo).port });
  },
});
