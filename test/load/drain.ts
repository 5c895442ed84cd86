// Drains 5,000 connections over 10 s. The server closes the same number each second, and then the process exits by itself.
import { WebSocket } from 'ws';
import { check, Part, play, report, serve } from './harness.ts';

const CONNECTIONS = 5000;
const DRAIN_IN_SECONDS = 10;

play({
  async main() {
    const server = new Part('server');
    const { port } = await server.next('listening');
    const clients = new Part('clients', String(port));
    await clients.next('connected');
    server.tell({});
    const { closed_at, codes, seconds } = await server.next('closed');
    const each_second = Array.from({ length: DRAIN_IN_SECONDS }, () => 0);
    for (const at of closed_at) {
      const second = Math.min(DRAIN_IN_SECONDS - 1, Math.floor(at / 1000));
      each_second[second] = (each_second[second] ?? 0) + 1;
    }
    const even = CONNECTIONS / DRAIN_IN_SECONDS;
    const worst = Math.max(...each_second.map((count) => Math.abs(count - even) / even));
    check('on_close called', closed_at.length, closed_at.length === CONNECTIONS);
    check('with', codes.join(), codes.join() === '1012');
    check(
      `closed each second (${each_second.join(' ')}), off by at most, %`,
      (100 * worst).toFixed(1),
      worst <= 0.2,
    );
    check(
      'close() took, s',
      seconds,
      seconds >= DRAIN_IN_SECONDS - 1 && seconds < DRAIN_IN_SECONDS + 2,
    );
    check('the server exits by itself with', await server.exited, (await server.exited) === 0);
    clients.process.kill('SIGKILL');
  },

  async server() {
    const closed_at: number[] = [];
    const codes = new Set<number>();
    let started = 0;
    const { server, mounted, port } = await serve({
      drained: {
        on_close: (code) => {
          closed_at.push(performance.now() - started);
          codes.add(code);
        },
      },
    });
    process.once('message', async () => {
      started = performance.now();
      await mounted.close({ drain_in_seconds: DRAIN_IN_SECONDS });
      const seconds = Math.round(performance.now() - started) / 1000;
      report('closed', { closed_at, codes: [...codes], seconds });
      server.close();
      process.disconnect();
    });
    report('listening', { port });
  },

  async clients(port) {
    const connect = async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/api/_websockets/drained`);
      socket.on('error', (error) => {
        throw error;
      });
      await new Promise((resolve) => socket.once('open', resolve));
    };
    for (let left = CONNECTIONS; left > 0; left -= 100) {
      await Promise.all(Array.from({ length: 100 }, connect));
    }
    report('connected');
  },
});
