// A client that reads nothing and sends a pong each second, while the server publishes one small message per turn. Shows the
// memory that it costs until it is closed, for messages of 1, 13 and 49 bytes, with and without compression. The same load
// runs with a client that reads first, to separate the growth of the memory from garbage that V8 has not collected.
import { WebSocket } from 'ws';
import { check, Part, play, report, serve, wait } from './harness.ts';

const LIMIT = 4_194_304;
const MAX_COST = LIMIT + 16 * 1_048_576;
/** Enough messages for V8 to reach its final heap size. */
const WARM_UP = 300_000;

play({
  async main() {
    for (const compression of [false, true]) {
      for (const size of [1, 13, 49]) await show(size, compression);
    }
  },

  async server(size, compression) {
    const closed: number[] = [];
    const { port, mounted } = await serve({
      news: {
        options: { compression: compression === 'true', max_buffered_in_bytes: LIMIT },
        on_open: (connection) => connection.subscribe('news'),
        on_close: (code) => closed.push(code),
      },
    });
    const message = 'x'.repeat(Number(size));
    const news = mounted.endpoint('news');
    let rss_most = 0;
    const publish = async (is_over: (published: number) => boolean) => {
      rss_most = 0;
      let published = 0;
      while (!is_over(published)) {
        news.publish('news', message);
        if (++published % 1000 === 0) rss_most = Math.max(rss_most, process.memoryUsage.rss());
        await new Promise(setImmediate);
      }
      return published;
    };
    process.on('message', async ({ warm_up }: { warm_up?: true }) => {
      if (warm_up) {
        await publish((published) => published === WARM_UP);
        report('warm', { rss_before: rss_most });
      } else {
        const published = await publish(() => closed.length > 0);
        report('closed', { rss_most, published, code: closed[0] });
      }
    });
    report('listening', { port });
  },

  async client(port, reads) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/_websockets/news`);
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('open', resolve));
    if (reads !== 'true') socket.pause();
    setInterval(() => socket.pong(), 1000);
    report('open');
  },
});

async function show(size: number, compression: boolean): Promise<void> {
  const server = new Part('server', String(size), String(compression));
  const { port } = await server.next('listening');
  const reader = new Part('client', String(port), 'true');
  await reader.next('open');
  server.tell({ warm_up: true });
  const { rss_before } = await server.next('warm');
  const idler = new Part('client', String(port), 'false');
  await idler.next('open');
  server.tell({});
  const { rss_most, published, code } = await server.next('closed');
  const cost = rss_most - rss_before;
  check(
    `${size} B${compression ? ', compression' : ''}: closed with ${code} after ${published} messages; RSS grew by, MiB`,
    (cost / 1_048_576).toFixed(1),
    code === 1013 && cost <= MAX_COST,
  );
  for (const part of [server, reader, idler]) part.process.kill('SIGKILL');
  await wait(100);
}
