// A client that never reads while the server sends 400 MB to it and to other clients, which read everything. The same load
// runs without that client first, to separate the growth of the server's memory from garbage that V8 has not collected.
import { WebSocket } from 'ws';
import { check, Part, play, report, serve } from './harness.ts';

const TOTAL = 400_000_000;
const SIZE = 50_000;
const READERS = 3;

play({
  async main() {
    const server = new Part('server');
    const { port } = await server.next('listening');
    const readers = new Part('readers', String(port));
    await readers.next('connected');
    server.tell({ warm_up: true });
    await server.next('warm');
    const idler = new Part('idler', String(port));
    await idler.next('connected');
    server.tell({ flood: true });
    const { rss_before, rss_most, closed, sent } = await server.next('flooded');
    const { received, longest_wait } = await readers.next('received');
    const growth = (rss_most - rss_before) / 1e6;
    check('sent to every client, MB', sent / 1e6, sent === TOTAL);
    check(
      `RSS of the server, at most ${rss_before / 1e6} MB without it, grew by, MB`,
      growth.toFixed(1),
      growth < 32,
    );
    check('on_close of the client that never reads', closed.join(), closed.join() === '1013');
    check(
      'messages that each other client received',
      received.join(),
      new Set(received).size === 1 && received[0] === (2 * TOTAL) / SIZE + 1,
    );
    check(
      'longest time between two messages of another client, ms',
      longest_wait,
      longest_wait < 2000,
    );
    for (const part of [server, readers, idler]) part.process.kill('SIGKILL');
  },

  async server() {
    const closed: number[] = [];
    const { port, mounted } = await serve({ flood: { on_close: (code) => closed.push(code) } });
    const flood = mounted.endpoint('flood');
    const message = 'x'.repeat(SIZE);
    let rss_most = 0;
    const send = async (bytes: number) => {
      let sent = 0;
      while (sent < bytes) {
        for (let count = 0; count < 10; count++, sent += SIZE) flood.send(message);
        rss_most = Math.max(rss_most, process.memoryUsage.rss());
        const readers = flood.connections.filter(({ params }) => params.reads === 'yes');
        await Promise.all(readers.map((connection) => connection.drained()));
        // Collected memory is only returned after a turn.
        await new Promise(setImmediate);
      }
      return sent;
    };
    process.on('message', async ({ warm_up }: { warm_up?: true }) => {
      if (warm_up) {
        await send(TOTAL);
        report('warm');
        return;
      }
      const rss_before = rss_most;
      rss_most = 0;
      const sent = await send(TOTAL);
      flood.send('the end');
      while (closed.length === 0) await new Promise(setImmediate);
      report('flooded', { rss_before, rss_most, closed, sent });
    });
    report('listening', { port });
  },

  async readers(port) {
    const received = Array.from({ length: READERS }, () => 0);
    let longest_wait = 0;
    let ended = 0;
    for (let index = 0; index < READERS; index++) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/api/_websockets/flood?reads=yes`);
      await new Promise((resolve) => socket.once('open', resolve));
      let last: number | undefined;
      socket.on('message', (data: Buffer) => {
        const now = performance.now();
        if (received[index] === TOTAL / SIZE) last = undefined;
        if (last !== undefined) longest_wait = Math.max(longest_wait, Math.round(now - last));
        last = now;
        received[index] = (received[index] ?? 0) + 1;
        if (data.length < 10 && ++ended === READERS) report('received', { received, longest_wait });
      });
    }
    report('connected');
  },

  async idler(port) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/_websockets/flood`);
    // A socket that is not read does not keep the process alive.
    setInterval(() => {}, 1000);
    socket.once('open', () => {
      socket.pause();
      report('connected');
    });
    socket.on('error', () => {});
  },
});
