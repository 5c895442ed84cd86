// A clean shutdown while 500 clients send numbered messages. The server handles every message that a client sends before
// it receives the close frame.
import { WebSocket } from 'ws';
import { check, Part, play, report, serve, wait } from './harness.ts';

const CLIENTS = 500;

play({
  async main() {
    const server = new Part('server');
    const { port } = await server.next('listening');
    const clients = new Part('clients', String(port));
    await clients.next('connected');
    await wait(2000);
    server.tell({});
    const [{ sent, codes }, { handled, out_of_order, opened, closed, seconds }] = await Promise.all(
      [clients.next('sent'), server.next('closed')],
    );
    const missing = sent.map((count: number, index: number) => count - (handled[index] ?? 0));
    const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
    check('messages sent', sum(sent), sum(sent) > CLIENTS * 10);
    check('missing', sum(missing.map(Math.abs)), sum(missing.map(Math.abs)) === 0);
    check('out of order', out_of_order, out_of_order === 0);
    check('close codes that clients received', codes.join(), codes.join() === '1012');
    check(
      'on_close, of on_open',
      `${closed} of ${opened}`,
      closed === CLIENTS && opened === CLIENTS,
    );
    check('close() took, s', seconds, seconds < 5);
    check('the server exits by itself with', await server.exited, (await server.exited) === 0);
    clients.process.kill('SIGKILL');
  },

  async server() {
    const handled: number[] = [];
    let out_of_order = 0;
    let opened = 0;
    let closed = 0;
    const { server, mounted, port } = await serve({
      numbered: {
        on_open: () => {
          opened++;
        },
        on_message: ({ index, number }) => {
          const before = handled[index] ?? 0;
          if (number !== before + 1) out_of_order++;
          handled[index] = before + 1;
          return number % 3 === 0 ? wait(1) : undefined;
        },
        on_close: () => {
          closed++;
        },
      },
    });
    process.once('message', async () => {
      const started = performance.now();
      await mounted.close();
      const seconds = Math.round(performance.now() - started) / 1000;
      report('closed', { handled, out_of_order, opened, closed, seconds });
      server.close();
      process.disconnect();
    });
    report('listening', { port });
  },

  async clients(port) {
    const sent = Array.from({ length: CLIENTS }, () => 0);
    const codes = new Set<number>();
    let open = CLIENTS;
    for (let index = 0; index < CLIENTS; index++) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/api/_websockets/numbered`);
      await new Promise((resolve) => socket.once('open', resolve));
      const timer = setInterval(() => {
        for (let count = 0; count < 3 && socket.readyState === WebSocket.OPEN; count++) {
          const number = (sent[index] ?? 0) + 1;
          sent[index] = number;
          socket.send(JSON.stringify({ index, number }));
        }
      }, 20);
      socket.once('close', (code) => {
        clearInterval(timer);
        codes.add(code);
        if (--open === 0) report('sent', { sent, codes: [...codes] });
      });
    }
    report('connected');
  },
});
