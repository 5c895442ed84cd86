// The memory that an idle connection keeps for its query: server heap per connection, for queries of several sizes.
import { WebSocket } from 'ws';
import { check, Part, play, report, serve } from './harness.ts';

const CONNECTIONS = 400;
/** Twice the heap of a connection without a query. */
const MOST_KIB = 8;

/** The shortest possible names. 4,233 of them fill the 16 KiB that Node allows for the head of a request. */
const query_of = (parameters: number) =>
  Array.from({ length: parameters }, (_, index) => index.toString(36)).join('&');

play({
  async main() {
    const server = new Part('server');
    const { port } = await server.next('listening');
    // The first connections load code that all others share.
    await measure(server, port, 'a=1');
    for (const parameters of [0, 1, 20, 100, 101, 4233]) {
      const { connected, kib } = await measure(server, port, query_of(parameters));
      if (parameters > 100) {
        check(`${parameters} parameters, connected`, connected, connected === 0);
      } else {
        const what = `${parameters} parameters, KiB that each of ${connected} idle connections takes`;
        check(what, kib.toFixed(1), connected === CONNECTIONS && kib < MOST_KIB);
      }
    }
    server.process.kill('SIGKILL');
  },

  async server() {
    const { port, mounted } = await serve({ idle: {} });
    process.on('message', () => {
      global.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      const connected = mounted.stats().endpoints.idle?.connections ?? 0;
      report('measured', { connected, bytes: heapUsed + external });
    });
    report('listening', { port });
  },

  async client(port, query) {
    const sockets = Array.from(
      { length: CONNECTIONS },
      () => new WebSocket(`ws://127.0.0.1:${port}/api/_websockets/idle?${query}`),
    );
    const settled = sockets.map(
      (socket) =>
        new Promise((resolve) => {
          socket.once('open', resolve);
          socket.once('error', resolve);
        }),
    );
    await Promise.all(settled);
    report('settled');
  },
});

/** Measures the heap that the connections of one client process add, once they are idle. */
async function measure(server: Part, port: number, query: string) {
  server.tell({});
  const before = await server.next('measured');
  const client = new Part('client', String(port), query);
  await client.next('settled');
  server.tell({});
  const { connected, bytes } = await server.next('measured');
  client.process.kill('SIGKILL');
  await client.exited;
  do {
    server.tell({});
  } while ((await server.next('measured')).connected > 0);
  return { connected, kib: (bytes - before.bytes) / CONNECTIONS / 1024 };
}
