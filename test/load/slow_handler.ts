// A handler that needs 5 ms per message, with 10,000 messages that arrive as fast as TCP allows.
import { WebSocket } from 'ws';
import { check, Part, play, report, serve, wait } from './harness.ts';

const COUNT = 10_000;
const PAYLOAD_IN_BYTES = 1000;
const MAX_QUEUED = 64;
/** The maximum number of messages that are still read after reading is paused. */
const SLICE = 32;

play({
  async main() {
    const server = new Part('server');
    const { port } = await server.next('listening');
    const client = new Part('client', String(port));
    const { handled, in_order, most_queued, was_paused, closed } = await server.next('done');
    const { answered } = await client.next('counted');
    check('messages handled', handled, handled === COUNT);
    check('in order', in_order, in_order);
    check(
      `most that waited (${MAX_QUEUED} and ${SLICE})`,
      most_queued,
      most_queued <= MAX_QUEUED + SLICE,
    );
    check('reading was paused', was_paused, was_paused);
    check(`connections closed (pings answered: ${answered})`, closed, closed === 0);
    for (const part of [server, client]) part.process.kill('SIGKILL');
  },

  async server() {
    let handled = 0;
    let in_order = true;
    let most_queued = 0;
    let was_paused = false;
    let closed = 0;
    const { port, mounted } = await serve({
      slow: {
        options: {
          max_queued_messages: MAX_QUEUED,
          // A tenth of the defaults gives ten times as many occasions to treat the client as dead by mistake.
          heartbeat_interval_in_seconds: 2.5,
          heartbeat_timeout_in_seconds: 1,
        },
        on_message: async ({ index }) => {
          await wait(5);
          in_order &&= index === handled;
          handled++;
          const { queued, paused } = mounted.stats().endpoints.slow ?? { queued: 0, paused: 0 };
          most_queued = Math.max(most_queued, queued);
          was_paused ||= paused > 0;
          if (handled === COUNT) {
            // The connection must also stay open while it is idle.
            await wait(5000);
            report('done', { handled, in_order, most_queued, was_paused, closed });
          }
        },
        on_close: () => {
          closed++;
        },
      },
    });
    report('listening', { port });
  },

  async client(port) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/_websockets/slow`);
    let answered = 0;
    socket.on('ping', () => report('counted', { answered: ++answered }));
    await new Promise((resolve) => socket.once('open', resolve));
    for (let index = 0; index < COUNT; index++) {
      const bare = JSON.stringify({ index, padding: '' });
      socket.send(JSON.stringify({ index, padding: 'x'.repeat(PAYLOAD_IN_BYTES - bare.length) }));
    }
  },
});
