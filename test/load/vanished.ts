// Clients that vanish: their process is stopped, so that its kernel receives everything but no one answers. The heartbeat
// has a fifth of the default times, so that the script ends within a minute.
import { WebSocket } from 'ws';
import { check, Part, play, report, serve, wait } from './harness.ts';

const INTERVAL = 5;
const TIMEOUT = 2;
/** The tolerance in seconds, because the processes share the machine with others. */
const SLACK = 0.5;
const WHATS = ['idle', 'published to', 'sent megabytes', 'paused'];

play({
  async main() {
    const server = new Part('server');
    const { port } = await server.next('listening');
    const witness = new Part('client', String(port), 'witness');
    await witness.next('open');
    const clients = new Map<string, Part>();
    for (const what of WHATS) {
      const client = new Part('client', String(port), what);
      await client.next('open');
      clients.set(what, client);
    }
    // Long enough for some pings, and for the flooding client to be paused.
    await wait((INTERVAL + 1) * 1000);
    const stopped_at = Date.now();
    for (const client of clients.values()) client.process.kill('SIGSTOP');
    server.tell({ stopped: true });
    for (let count = 0; count < WHATS.length; count++) {
      const { what, code, at, read_at } = await server.next('closed');
      const seconds = (at - Math.max(stopped_at, read_at)) / 1000;
      check(
        `${what}: on_close received ${code}, seconds after the client had vanished${what === 'paused' ? ' and could be read again' : ''}`,
        seconds.toFixed(2),
        code === 1006 && seconds <= INTERVAL + TIMEOUT + SLACK,
      );
    }
    await wait((INTERVAL + TIMEOUT) * 2000);
    server.tell({});
    const { names } = await server.next('left');
    check('connections left', names.join(), names.join() === 'witness');
    for (const part of [server, witness, ...clients.values()]) part.process.kill('SIGKILL');
  },

  async server() {
    let is_stopped = false;
    let read_at = 0;
    const { port, mounted } = await serve({
      watched: {
        options: {
          heartbeat_interval_in_seconds: INTERVAL,
          heartbeat_timeout_in_seconds: TIMEOUT,
          max_queued_messages: 4,
          max_buffered_in_bytes: 0,
        },
        on_message: async () => {
          // The handler is too slow until the clients are stopped; then it catches up.
          await wait(is_stopped ? 1 : 50);
          read_at = Date.now();
        },
        on_close: (code, _reason, { params: { what } }) =>
          report('closed', {
            what,
            code,
            at: Date.now(),
            read_at: what === 'paused' ? read_at : 0,
          }),
      },
    });
    const connections = () => mounted.endpoint('watched').connections;
    setInterval(() => {
      for (const connection of connections()) {
        if (connection.params.what === 'published to') connection.send('news');
        if (connection.params.what === 'sent megabytes') connection.send('x'.repeat(100_000));
      }
    }, 100);
    process.on('message', ({ stopped }: { stopped?: true }) => {
      if (stopped) is_stopped = true;
      else report('left', { names: connections().map(({ params }) => params.what) });
    });
    report('listening', { port });
  },

  async client(port, what) {
    const query = new URLSearchParams({ what: what ?? '' });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/_websockets/watched?${query}`);
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('open', resolve));
    if (what === 'paused') {
      for (let index = 0; index < 2000; index++) socket.send(JSON.stringify('x'.repeat(1000)));
    }
    report('open');
  },
});
